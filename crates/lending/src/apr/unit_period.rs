//! Unit-periods, and how many lie between two days (12 CFR 1026, Appendix J, (b)(4) and (5)).

use jiff::Span as Days;
use jiff::civil::Date;

use crate::{Frequency, actual_days};

/// The unit-period of a transaction: the time that its payments are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitPeriod {
    /// A day; a year has 365.
    Day,
    /// So many weeks; a year has 52 weeks.
    Weeks(u8),
    /// Half a month; a year has 24.
    SemiMonth,
    /// So many months, 1 to 11.
    Months(u8),
    /// A year: also a single payment after a year or more.
    Year,
    /// The whole term, when there is one advance and one payment and they are less than a year apart: so many whole
    /// months.
    TermMonths(u8),
    /// The same where they are no whole months apart: so many days.
    TermDays(u16),
}

/// A stretch of time: whole unit-periods and a fraction of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Whole unit-periods.
    pub whole: u32,
    /// The fraction's numerator, below its denominator.
    pub part: u32,
    /// The fraction's denominator, above zero.
    pub of: u32,
}

impl UnitPeriod {
    /// The unit-period of instalments at this frequency.
    pub const fn of(frequency: Frequency) -> Self {
        match frequency {
            Frequency::Weekly => Self::Weeks(1),
            Frequency::BiWeekly => Self::Weeks(2),
            Frequency::SemiMonthly => Self::SemiMonth,
            Frequency::Monthly => Self::Months(1),
            Frequency::Quarterly => Self::Months(3),
            Frequency::HalfYearly => Self::Months(6),
            Frequency::Yearly => Self::Year,
        }
    }

    /// The unit-period of one advance and one payment.
    pub fn of_single(from: Date, to: Date) -> Self {
        let (months, days) = months_back(from, to);
        if months >= 12 {
            return Self::Year;
        }
        match u8::try_from(months) {
            Ok(months) if days == 0 && months > 0 => Self::TermMonths(months),
            _ => Self::TermDays(u16::try_from(actual_days(from, to)).unwrap_or(u16::MAX)),
        }
    }

    /// Unit-periods in a year, as a fraction.
    pub const fn per_year(self) -> (u32, u32) {
        match self {
            Self::Day => (365, 1),
            Self::Weeks(weeks) => (52, weeks as u32),
            Self::SemiMonth => (24, 1),
            Self::Months(months) | Self::TermMonths(months) => (12, months as u32),
            Self::Year => (1, 1),
            Self::TermDays(days) => (365, days as u32),
        }
    }

    /// The unit-periods from `from` to `to`; none when `to` is not later.
    ///
    /// Months are counted back from the later day and the days that are left from the earlier one; from the last days of
    /// a month to the last day of a shorter one is a whole month.
    pub fn between(self, from: Date, to: Date) -> Span {
        if to <= from {
            return Span { whole: 0, part: 0, of: 1 };
        }
        let narrow = |days: u64| u32::try_from(days).unwrap_or(u32::MAX);
        let days = narrow(actual_days(from, to));
        match self {
            Self::Day => Span { whole: days, part: 0, of: 1 },
            Self::Weeks(weeks) => split(days, 7 * u32::from(weeks.max(1))),
            Self::SemiMonth => thirties(from, to, 15),
            Self::Months(months) => thirties(from, to, 30 * u32::from(months.max(1))),
            Self::Year => years(from, to),
            Self::TermMonths(_) | Self::TermDays(_) => Span { whole: 1, part: 0, of: 1 },
        }
    }
}

const fn split(count: u32, of: u32) -> Span {
    Span { whole: count / of, part: count % of, of }
}

fn thirties(from: Date, to: Date, of: u32) -> Span {
    let (months, days) = months_back(from, to);
    split(months.saturating_mul(30).saturating_add(days), of)
}

/// Whole years back; what is left is whole months over 12, or days over 365.
fn years(from: Date, to: Date) -> Span {
    let (months, days) = months_back(from, to);
    if days == 0 {
        return split(months, 12);
    }
    let whole = months / 12;
    let begins = back(to, whole.saturating_mul(12)).unwrap_or(to);
    let left = u32::try_from(actual_days(from, begins)).unwrap_or(0);
    // In a leap year 365 days may be left that are not a year yet.
    Span { whole, part: left.min(364), of: 365 }
}

/// Whole months counted back from `to`, and the days before them.
fn months_back(from: Date, to: Date) -> (u32, u32) {
    let years = u32::from(to.year().abs_diff(from.year()));
    let months = (years * 12 + u32::from(to.month().unsigned_abs()))
        .saturating_sub(u32::from(from.month().unsigned_abs()));
    // Both at the end of their months, though months differ in length.
    if forth(from, months) == Some(to) {
        return (months, 0);
    }
    let fits = |months: u32| back(to, months).filter(|begins| *begins >= from);
    let (months, begins) = match fits(months) {
        Some(begins) => (months, begins),
        None => (months.saturating_sub(1), back(to, months.saturating_sub(1)).unwrap_or(to)),
    };
    (months, u32::try_from(actual_days(from, begins)).unwrap_or(0))
}

fn back(day: Date, months: u32) -> Option<Date> {
    day.checked_sub(Days::new().try_months(months).ok()?).ok()
}

fn forth(day: Date, months: u32) -> Option<Date> {
    day.checked_add(Days::new().try_months(months).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn between(unit: UnitPeriod, from: Date, to: Date) -> (u32, u32, u32) {
        let Span { whole, part, of } = unit.between(from, to);
        (whole, part, of)
    }

    #[test]
    fn the_examples_of_appendix_j_are_counted_as_it_counts_them() {
        let month = UnitPeriod::Months(1);
        assert_eq!(between(month, date(1978, 1, 10), date(1978, 2, 10)), (1, 0, 30));
        assert_eq!(between(month, date(1978, 2, 10), date(1978, 4, 1)), (1, 19, 30));
        assert_eq!(between(UnitPeriod::SemiMonth, date(1978, 2, 23), date(1978, 3, 1)), (0, 6, 15));
        assert_eq!(between(UnitPeriod::SemiMonth, date(1978, 2, 23), date(1978, 4, 16)), (3, 6, 15));
        assert_eq!(between(UnitPeriod::Weeks(1), date(1978, 3, 20), date(1978, 4, 21)), (4, 4, 7));
        assert_eq!(between(UnitPeriod::Weeks(4), date(1978, 1, 25), date(1978, 2, 20)), (0, 26, 28));
        assert_eq!(between(UnitPeriod::Day, date(2023, 10, 26), date(2023, 11, 30)), (35, 0, 1));
        assert_eq!(between(UnitPeriod::Months(3), date(2026, 1, 1), date(2026, 6, 11)), (1, 70, 90));
    }

    #[test]
    fn one_payment_makes_the_term_the_unit_period() {
        let single = UnitPeriod::of_single;
        assert_eq!(single(date(1978, 1, 3), date(1978, 9, 15)).per_year(), (365, 255));
        assert_eq!(single(date(1978, 7, 15), date(1979, 1, 15)).per_year(), (12, 6));
        assert_eq!(single(date(1978, 1, 3), date(1980, 1, 3)), UnitPeriod::Year);
        assert_eq!(between(UnitPeriod::Year, date(1978, 1, 3), date(1980, 1, 3)), (2, 0, 12));
        assert_eq!(between(UnitPeriod::Year, date(1978, 1, 3), date(1980, 4, 3)), (2, 3, 12));
        assert_eq!(between(UnitPeriod::Year, date(1978, 1, 3), date(1980, 1, 13)), (2, 10, 365));
    }

    #[test]
    fn ends_of_months_are_a_month_apart() {
        let month = UnitPeriod::Months(1);
        assert_eq!(between(month, date(2026, 1, 31), date(2026, 2, 28)), (1, 0, 30));
        assert_eq!(between(month, date(2026, 1, 31), date(2026, 3, 31)), (2, 0, 30));
        assert_eq!(between(month, date(2026, 1, 30), date(2026, 3, 1)), (1, 2, 30));
        assert_eq!(between(month, date(2026, 1, 15), date(2026, 1, 10)), (0, 0, 1));
    }
}
