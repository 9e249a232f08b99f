//! What may be shown of values that may not: the one place where that is decided.
//!
//! A mask never shows more than its name says, however short the value is, and cuts between characters alone.

use std::fmt;

/// What stands for a value of which nothing is shown, and before the end of one that is cut.
const HIDDEN: &str = "****";
/// Of a shorter number nothing is shown.
const SHORT: usize = 8;

/// What may be shown of a value; it holds nothing else, and can be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(String);

impl Masked {
    /// Nothing of it, and not how long it is.
    pub fn whole() -> Self {
        Self(HIDDEN.to_owned())
    }

    /// The last four characters of an account's number, a telephone's and their like: `****5678`; of fewer than eight,
    /// none. Blanks and hyphens count for nothing.
    pub fn last_four(text: &str) -> Self {
        let shown: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if shown.len() < SHORT {
            return Self::whole();
        }
        Self(
            HIDDEN
                .chars()
                .chain(shown.into_iter().rev().take(4).collect::<Vec<_>>().into_iter().rev())
                .collect(),
        )
    }

    /// The last four digits of an account of this institution, whose numbers count from one: `****0042`.
    pub fn account(number: i64) -> Self {
        Self(format!("{HIDDEN}{:04}", number.rem_euclid(10_000)))
    }

    /// The first six and the last four digits of a card's number, and how many there are between them:
    /// `424242******4242` (PCI DSS 3.4.1); of fewer than thirteen, none.
    pub fn card(digits: &str) -> Self {
        let count = digits.chars().count();
        if count < 13 {
            return Self::whole();
        }
        let last = count.saturating_sub(4);
        Self(digits.chars().enumerate().map(|(at, c)| if at < 6 || at >= last { c } else { '*' }).collect())
    }

    /// The first character and the domain of an email address; of anything else, nothing.
    pub fn email(text: &str) -> Self {
        match text.rsplit_once('@') {
            Some((local, domain)) if local.chars().count() > 1 && !domain.is_empty() => {
                let first: String = local.chars().take(1).collect();
                Self(format!("{first}***@{domain}"))
            }
            _ => Self::whole(),
        }
    }

    /// The mask.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mask.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_show_what_they_may() {
        assert_eq!(Masked::last_four("DE89 3704 0044 0532 0130 00").as_str(), "****3000");
        assert_eq!(Masked::last_four("+14155550123").as_str(), "****0123");
        assert_eq!(Masked::last_four("1234567").as_str(), "****");
        assert_eq!(Masked::last_four("12 34-56 7").as_str(), "****");
        assert_eq!(Masked::account(42).as_str(), "****0042");
        assert_eq!(Masked::account(1_234_567).as_str(), "****4567");
        assert_eq!(Masked::card("4242424242424242").as_str(), "424242******4242");
        assert_eq!(Masked::card("378282246310005").as_str(), "378282*****0005");
        assert_eq!(Masked::card("424242424242").as_str(), "****");
        assert_eq!(Masked::email("ada@example.org").as_str(), "a***@example.org");
        assert_eq!(Masked::email("a@example.org").as_str(), "****");
        assert_eq!(Masked::email("no address").as_str(), "****");
    }

    proptest! {
        #[test]
        fn a_mask_never_shows_more_of_a_text_than_its_last_four_characters(text in "\\PC{0,40}") {
            let shown = Masked::last_four(&text);
            let rest = shown.as_str().strip_prefix(HIDDEN).unwrap();
            prop_assert!(rest.chars().count() <= 4);
            if text.chars().count() < SHORT {
                prop_assert_eq!(rest, "");
            }
        }

        #[test]
        fn a_masked_card_hides_at_least_three_digits(digits in "\\PC{0,30}") {
            let shown = Masked::card(&digits);
            prop_assert!(shown.as_str() == HIDDEN || shown.as_str().chars().filter(|c| *c == '*').count() >= 3);
        }
    }
}
