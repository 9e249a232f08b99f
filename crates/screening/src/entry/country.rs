//! Countries as lists and customers write them: a code of two letters, or one of many names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::places::PLACES;

/// A country by its ISO 3166-1 code of two letters, in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The text names no country that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a country's code nor a name that is known")]
pub struct UnknownCountry(String);

impl Country {
    /// The code, as `FR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    /// Reads a code of two letters or an English name, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let sought = text.trim().trim_start_matches("The ").to_lowercase().replace('’', "'");
        let named =
            |(code, names): &&(&str, &str)| *code == sought || names.split('|').any(|name| name == sought);
        let code = PLACES.iter().find(named).map(|(code, _)| code.as_bytes());
        match code {
            Some(&[a, b]) => Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()])),
            _ => Err(UnknownCountry(text.chars().take(60).collect())),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(text: String) -> Result<Self, UnknownCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_read_by_code_and_by_name() {
        let read = |text: &str| text.parse::<Country>().map(String::from).unwrap_or_default();
        assert_eq!(read("fr"), "FR");
        assert_eq!(read("Democratic People's Republic of Korea"), "KP");
        assert_eq!(read("Democratic People’s Republic of Korea"), "KP");
        assert_eq!(read(" Ivory Coast "), "CI");
        assert_eq!(read("Atlantis"), "");
    }

    #[test]
    fn no_code_and_no_name_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, names) in PLACES {
            assert!(seen.insert(*code), "{code}");
            for name in names.split('|') {
                assert!(seen.insert(name), "{name}");
            }
        }
    }
}
