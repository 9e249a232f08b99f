//! When somebody was born.

use std::fmt;

use florin_kernel::Date;

/// The oldest that anybody is taken to be, in years; the oldest ever was 122.
const YEARS_MAX: i16 = 125;

/// A day on which somebody who lives can have been born. Debug prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(Date);

impl BirthDate {
    /// Reads a day such as 1990-05-17, which is not after `today` and at most 125 years before it. How old somebody must
    /// be is the rule of a product, and not asked here.
    pub fn parse(text: &str, today: Date) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: Date = text.parse().ok().filter(|_| plain)?;
        let oldest = today.year().saturating_sub(YEARS_MAX);
        (day <= today && day.year() >= oldest).then_some(Self(day))
    }

    /// The day as it was stored.
    pub(crate) fn stored(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The day, as 1990-05-17; whoever asks answers for where it goes.
    pub fn expose(self) -> String {
        self.0.to_string()
    }

    /// The year alone.
    pub fn masked(self) -> String {
        format!("{:04}", self.0.year())
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        "2026-11-21".parse().unwrap()
    }

    #[test]
    fn days_that_somebody_can_have_been_born_on_are_taken() {
        for text in ["1990-05-17", "2026-11-21", "2000-02-29", "1901-01-01"] {
            let born = BirthDate::parse(text, today()).unwrap();
            assert_eq!((born.expose(), born.masked()), (text.to_owned(), text[..4].to_owned()));
            assert_eq!(format!("{born:?}"), "BirthDate(…)");
        }
        for text in [
            "",
            "2026-11-22",
            "1900-12-31",
            "1990-02-30",
            "17.05.1990",
            "1990-5-17",
            "1990-05-17T00:00",
            "19900517",
        ] {
            assert!(BirthDate::parse(text, today()).is_none(), "{text}");
        }
    }
}
