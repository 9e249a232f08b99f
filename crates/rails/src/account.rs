//! The number of an account as files have it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Text that is no account's number; it does not say which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an account number has 1 to 17 letters, digits, hyphens and spaces")]
pub struct InvalidAccountNumber;

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
    type Err = InvalidAccountNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' ');
        if (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountNumber)
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
    fn account_numbers_show_their_last_four_alone() {
        let account: AccountNumber = "744-5678-99".parse().unwrap();
        assert_eq!(format!("{account:?}"), "AccountNumber(****8-99)");
        assert_eq!(format!("{:?}", "1234".parse::<AccountNumber>().unwrap()), "AccountNumber(****)");
        for bad in ["", "   ", "123456789012345678", "12/34", "1é"] {
            assert!(bad.parse::<AccountNumber>().is_err(), "{bad}");
        }
    }
}
