//! Card numbers.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Masked, luhn};

/// How many digits a card's number has (ISO/IEC 7812-1; no scheme issues fewer than thirteen).
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// A card's number (primary account number), which passes its check. It prints as its mask, is compared in constant time
/// and wiped when dropped; there is no way to serialise it.
#[derive(Clone)]
pub struct Pan(Zeroizing<String>);

/// Text that is no card's number; it does not say which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a card number is wanted: 13 to 19 digits, of which the last is their check digit")]
pub struct InvalidPan;

impl Pan {
    /// The digits; whoever asks answers for where they go.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first six and the last four digits.
    pub fn masked(&self) -> Masked {
        Masked::card(&self.0)
    }
}

impl FromStr for Pan {
    type Err = InvalidPan;

    /// Reads digits; single blanks or hyphens may stand between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = Zeroizing::new(String::with_capacity(*DIGITS.end()));
        let mut divided = true;
        for c in text.chars() {
            match c {
                '0'..='9' if digits.len() < *DIGITS.end() => {
                    digits.push(c);
                    divided = false;
                }
                ' ' | '-' if !divided => divided = true,
                _ => return Err(InvalidPan),
            }
        }
        let whole = !divided && DIGITS.contains(&digits.len());
        let issued = digits.bytes().any(|digit| digit != b'0');
        if whole && issued && luhn::passes(&digits) { Ok(Self(digits)) } else { Err(InvalidPan) }
    }
}

impl PartialEq for Pan {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq as _;
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Pan {}

impl fmt::Display for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().fmt(f)
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pan({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn card_numbers_are_read_however_they_are_spaced_and_printed_masked() {
        for text in ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242"] {
            let pan: Pan = text.parse().unwrap();
            assert_eq!(pan.expose(), "4242424242424242");
            assert_eq!(format!("{pan} {pan:?}"), "424242******4242 Pan(424242******4242)");
        }
        let amex: Pan = "3782 822463 10005".parse().unwrap();
        assert_eq!(amex.masked().as_str(), "378282*****0005");
        assert_ne!(amex, "4242424242424242".parse().unwrap());
    }

    #[test]
    fn what_is_no_card_number_is_refused_without_being_told() {
        let long = "4".repeat(20);
        for text in [
            "",
            "4242424242424241",
            "424242424242",
            long.as_str(),
            "0000000000000000",
            " 4242424242424242",
            "4242424242424242 ",
            "4242  4242 4242 4242",
            "4242.4242.4242.4242",
            "4242 4242 4242 424a",
            "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
        ] {
            let refusal = text.parse::<Pan>().unwrap_err();
            assert!(!refusal.to_string().contains("4242"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_no_print_tells_more_than_ten_digits(text in "[0-9 -]{0,24}|\\PC{0,24}") {
            if let Ok(pan) = text.parse::<Pan>() {
                let printed = format!("{pan}");
                prop_assert!(printed.bytes().filter(u8::is_ascii_digit).count() == 10);
                prop_assert_eq!(pan.expose().parse::<Pan>().unwrap(), pan);
            }
        }
    }
}
