//! What letters about alerts say.

use crate::letters::Letter;
use crate::{Envelope, Letterhead, Mail};

/// Tells whoever operates the program of alerts: the subject, and a paragraph for each thing to know.
pub fn alert_notice(
    head: &Letterhead,
    envelope: Envelope<'_>,
    subject: &str,
    mut paragraphs: Vec<String>,
) -> Mail {
    let link = head.public_url.page("/ops");
    paragraphs.push(link.clone());
    let letter = Letter {
        greeting: "Hello,".to_owned(),
        paragraphs,
        link: Some(link),
        institution: &head.institution,
    };
    letter.into_mail(envelope, "alert", subject)
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Timestamp, Uuid};

    use super::*;

    #[test]
    fn a_letter_about_an_alert_says_what_is_wrong_and_where_to_look() {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Bank", "no-reply@bank.example", url).unwrap();
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let envelope = Envelope { id: Uuid::from_u128(1), at, to: "ops@bank.example" };

        let mail =
            alert_notice(&head, envelope, "[critical] disk-full firing", vec!["2% is <left>".to_owned()]);

        assert_eq!(mail.subject, "[critical] disk-full firing");
        assert!(mail.text.contains("2% is <left>") && mail.text.contains("https://bank.example/ops"));
        assert!(!mail.html.contains("<left>"));
    }
}
