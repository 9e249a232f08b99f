//! Names of those whose accounts and cards they are.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How many characters a name has.
const CHARS: std::ops::RangeInclusive<usize> = 2..=100;

/// The name on a bank account or a card, of a person or of an enterprise. Its debug print does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct HolderName(String);

/// Text that is nobody's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a name has 2 to 100 letters, digits, spaces and . , ' & - ( ), with a letter among them")]
pub struct InvalidName;

impl HolderName {
    /// The name; whoever asks answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for HolderName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let usable = |c: char| c.is_alphanumeric() || " .,'’&-()".contains(c);
        let fits = CHARS.contains(&name.chars().count()) && name.chars().all(usable);
        if fits && name.chars().any(char::is_alphabetic) { Ok(Self(name)) } else { Err(InvalidName) }
    }
}

impl fmt::Debug for HolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_single_spaces_and_nothing_else_is_one() {
        assert_eq!("  Zoë   O'Brien-Łuczak ".parse::<HolderName>().unwrap().expose(), "Zoë O'Brien-Łuczak");
        assert_eq!("3M & Co. (Canada)".parse::<HolderName>().unwrap().expose(), "3M & Co. (Canada)");
        for text in ["", "A", "12 34", "Ada\u{0}Example", "<b>Ada</b>", &"a".repeat(101)] {
            assert_eq!(text.parse::<HolderName>(), Err(InvalidName), "{text:?}");
        }
        assert_eq!(format!("{:?}", "Ada Example".parse::<HolderName>()), "Ok(HolderName(…))");
    }
}
