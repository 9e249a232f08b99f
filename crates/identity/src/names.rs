//! What people are called, and their telephone.

use std::fmt;
use std::str::FromStr;

use florin_vault::Masked;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// A person's name, as they write it.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

/// Text that cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a name of 2 to 100 characters is wanted, without control characters")]
pub struct InvalidName;

impl FullName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FullName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 4096 {
            return Err(InvalidName);
        }
        let name: String = text.trim().nfc().collect();
        let length = name.chars().count();
        if !(2..=100).contains(&length) || name.chars().any(is_unprintable) {
            return Err(InvalidName);
        }
        Ok(Self(name))
    }
}

/// Controls, line breaks of Unicode, and what turns the direction of the text around it.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Debug for FullName {
    /// Says nothing of whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FullName(…)")
    }
}

/// A telephone number in the international form of E.164. It is never printed and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(Zeroizing<String>);

/// Text that is no telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a phone number such as +14155550123 is wanted: a plus sign and 8 to 15 digits")]
pub struct InvalidPhone;

impl Phone {
    /// The number, with its plus sign; whoever asks answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The number with all but its last four digits hidden.
    pub fn masked(&self) -> Masked {
        Masked::last_four(&self.0)
    }
}

impl FromStr for Phone {
    type Err = InvalidPhone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').ok_or(InvalidPhone)?;
        let plain = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if plain && !digits.starts_with('0') {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(InvalidPhone)
        }
    }
}

impl fmt::Debug for Phone {
    /// Says nothing of whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_all_kinds_are_kept_as_written() {
        for name in
            ["Bo", "Ada Lovelace", "Siân O'Neill-Łoś", "李小龙", "María José de la Cruz III", "X Æ A-12"]
        {
            assert_eq!(name.parse::<FullName>().unwrap().as_str(), name);
        }
        assert_eq!("  Ada  Lovelace ".parse::<FullName>().unwrap().as_str(), "Ada  Lovelace");
    }

    #[test]
    fn names_are_neither_too_short_nor_too_long_nor_tricks() {
        for name in ["", " ", "A", "  B  ", "Ada\nLovelace", "Ada\0", "Ada\u{202e}ecalevoL", &"x".repeat(101)]
        {
            assert_eq!(name.parse::<FullName>(), Err(InvalidName), "{name:?}");
        }
        assert!("é".repeat(100).parse::<FullName>().is_ok());
    }

    #[test]
    fn phones_are_e164() {
        assert_eq!("+14155550123".parse::<Phone>().unwrap().masked().as_str(), "****0123");
        for text in [
            "",
            "+",
            "14155550123",
            "+0415555012",
            "+1415",
            "+1 415 555 0123",
            "+1234567890123456",
            "+١٢٣٤٥٦٧٨",
        ] {
            assert_eq!(text.parse::<Phone>(), Err(InvalidPhone), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic(text in ".{0,120}") {
            if let Ok(name) = text.parse::<FullName>() {
                prop_assert_eq!(name.as_str().parse::<FullName>(), Ok(name.clone()));
            }
            let _ = text.parse::<Phone>();
        }

        #[test]
        fn a_masked_phone_shows_four_digits(digits in "[1-9][0-9]{7,14}") {
            let phone: Phone = format!("+{digits}").parse().unwrap();

            prop_assert_eq!(phone.masked().as_str().bytes().filter(u8::is_ascii_digit).count(), 4);
            prop_assert!(digits.ends_with(phone.masked().as_str().trim_start_matches('*')));
        }
    }
}
