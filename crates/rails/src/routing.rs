//! Routing numbers of banks in the United States.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The nine digits that name a bank in the United States (ABA routing transit number).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingNumber(String);

/// Text that is no routing number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidRouting {
    /// It is not nine digits.
    #[error("a routing number has nine digits")]
    Form,
    /// No such range was ever given out.
    #[error("no routing number begins so")]
    Range,
    /// A digit is wrong, or two were exchanged.
    #[error("the check digit of the routing number is wrong")]
    Check,
}

impl InvalidRouting {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "malformed",
            Self::Range => "unknown_range",
            Self::Check => "check_digit",
        }
    }
}

impl RoutingNumber {
    /// The nine digits. They name a bank and are no secret by themselves.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The first eight, which files name a bank by.
    pub fn without_check_digit(&self) -> &str {
        self.0.get(..8).unwrap_or_default()
    }

    /// The routing number of these eight digits, with the check digit that fits them.
    ///
    /// # Errors
    /// [`InvalidRouting`], but for the check digit.
    pub fn of_eight(digits: &str) -> Result<Self, InvalidRouting> {
        let mut why = InvalidRouting::Form;
        for check in 0..=9_u8 {
            match format!("{digits}{check}").parse() {
                Err(InvalidRouting::Check) => {}
                Err(other) => why = other,
                found => return found,
            }
        }
        Err(why)
    }
}

impl FromStr for RoutingNumber {
    type Err = InvalidRouting;

    /// Reads nine digits. The first two are 00 to 12, 21 to 32, 61 to 72 or 80; the weights 3, 7, 1 make a sum that ten
    /// divides (ABA, key to routing numbers).
    fn from_str(text: &str) -> Result<Self, InvalidRouting> {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10).filter(|_| c.is_ascii())).collect();
        let (9, 9, [first, second, ..]) = (text.len(), digits.len(), digits.as_slice()) else {
            return Err(InvalidRouting::Form);
        };
        let prefix = first.saturating_mul(10).saturating_add(*second);
        let issued =
            matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80) && digits.iter().any(|digit| *digit != 0);
        if !issued {
            return Err(InvalidRouting::Range);
        }
        let weights = [3_u32, 7, 1].into_iter().cycle();
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit.saturating_mul(weight)).sum();
        if sum.is_multiple_of(10) { Ok(Self(text.to_owned())) } else { Err(InvalidRouting::Check) }
    }
}

impl fmt::Display for RoutingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (text, why) in [
            ("", InvalidRouting::Form),
            ("02100002", InvalidRouting::Form),
            ("0210000210", InvalidRouting::Form),
            ("02100002a", InvalidRouting::Form),
            ("٠٢١٠٠٠٠٢١", InvalidRouting::Form),
            ("000000000", InvalidRouting::Range),
            ("131000000", InvalidRouting::Range),
            ("990000001", InvalidRouting::Range),
            ("021000022", InvalidRouting::Check),
            ("201000021", InvalidRouting::Range),
        ] {
            assert_eq!(text.parse::<RoutingNumber>(), Err(why), "{text}");
        }
    }

    #[test]
    fn eight_digits_have_one_check_digit() {
        assert_eq!(RoutingNumber::of_eight("23138010").map(|bank| bank.0), Ok("231380104".to_owned()));
        assert_eq!(RoutingNumber::of_eight("2313801"), Err(InvalidRouting::Form));
        assert_eq!(RoutingNumber::of_eight("99138010"), Err(InvalidRouting::Range));
    }

    proptest! {
        #[test]
        fn no_single_wrong_digit_passes(at in 0_usize..9, by in 1_u32..10) {
            let mut digits: Vec<u32> = "021000021".chars().filter_map(|c| c.to_digit(10)).collect();
            digits[at] = digits[at].wrapping_add(by) % 10;
            let text: String = digits.iter().map(ToString::to_string).collect();
            prop_assert!(text.parse::<RoutingNumber>().is_err());
        }
    }
}
