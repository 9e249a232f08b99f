//! The numbers of metrics: exact, in millionths.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

const MILLION: i128 = 1_000_000;

/// A number in millionths: a count, bytes, seconds, a ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i128);

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn whole(number: impl Into<i128>) -> Self {
        Self(number.into().saturating_mul(MILLION))
    }

    /// Microseconds, as seconds.
    pub fn seconds_of_us(us: impl Into<i128>) -> Self {
        Self(us.into())
    }

    /// Millionths.
    pub const fn micro(millionths: i128) -> Self {
        Self(millionths)
    }

    /// In millionths.
    pub const fn as_micro(self) -> i128 {
        self.0
    }

    /// Rounded down to a whole number.
    pub fn floor(self) -> i64 {
        i64::try_from(self.0.div_euclid(MILLION)).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Without `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Divided by `other`, rounded to nothing; none where that is nothing.
    pub fn over(self, other: Self) -> Option<Self> {
        self.0.saturating_mul(MILLION).checked_div(other.0).map(Self)
    }
}

impl fmt::Display for Number {
    /// As a decimal without zeros at its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let rest = format!("{rest:06}");
        write!(f, "{sign}{whole}.{}", rest.trim_end_matches('0'))
    }
}

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no decimal number of at most six places");
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        let dangling = digits.contains('.') && rest.is_empty();
        if whole.is_empty() || dangling || rest.len() > 6 || !is_number(whole) || !is_number(rest) {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let rest: i128 = format!("{rest:0<6}").parse().map_err(|_| wrong())?;
        let micro = i128::from(whole).saturating_mul(MILLION).saturating_add(rest);
        Ok(Self(if negative { micro.saturating_neg() } else { micro }))
    }
}

impl<'de> Deserialize<'de> for Number {
    /// A whole number, or a decimal in quotation marks.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or a decimal in quotation marks such as \"0.05\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number::whole(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_and_written_exactly() {
        for text in ["0", "5", "-5", "0.05", "-0.000001", "12345678.9"] {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
        }
        for wrong in
            ["", ".", "1.", ".5", "-", "1e3", "0.0000001", "1,5", "+1", "1.-2", "99999999999999999999"]
        {
            assert!(wrong.parse::<Number>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn dividing_by_nothing_is_nothing() {
        assert_eq!(Number::whole(5).over(Number::ZERO), None);
        assert_eq!(Number::whole(1).over(Number::whole(8)).unwrap().to_string(), "0.125");
        assert_eq!(Number::micro(-1).floor(), -1);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(micro in -1_000_000_000_000_i64..1_000_000_000_000) {
            let number = Number::micro(micro.into());
            prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
        }
    }
}
