//! What stands for a card's number wherever the number itself has no business.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use crate::{VaultError, random};

const PREFIX: &str = "tok_";
/// How many random bytes a token has: nobody meets another's by guessing.
const BYTES: usize = 16;

/// A token of a card: `tok_` and 22 characters of base64url, random, so that nothing of the card follows from it. It is
/// no secret, and worth nothing to whoever may not ask for what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardToken(String);

/// Text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a card's token is wanted, such as tok_ and 22 letters, digits, hyphens and underscores")]
pub struct InvalidCardToken;

impl CardToken {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::bytes::<BYTES>()?))))
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CardToken {
    type Err = InvalidCardToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let body = text.strip_prefix(PREFIX).ok_or(InvalidCardToken)?;
        let whole = URL_SAFE_NO_PAD.decode(body).is_ok_and(|bytes| bytes.len() == BYTES);
        if whole { Ok(Self(text.to_owned())) } else { Err(InvalidCardToken) }
    }
}

impl fmt::Display for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_read_back() {
        let (one, other) = (CardToken::generate().unwrap(), CardToken::generate().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().parse(), Ok(one.clone()));
        assert_eq!(one.as_str().len(), 26);
        for text in ["", "tok_", "tok_4242424242424242", "tok_AAAAAAAAAAAAAAAAAAAAAA=", &one.as_str()[1..]] {
            assert_eq!(text.parse::<CardToken>(), Err(InvalidCardToken), "{text}");
        }
    }
}
