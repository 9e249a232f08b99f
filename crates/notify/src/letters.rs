//! What letters say.

use florin_kernel::{Timestamp, Uuid};

use crate::{Letterhead, Mail};

/// Asks a person to prove that the address is theirs: `token` is the proof, valid for `hours`.
pub fn verify_email(head: &Letterhead, envelope: Envelope<'_>, name: &str, token: &str, hours: u32) -> Mail {
    let link = head.public_url.link("/verify-email", "token", token);
    let institution = &head.institution;
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("Please confirm that this is your address at {institution}:"),
            link.clone(),
            format!(
                "The link works once, within {hours} hours. Until then you can sign in, but not move money."
            ),
            "If you did not register, somebody mistyped an address: do nothing, and nothing will happen."
                .to_owned(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "verify-email", "Confirm your email address").kept_as(
        "We sent a letter to your address with a link that confirms it. Until you follow the link you can sign in, but \
         not move money.",
    )
}

/// Tells a person that their address is confirmed.
pub fn welcome(head: &Letterhead, envelope: Envelope<'_>, name: &str) -> Mail {
    let institution = &head.institution;
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![format!("Your email address is confirmed. Welcome to {institution}.")],
        link: None,
        institution,
    };
    letter.into_mail(envelope, "welcome", "Your email address is confirmed")
}

/// Tells the owner of an address that somebody tried to register with it again.
pub fn already_registered(head: &Letterhead, envelope: Envelope<'_>, name: &str) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/login");
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("Somebody asked to register at {institution} with this address, which has an account already."),
            "If that was you, sign in instead:".to_owned(),
            link.clone(),
            "If it was not, you need do nothing: your account is unchanged, and nobody was told that it exists."
                .to_owned(),
        ],
        link: Some(link),
        institution,
    };
    letter.into_mail(envelope, "already-registered", "You already have an account")
}

/// Tells a person that a key called `key` can act for them from now on.
pub fn api_key_made(head: &Letterhead, envelope: Envelope<'_>, name: &str, key: &str) -> Mail {
    let institution = &head.institution;
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![
            format!("An API key was made for your account at {institution}. You call it: {key}"),
            "Programs that have it can act for you within what you allowed, until it ends or you revoke it."
                .to_owned(),
            "If it was not you, revoke the key, change your password and tell us at once.".to_owned(),
        ],
        link: None,
        institution,
    };
    letter.into_mail(envelope, "api-key-made", "An API key was made for your account")
}

/// The outside of a letter: what does not depend on what it says.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// Names the letter.
    pub id: Uuid,
    /// When it is written.
    pub at: Timestamp,
    /// The address it goes to.
    pub to: &'a str,
}

pub(crate) struct Letter<'a> {
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    /// The paragraph that is a link.
    pub(crate) link: Option<String>,
    pub(crate) institution: &'a str,
}

impl Letter<'_> {
    pub(crate) fn into_mail(self, envelope: Envelope<'_>, kind: &str, subject: &str) -> Mail {
        Mail {
            id: envelope.id,
            kind: kind.to_owned(),
            written_at_us: envelope.at.as_microsecond(),
            to: envelope.to.to_owned(),
            subject: subject.to_owned(),
            text: self.text(),
            html: self.html(),
            notice: self.notice(),
        }
    }

    /// What is said, without what leads elsewhere: whoever reads a notice is here already.
    fn notice(&self) -> String {
        let said = self.paragraphs.iter().filter(|paragraph| self.link.as_ref() != Some(paragraph));
        let said: Vec<String> = said
            .map(|paragraph| match paragraph.strip_suffix(':') {
                Some(before) => format!("{before}."),
                None => paragraph.clone(),
            })
            .collect();
        said.join("\n\n")
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.greeting);
        for paragraph in &self.paragraphs {
            if self.link.as_ref() == Some(paragraph) {
                text.push_str(paragraph);
            } else {
                text.push_str(&wrapped(paragraph));
            }
            text.push_str("\n\n");
        }
        text.push_str("-- \n");
        text.push_str(self.institution);
        text.push('\n');
        text
    }

    fn html(&self) -> String {
        let mut body = vec![format!("<p>{}</p>", escaped(&self.greeting))];
        for paragraph in &self.paragraphs {
            let text = escaped(paragraph);
            body.push(if self.link.as_ref() == Some(paragraph) {
                format!("<p><a href=\"{text}\">{text}</a></p>")
            } else {
                format!("<p>{}</p>", wrapped(&text))
            });
        }
        body.push(format!("<p>{}</p>", escaped(self.institution)));
        format!("<!doctype html>\n<html lang=\"en\">\n<body>\n{}\n</body>\n</html>\n", body.join("\n"))
    }
}

/// Greets by name, unless the name could be read as a link or a message: whoever registers chooses it, and the letter
/// goes to an address that need not be theirs.
pub(crate) fn greeting(name: &str) -> String {
    let harmless = |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-');
    let short = name.chars().count() <= 40 && name.split(' ').count() <= 5;
    if short && !name.is_empty() && name.chars().all(harmless) {
        format!("Hello {name},")
    } else {
        "Hello,".to_owned()
    }
}

/// Breaks lines between words, at 72 characters where words allow.
fn wrapped(paragraph: &str) -> String {
    let mut text = String::with_capacity(paragraph.len());
    let mut column = 0_usize;
    for word in paragraph.split(' ') {
        let length = word.chars().count();
        if column > 0 && column.saturating_add(length) >= 72 {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
        }
        text.push_str(word);
        column = column.saturating_add(length).saturating_add(1);
    }
    text
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Letterhead {
        let url = "https://bank.example".parse().unwrap();
        Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap()
    }

    fn envelope() -> Envelope<'static> {
        Envelope {
            id: Uuid::from_u128(1),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
            to: "ada@example.org",
        }
    }

    #[test]
    fn the_link_to_verify_stands_on_a_line_of_its_own() {
        let token = "A".repeat(43);

        let mail = verify_email(&head(), envelope(), "Ada Lovelace", &token, 24);

        let link = format!("https://bank.example/verify-email?token={token}");
        assert!(mail.text.starts_with("Hello Ada Lovelace,\n"));
        assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
        assert!(mail.html.contains(&format!("<a href=\"{link}\">")));
        let sent = String::from_utf8(mail.render(&head()).unwrap()).unwrap();
        assert!(sent.lines().any(|line| line == link), "the link is sent unbroken:\n{sent}");
    }

    #[test]
    fn a_new_api_key_is_told_by_its_name_which_is_text_in_html_too() {
        let mail = api_key_made(&head(), envelope(), "Ada", "<b>export</b>");

        assert!(mail.text.contains("<b>export</b>"));
        assert!(mail.html.contains("&lt;b&gt;export&lt;/b&gt;") && !mail.html.contains("<b>export</b>"));
    }

    #[test]
    fn a_name_that_is_a_message_is_not_repeated_to_a_stranger() {
        for name in
            ["Win at http://evil.example", "evil.example", "Call 555-0100", "<b>Ada</b>", "a b c d e f"]
        {
            let mail = verify_email(&head(), envelope(), name, "t", 24);
            assert!(mail.text.starts_with("Hello,\n"), "{name}");
        }
        assert!(
            welcome(&head(), envelope(), "Siân O'Neill-Łoś").text.starts_with("Hello Siân O'Neill-Łoś,\n")
        );
    }

    #[test]
    fn what_configuration_says_is_text_in_html_too() {
        let mail = already_registered(&head(), envelope(), "Ada");

        assert!(mail.html.contains("Ash &amp; Oak") && !mail.html.contains("Ash & Oak"));
        assert!(mail.text.contains("Ash & Oak"));
    }

    #[test]
    fn long_paragraphs_are_broken_between_words() {
        let paragraph = "word ".repeat(40);
        let text = wrapped(paragraph.trim_end());

        assert!(text.lines().all(|line| line.len() <= 72));
        assert_eq!(text.replace('\n', " "), paragraph.trim_end());
    }
}
