//! What people are asked to agree to: the shipped file of purposes, or one of the same form that takes its place.

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The file that this program ships.
const SHIPPED: &str = include_str!("purposes.toml");
/// How many purposes there can be.
const PURPOSES_MAX: usize = 50;
/// Longest code, in bytes.
const CODE_BYTES_MAX: usize = 50;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 100;
/// Longest text, in characters.
const TEXT_CHARS_MAX: usize = 20_000;

/// Something that people are asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// The stable name, such as `marketing_email`.
    pub code: String,
    /// What it is called on pages.
    pub title: String,
    /// What people agree to.
    pub text: String,
    /// Which text of this purpose it is, counted from 1.
    pub version: u32,
    /// Whether there is no service without it.
    pub required: bool,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
}

/// Every purpose, in the order in which people are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purposes(Vec<Purpose>);

/// Why a file of purposes cannot be used.
#[derive(Debug, Error)]
pub enum InvalidPurposes {
    /// It is not the TOML that is wanted.
    #[error("the file of purposes cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// There are none, or too many.
    #[error("a file has 1 to {PURPOSES_MAX} purposes")]
    Number,
    /// A code that is none.
    #[error(
        "`{0}` is no code of a purpose: small letters, digits and `_` are, beginning with a letter, {CODE_BYTES_MAX} at most"
    )]
    Code(String),
    /// A code that two purposes have.
    #[error("two purposes are called `{0}`")]
    Twice(String),
    /// A title or a text that is empty or too long.
    #[error(
        "the purpose `{0}` has a title of {TITLE_CHARS_MAX} characters at most and a text of {TEXT_CHARS_MAX} at most, neither empty"
    )]
    Text(String),
    /// A version that cannot be counted.
    #[error("the purpose `{0}` has a version from 1 on")]
    Version(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    purpose: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    title: String,
    text: String,
    version: u32,
    #[serde(default)]
    required: bool,
}

impl Purposes {
    /// The purposes that this program ships.
    ///
    /// # Errors
    /// [`InvalidPurposes`]; a test reads the file.
    pub fn shipped() -> Result<Self, InvalidPurposes> {
        Self::parse(SHIPPED)
    }

    /// The purposes of a file's text.
    ///
    /// # Errors
    /// [`InvalidPurposes`].
    pub fn parse(text: &str) -> Result<Self, InvalidPurposes> {
        let file: File = toml::from_str(text)?;
        if file.purpose.is_empty() || file.purpose.len() > PURPOSES_MAX {
            return Err(InvalidPurposes::Number);
        }
        let mut purposes: Vec<Purpose> = Vec::with_capacity(file.purpose.len());
        for entry in file.purpose {
            let purpose = entry.check()?;
            if purposes.iter().any(|other| other.code == purpose.code) {
                return Err(InvalidPurposes::Twice(purpose.code));
            }
            purposes.push(purpose);
        }
        Ok(Self(purposes))
    }

    /// All of them, in their order.
    pub fn all(&self) -> &[Purpose] {
        &self.0
    }

    /// The purpose with this code.
    pub fn find(&self, code: &str) -> Option<&Purpose> {
        self.0.iter().find(|purpose| purpose.code == code)
    }
}

impl Entry {
    fn check(self) -> Result<Purpose, InvalidPurposes> {
        let Self { code, title, text, version, required } = self;
        let (title, text) = (title.trim().to_owned(), text.trim().to_owned());
        let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = code.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || code.len() > CODE_BYTES_MAX || !code.chars().all(tame) {
            return Err(InvalidPurposes::Code(code));
        }
        if !fits(&title, TITLE_CHARS_MAX) || !fits(&text, TEXT_CHARS_MAX) {
            return Err(InvalidPurposes::Text(code));
        }
        if version == 0 {
            return Err(InvalidPurposes::Version(code));
        }
        let sha256 = sha256_of(&text);
        Ok(Purpose { code, title, text, version, required, sha256 })
    }
}

fn fits(text: &str, chars_max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= chars_max && !text.contains('\0')
}

fn sha256_of(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing into a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(code: &str, title: &str, version: u32) -> String {
        format!(
            "[[purpose]]\ncode = \"{code}\"\ntitle = \"{title}\"\nversion = {version}\ntext = \"I agree.\"\n"
        )
    }

    #[test]
    fn the_shipped_purposes_are_read() {
        let purposes = Purposes::shipped().unwrap();

        let required: Vec<&str> =
            purposes.all().iter().filter(|one| one.required).map(|one| one.code.as_str()).collect();
        assert_eq!(required, ["terms_of_service", "privacy_policy"]);
        assert!(purposes.find("marketing_email").is_some_and(|one| !one.required));
        assert!(purposes.all().iter().all(|one| !one.text.contains('\n')), "texts are of one paragraph");
        assert!(purposes.find("selling_to_strangers").is_none());
    }

    #[test]
    fn a_text_is_known_by_its_hash() {
        let purposes = Purposes::parse(&file("offers", "Offers", 1)).unwrap();

        // What `printf 'I agree.' | sha256sum` says.
        let known = "826ff0dab649a97ffdd7779a332accafb35cc161012253a19383db19289d6e02";
        assert_eq!(purposes.all()[0].sha256, known);
        assert_ne!(sha256_of("I agree."), sha256_of("I agree"));
    }

    #[test]
    fn a_file_is_refused_as_a_whole_with_the_purpose_that_is_wrong() {
        let refused = |text: &str| Purposes::parse(text).unwrap_err().to_string();

        assert!(refused(&file("Offers!", "Offers", 1)).contains("`Offers!` is no code"));
        assert!(refused(&file("offers", " ", 1)).contains("`offers` has a title"));
        assert!(refused(&file("offers", "Offers", 0)).contains("from 1 on"));
        let twice = file("offers", "Offers", 1) + &file("offers", "Others", 2);
        assert!(refused(&twice).contains("two purposes are called `offers`"));
        assert!(refused("purpose = []").contains("1 to 50"));
        assert!(refused("").contains("cannot be read"));
        assert!(refused(&(file("offers", "Offers", 1) + "by = \"fax\"\n")).contains("cannot be read"));
    }
}
