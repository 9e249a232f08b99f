//! Who plays: the people of a demonstration, as its file of credentials has them.

use std::path::Path;

use zeroize::Zeroizing;

use crate::demo::Credentials;
use crate::{Exit, Failure};

/// Everybody whose password is known.
pub(super) struct Cast(Vec<Player>);

/// Somebody.
pub(super) struct Player {
    what: String,
    pub(super) email: String,
    pub(super) password: Zeroizing<String>,
}

impl Cast {
    /// Those of the demonstration in this directory.
    pub(super) fn read(data: &Path) -> Result<Self, Failure> {
        let credentials = Credentials::read(data)?.ok_or_else(|| {
            let why = format!(
                "{} holds no demonstration; start one with `florin serve --demo`, and name its directory with --data",
                data.display()
            );
            Failure::new(Exit::Usage, why)
        })?;
        Ok(Self(credentials.people().filter_map(|line| Player::of(&line)).collect()))
    }

    /// Whoever is this.
    pub(super) fn the(&self, what: &str) -> Result<&Player, Failure> {
        self.0.iter().find(|player| player.what == what).ok_or_else(|| {
            let why =
                format!("the demonstration has no {what}: it is of an earlier version; begin a new one");
            Failure::new(Exit::Usage, why)
        })
    }
}

impl Player {
    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (what, email, password) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            what: what.to_owned(),
            email: email.to_owned(),
            password: Zeroizing::new(password.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_are_found_by_what_they_are() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Cast::read(directory.path()).is_err());
        let people = [("teller", "teller@example.org", "abc"), ("customer", "ada@example.org", "def")];
        Credentials::new(&people).keep(directory.path()).unwrap();

        let cast = Cast::read(directory.path()).unwrap();

        let customer = cast.the("customer").unwrap();
        assert_eq!((customer.email.as_str(), customer.password.as_str()), ("ada@example.org", "def"));
        assert!(cast.the("king").is_err_and(|failure| failure.to_string().contains("no king")));
    }
}
