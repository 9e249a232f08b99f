//! Passwords, and which ones are too weak to be chosen.

use std::fmt;
use std::sync::LazyLock;

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::Email;

/// A password as somebody typed it, composed once (Unicode NFC) and otherwise untouched; wiped when dropped.
#[derive(Clone)]
pub struct Password(SecretString);

/// A password that is longer than is ever hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a password may have at most {} characters", Password::CHARS_MAX)]
pub struct PasswordTooLong;

impl Password {
    /// The most code points a password may have.
    pub const CHARS_MAX: usize = 128;
    /// The most bytes a password may have.
    pub const BYTES_MAX: usize = 1024;

    /// Takes a password; neither trimmed nor cut.
    ///
    /// # Errors
    /// [`PasswordTooLong`], before any work is done on it.
    pub fn try_new(text: &str) -> Result<Self, PasswordTooLong> {
        if text.len() > Self::BYTES_MAX || text.chars().count() > Self::CHARS_MAX {
            return Err(PasswordTooLong);
        }
        let mut composed = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
        composed.extend(text.nfc());
        Ok(Self(SecretString::from(composed.as_str())))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a password is too weak to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Weakness {
    /// Too few characters.
    #[error("use at least {wanted} characters")]
    TooShort {
        /// How many are wanted.
        wanted: usize,
    },
    /// Made of the words and numbers that everybody tries first.
    #[error("this is among the passwords that are guessed first: add words of your own")]
    Common,
    /// Made of a piece that repeats, or of characters in a row.
    #[error("this repeats itself or counts on: add words that do not follow from each other")]
    Repetitive,
    /// Made of the email address or its first part.
    #[error("leave your email address out of it")]
    ContainsEmail,
}

/// What a new password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The fewest code points.
    pub chars_min: usize,
}

impl Default for PasswordPolicy {
    /// Fifteen characters, because the password is the only factor.
    fn default() -> Self {
        Self { chars_min: 15 }
    }
}

impl PasswordPolicy {
    /// Whether `password` may be chosen by the owner of `email`; all that is wrong with it, otherwise.
    ///
    /// # Errors
    /// The weaknesses, in a fixed order.
    pub fn check(&self, password: &Password, email: &Email) -> Result<(), Vec<Weakness>> {
        let text = password.0.expose_secret();
        let folded = Zeroizing::new(text.to_lowercase());
        let mut weaknesses = Vec::new();
        if text.chars().count() < self.chars_min {
            weaknesses.push(Weakness::TooShort { wanted: self.chars_min });
        }
        let local = email.local_part();
        if folded.contains(email.key()) || (local.chars().count() >= 4 && folded.contains(local)) {
            weaknesses.push(Weakness::ContainsEmail);
        }
        if is_repetitive(&folded) {
            weaknesses.push(Weakness::Repetitive);
        }
        if is_common(&folded) {
            weaknesses.push(Weakness::Common);
        }
        if weaknesses.is_empty() { Ok(()) } else { Err(weaknesses) }
    }
}

/// A few different characters, one piece over and over, or characters that count on.
fn is_repetitive(folded: &str) -> bool {
    let chars = Zeroizing::new(folded.chars().map(u32::from).collect::<Vec<u32>>());
    let pairs = chars.len().saturating_sub(1);
    let in_a_row = chars.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    let repeats =
        (1..=chars.len() / 2).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b));
    distinct(&chars) < 5 || repeats || in_a_row.saturating_mul(5) >= pairs.saturating_mul(4)
}

fn distinct(chars: &[u32]) -> usize {
    let mut sorted = Zeroizing::new(chars.to_vec());
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// The words that passwords are made of when they are guessed first, the longest first.
static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = include_str!("common_passwords.txt").split_whitespace().collect();
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    words.dedup();
    words
});

/// How many characters a password must have that are not of common words.
const OWN_CHARS_MIN: usize = 6;

/// Whether nothing much is left of it without common words, years, numbers in a row and the signs between.
fn is_common(folded: &str) -> bool {
    let bare: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut readings = vec![without_words(folded)];
    // Words may be written apart; of signs alone nothing would be left to read.
    if bare.len().saturating_mul(2) >= folded.len() {
        readings.push(without_words(&bare));
    }
    if folded.chars().any(char::is_alphabetic) {
        let unleeted = |text: &str| text.chars().map(unleet).collect::<String>();
        let again: Vec<String> = readings.iter().map(|rest| without_words(&unleeted(rest))).collect();
        readings.extend(again);
        readings.push(without_words(&unleeted(folded)));
    }
    let common = readings.iter().any(|rest| {
        let own = own_chars(rest);
        own.len() < OWN_CHARS_MIN || distinct(&own) < 4
    });
    readings.zeroize();
    common
}

/// The text with a space in place of each common word, so that what is around it does not become a word.
fn without_words(text: &str) -> String {
    let mut text = text.to_owned();
    for word in COMMON.iter() {
        if text.contains(word) {
            text = text.replace(word, " ");
        }
    }
    text
}

/// The letters, the digits of numbers that are neither short nor in a row, and the signs where they are many.
fn own_chars(rest: &str) -> Vec<u32> {
    let mut own: Vec<u32> = rest.chars().filter(|c| c.is_alphabetic()).map(u32::from).collect();
    for number in rest.split(|c: char| !c.is_ascii_digit()) {
        if number.len() > 4 && !is_repetitive(number) {
            own.extend(number.chars().map(u32::from));
        }
    }
    let signs: Vec<u32> =
        rest.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).map(u32::from).collect();
    if distinct(&signs) >= 5 {
        own.extend(signs);
    }
    own
}

/// The letter that a digit or sign stands for in words written to look clever.
fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weaknesses(text: &str) -> Vec<Weakness> {
        let email = "ada.lovelace@example.org".parse().unwrap();
        PasswordPolicy::default().check(&Password::try_new(text).unwrap(), &email).err().unwrap_or_default()
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
    fn length_is_counted_in_characters() {
        assert_eq!(weaknesses("vögelflüge am "), [Weakness::TooShort { wanted: 15 }]);
        assert!(Password::try_new(&"é".repeat(128)).is_ok());
        assert!(Password::try_new(&"é".repeat(129)).is_err());
        assert!(Password::try_new(&"𐍈".repeat(128)).is_ok());
        assert!(Password::try_new(&"e\u{301}".repeat(65)).is_err());
    }

    #[test]
    fn a_password_is_the_same_however_its_letters_are_composed() {
        let (composed, decomposed) =
            (Password::try_new("\u{e9}").unwrap(), Password::try_new("e\u{301}").unwrap());

        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
        assert_ne!(composed.as_bytes(), Password::try_new("E\u{301}").unwrap().as_bytes());
        assert_eq!(Password::try_new(" a ").unwrap().as_bytes(), b" a ");
        assert_eq!(format!("{composed:?}"), "Password(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_policy_panic(text in ".{0,140}") {
            let email = "ada@example.org".parse().unwrap();
            if let Ok(password) = Password::try_new(&text) {
                let _ = PasswordPolicy::default().check(&password, &email);
            }
        }

        #[test]
        fn random_consonants_and_digits_are_taken(text in "[bcdfghjklmnpqrtvwz2-9]{24}") {
            // A number or a key row may turn up by chance, but leaves enough else.
            prop_assert_eq!(weaknesses(&text), []);
        }
    }
}
