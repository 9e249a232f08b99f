//! Features told to people.

use florin_kernel::Currency;

use super::{Feature, Unit};

/// A feature with its value, as a sentence without a full stop.
pub(crate) fn sentence(feature: &Feature, value: f64, reference: Currency) -> String {
    if value.is_nan() {
        return format!("{}: not known", feature.name);
    }
    if feature.unit == Unit::Truth && value == 0.0 {
        return format!("not so: {}", feature.text);
    }
    feature.text.replace("{}", &told(feature, value, reference))
}

/// The value of a feature alone, with its unit.
pub(crate) fn told(feature: &Feature, value: f64, reference: Currency) -> String {
    match feature.unit {
        _ if value.is_nan() => "unknown".to_owned(),
        Unit::Money => money(value, reference),
        Unit::Time => duration(value),
        Unit::Number | Unit::Truth => number(value),
    }
}

/// An amount in minor units, as people write it.
fn money(minor: f64, currency: Currency) -> String {
    let digits = usize::from(currency.digits());
    let scale = 10_f64.powi(i32::from(currency.digits()));
    format!("{:.digits$} {}", minor / scale, currency.code())
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The greatest unit of which there are two or more.
fn duration(seconds: f64) -> String {
    let units = [(86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")];
    let fitting = units.into_iter().find(|(length, _)| seconds >= 2.0 * length);
    let (length, name) = fitting.unwrap_or((1.0, "seconds"));
    format!("{:.0} {name}", (seconds / length).floor())
}

#[cfg(test)]
mod tests {
    use florin_kernel::Currency;

    use super::{duration, money, number};

    #[test]
    fn values_are_told_as_people_say_them() {
        assert_eq!(money(123_456.0, Currency::USD), "1234.56 USD");
        assert_eq!(money(1_234.0, Currency::JPY), "1234 JPY");
        assert_eq!(
            [0.0, 59.0, 119.0, 120.0, 7_200.0, 1_000_000.0].map(duration),
            ["0 seconds", "59 seconds", "119 seconds", "2 minutes", "2 hours", "11 days"]
        );
        assert_eq!([2.0, 2.5, 0.333].map(number), ["2", "2.5", "0.33"]);
    }
}
