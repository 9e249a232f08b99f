//! Values that cannot be printed by accident.

use std::fmt;

use zeroize::Zeroizing;

use crate::VaultError;

/// Bytes that are nobody's business: no `Display`, a `Debug` that says nothing, wiped when dropped.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes; whoever asks answers for where they go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// [`VaultError::NotText`].
    pub fn expose_str(&self) -> Result<&str, VaultError> {
        std::str::from_utf8(&self.0).map_err(|_| VaultError::NotText)
    }
}

impl From<Zeroizing<Vec<u8>>> for Secret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What may be shown of a value that may not; it holds nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(String);

/// What stands for a character that is not shown.
const HIDDEN: char = '•';

impl Masked {
    /// Nothing of it, and not how long it is.
    pub fn whole() -> Self {
        Self(String::from_iter([HIDDEN; 8]))
    }

    /// The last four characters of an account or card number; of fewer than nine, none.
    pub fn last_four(text: &str) -> Self {
        let shown: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        if shown.len() < 9 {
            return Self::whole();
        }
        let tail = shown.iter().skip(shown.len().saturating_sub(4));
        Self([HIDDEN; 4].iter().chain(tail).collect())
    }

    /// The first character and the domain of an email address; of anything else, nothing.
    pub fn email(text: &str) -> Self {
        match text.rsplit_once('@') {
            Some((local, domain)) if local.chars().count() > 1 && !domain.is_empty() => {
                let first = local.chars().next().unwrap_or(HIDDEN);
                Self(format!("{first}{HIDDEN}{HIDDEN}{HIDDEN}@{domain}"))
            }
            _ => Self::whole(),
        }
    }

    /// The mask.
    pub fn as_str(&self) -> &str {
        &self.0
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
    fn a_secret_says_nothing_of_itself() {
        let secret = Secret::new(b"hunter2".to_vec());

        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[secret] Some([secret])");
        assert_eq!(secret.expose_str().unwrap(), "hunter2");
        assert!(Secret::new(vec![0xff]).expose_str().is_err());
    }

    #[test]
    fn masks_show_what_they_may() {
        assert_eq!(Masked::last_four("4111 1111 1111 1234").as_str(), "••••1234");
        assert_eq!(Masked::last_four("12345678").as_str(), "••••••••");
        assert_eq!(Masked::email("ada@example.org").as_str(), "a•••@example.org");
        assert_eq!(Masked::email("a@example.org").as_str(), "••••••••");
        assert_eq!(Masked::email("no address").as_str(), "••••••••");
    }

    proptest! {
        #[test]
        fn a_mask_never_shows_more_than_four_characters_of_a_number(text in "\\PC{0,40}") {
            let shown = Masked::last_four(&text);
            prop_assert!(shown.as_str().chars().filter(|&c| c != HIDDEN).count() <= 4);
        }
    }
}
