//! Money, days and rates as a document's readers are used to.

use florin_kernel::{Currency, Date, Money, Timestamp, thousands};
use jiff::tz::TimeZone;

/// The minus sign, as wide as a digit.
const MINUS: char = '\u{2212}';

/// The figure with thousands apart and without its currency: `−1,234.56`.
pub fn figure(money: Money) -> String {
    money.grouped()
}

/// The sum with its currency: `$1,234.56`, `−€5.00`, `CHF 10.00`.
pub fn money(money: Money) -> String {
    let figure = figure(money);
    let (sign, unsigned) =
        figure.strip_prefix(MINUS).map_or(("", figure.as_str()), |rest| ("\u{2212}", rest));
    format!("{sign}{}{unsigned}", symbol(money.currency()))
}

/// The sum in whole units, rounded half up: what forms with whole dollars want.
pub fn whole(money: Money) -> String {
    let scale = i128::from(money.currency().minor_per_major()).max(1);
    let minor = i128::from(money.minor()).unsigned_abs();
    let scale = scale.unsigned_abs();
    let major = minor.saturating_mul(2).saturating_add(scale).div_euclid(scale.saturating_mul(2));
    let sign = if money.minor() < 0 && major > 0 { "\u{2212}" } else { "" };
    format!("{sign}{}{}", symbol(money.currency()), thousands(&major.to_string()))
}

/// What stands before a figure; codes are set apart by a space that does not break.
fn symbol(currency: Currency) -> String {
    match currency.code() {
        "USD" | "CAD" => "$".to_owned(),
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "JPY" => "¥".to_owned(),
        code => format!("{code}\u{a0}"),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(day: Date) -> &'static str {
    let index = usize::try_from(day.month().saturating_sub(1)).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or_default()
}

/// `January 31, 2026`.
pub fn long_day(day: Date) -> String {
    format!("{}\u{a0}{}, {}", month(day), day.day(), day.year())
}

/// `Jan 31, 2026`.
pub fn day(day: Date) -> String {
    let name = month(day);
    format!("{} {}, {}", name.get(..3).unwrap_or(name), day.day(), day.year())
}

/// `Jan 31`, for rows of a period.
pub fn short_day(day: Date) -> String {
    let name = month(day);
    format!("{} {}", name.get(..3).unwrap_or(name), day.day())
}

/// `2026-01-31 12:00:05 UTC`.
pub fn instant(at: Timestamp) -> String {
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    format!("{} {} UTC", civil.date(), civil.time().round(jiff::Unit::Second).unwrap_or(civil.time()))
}

/// `1 payment`, `12 payments`.
pub fn count(number: u64, one: &str, several: &str) -> String {
    let noun = if number == 1 { one } else { several };
    format!("{} {noun}", thousands(&number.to_string()))
}

/// `Canadian dollars` for CAD: the ISO name, with the code beside it.
pub fn currency(currency: Currency) -> String {
    format!("{} ({})", currency.name(), currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_grouped_and_signed() {
        let usd = |minor| Money::new(minor, Currency::USD);
        let written = [0, 5, -5, 100_000, 123_456_789, i64::MIN].map(|minor| money(usd(minor)));
        assert_eq!(
            written,
            ["$0.00", "$0.05", "−$0.05", "$1,000.00", "$1,234,567.89", "−$92,233,720,368,547,758.08"]
        );
        assert_eq!(money(Money::new(-1_234, Currency::JPY)), "−¥1,234");
        assert_eq!(money(Money::new(1_234_567, Currency::BHD)), "BHD\u{a0}1,234.567");
    }

    #[test]
    fn whole_units_are_rounded_half_up() {
        let written = [49, 50, 149, -50, -49, 123_456].map(|minor| whole(Money::new(minor, Currency::USD)));
        assert_eq!(written, ["$0", "$1", "$1", "−$1", "$0", "$1,235"]);
    }

    #[test]
    fn days_and_instants_are_written_out() {
        let on = Date::constant(2026, 1, 31);
        assert_eq!((day(on).as_str(), short_day(on).as_str()), ("Jan 31, 2026", "Jan 31"));
        assert_eq!(long_day(on), "January\u{a0}31, 2026");
        assert_eq!(instant("2026-01-31T12:00:05.4Z".parse().unwrap()), "2026-01-31 12:00:05 UTC");
    }
}
