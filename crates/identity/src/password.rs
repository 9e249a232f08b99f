//! Passwords.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// A password as somebody typed it, composed once (Unicode NFC) and otherwise untouched; wiped when dropped.
#[derive(Clone)]
pub struct Password {
    composed: SecretString,
    /// As it was typed, where that is another text: what other systems hashed.
    typed: Option<SecretString>,
}

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
        let typed = (composed.as_str() != text).then(|| SecretString::from(text));
        Ok(Self { composed: SecretString::from(composed.as_str()), typed })
    }

    /// The composed text.
    pub(crate) fn text(&self) -> &str {
        self.composed.expose_secret()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text().as_bytes()
    }

    /// As it was typed, where that is another text than the composed one.
    pub(crate) fn as_typed(&self) -> Option<&[u8]> {
        self.typed.as_ref().map(|typed| typed.expose_secret().as_bytes())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_and_bounded_before_any_work() {
        assert!(Password::try_new(&"é".repeat(128)).is_ok());
        assert!(Password::try_new(&"é".repeat(129)).is_err());
        assert!(Password::try_new(&"𐍈".repeat(128)).is_ok());
        assert!(Password::try_new(&"e\u{301}".repeat(65)).is_err());
        assert!(Password::try_new(&"x".repeat(10_000)).is_err());
    }

    #[test]
    fn a_password_is_the_same_however_its_letters_are_composed() {
        let (composed, decomposed) =
            (Password::try_new("\u{e9}").unwrap(), Password::try_new("e\u{301}").unwrap());

        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
        assert_eq!((composed.as_typed(), decomposed.as_typed()), (None, Some("e\u{301}".as_bytes())));
        assert_ne!(composed.as_bytes(), Password::try_new("E\u{301}").unwrap().as_bytes());
        assert_eq!(Password::try_new(" a ").unwrap().as_bytes(), b" a ");
        assert_eq!(Password::try_new("a\0b").unwrap().as_bytes(), b"a\0b");
        assert_eq!(format!("{composed:?} {decomposed:?}"), "Password(…) Password(…)");
    }
}
