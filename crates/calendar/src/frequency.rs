//! How often an instalment falls due, and on which days.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How often an instalment falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Every seven days, 52 a year.
    Weekly,
    /// Every fourteen days, 26 a year.
    BiWeekly,
    /// Twice a month, 24 a year: on the day of the first instalment and fifteen days apart from it, such as the 1st
    /// and the 16th, or the 15th and the 30th.
    SemiMonthly,
    /// Once a month.
    #[default]
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
    /// Once a year.
    Yearly,
}

impl Frequency {
    /// How many instalments a year has.
    pub const fn per_year(self) -> u32 {
        match self {
            Self::Weekly => 52,
            Self::BiWeekly => 26,
            Self::SemiMonthly => 24,
            Self::Monthly => 12,
            Self::Quarterly => 4,
            Self::HalfYearly => 2,
            Self::Yearly => 1,
        }
    }

    /// The day `n` periods after `first`, or before it when `n` is below zero; days that a month does not have are its
    /// last. `None` outside of the calendar.
    pub fn nth(self, first: Date, n: i32) -> Option<Date> {
        match self {
            Self::Weekly => days(first, n.checked_mul(7)?),
            Self::BiWeekly => days(first, n.checked_mul(14)?),
            Self::SemiMonthly => semi_monthly(first, n),
            Self::Monthly => months(first, n),
            Self::Quarterly => months(first, n.checked_mul(3)?),
            Self::HalfYearly => months(first, n.checked_mul(6)?),
            Self::Yearly => months(first, n.checked_mul(12)?),
        }
    }
}

fn days(day: Date, n: i32) -> Option<Date> {
    day.checked_add(Span::new().try_days(n).ok()?).ok()
}

fn months(day: Date, n: i32) -> Option<Date> {
    day.checked_add(Span::new().try_months(n).ok()?).ok()
}

fn semi_monthly(first: Date, n: i32) -> Option<Date> {
    let early = first.day() <= 15;
    let half = n.div_euclid(2);
    if n.rem_euclid(2) == 0 {
        return months(first, half);
    }
    let (half, day) =
        if early { (half, first.day() + 15) } else { (half.checked_add(1)?, (first.day() - 15).min(15)) };
    let month = months(first.first_of_month(), half)?;
    Date::new(month.year(), month.month(), day.min(month.days_in_month())).ok()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn due_days(frequency: Frequency, first: Date, n: std::ops::Range<i32>) -> Vec<Date> {
        n.map(|n| frequency.nth(first, n).unwrap()).collect()
    }

    #[test]
    fn the_thirty_first_is_the_last_of_shorter_months_and_comes_back() {
        let due = due_days(Frequency::Monthly, date(2026, 1, 31), 0..4);
        assert_eq!(due, [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]);
    }

    #[test]
    fn twice_a_month_is_fifteen_days_apart() {
        let from_first = due_days(Frequency::SemiMonthly, date(1978, 3, 1), -1..3);
        assert_eq!(from_first, [date(1978, 2, 16), date(1978, 3, 1), date(1978, 3, 16), date(1978, 4, 1)]);
        let from_thirtieth = due_days(Frequency::SemiMonthly, date(2026, 1, 30), 0..4);
        assert_eq!(
            from_thirtieth,
            [date(2026, 1, 30), date(2026, 2, 15), date(2026, 2, 28), date(2026, 3, 15)]
        );
        let from_last = due_days(Frequency::SemiMonthly, date(2026, 1, 31), 0..2);
        assert_eq!(from_last, [date(2026, 1, 31), date(2026, 2, 15)]);
    }

    #[test]
    fn there_is_no_day_outside_of_the_calendar() {
        assert_eq!(Frequency::Yearly.nth(date(2026, 1, 1), 9_000), None);
        assert_eq!(Frequency::Yearly.nth(date(2026, 1, 1), i32::MAX), None);
        assert_eq!(Frequency::Monthly.nth(date(2026, 1, 1), i32::MIN), None);
    }

    proptest! {
        #[test]
        fn due_days_only_go_forward(day in 0_i32..4_000, n in -50_i32..400) {
            let first = date(2000, 1, 1).checked_add(day.days()).unwrap();
            for frequency in [
                Frequency::Weekly, Frequency::BiWeekly, Frequency::SemiMonthly, Frequency::Monthly,
                Frequency::Quarterly, Frequency::HalfYearly, Frequency::Yearly,
            ] {
                prop_assert!(frequency.nth(first, n) < frequency.nth(first, n + 1), "{:?}", frequency);
                prop_assert_eq!(frequency.nth(first, 0), Some(first));
            }
        }
    }
}
