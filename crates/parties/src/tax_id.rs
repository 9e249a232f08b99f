//! Tax numbers of persons: Social Security Numbers of the USA, Social Insurance Numbers of Canada.
//!
//! Sources: the Social Security Administration's rules for numbers issued since 25 June 2011 (no area 000, 666 or 900 to
//! 999, no group 00, no serial 0000) and its two numbers that were printed in advertisements and are nobody's; for a SIN,
//! nine digits whose last is the check digit of Luhn's formula.

use std::fmt;

use florin_vault::luhn;
use zeroize::Zeroizing;

/// Numbers that the Social Security Administration voided because they were published.
const VOIDED: [&str; 2] = ["078051120", "219099999"];
/// How many digits both have.
const DIGITS: usize = 9;

/// Which number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaxIdKind {
    /// A Social Security Number (USA).
    Ssn,
    /// A Social Insurance Number (Canada).
    Sin,
}

impl TaxIdKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ssn, Self::Sin];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ssn => "ssn",
            Self::Sin => "sin",
        }
    }

    /// What is wanted, for people.
    pub(crate) const fn wanted(self) -> &'static str {
        match self {
            Self::Ssn => {
                "a Social Security Number is wanted, such as 000-00-0000 or nine digits, that can have been issued"
            }
            Self::Sin => {
                "a Social Insurance Number is wanted, such as 000-000-000 or nine digits, with its check digit"
            }
        }
    }

    /// How many digits are in each group as it is written.
    const fn groups(self) -> [usize; 3] {
        match self {
            Self::Ssn => [3, 2, 4],
            Self::Sin => [3, 3, 3],
        }
    }
}

/// A number that can have been issued. It is never printed and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct TaxId {
    kind: TaxIdKind,
    digits: Zeroizing<String>,
}

impl TaxId {
    /// Reads a number of this kind: nine digits, or its groups divided by hyphens; a SIN's by spaces, too.
    pub fn parse(kind: TaxIdKind, text: &str) -> Option<Self> {
        let digits = digits_of(kind, text)?;
        let issued = match kind {
            TaxIdKind::Ssn => can_be_ssn(&digits),
            TaxIdKind::Sin => luhn::passes(&digits) && digits.bytes().any(|digit| digit != b'0'),
        };
        issued.then_some(Self { kind, digits })
    }

    /// Which number it is.
    pub fn kind(&self) -> TaxIdKind {
        self.kind
    }

    /// The nine digits; whoever asks answers for where they go.
    pub fn expose(&self) -> &str {
        &self.digits
    }

    /// The number as it is written, with hyphens; whoever asks answers for where it goes.
    pub fn written(&self) -> Zeroizing<String> {
        let [first, second, _] = self.kind.groups();
        let (area, rest) = self.digits.split_at(first);
        let (group, serial) = rest.split_at(second);
        Zeroizing::new(format!("{area}-{group}-{serial}"))
    }

    /// The last four digits, by which it is searched.
    pub(crate) fn last_four(&self) -> &str {
        self.digits.get(DIGITS.saturating_sub(4)..).unwrap_or_default()
    }

    /// The number with all but its last group hidden: `***-**-6789`, `***-***-286`.
    pub fn masked(&self) -> String {
        let last = self.kind.groups()[2];
        let shown = self.digits.get(DIGITS.saturating_sub(last)..).unwrap_or_default();
        match self.kind {
            TaxIdKind::Ssn => format!("***-**-{shown}"),
            TaxIdKind::Sin => format!("***-***-{shown}"),
        }
    }
}

impl fmt::Debug for TaxId {
    /// Says nothing but which number it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaxId({} …)", self.kind.code())
    }
}

fn digits_of(kind: TaxIdKind, text: &str) -> Option<Zeroizing<String>> {
    if text.len() > DIGITS.saturating_add(2) || !text.is_ascii() {
        return None;
    }
    let divided = |by: char| {
        let lengths: Vec<usize> = text.split(by).map(str::len).collect();
        lengths == kind.groups()
    };
    let plain = text.len() == DIGITS;
    let form = plain || divided('-') || (kind == TaxIdKind::Sin && divided(' '));
    let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect());
    (form && digits.len() == DIGITS).then_some(digits)
}

fn can_be_ssn(digits: &str) -> bool {
    let (area, rest) = digits.split_at(3);
    let (group, serial) = rest.split_at(2);
    let unused = area == "000" || area == "666" || area.starts_with('9') || group == "00" || serial == "0000";
    !unused && !VOIDED.contains(&digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ssn(text: &str) -> Option<TaxId> {
        TaxId::parse(TaxIdKind::Ssn, text)
    }

    fn sin(text: &str) -> Option<TaxId> {
        TaxId::parse(TaxIdKind::Sin, text)
    }

    #[test]
    fn social_security_numbers_that_can_have_been_issued_are_taken() {
        for text in ["123-45-6789", "123456789", "001-01-0001", "665-99-9999", "667-01-0001", "899-99-9999"] {
            let number = ssn(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(number.expose().len(), 9);
        }
        assert_eq!(ssn("123-45-6789").unwrap().masked(), "***-**-6789");
        assert_eq!(&*ssn("123456789").unwrap().written(), "123-45-6789");
    }

    #[test]
    fn social_security_numbers_that_nobody_has_are_not() {
        for text in [
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "999-99-9999",
            "123-00-4567",
            "123-45-0000",
            "078-05-1120",
            "219099999",
        ] {
            assert!(ssn(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_number_is_written_in_its_own_way() {
        for text in [
            "",
            "12345678",
            "1234567890",
            "123-456-789",
            "123 45 6789",
            "12-345-6789",
            "١٢٣-٤٥-٦٧٨٩",
            "123-45-678a",
            " 123456789",
        ] {
            assert!(ssn(text).is_none(), "{text:?}");
        }
        for text in ["046-45-4286", "046--454286", "046 454-286", "04645428", "0464542860"] {
            assert!(sin(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn social_insurance_numbers_have_their_check_digit() {
        // The example of the Government of Canada's own documents, and others made by the formula.
        for text in ["046 454 286", "046-454-286", "046454286", "130692544", "193456787"] {
            assert_eq!(sin(text).unwrap().kind(), TaxIdKind::Sin, "{text}");
        }
        for text in ["046454287", "123456789", "000000000", "046454826"] {
            assert!(sin(text).is_none(), "{text}");
        }
        assert_eq!(sin("046454286").unwrap().masked(), "***-***-286");
        assert_eq!(&*sin("046454286").unwrap().written(), "046-454-286");
    }

    #[test]
    fn a_number_says_nothing_of_itself() {
        assert_eq!(format!("{:?}", ssn("123-45-6789")), "Some(TaxId(ssn …))");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,14}") {
            for kind in TaxIdKind::ALL {
                if let Some(number) = TaxId::parse(kind, &text) {
                    prop_assert_eq!(TaxId::parse(kind, &number.written()), Some(number));
                }
            }
        }

        #[test]
        fn one_wrong_digit_of_a_sin_is_found(digits in "[0-9]{8}", at in 0_usize..9, by in 1_u8..10) {
            let whole = (0..10).map(|last| format!("{digits}{last}")).find(|text| luhn::passes(text)).unwrap();
            let mut wrong = whole.into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            prop_assert!(!luhn::passes(std::str::from_utf8(&wrong).unwrap()));
        }
    }
}
