//! What is told of money that was held until somebody looked at it.

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// What became of money that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentLook {
    /// It goes on its way.
    Released,
    /// It does not; it is its payer's to use again.
    Refused,
}

/// Tells a person what became of a transfer or payment of theirs that was held.
pub fn payment_notice(head: &Letterhead, envelope: Envelope<'_>, name: &str, look: PaymentLook) -> Mail {
    let institution = &head.institution;
    let link = head.public_url.page("/accounts");
    let (kind, subject, told, then) = match look {
        PaymentLook::Released => (
            "payment-released",
            "Money that we looked at is on its way",
            "A transfer or payment of yours was held until somebody looked at it. It is released.",
            "You need do nothing.",
        ),
        PaymentLook::Refused => (
            "payment-refused",
            "Money that we looked at was not sent",
            "A transfer or payment of yours was held until somebody looked at it. It was not made, and the money is \
             available to you again.",
            "If it was you who made it and it is still to be paid, please call us. If it was not, change your password.",
        ),
    };
    let letter = Letter {
        greeting: greeting(name),
        paragraphs: vec![told.to_owned(), then.to_owned(), link.clone()],
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
    fn both_say_what_became_of_the_money_and_nothing_of_why() {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap();
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let envelope = Envelope { id: Uuid::from_u128(1), at, to: "ada@example.org" };

        let released = payment_notice(&head, envelope, "Ada", PaymentLook::Released);
        let refused = payment_notice(&head, envelope, "Ada", PaymentLook::Refused);

        assert!(released.notice.contains("It is released."), "{}", released.notice);
        assert!(refused.notice.contains("available to you again."), "{}", refused.notice);
        for mail in [released, refused] {
            assert!(!mail.text.contains("fraud") && !mail.notice.contains("https://"));
            assert!(mail.text.lines().any(|line| line == "https://bank.example/accounts"));
        }
    }
}
