//! What letters about sign-in through other providers say.

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// What happened to the identities that somebody signs in with; each names its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityNotice<'a> {
    /// Whoever signs in there can sign in here.
    Linked(&'a str),
    /// They cannot any more.
    Unlinked(&'a str),
}

/// Tells a person that a provider was linked to their account, or unlinked.
pub fn identity_notice(
    head: &Letterhead,
    envelope: Envelope<'_>,
    name: &str,
    notice: IdentityNotice<'_>,
) -> Mail {
    let institution = &head.institution;
    let (kind, subject, what) = match notice {
        IdentityNotice::Linked(provider) => (
            "identity-linked",
            "Another way to sign in was added",
            format!("Your account at {institution} can be signed in to through {provider} from now on."),
        ),
        IdentityNotice::Unlinked(provider) => (
            "identity-unlinked",
            "A way to sign in was removed",
            format!(
                "Your account at {institution} cannot be signed in to through {provider} any more. You were signed \
                 out on all other devices."
            ),
        ),
    };
    let link = head.public_url.page("/login");
    let when = envelope.at.strftime("%-d %B %Y at %H:%M UTC");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("{what} It happened on {when}."),
            "If that was you, you need do nothing.".to_owned(),
            "If it was not, sign in, look at the providers that are linked, and change your password, or call us."
                .to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, kind, subject)
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Timestamp, Uuid};

    use super::*;

    #[test]
    fn the_letters_name_the_provider_and_the_time_in_both_forms() {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap();
        let envelope = Envelope {
            id: Uuid::from_u128(1),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
            to: "ada@example.org",
        };
        for (notice, told) in [
            (IdentityNotice::Linked("google"), "through google from now on"),
            (IdentityNotice::Unlinked("google"), "through google any more"),
        ] {
            let mail = identity_notice(&head, envelope, "Ada Lovelace", notice);
            let (text, html) = (mail.text.replace('\n', " "), mail.html.replace('\n', " "));
            assert!(text.contains(told) && html.contains(told), "{notice:?}: {text}");
            assert!(text.contains("21 September 2026 at 14:13 UTC"), "{text}");
            assert!(mail.text.lines().any(|line| line == "https://bank.example/login"));
        }
    }
}
