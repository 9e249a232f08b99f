//! How much of a year lies between two days.
//!
//! Every convention has one denominator, so that fractions of a year add up as whole numbers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A day-count convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum DayCount {
    /// 30/360 US (SIA, with its rule for the end of February): twelve months of thirty days.
    #[default]
    #[serde(rename = "30/360")]
    Thirty360Us,
    /// 30E/360: the 31st counts as the 30th, and February as it is.
    #[serde(rename = "30e/360")]
    Thirty360European,
    /// Actual days over 365, in leap years too (actual/365 fixed).
    #[serde(rename = "actual/365")]
    Actual365,
    /// Actual days over 360.
    #[serde(rename = "actual/360")]
    Actual360,
    /// Actual days, those in leap years over 366 and others over 365 (ISDA 2006, 4.16(b)).
    #[serde(rename = "actual/actual")]
    ActualActual,
}

/// 4,680 is the least number that 360 days, 12, 24, 26 and 52 payments a year all divide.
const OF_360: u64 = 4_680;
const DAY_OF_360: u64 = OF_360 / 360;

impl DayCount {
    /// What fractions by this convention are of.
    pub const fn denominator(self) -> u64 {
        match self {
            Self::Thirty360Us | Self::Thirty360European => OF_360,
            Self::Actual365 => 365,
            Self::Actual360 => 360,
            Self::ActualActual => 365 * 366,
        }
    }

    /// Whether every month has thirty days, so that every regular period is the same part of a year.
    pub const fn has_even_months(self) -> bool {
        matches!(self, Self::Thirty360Us | Self::Thirty360European)
    }

    /// The days from `from` to `to` as the convention counts them; zero when `to` is not later.
    pub fn days(self, from: Date, to: Date) -> u64 {
        if to <= from {
            return 0;
        }
        match self {
            Self::Thirty360Us => thirty_us(from, to),
            Self::Thirty360European => thirty_european(from, to),
            Self::Actual365 | Self::Actual360 | Self::ActualActual => actual_days(from, to),
        }
    }

    /// The fraction of a year that one day is, over [`DayCount::denominator`].
    pub fn daily_fraction(self, day: Date) -> u64 {
        match self {
            Self::Thirty360Us | Self::Thirty360European => DAY_OF_360,
            Self::Actual365 | Self::Actual360 => 1,
            Self::ActualActual => weight(day),
        }
    }

    /// The fraction of a year from `from` to `to`, over [`DayCount::denominator`]; zero when `to` is not later.
    pub fn fraction(self, from: Date, to: Date) -> u64 {
        match self {
            Self::Thirty360Us | Self::Thirty360European => self.days(from, to) * DAY_OF_360,
            Self::Actual365 | Self::Actual360 => self.days(from, to),
            Self::ActualActual => by_years(from, to),
        }
    }
}

/// The calendar days from `from` to `to`; zero when `to` is not later.
pub fn actual_days(from: Date, to: Date) -> u64 {
    u64::try_from(from.duration_until(to).as_hours() / 24).unwrap_or(0)
}

fn thirty_us(from: Date, to: Date) -> u64 {
    let (ends_february, begins_in_february) = (is_end_of_february(to), is_end_of_february(from));
    let (mut first, mut last) = (from.day(), to.day());
    if begins_in_february {
        if ends_february {
            last = 30;
        }
        first = 30;
    }
    if last == 31 && first >= 30 {
        last = 30;
    }
    thirty(from, first.min(30), to, last)
}

fn thirty_european(from: Date, to: Date) -> u64 {
    thirty(from, from.day().min(30), to, to.day().min(30))
}

fn thirty(from: Date, first: i8, to: Date, last: i8) -> u64 {
    let years = i64::from(to.year()) - i64::from(from.year());
    let months = i64::from(to.month()) - i64::from(from.month());
    let days = 360 * years + 30 * months + i64::from(last) - i64::from(first);
    u64::try_from(days).unwrap_or(0)
}

fn is_end_of_february(date: Date) -> bool {
    date.month() == 2 && date.day() == date.days_in_month()
}

/// A day in a leap year weighs 365 and another 366, over 365 × 366.
fn weight(day: Date) -> u64 {
    if day.in_leap_year() { 365 } else { 366 }
}

fn by_years(from: Date, to: Date) -> u64 {
    if to <= from {
        return 0;
    }
    if from.year() == to.year() {
        return actual_days(from, to) * weight(from);
    }
    let day = |date: Date| u64::try_from(date.day_of_year()).unwrap_or(0);
    let first = (u64::from(from.days_in_year().unsigned_abs()) + 1 - day(from)) * weight(from);
    let between = u64::from(to.year().abs_diff(from.year())) - 1;
    first + between * DayCount::ActualActual.denominator() + (day(to) - 1) * weight(to)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const ALL: [DayCount; 5] = [
        DayCount::Thirty360Us,
        DayCount::Thirty360European,
        DayCount::Actual365,
        DayCount::Actual360,
        DayCount::ActualActual,
    ];

    #[test]
    fn no_time_passes_backwards() {
        for count in ALL {
            assert_eq!(count.fraction(date(2026, 3, 1), date(2026, 3, 1)), 0);
            assert_eq!(count.fraction(date(2026, 3, 2), date(2026, 3, 1)), 0);
        }
    }

    proptest! {
        #[test]
        fn a_whole_year_is_one_where_years_are_counted(year in 1950_i16..2100, month in 1_i8..=12, day in 1_i8..=28) {
            let (from, to) = (date(year, month, day), date(year + 1, month, day));
            // The 28th of February ends a common year's February and counts as the 30th there.
            prop_assume!(!(month == 2 && day == 28));

            prop_assert_eq!(DayCount::Thirty360Us.fraction(from, to), OF_360);
            prop_assert_eq!(DayCount::Thirty360European.fraction(from, to), OF_360);
            let years = DayCount::ActualActual.fraction(date(year, 1, 1), date(year + 1, 1, 1));
            prop_assert_eq!(years, DayCount::ActualActual.denominator());
        }

        #[test]
        fn from_one_day_fractions_never_shrink(from in 0_i32..9_000, days in 0_i32..2_000) {
            let day = |n: i32| date(2000, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap();
            for count in ALL {
                let (shorter, longer) = (day(from + days), day(from + days + 1));
                prop_assert!(count.fraction(day(from), shorter) <= count.fraction(day(from), longer), "{:?}", count);
            }
        }

        #[test]
        fn actual_fractions_add_up(from in 0_i32..9_000, first in 0_i32..2_000, second in 0_i32..2_000) {
            let day = |n: i32| date(2000, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap();
            let (a, b, c) = (day(from), day(from + first), day(from + first + second));
            for count in [DayCount::Actual365, DayCount::Actual360, DayCount::ActualActual] {
                prop_assert_eq!(count.fraction(a, b) + count.fraction(b, c), count.fraction(a, c));
            }
        }
    }
}
