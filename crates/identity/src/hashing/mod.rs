//! The schemes of password hashes: which one a stored text is of, checking it, and making new ones.
//!
//! Hashes that other systems made are checked as those systems made them: over the password as it was typed, where
//! that differs from its composed form (Unicode NFC). Ours are over the composed form. A right password whose hash is
//! not what is made today is called outdated, so that the sign-in replaces it.

mod bcrypt;
mod pbkdf2;

use crate::argon::{Arena, Cost, HashRefused, Verdict};
use crate::{Error, Password};

/// How new passwords are hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Argon2id, at the [`Cost`] of [`HashingSettings`](crate::HashingSettings).
    #[default]
    Argon2id,
    /// PBKDF2 with HMAC-SHA-256.
    Pbkdf2Sha256 {
        /// How often the hash is applied.
        iterations: u32,
    },
    /// bcrypt. It takes 72 bytes at most and no NUL: passwords that it would cut are hashed with Argon2id instead.
    Bcrypt {
        /// The logarithm to base two of how often the key is expanded.
        cost: u32,
    },
}

impl Scheme {
    /// Whether new hashes may be made like this.
    ///
    /// # Errors
    /// What is wrong with it. 100,000 iterations are below what is advised today, and taken because a preset has them.
    pub(crate) fn check(self) -> Result<(), &'static str> {
        match self {
            Self::Pbkdf2Sha256 { iterations }
                if !(100_000..=pbkdf2::ITERATIONS_MAX).contains(&iterations) =>
            {
                Err("PBKDF2 has 100,000 to 10,000,000 iterations")
            }
            Self::Bcrypt { cost } if !(10..=bcrypt::COST_MAX).contains(&cost) => {
                Err("bcrypt has a cost of 10 to 15")
            }
            Self::Argon2id | Self::Pbkdf2Sha256 { .. } | Self::Bcrypt { .. } => Ok(()),
        }
    }
}

/// What new hashes are made by, and old ones measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    pub scheme: Scheme,
    /// What Argon2id costs.
    pub cost: Cost,
    /// Whether a bcrypt hash is of the first 72 bytes of a longer password.
    pub bcrypt_truncates: bool,
}

/// Hashes `password` with a fresh salt.
pub(crate) fn hash(arena: &mut Arena, password: &Password, recipe: Recipe) -> Result<String, Error> {
    let composed = password.as_bytes();
    match recipe.scheme {
        Scheme::Pbkdf2Sha256 { iterations } => pbkdf2::hash(composed, iterations),
        Scheme::Bcrypt { cost } if bcrypt::takes(composed) => bcrypt::hash(composed, cost),
        Scheme::Argon2id | Scheme::Bcrypt { .. } => arena.hash(composed, recipe.cost),
    }
}

/// A hash that is no password's, and costs as much to check as a new one would; making it costs nothing.
pub(crate) fn of_nobody(recipe: Recipe) -> Result<String, Error> {
    match recipe.scheme {
        Scheme::Pbkdf2Sha256 { iterations } => pbkdf2::of_nobody(iterations),
        Scheme::Bcrypt { cost } => bcrypt::of_nobody(cost),
        Scheme::Argon2id => crate::argon::of_nobody(recipe.cost),
    }
}

/// Checks `password` against a stored hash, at the cost that stands in it.
///
/// How much work it is follows from the hash and the form of the password alone.
pub(crate) fn verify(
    arena: &mut Arena,
    password: &Password,
    stored: &str,
    recipe: Recipe,
) -> Result<Verdict, HashRefused> {
    let verdict = verify_bytes(arena, password.as_bytes(), stored, recipe)?;
    let Some(typed) = password.as_typed().filter(|_| verdict == Verdict::Wrong) else { return Ok(verdict) };
    match verify_bytes(arena, typed, stored, recipe)? {
        Verdict::Wrong => Ok(Verdict::Wrong),
        Verdict::Right | Verdict::RightButOutdated => Ok(Verdict::RightButOutdated),
    }
}

fn verify_bytes(
    arena: &mut Arena,
    password: &[u8],
    stored: &str,
    recipe: Recipe,
) -> Result<Verdict, HashRefused> {
    let bare = without_framework(stored);
    let ours = match kind(bare).ok_or(HashRefused)? {
        Kind::Argon2id => {
            let ours = match recipe.scheme {
                Scheme::Argon2id => true,
                Scheme::Bcrypt { .. } => !bcrypt::takes(password),
                Scheme::Pbkdf2Sha256 { .. } => false,
            };
            let verdict = arena.verify(password, bare, recipe.cost)?;
            return Ok(if ours { verdict } else { outdated(verdict) });
        }
        Kind::Pbkdf2Sha256 => {
            let stored = pbkdf2::Stored::parse(bare).ok_or(HashRefused)?;
            (stored.is_right(password), stored.is_of(recipe.scheme))
        }
        Kind::Bcrypt => {
            let stored = bcrypt::Stored::parse(bare).ok_or(HashRefused)?;
            let cut = password.len() > bcrypt::BYTES_MAX;
            (stored.is_right(password, recipe.bcrypt_truncates), stored.is_of(recipe.scheme) && !cut)
        }
    };
    Ok(match ours {
        (false, _) => Verdict::Wrong,
        (true, true) => Verdict::Right,
        (true, false) => Verdict::RightButOutdated,
    })
}

fn outdated(verdict: Verdict) -> Verdict {
    if verdict == Verdict::Right { Verdict::RightButOutdated } else { verdict }
}

/// The kinds of hashes that can be checked.
enum Kind {
    Argon2id,
    Pbkdf2Sha256,
    Bcrypt,
}

fn kind(stored: &str) -> Option<Kind> {
    if stored.starts_with("$argon2id$") {
        Some(Kind::Argon2id)
    } else if stored.starts_with("$pbkdf2-sha256$") || stored.starts_with("pbkdf2_sha256$") {
        Some(Kind::Pbkdf2Sha256)
    } else if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix)) {
        Some(Kind::Bcrypt)
    } else {
        None
    }
}

/// The hash without what Django writes before those of other libraries.
fn without_framework(stored: &str) -> &str {
    let argon = stored.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2id$"));
    let bcrypt = stored.strip_prefix("bcrypt$").filter(|rest| rest.starts_with("$2"));
    argon.or(bcrypt).unwrap_or(stored)
}

#[cfg(test)]
mod tests;
