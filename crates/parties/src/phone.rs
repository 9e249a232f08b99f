//! Telephone numbers, in the international form of E.164.

use std::fmt;

use florin_vault::Masked;
use zeroize::Zeroizing;

/// A telephone number. It is never printed and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(Zeroizing<String>);

impl Phone {
    /// Reads a plus sign and 8 to 15 digits, of which the first is no zero.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let plain = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        (plain && !digits.starts_with('0')).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The number, with its plus sign; whoever asks answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The number with all but its last four digits hidden: `****0123`.
    pub fn masked(&self) -> String {
        Masked::last_four(&self.0).into_string()
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_e164_and_say_nothing_but_their_last_four_digits() {
        let phone = Phone::parse("+14155550123").unwrap();
        assert_eq!((phone.masked(), format!("{phone:?}")), ("****0123".to_owned(), "Phone(…)".to_owned()));
        for text in ["", "+", "14155550123", "+0415555012", "+1415", "+1 415 555 0123", "+1234567890123456"] {
            assert!(Phone::parse(text).is_none(), "{text:?}");
        }
    }
}
