//! Passwords for those who would rather not think of one.

use zeroize::Zeroizing;

use super::policy::{Owner, PasswordPolicy};
use crate::{Email, Error, Password, random};

/// A password that is typed now and then can be read aloud: no sign looks like another.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"-_.:+=%#@*?!"];
/// 20 of 68 signs: some 121 bits.
const CHARS_MIN: usize = 20;
/// One in a few is refused for want of a class or by the policy; this many never are.
const TRIES_MAX: usize = 1_000;

/// A password of all four classes that the policy takes.
///
/// # Errors
/// [`Error::Randomness`] when the operating system gives none.
pub fn generate_password(policy: &PasswordPolicy) -> Result<Zeroizing<String>, Error> {
    let length = CHARS_MIN.max(policy.chars_min);
    let nobody: Email = "nobody@localhost.invalid".parse().map_err(|_| Error::Randomness)?;
    let owner = Owner { email: &nobody, full_name: None, mfa: false };
    for _ in 0..TRIES_MAX {
        let text = candidate(length)?;
        let all = CLASSES.iter().all(|class| text.bytes().any(|b| class.contains(&b)));
        let taken = Password::try_new(&text).is_ok_and(|password| policy.check(&password, &owner).is_ok());
        if all && taken {
            return Ok(text);
        }
    }
    Err(Error::Randomness)
}

/// So many signs, each as likely as any other: a byte that would favour some is thrown away.
fn candidate(length: usize) -> Result<Zeroizing<String>, Error> {
    let signs = CLASSES.concat();
    let even = usize::from(u8::MAX).saturating_add(1) / signs.len() * signs.len();
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        for byte in *Zeroizing::new(random::bytes::<64>()?) {
            let index = usize::from(byte);
            if let Some(&sign) =
                signs.get(index % signs.len()).filter(|_| index < even && text.len() < length)
            {
                text.push(char::from(sign));
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn ten_thousand_passwords_satisfy_the_strictest_policy_and_none_comes_twice() {
        let policy = PasswordPolicy { classes_min: 4, ..PasswordPolicy::default() };
        let email = "ada.lovelace@example.org".parse().unwrap();
        let owner = Owner { email: &email, full_name: None, mfa: false };

        let made: HashSet<String> =
            (0..10_000).map(|_| generate_password(&policy).unwrap().to_string()).collect();

        assert_eq!(made.len(), 10_000);
        for text in &made {
            assert!(text.len() >= 20);
            assert_eq!(policy.check(&Password::try_new(text).unwrap(), &owner), Ok(()), "{text}");
        }
    }

    #[test]
    fn every_sign_is_as_likely_as_any_other() {
        let mut counts: HashMap<char, usize> = HashMap::new();
        for c in candidate(68_000).unwrap().chars() {
            *counts.entry(c).or_default() += 1;
        }

        // A thousand are expected of each; seven standard deviations are 221.
        assert_eq!(counts.len(), 68);
        assert!(counts.values().all(|count| (779..1_221).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_longer_policy_makes_a_longer_password() {
        let policy = PasswordPolicy { chars_min: 40, ..PasswordPolicy::default() };

        assert_eq!(generate_password(&policy).unwrap().len(), 40);
    }
}
