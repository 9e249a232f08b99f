//! One letter, and its form on the wire.

use florin_kernel::{Timestamp, Uuid};
use lettre::message::header::{ContentTransferEncoding, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};

use crate::{Letterhead, MailError};

/// The longest line that may go unencoded, without its end (RFC 5322, 2.1.1).
const LINE_MAX: usize = 998;

/// A letter to one person, as plain text and as HTML.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Names the letter: sending it again is recognised by this.
    pub id: Uuid,
    /// What the letter is about, such as `verify-email`.
    pub kind: String,
    /// When it was written, in microseconds since 1970.
    pub written_at_us: i64,
    /// The address it goes to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The letter as plain text.
    pub text: String,
    /// The letter as HTML.
    pub html: String,
    /// What a notice keeps of it: what it says, without links and without any secret. It is not sent along.
    #[serde(skip)]
    pub notice: String,
}

impl Mail {
    /// The same letter, of which a notice keeps these words, because its own speak of a link that is a secret.
    #[must_use]
    pub(crate) fn kept_as(self, words: &str) -> Self {
        Self { notice: words.to_owned(), ..self }
    }

    /// The letter as RFC 5322 wants it; the same bytes each time.
    ///
    /// # Errors
    /// [`MailError::Address`] and [`MailError::Text`] when a part could break out of its place.
    pub fn render(&self, letterhead: &Letterhead) -> Result<Vec<u8>, MailError> {
        if self.subject.chars().any(char::is_control) {
            return Err(MailError::Text("subject"));
        }
        let to = self.recipient()?;
        let written_at =
            Timestamp::from_microsecond(self.written_at_us).map_err(|_| MailError::Text("date"))?;

        let body = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(format!("florin-{}", self.id.simple()))
            .singlepart(SinglePart::plain(encoded(&self.text)))
            .singlepart(SinglePart::html(encoded(&self.html)));
        let message = Message::builder()
            .message_id(Some(format!("<{}@{}>", self.id, letterhead.from.email.domain())))
            .date(written_at.into())
            .from(letterhead.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&self.subject)
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(body)?;
        Ok(message.formatted())
    }

    /// The one address that the letter goes to.
    pub(crate) fn recipient(&self) -> Result<Address, MailError> {
        if self.to.chars().any(char::is_control) {
            return Err(MailError::Address("recipient's"));
        }
        self.to.parse().map_err(|_| MailError::Address("recipient's"))
    }
}

/// Plain ASCII goes as it is, so that a long link stays in one piece; anything else is encoded as it needs.
fn encoded(text: &str) -> Body {
    let lines = text.replace("\r\n", "\n");
    if lines.is_ascii() && !lines.contains('\r') && lines.lines().all(|line| line.len() <= LINE_MAX) {
        Body::dangerous_pre_encoded(
            lines.replace('\n', "\r\n").into_bytes(),
            ContentTransferEncoding::SevenBit,
        )
    } else {
        Body::new(lines)
    }
}

impl std::fmt::Debug for Mail {
    /// Leaves out whom it goes to and what it says, which may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letterhead() -> Letterhead {
        let url = "https://bank.example".parse().unwrap();
        Letterhead::try_new("Bank", "Bank <no-reply@bank.example>", url).unwrap()
    }

    fn mail() -> Mail {
        Mail {
            id: Uuid::from_u128(0x0190_a1b2_c3d4_7e5f_8a6b_7c8d_9e0f_1a2b),
            kind: "note".to_owned(),
            written_at_us: 1_790_000_000_000_000,
            to: "ada@example.org".to_owned(),
            subject: "A note".to_owned(),
            text: "Hello,\n\nhttps://bank.example/verify-email?token=abc\n".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            notice: String::new(),
        }
    }

    #[test]
    fn a_letter_has_both_forms_and_its_headers() {
        let text = String::from_utf8(mail().render(&letterhead()).unwrap()).unwrap();

        for line in [
            "Message-ID: <0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b@bank.example>",
            "Date: Mon, 21 Sep 2026 14:13:20 +0000",
            "From: Bank <no-reply@bank.example>",
            "To: ada@example.org",
            "Subject: A note",
            "Auto-Submitted: auto-generated",
            "https://bank.example/verify-email?token=abc",
            "<p>Hello</p>",
        ] {
            assert!(text.lines().any(|found| found == line), "no line {line:?} in:\n{text}");
        }
        assert!(text.contains("multipart/alternative"));
    }

    #[test]
    fn a_letter_is_the_same_each_time_it_is_rendered() {
        assert_eq!(mail().render(&letterhead()).unwrap(), mail().render(&letterhead()).unwrap());
    }

    #[test]
    fn no_text_of_a_persons_adds_a_header() {
        let to = |to: &str| Mail { to: to.to_owned(), ..mail() }.render(&letterhead());
        let about = |subject: &str| Mail { subject: subject.to_owned(), ..mail() }.render(&letterhead());

        assert!(matches!(to("a@b.example\r\nBcc: c@d.example"), Err(MailError::Address(_))));
        assert!(matches!(to("a@b.example, c@d.example"), Err(MailError::Address(_))));
        assert!(matches!(about("Hi\r\nBcc: c@d.example"), Err(MailError::Text(_))));
        assert!(matches!(about("Hi\nBcc: c@d.example"), Err(MailError::Text(_))));
    }

    #[test]
    fn a_letter_printed_for_the_log_says_neither_whom_nor_what() {
        let printed = format!("{:?}", mail());

        assert!(printed.contains("note"));
        assert!(!printed.contains("ada") && !printed.contains("token"));
    }
}
