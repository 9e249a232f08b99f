//! Dates of birth as lists tell them: to the day, the month, the year, between years, or about.

use serde::{Deserialize, Serialize};

/// When somebody was born, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Birth {
    /// The earliest year.
    pub first_year: u16,
    /// The latest year; the same as the earliest when the year is known.
    pub last_year: u16,
    /// The month, 1 to 12, of one known year.
    pub month: Option<u8>,
    /// The day of that month, 1 to 31.
    pub day: Option<u8>,
    /// Told as about that time.
    pub approximate: bool,
}

/// How two dates of birth stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// They cannot be one person's.
    Conflict,
    /// A year apart, or a day or month that differs within one year: a slip, or an estimate.
    Near,
    /// The year is the same or within the range told.
    Year,
    /// The same to the day.
    Day,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Birth {
    /// A known year.
    pub fn year(year: u16) -> Self {
        Self { first_year: year, last_year: year, month: None, day: None, approximate: false }
    }

    /// Reads `1970`, `1970-03`, `1970-03-05`, `05 Mar 1970`, `Mar 1970`, `circa 1970`, `1970 to 1975`, `03/05/1970` is not read.
    ///
    /// `None` when it is none of these, or no day of a calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(rest) = text.strip_prefix("circa ").or_else(|| text.strip_prefix("approximately ")) {
            return Self::parse(rest).map(|birth| Self { approximate: true, ..birth });
        }
        if let Some((first, last)) = text.split_once(" to ") {
            let (first, last) = (Self::parse(first)?, Self::parse(last)?);
            return Self::between(first.first_year, last.last_year)
                .map(|birth| Self { approximate: first.approximate || last.approximate, ..birth });
        }
        let parts: Vec<&str> = text.split([' ', '-']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [year] => Some(Self::year(year_of(year)?)),
            [year, month] if year_of(year).is_some() => Self::of(year_of(year)?, month.parse().ok()?, None),
            [month, year] => Self::of(year_of(year)?, month_of(month)?, None),
            [year, month, day] if year_of(year).is_some() => {
                Self::of(year_of(year)?, month.parse().ok()?, Some(day.parse().ok()?))
            }
            [day, month, year] => Self::of(year_of(year)?, month_of(month)?, Some(day.parse().ok()?)),
            _ => None,
        }
    }

    /// Between two years, both included; `None` when they are the wrong way round.
    pub fn between(first_year: u16, last_year: u16) -> Option<Self> {
        (first_year <= last_year).then_some(Self { first_year, last_year, ..Self::year(first_year) })
    }

    fn of(year: u16, month: u8, day: Option<u8>) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        day.is_none_or(|day| (1..=days).contains(&day)).then_some(Self {
            month: Some(month),
            day,
            ..Self::year(year)
        })
    }

    /// How this date and another stand to each other; symmetric.
    pub fn agreement(&self, other: &Self) -> Agreement {
        let slack = if self.approximate || other.approximate { 3 } else { 0 };
        let gap = self
            .first_year
            .saturating_sub(other.last_year)
            .max(other.first_year.saturating_sub(self.last_year));
        if gap > slack {
            return if gap <= slack.max(1) { Agreement::Near } else { Agreement::Conflict };
        }
        match (self.month.zip(other.month), self.day.zip(other.day)) {
            (Some((a, b)), _) if a != b => self.day_and_month_apart(other),
            (Some(_), Some((a, b))) if a != b => Agreement::Near,
            (Some(_), Some(_)) => Agreement::Day,
            _ => Agreement::Year,
        }
    }

    /// A day written for a month is a slip; so is a first of January, which means that only the year is known.
    fn day_and_month_apart(&self, other: &Self) -> Agreement {
        let swapped = self.month == other.day && self.day == other.month;
        let new_year = |birth: &Self| birth.month == Some(1) && birth.day == Some(1);
        if swapped || new_year(self) || new_year(other) { Agreement::Year } else { Agreement::Near }
    }
}

fn year_of(text: &str) -> Option<u16> {
    (text.len() == 4).then(|| text.parse().ok()).flatten().filter(|year| (1000..=2999).contains(year))
}

fn month_of(text: &str) -> Option<u8> {
    let short = text.get(..3)?;
    MONTHS.iter().zip(1..).find(|(name, _)| **name == short).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_lists_write_them() {
        let read =
            |text| Birth::parse(text).map(|b| (b.first_year, b.last_year, b.month, b.day, b.approximate));
        assert_eq!(read("05 Mar 1970"), Some((1970, 1970, Some(3), Some(5), false)));
        assert_eq!(read("1970-03-05"), Some((1970, 1970, Some(3), Some(5), false)));
        assert_eq!(read("Sept 1970"), Some((1970, 1970, Some(9), None, false)));
        assert_eq!(read("circa 1970"), Some((1970, 1970, None, None, true)));
        assert_eq!(read("1970 to 1975"), Some((1970, 1975, None, None, false)));
        for wrong in ["", "30 Feb 1970", "1970-13", "1975 to 1970", "70", "unknown", "03/05/1970"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_agree_conflict_or_come_near() {
        let agreement = |a, b| Birth::parse(a).unwrap().agreement(&Birth::parse(b).unwrap());
        assert_eq!(agreement("1970-03-05", "05 Mar 1970"), Agreement::Day);
        assert_eq!(agreement("1970", "05 Mar 1970"), Agreement::Year);
        assert_eq!(agreement("1970-05-03", "1970-03-05"), Agreement::Year);
        assert_eq!(agreement("1970-07-03", "1970-03-05"), Agreement::Near);
        assert_eq!(agreement("1971", "05 Mar 1970"), Agreement::Near);
        assert_eq!(agreement("circa 1968", "1970"), Agreement::Year);
        assert_eq!(agreement("1960 to 1965", "1963-01-01"), Agreement::Year);
        assert_eq!(agreement("1950", "1970"), Agreement::Conflict);
    }
}
