//! Which days are learned from, and which are judged.

use jiff::ToSpan;
use jiff::civil::Date;
use thiserror::Error;

use super::Data;

/// Days to learn from, days until it is known what they were, and days to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The first day to learn from.
    pub start: Date,
    /// How many days are learned from.
    pub train_days: u16,
    /// After how many days it is known whether something was fraud.
    pub delay_days: u16,
    /// How many days are judged.
    pub test_days: u16,
}

/// Why there is nothing to learn or to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// There is no data.
    #[error("there are no rows to learn from")]
    Empty,
    /// The data is too short, or begins too late.
    #[error(
        "the data is of {first} to {last}, and {from} up to {to} would be needed; fewer days, or another --start, may do"
    )]
    OutOfData {
        /// The first day that there is.
        first: Date,
        /// The last day.
        last: Date,
        /// The first day that would be needed.
        from: Date,
        /// The last.
        to: Date,
    },
    /// No fraud, or nothing else.
    #[error(
        "from {from} up to {to} there are not both frauds and genuine rows, so that nothing can be learned"
    )]
    NothingToLearn {
        /// The first day.
        from: Date,
        /// The day after the last.
        to: Date,
    },
}

/// So many days later; at the end of the calendar, its last day.
fn after(day: Date, days: u16) -> Date {
    day.saturating_add(i32::from(days).days())
}

impl Split {
    /// The day after the last that is learned from.
    pub fn train_end(&self) -> Date {
        after(self.start, self.train_days)
    }

    /// The first day that is judged.
    pub fn test_start(&self) -> Date {
        after(self.train_end(), self.delay_days)
    }

    /// The day after the last that is judged.
    pub fn test_end(&self) -> Date {
        after(self.test_start(), self.test_days)
    }

    /// The same, so many days later.
    #[must_use]
    pub fn later(&self, days: u16) -> Self {
        Self { start: after(self.start, days), ..*self }
    }
}

/// How data is to be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splits {
    /// The first day to learn from; so that the last days are judged, when left out.
    pub start: Option<Date>,
    /// As in [`Split`].
    pub train_days: u16,
    /// As in [`Split`].
    pub delay_days: u16,
    /// As in [`Split`].
    pub test_days: u16,
    /// How many splits, each later than the one before by the days that are judged.
    pub folds: u16,
}

impl Splits {
    /// The splits of this data.
    ///
    /// # Errors
    /// [`SplitError`] where the data has not all the days.
    pub fn of(&self, data: &Data) -> Result<Vec<Split>, SplitError> {
        let (first, last) = data.days().ok_or(SplitError::Empty)?;
        let split = |start| Split {
            start,
            train_days: self.train_days,
            delay_days: self.delay_days,
            test_days: self.test_days,
        };
        let folds = self.folds.max(1);
        let step = self.test_days;
        let start = self.start.unwrap_or_else(|| {
            let length =
                [self.train_days, self.delay_days].into_iter().fold(0_i32, |sum, days| sum + i32::from(days))
                    + i32::from(step) * i32::from(folds)
                    - 1;
            last.saturating_sub(length.days())
        });
        let splits: Vec<Split> =
            (0..folds).map(|fold| split(after(start, fold.saturating_mul(step)))).collect();
        let end = splits.last().map_or(start, Split::test_end).yesterday().unwrap_or(Date::MIN);
        if start < first || end > last {
            return Err(SplitError::OutOfData { first, last, from: start, to: end });
        }
        Ok(splits)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Row;
    use super::*;

    fn data(first: Date, days: i16) -> Data {
        let row = |day| Row { day, card: 0, features: Box::default(), fraud: false, known_on: None };
        let rows = first.series(1.day()).take(usize::try_from(days).unwrap_or(0)).map(row).collect();
        Data { rows, ..Data::default() }
    }

    const WEEKS: Splits = Splits { start: None, train_days: 7, delay_days: 7, test_days: 7, folds: 1 };

    #[test]
    fn the_last_days_are_judged_unless_a_first_is_named() {
        let data = data(date(2018, 7, 1), 31);

        let last = WEEKS.of(&data).unwrap()[0];
        let named = Splits { start: Some(date(2018, 7, 2)), ..WEEKS }.of(&data).unwrap()[0];

        assert_eq!(
            (last.start, last.test_start(), last.test_end()),
            (date(2018, 7, 11), date(2018, 7, 25), date(2018, 8, 1))
        );
        assert_eq!(named.test_start(), date(2018, 7, 16));
    }

    #[test]
    fn folds_are_a_test_apart_and_end_with_the_data() {
        let splits = Splits { folds: 2, ..WEEKS }.of(&data(date(2018, 7, 1), 31)).unwrap();

        assert_eq!(splits[0].later(7), splits[1]);
        assert_eq!(splits[1].test_end(), date(2018, 8, 1));
    }

    #[test]
    fn days_that_there_are_not_are_refused() {
        let short = WEEKS.of(&data(date(2018, 7, 1), 20));
        let late = Splits { start: Some(date(2018, 7, 20)), ..WEEKS }.of(&data(date(2018, 7, 1), 31));

        assert!(matches!(short, Err(SplitError::OutOfData { from, .. }) if from == date(2018, 6, 30)));
        assert!(matches!(late, Err(SplitError::OutOfData { to, .. }) if to == date(2018, 8, 9)));
        assert_eq!(WEEKS.of(&Data::default()), Err(SplitError::Empty));
    }
}
