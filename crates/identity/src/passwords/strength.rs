//! How hard a password is to guess, and what would make it harder.

use std::fmt;

use zxcvbn::zxcvbn;

use super::policy::Weakness;
use crate::Password;

/// An estimate of how hard a password is to guess, by zxcvbn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// From 0, guessed at once, to 4, not guessed by anybody.
    pub score: u8,
    /// What is weakest about it.
    pub warning: Option<String>,
    /// What would make it stronger.
    pub suggestions: Vec<String>,
}

impl Strength {
    /// Estimates `password`, of which whoever knows `context` guesses that part at once.
    ///
    /// It takes milliseconds: it is done where passwords are hashed.
    pub(crate) fn of(password: &Password, context: &[String]) -> Self {
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        let entropy = zxcvbn(password.text(), &context);
        let feedback = entropy.feedback();
        Self {
            score: u8::from(entropy.score()),
            warning: feedback
                .and_then(zxcvbn::feedback::Feedback::warning)
                .map(|warning| warning.to_string()),
            suggestions: feedback
                .map(|feedback| feedback.suggestions().iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
        }
    }
}

/// Why a password was not taken, and how to choose a better one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakPassword {
    /// What is wrong with it; at least one thing.
    pub weaknesses: Vec<Weakness>,
    /// How hard it is to guess.
    pub strength: Strength,
}

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the password is too weak")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(text: &str, context: &[&str]) -> Strength {
        let context: Vec<String> = context.iter().map(|word| (*word).to_owned()).collect();
        Strength::of(&Password::try_new(text).unwrap(), &context)
    }

    #[test]
    fn a_weak_password_is_explained_and_a_strong_one_is_not() {
        let weak = strength("password1", &[]);
        let strong = strength("velvet tundra orbit lantern", &[]);

        assert!(weak.score <= 1 && weak.warning.is_some() && !weak.suggestions.is_empty(), "{weak:?}");
        assert_eq!(strong, Strength { score: 4, ..Strength::default() });
    }

    #[test]
    fn what_strangers_know_of_somebody_counts_for_little() {
        let (unknown, known) = (strength("zanzibarquux", &[]), strength("zanzibarquux", &["zanzibarquux"]));

        assert!(known.score < unknown.score, "{known:?} {unknown:?}");
    }

    #[test]
    fn the_longest_password_is_estimated_too() {
        assert_eq!(strength(&"Ünïcödé 我 ".repeat(12), &[]).score, 4);
    }
}
