//! What a new password must be.

use thiserror::Error;
use zeroize::Zeroizing;

use super::common::{is_common, is_listed};
use super::repetition::is_repetitive;
use crate::{Email, FullName, Password};

/// Words of this many letters and more are looked for in passwords, where they are of a name.
const WORD_CHARS_MIN: usize = 5;
/// The first part of an email is looked for from this length on.
const LOCAL_CHARS_MIN: usize = 4;

/// Why a password is too weak to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Weakness {
    /// Too few characters.
    #[error("use at least {wanted} characters")]
    TooShort {
        /// How many are wanted.
        wanted: usize,
    },
    /// Too few kinds of characters.
    #[error("use at least {wanted} of these: small letters, capital letters, digits, other signs")]
    TooFewClasses {
        /// How many are wanted.
        wanted: u8,
    },
    /// Made of the email address or its first part.
    #[error("leave your email address out of it")]
    ContainsEmail,
    /// Made of the person's name.
    #[error("leave your name out of it")]
    ContainsName,
    /// Made of the institution's name.
    #[error("leave the name of the institution out of it")]
    ContainsProduct,
    /// Made of a piece that repeats, or of characters in a row.
    #[error("this repeats itself or counts on: add words that do not follow from each other")]
    Repetitive,
    /// Made of the words and numbers that everybody tries first.
    #[error("this is among the passwords that are guessed first: add words of your own")]
    Common,
    /// One of the person's last passwords.
    #[error("this was your password not long ago: choose another")]
    UsedBefore,
}

impl Weakness {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooFewClasses { .. } => "too_few_classes",
            Self::ContainsEmail => "contains_email",
            Self::ContainsName => "contains_name",
            Self::ContainsProduct => "contains_product",
            Self::Repetitive => "repetitive",
            Self::Common => "common",
            Self::UsedBefore => "used_before",
        }
    }
}

/// What new passwords must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The fewest code points where the password is the only factor.
    pub chars_min: usize,
    /// The fewest code points where a second factor is on.
    pub chars_min_with_mfa: usize,
    /// How many of the four classes (small letters, capital letters, digits, other signs) there must be; 0 for no rule.
    pub classes_min: u8,
    /// Whether what is guessed first is refused.
    pub blocklist: bool,
    /// How many of a person's passwords, the present one included, cannot be chosen again; 0 for none.
    pub history: u32,
    /// Names of the institution and the product, which strangers try first.
    pub product: Vec<String>,
}

impl Default for PasswordPolicy {
    /// Fifteen characters, eight with a second factor, no classes, not what is guessed first, none of the last five.
    fn default() -> Self {
        Self {
            chars_min: 15,
            chars_min_with_mfa: 8,
            classes_min: 0,
            blocklist: true,
            history: 5,
            product: vec!["Florin".to_owned()],
        }
    }
}

/// Whose password it will be.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Their email.
    pub email: &'a Email,
    /// Their name.
    pub full_name: Option<&'a FullName>,
    /// Whether they have a second factor.
    pub mfa: bool,
}

impl PasswordPolicy {
    /// What is wrong with the policy itself.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.chars_min < 8 || self.chars_min_with_mfa < 8 {
            Some("passwords have at least eight characters")
        } else if self.chars_min > 64 || self.chars_min_with_mfa > 64 {
            Some("passwords of 64 characters are taken")
        } else if self.classes_min > 4 {
            Some("there are four classes of characters")
        } else if self.history > 24 {
            Some("24 passwords are remembered at most")
        } else {
            None
        }
    }

    /// Whether `password` may be chosen by its owner, as far as it shows; all that is wrong with it, otherwise.
    ///
    /// # Errors
    /// The weaknesses, in a fixed order.
    pub fn check(&self, password: &Password, owner: &Owner<'_>) -> Result<(), Vec<Weakness>> {
        let text = password.text();
        let folded = Zeroizing::new(text.to_lowercase());
        let mut found = Vec::new();
        let wanted = if owner.mfa { self.chars_min_with_mfa } else { self.chars_min };
        if text.chars().count() < wanted {
            found.push(Weakness::TooShort { wanted });
        }
        if classes(text) < self.classes_min {
            found.push(Weakness::TooFewClasses { wanted: self.classes_min });
        }
        let local = owner.email.local_part();
        let long = local.chars().count() >= LOCAL_CHARS_MIN;
        if folded.contains(owner.email.key()) || (long && folded.contains(local)) {
            found.push(Weakness::ContainsEmail);
        }
        if owner.full_name.is_some_and(|name| contains_words_of(&folded, name.as_str())) {
            found.push(Weakness::ContainsName);
        }
        if self.product.iter().any(|name| contains_words_of(&folded, name)) {
            found.push(Weakness::ContainsProduct);
        }
        if is_repetitive(&folded) {
            found.push(Weakness::Repetitive);
        }
        if self.blocklist && (is_listed(&folded) || is_common(&folded)) {
            found.push(Weakness::Common);
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// How many of the four classes there are; letters without cases, such as 我, count as signs do.
fn classes(text: &str) -> u8 {
    let small = text.chars().any(char::is_lowercase);
    let capital = text.chars().any(char::is_uppercase);
    let digit = text.chars().any(|c| c.is_ascii_digit());
    let other = text.chars().any(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_ascii_digit());
    [small, capital, digit, other].into_iter().map(u8::from).sum()
}

/// Whether the text has a longer word of this name in it, or all of the name written together.
fn contains_words_of(folded: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let together = words.concat();
    let looked_for = |word: &str| word.chars().count() >= WORD_CHARS_MIN && folded.contains(word);
    looked_for(&together) || (words.len() > 1 && words.iter().any(|word| looked_for(word)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found_by(policy: &PasswordPolicy, text: &str, mfa: bool) -> Vec<Weakness> {
        let email = "ada.lovelace@example.org".parse().unwrap();
        let name = "Augusta Ada King".parse().unwrap();
        let owner = Owner { email: &email, full_name: Some(&name), mfa };
        policy.check(&Password::try_new(text).unwrap(), &owner).err().unwrap_or_default()
    }

    fn weaknesses(text: &str) -> Vec<Weakness> {
        found_by(&PasswordPolicy::default(), text, false)
    }

    #[test]
    fn words_of_ones_own_are_taken_whatever_classes_they_have() {
        for text in [
            "velvet tundra orbit lantern",
            "40718275503916428",
            "#(^&%_?+*)[:]{;}|~",
            "tundra-velvet-92-orbit",
            "mein Fahrrad ist grün",
            "Ölpreis fällt am Dienstag",
            "我的密码是一个很长很长的句子啊",
            "j8#kLq0vWz!m3Rt",
        ] {
            assert_eq!(weaknesses(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused_however_it_is_dressed() {
        for text in [
            "passwordpassword",
            "Password12345678",
            "P@ssw0rd!P@ssw0rd!2026",
            "qwertyuiop123456",
            "iloveyou iloveyou",
            "letmein-letmein-1",
            "Summer2026Winter2025!",
            "adminadminadmin1",
            "florin florin florin",
            "Welcome2Florin2026",
            "1q2w3e4r5t6y7u8i",
            "changeme changeme",
            "correct horse battery staple",
            "0123456789012345",
            "2020202120222023",
        ] {
            let found = weaknesses(text);
            assert!(
                found.contains(&Weakness::Common) || found.contains(&Weakness::Repetitive),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_repeats_or_counts_on_is_refused() {
        for text in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "abcdefghijklmnop",
            "9876543210987654",
            "zyxwvutsrqponmlk",
        ] {
            assert!(weaknesses(text).contains(&Weakness::Repetitive), "{text}");
        }
    }

    #[test]
    fn the_email_address_is_no_password() {
        assert!(weaknesses("Ada.Lovelace is my name").contains(&Weakness::ContainsEmail));
        assert!(weaknesses("x ada.lovelace@example.org").contains(&Weakness::ContainsEmail));
    }

    #[test]
    fn length_is_counted_in_characters_and_a_second_factor_makes_up_for_some() {
        let policy = PasswordPolicy::default();

        assert_eq!(weaknesses("vögelflüge am "), [Weakness::TooShort { wanted: 15 }]);
        assert_eq!(found_by(&policy, "vögelflüge am ", true), []);
        assert_eq!(found_by(&policy, "xk4!mq9", true), [Weakness::TooShort { wanted: 8 }]);
    }

    #[test]
    fn classes_are_asked_for_where_the_policy_says_so() {
        let policy = PasswordPolicy { chars_min: 8, classes_min: 4, ..PasswordPolicy::default() };

        for text in ["xk4!mq9z", "XK4!MQ9Z", "xkT!mqRz", "xk4TmqR9"] {
            assert_eq!(found_by(&policy, text, false), [Weakness::TooFewClasses { wanted: 4 }], "{text}");
        }
        assert_eq!(found_by(&policy, "xk4!mQ9z", false), []);
    }

    #[test]
    fn names_of_the_person_and_of_the_institution_are_no_passwords() {
        let policy =
            PasswordPolicy { product: vec!["Ash & Oak Savings".to_owned()], ..PasswordPolicy::default() };
        let found = |text| found_by(&policy, text, false);

        assert_eq!(found("Augusta orbit 7391 lantern"), [Weakness::ContainsName]);
        assert_eq!(found("orbit 7391 AugustaAdaKing"), [Weakness::ContainsName]);
        assert_eq!(found("king of orbits, lantern"), [], "short words are words like others");
        assert_eq!(found("my savings tundra orbit"), [Weakness::ContainsProduct]);
        assert_eq!(found("ashoaksavings tundra orbit"), [Weakness::ContainsProduct]);
        assert!(weaknesses("tundra florin orbit velvet").contains(&Weakness::ContainsProduct));
    }

    #[test]
    fn the_list_can_be_left_out() {
        let policy = PasswordPolicy { chars_min: 8, blocklist: false, ..PasswordPolicy::default() };
        let with_it = PasswordPolicy { blocklist: true, ..policy.clone() };

        assert_eq!(found_by(&policy, "sunshine99", false), []);
        assert_eq!(found_by(&with_it, "sunshine99", false), [Weakness::Common]);
    }

    #[test]
    fn a_policy_that_is_reckless_or_cannot_be_met_is_none() {
        let usual = PasswordPolicy::default();
        assert_eq!(usual.fault(), None);
        for policy in [
            PasswordPolicy { chars_min: 7, ..usual.clone() },
            PasswordPolicy { chars_min_with_mfa: 7, ..usual.clone() },
            PasswordPolicy { chars_min: 65, ..usual.clone() },
            PasswordPolicy { classes_min: 5, ..usual.clone() },
            PasswordPolicy { history: 25, ..usual.clone() },
        ] {
            assert!(policy.fault().is_some(), "{policy:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_policy_panic(text in ".{0,140}") {
            if Password::try_new(&text).is_ok() {
                let _ = weaknesses(&text);
            }
        }

        #[test]
        fn random_consonants_and_digits_are_taken(text in "[bcdfghjklmnpqrtvwz2-9]{24}") {
            // A number or a key row may turn up by chance, but leaves enough else.
            prop_assert_eq!(weaknesses(&text), []);
        }
    }
}
