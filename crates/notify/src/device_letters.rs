//! What letters say about devices and the sign-ins on them.

use florin_kernel::Timestamp;

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// Where and when something was seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The address, where it is known.
    pub ip: Option<&'a str>,
    /// What the client calls itself.
    pub user_agent: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

impl Seen<'_> {
    fn sentence(&self) -> String {
        let at = self.at.strftime("%H:%M on %-d %B %Y (UTC)");
        let agent = self.user_agent.unwrap_or("a program that does not tell its name");
        let ip = self.ip.map_or_else(String::new, |ip| format!(", at the address {ip}"));
        format!("It was {agent}{ip}, at {at}.")
    }
}

/// Tells a person that somebody signed in from a device that they never used before.
pub fn new_device(head: &Letterhead, envelope: Envelope<'_>, name: &str, seen: &Seen<'_>) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/forgot-password");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("Somebody signed in to your account at {institution} from a device that is new to it."),
            seen.sentence(),
            "If that was you, there is nothing to do. If it was not, somebody knows your password. Set another one at \
             once, which ends every sign-in:"
                .to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "new-device", "A sign-in from a new device")
}

/// Tells a person that a token of theirs was shown from another device than its own, and that its sign-in was ended.
pub fn stolen_token(head: &Letterhead, envelope: Envelope<'_>, name: &str, seen: &Seen<'_>) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/forgot-password");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!(
                "A sign-in to your account at {institution} was used from another device than the one it began on, as \
                 happens when somebody copies it. We ended it; nothing was done with it from there."
            ),
            seen.sentence(),
            "Sign in again to go on. If you cannot explain this, look for malicious programs on your device, and set a \
             new password:"
                .to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "stolen-token", "We ended a sign-in that was used from elsewhere")
}

/// Tells a person that a sign-in of theirs is used from elsewhere than it was begun, and that a factor is asked for.
pub fn session_drifted(head: &Letterhead, envelope: Envelope<'_>, name: &str, seen: &Seen<'_>) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/forgot-password");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!(
                "A sign-in to your account at {institution} is used from elsewhere than it was begun. Until you prove \
                 who you are once more, no money moves by it and nothing is changed."
            ),
            seen.sentence(),
            "If that was you, the program that you use will ask you for your password or a code. If it was not, end the \
             sign-in in the list of your sign-ins, and set a new password:"
                .to_owned(),
            link.clone(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "session-drifted", "A sign-in is used from elsewhere")
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    #[test]
    fn all_tell_where_and_when_and_what_to_do() {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap();
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let seen = Seen { ip: Some("203.0.113.9"), user_agent: Some("<b>curl</b>/8"), at };
        for letter in [new_device, stolen_token, session_drifted] {
            let envelope = Envelope { id: Uuid::from_u128(1), at, to: "ada@example.org" };

            let mail = letter(&head, envelope, "Ada", &seen);

            let text = mail.text.replace('\n', " ");
            assert!(text.contains("203.0.113.9, at 14:13 on 21 September 2026 (UTC)."), "{text}");
            assert!(text.contains("https://bank.example/forgot-password"), "{text}");
            assert!(mail.html.contains("&lt;b&gt;curl") && !mail.html.contains("<b>curl"), "{}", mail.html);
        }
    }
}
