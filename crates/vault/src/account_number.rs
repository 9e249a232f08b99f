//! Numbers of accounts at other institutions.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::Masked;

/// How many letters and digits an account's number has: the longest is an IBAN's 34 (ISO 13616-1).
const LENGTH: std::ops::RangeInclusive<usize> = 4..=34;

/// The number of an account at another institution, in upper case and without blanks. It prints as its mask, is compared
/// in constant time and wiped when dropped; there is no way to serialise it.
#[derive(Clone)]
pub struct AccountNumber(Zeroizing<String>);

/// Text that is no account's number; it does not say which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an account number is wanted: 4 to 34 letters and digits")]
pub struct InvalidAccountNumber;

impl AccountNumber {
    /// The number; whoever asks answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its last four characters: `****5678`.
    pub fn masked(&self) -> Masked {
        Masked::last_four(&self.0)
    }
}

impl FromStr for AccountNumber {
    type Err = InvalidAccountNumber;

    /// Reads Latin letters and digits; blanks and hyphens may stand between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut number = Zeroizing::new(String::with_capacity(*LENGTH.end()));
        for c in text.chars() {
            match c {
                ' ' | '-' if !number.is_empty() => {}
                _ if c.is_ascii_alphanumeric() && number.len() < *LENGTH.end() => {
                    number.push(c.to_ascii_uppercase());
                }
                _ => return Err(InvalidAccountNumber),
            }
        }
        if LENGTH.contains(&number.len()) { Ok(Self(number)) } else { Err(InvalidAccountNumber) }
    }
}

impl PartialEq for AccountNumber {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq as _;
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for AccountNumber {}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().fmt(f)
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_are_one_however_they_are_written_and_print_their_end_alone() {
        let iban: AccountNumber = "de89 3704 0044 0532 0130 00".parse().unwrap();
        assert_eq!(iban.expose(), "DE89370400440532013000");
        assert_eq!(iban, "DE89-3704-0044-0532-0130-00".parse().unwrap());
        assert_eq!(format!("{iban} {iban:?}"), "****3000 AccountNumber(****3000)");
        let short: AccountNumber = "1234567".parse().unwrap();
        assert_eq!(format!("{short} {short:?}"), "**** AccountNumber(****)");
    }

    #[test]
    fn what_is_no_account_number_is_refused() {
        for text in ["", "123", " 1234", "12_34", "12é4", &"1".repeat(35)] {
            assert_eq!(text.parse::<AccountNumber>(), Err(InvalidAccountNumber), "{text:?}");
        }
    }
}
