//! Who can sign in to a demonstration, and passwords that nobody has thought up.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use florin_identity::{Email, Owner, Password, PasswordPolicy};
use zeroize::Zeroizing;

use crate::{Exit, Failure};

const FILE: &str = "demo-credentials.txt";
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// How many of them a password has: twenty-five of five bits each.
const GROUPS: usize = 5;
const GROUP_CHARS: usize = 5;
/// How many classes of characters such a password has: small letters, digits, hyphens.
const CLASSES: u8 = 3;

/// Who can sign in, as lines for a person.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials(Zeroizing<String>);

impl Credentials {
    /// Those of these people: what they are, their address, their password.
    pub(crate) fn new(people: &[(&str, &str, &str)]) -> Self {
        let line =
            |(what, email, password): &(&str, &str, &str)| format!("  {what:<12}{email:<28}{password}\n");
        Self(Zeroizing::new(people.iter().map(line).collect()))
    }

    /// Those that were kept in this directory.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, Failure> {
        let path = directory.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self(Zeroizing::new(text)))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::from(error).during(path.display())),
        }
    }

    /// What there is of everybody, a line each.
    pub(crate) fn people(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.0.lines().map(|line| Zeroizing::new(line.to_owned()))
    }

    /// Keeps them in this directory, for the program's user alone.
    pub(crate) fn keep(&self, directory: &Path) -> Result<(), Failure> {
        let path = directory.join(FILE);
        let kept =
            crate::archive::create_private(&path).and_then(|mut file| file.write_all(self.0.as_bytes()));
        kept.map_err(|error| Failure::from(error).during(path.display()))
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A random password that the policy takes from the person of this address.
pub(crate) fn generate_password(
    policy: &PasswordPolicy,
    email: &Email,
) -> Result<Zeroizing<String>, Failure> {
    let owner = Owner { email, full_name: None, mfa: false };
    loop {
        let text = if policy.classes_min > CLASSES {
            florin_identity::generate_password(policy)?
        } else {
            random_password(policy.chars_min)?
        };
        let password = Password::try_new(&text).map_err(|error| Failure::of(Exit::Usage, &error))?;
        // By chance it may hold a word that is guessed first; then the dice are thrown again.
        if policy.check(&password, &owner).is_ok() {
            return Ok(text);
        }
    }
}

fn random_password(chars_min: usize) -> Result<Zeroizing<String>, Failure> {
    let groups = GROUPS.max(chars_min.div_ceil(GROUP_CHARS));
    let mut dice = Zeroizing::new(vec![0_u8; groups.saturating_mul(GROUP_CHARS)]);
    getrandom::fill(&mut dice).map_err(|error| {
        Failure::new(Exit::Failed, format!("the operating system gives no randomness: {error}"))
    })?;
    let mut text = Zeroizing::new(String::with_capacity(dice.len().saturating_add(groups)));
    for (index, die) in dice.iter().enumerate() {
        if index > 0 && index % GROUP_CHARS == 0 {
            text.push('-');
        }
        // 256 is a multiple of 32: each letter is as likely as any other.
        text.push(ALPHABET.get(usize::from(die % 32)).copied().map_or('a', char::from));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn generated_passwords_differ_and_satisfy_the_policy() {
        let email: Email = "ada@example.org".parse().unwrap();
        for chars_min in [8, 15, 64] {
            let policy = PasswordPolicy { chars_min, ..PasswordPolicy::default() };
            let (one, other) =
                (generate_password(&policy, &email).unwrap(), generate_password(&policy, &email).unwrap());

            assert_ne!(one, other);
            assert!(one.len() >= chars_min.max(29));
        }
    }

    #[test]
    fn where_all_classes_are_asked_for_a_generated_password_has_them() {
        let email: Email = "ada@example.org".parse().unwrap();
        let policy = PasswordPolicy { classes_min: 4, ..PasswordPolicy::default() };
        let owner = Owner { email: &email, full_name: None, mfa: false };

        let text = generate_password(&policy, &email).unwrap();

        assert!(policy.check(&Password::try_new(&text).unwrap(), &owner).is_ok());
    }

    #[test]
    fn kept_credentials_read_back_and_are_for_the_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(&[("admin", "admin@example.org", "open sesame")]);

        assert_eq!(Credentials::read(directory.path()).unwrap(), None);
        credentials.keep(directory.path()).unwrap();

        assert_eq!(Credentials::read(directory.path()).unwrap(), Some(credentials.clone()));
        let mode = fs::metadata(directory.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{credentials:?}").contains("sesame"));
    }
}
