//! Numbers that say where an account is.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a number says nothing about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidBankId {
    /// Not nine digits, or of a range that is not given out.
    #[error("a routing number has nine digits and begins with 00 to 12, 21 to 32, 61 to 72 or 80")]
    RoutingNumber,
    /// The ninth digit does not fit the others.
    #[error("the routing number's last digit does not fit the others: one of them is mistyped")]
    CheckDigit,
    /// Not an institution of three digits and a transit of five.
    #[error(
        "an institution of three digits and a transit of five are wanted, such as 003-12345 or 000312345"
    )]
    CanadianRouting,
    /// Empty, too long, or of other characters.
    #[error("an account number has 1 to 17 letters, digits, hyphens and spaces")]
    AccountNumber,
}

/// A bank of the United States: the nine digits of the American Bankers Association.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutingNumber([u8; 9]);

impl RoutingNumber {
    /// All nine digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first eight, which files name a bank by.
    pub fn without_check_digit(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    /// The routing number of these eight digits, with the check digit that fits them.
    ///
    /// # Errors
    /// [`InvalidBankId::RoutingNumber`].
    pub fn of_eight(digits: &str) -> Result<Self, InvalidBankId> {
        (0..=9_u8)
            .find_map(|check| format!("{digits}{check}").parse().ok())
            .ok_or(InvalidBankId::RoutingNumber)
    }
}

impl FromStr for RoutingNumber {
    type Err = InvalidBankId;

    /// 3(d₁ + d₄ + d₇) + 7(d₂ + d₅ + d₈) + (d₃ + d₆ + d₉) is a multiple of ten.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 9] = text.as_bytes().try_into().map_err(|_| InvalidBankId::RoutingNumber)?;
        let [a, b, ..] = digits;
        if !digits.iter().all(u8::is_ascii_digit) || digits == [b'0'; 9] {
            return Err(InvalidBankId::RoutingNumber);
        }
        let prefix = value(a).saturating_mul(10).saturating_add(value(b));
        if !matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80) {
            return Err(InvalidBankId::RoutingNumber);
        }
        let weights = [3_u32, 7, 1].into_iter().cycle();
        let sum: u32 =
            digits.iter().zip(weights).map(|(digit, weight)| value(*digit).saturating_mul(weight)).sum();
        if sum.is_multiple_of(10) { Ok(Self(digits)) } else { Err(InvalidBankId::CheckDigit) }
    }
}

fn value(digit: u8) -> u32 {
    u32::from(digit.saturating_sub(b'0'))
}

impl fmt::Display for RoutingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RoutingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoutingNumber({self})")
    }
}

/// A branch of a Canadian bank: an institution of three digits and a transit of five. There is no check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanadianRouting {
    institution: u16,
    transit: u32,
}

impl CanadianRouting {
    /// The transit `transit` of the institution `institution`.
    ///
    /// # Errors
    /// [`InvalidBankId::CanadianRouting`] for an institution above 999 or of zero, or a transit above 99999.
    pub fn new(institution: u16, transit: u32) -> Result<Self, InvalidBankId> {
        if (1..=999).contains(&institution) && transit <= 99_999 {
            Ok(Self { institution, transit })
        } else {
            Err(InvalidBankId::CanadianRouting)
        }
    }

    /// The institution, of three digits.
    pub const fn institution(&self) -> u16 {
        self.institution
    }

    /// The transit, of five.
    pub const fn transit(&self) -> u32 {
        self.transit
    }
}

impl FromStr for CanadianRouting {
    type Err = InvalidBankId;

    /// `0IIITTTTT` as files write it, `IIITTTTT`, or `III-TTTTT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = match text.split_once('-') {
            Some((institution, transit)) if institution.len() == 3 => format!("{institution}{transit}"),
            Some(_) => return Err(InvalidBankId::CanadianRouting),
            None => text.strip_prefix('0').filter(|rest| rest.len() == 8).unwrap_or(text).to_owned(),
        };
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidBankId::CanadianRouting);
        }
        let (institution, transit) = digits.split_at(3);
        let refused = |_| InvalidBankId::CanadianRouting;
        Self::new(institution.parse().map_err(refused)?, transit.parse().map_err(refused)?)
    }
}

/// As files write it: `0IIITTTTT`.
impl fmt::Display for CanadianRouting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0{:03}{:05}", self.institution, self.transit)
    }
}

/// The number of an account at a bank: 1 to 17 letters, digits, hyphens and inner spaces. It shows its last four alone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// The most characters, as files of the Automated Clearing House have room for.
    pub const CHARS_MAX: usize = 17;

    /// The whole number, to be written into a file or sealed; never into a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountNumber {
    type Err = InvalidBankId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' ');
        if (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidBankId::AccountNumber)
        }
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.0.len().saturating_sub(4);
        write!(
            f,
            "AccountNumber(****{})",
            if from == 0 { "" } else { self.0.get(from..).unwrap_or_default() }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_numbers_are_checked_by_digit_and_range() {
        for good in ["021000021", "011401533", "091000019", "231380104", "122105155"] {
            assert_eq!(good.parse::<RoutingNumber>().unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("021000022", InvalidBankId::CheckDigit),
            ("201000021", InvalidBankId::RoutingNumber),
            ("000000000", InvalidBankId::RoutingNumber),
            ("130000000", InvalidBankId::RoutingNumber),
            ("02100002", InvalidBankId::RoutingNumber),
            ("0210000210", InvalidBankId::RoutingNumber),
            ("02100002a", InvalidBankId::RoutingNumber),
            ("", InvalidBankId::RoutingNumber),
        ] {
            assert_eq!(bad.parse::<RoutingNumber>(), Err(why), "{bad}");
        }
        assert_eq!(RoutingNumber::of_eight("23138010").unwrap().as_str(), "231380104");
        assert!(RoutingNumber::of_eight("2313801").is_err());
    }

    #[test]
    fn one_mistyped_digit_or_two_swapped_neighbours_are_noticed() {
        let good = "021000021";
        for at in 0..9 {
            for digit in b'0'..=b'9' {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[at] == digit {
                    continue;
                }
                bytes[at] = digit;
                let text = String::from_utf8(bytes).unwrap();
                assert!(text.parse::<RoutingNumber>().is_err(), "{text}");
            }
        }
    }

    #[test]
    fn canadian_branches_are_read_in_the_three_ways_they_are_written() {
        let branch = CanadianRouting::new(3, 12_345).unwrap();
        for text in ["000312345", "00312345", "003-12345"] {
            assert_eq!(text.parse(), Ok(branch), "{text}");
        }
        assert_eq!(branch.to_string(), "000312345");
        for bad in ["", "3-12345", "0003123456", "100312345", "000-12345", "003-1234", "00A12345"] {
            assert_eq!(bad.parse::<CanadianRouting>(), Err(InvalidBankId::CanadianRouting), "{bad}");
        }
    }

    #[test]
    fn account_numbers_show_their_last_four_alone() {
        let account: AccountNumber = "744-5678-99".parse().unwrap();
        assert_eq!(format!("{account:?}"), "AccountNumber(****8-99)");
        assert_eq!(format!("{:?}", "1234".parse::<AccountNumber>().unwrap()), "AccountNumber(****)");
        for bad in ["", "   ", "123456789012345678", "12/34", "1é"] {
            assert!(bad.parse::<AccountNumber>().is_err(), "{bad}");
        }
    }
}
