//! Times in pages: in the zone of the institution, with the instant behind them.

use florin_kernel::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// An instant, such as `22 Nov 2026, 14:05`.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> Markup {
    let told = at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M").to_string();
    html! { time datetime=(at) title={ (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } { (told) } }
}

/// The day of an instant, such as `22 Nov 2026`.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> Markup {
    let told = at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string();
    html! { time datetime=(at) title={ (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } { (told) } }
}

/// A day of the calendar, such as `22 Nov 2026`.
pub(crate) fn date(date: Date) -> Markup {
    html! { time datetime=(date) { (date.strftime("%-d %b %Y")) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_zone_with_their_instant_behind_them() {
        let at: Timestamp = "2026-11-22T23:30:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));

        let html = moment(at, &zone).0;

        assert!(html.contains("23 Nov 2026, 01:30") && html.contains("2026-11-22 23:30:00 UTC"), "{html}");
        assert!(day(at, &zone).0.contains("23 Nov 2026"));
        assert_eq!(date(jiff::civil::date(2026, 1, 2)).0, r#"<time datetime="2026-01-02">2 Jan 2026</time>"#);
    }
}
