//! What letters about scheduled payments say.

use jiff::tz::TimeZone;

use florin_kernel::{Money, Timestamp};

use crate::letters::{Letter, greeting};
use crate::{Envelope, Letterhead, Mail};

/// A scheduled payment, as a letter tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleNotice<'a> {
    /// What happened, or will.
    pub what: ScheduleEvent<'a>,
    /// What the payer called it; empty for nothing.
    pub description: &'a str,
    /// How much; none where that is only known when it is paid.
    pub amount: Option<Money>,
    /// When it is, or was, due.
    pub due_at: Timestamp,
    /// The IANA time zone that the reader thinks in.
    pub zone: &'a str,
}

/// What happened to a scheduled payment; reasons are stable codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleEvent<'a> {
    /// It will be made.
    Upcoming,
    /// It was made.
    Made,
    /// It was not made, for this reason, and is tried again then.
    Delayed(&'a str, Timestamp),
    /// It was not made, for this reason.
    Failed(&'a str),
    /// No other is made until the payer goes on with it.
    Paused(&'a str),
}

/// A reason in words.
fn reason(code: &str) -> &'static str {
    match code {
        "insufficient_funds" | "R01" | "901" => "there was not enough money",
        "debit_account_frozen" | "credit_account_frozen" => "an account is frozen",
        "debit_account_closed" | "credit_account_closed" => "an account is closed",
        "account_not_found" => "an account is not there any more",
        "payee_removed" => "the payee was removed",
        "biller_inactive" => "the biller takes no payments any more",
        "payment_method_removed" => "the bank account or card was removed",
        "card_expired" => "the card has expired",
        "declined_by_risk" => "our checks did not let it pass",
        "loan_refused" | "loan_not_found" => "the loan takes no payments any more",
        "email_unverified" => "your email address is not verified",
        "payer_suspended" | "payer_not_permitted" | "mfa_enrolment_required" => {
            "your access does not permit payments at present"
        }
        _ => "it was refused",
    }
}

fn moment(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%-d %B %Y at %H:%M %Z").to_string()
}

/// Tells a person of a payment that they scheduled.
pub fn schedule_notice(
    head: &Letterhead,
    envelope: Envelope<'_>,
    name: &str,
    notice: &ScheduleNotice<'_>,
) -> Mail {
    let (kind, subject, paragraphs) = told(notice);
    let link = head.public_url.page("/payments");
    let mut paragraphs = paragraphs;
    paragraphs.push(link.clone());
    let letter =
        Letter { greeting: greeting(name), paragraphs, link: Some(link), institution: &head.institution };
    letter.into_mail(envelope, kind, subject)
}

fn told(notice: &ScheduleNotice<'_>) -> (&'static str, &'static str, Vec<String>) {
    let amount = notice.amount.map_or_else(String::new, |money| format!(" of {money}"));
    let called = if notice.description.is_empty() {
        String::new()
    } else {
        format!(" (“{}”)", notice.description)
    };
    let payment = format!("payment{amount}{called}");
    let due = moment(notice.due_at, notice.zone);
    match notice.what {
        ScheduleEvent::Upcoming => (
            "scheduled-upcoming",
            "A payment is coming up",
            vec![
                format!("Your scheduled {payment} will be made on {due}."),
                "Please see to it that there is enough money. Until then you can change or cancel it."
                    .to_owned(),
            ],
        ),
        ScheduleEvent::Made => (
            "scheduled-made",
            "A scheduled payment was made",
            vec![format!("Your scheduled {payment}, due on {due}, was made or is under way.")],
        ),
        ScheduleEvent::Delayed(code, again) => (
            "scheduled-delayed",
            "A scheduled payment could not be made yet",
            vec![
                format!("Your scheduled {payment}, due on {due}, was not made: {}.", reason(code)),
                format!("We try again on {}.", moment(again, notice.zone)),
            ],
        ),
        ScheduleEvent::Failed(code) => (
            "scheduled-failed",
            "A scheduled payment was not made",
            vec![
                format!("Your scheduled {payment}, due on {due}, was not made: {}.", reason(code)),
                "It is not tried again. If it must be paid, please pay it yourself.".to_owned(),
            ],
        ),
        ScheduleEvent::Paused(code) => (
            "scheduled-paused",
            "A scheduled payment is paused",
            vec![
                format!(
                    "Your scheduled {payment} failed several times in a row, at last because {}.",
                    reason(code)
                ),
                "No other payment is made by this schedule until you go on with it.".to_owned(),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Currency, Uuid};

    use super::*;

    fn letter(what: ScheduleEvent<'_>, description: &str) -> Mail {
        let url = "https://bank.example".parse().unwrap();
        let head = Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap();
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let envelope = Envelope { id: Uuid::from_u128(1), at, to: "ada@example.org" };
        let amount = Some(Money::new(12_345, Currency::EUR));
        let zone = "America/New_York";
        let notice = ScheduleNotice { what, description, amount, due_at: at, zone };
        schedule_notice(&head, envelope, "Ada Lovelace", &notice)
    }

    #[test]
    fn the_letters_say_how_much_when_and_why() {
        let again = Timestamp::from_second(1_790_086_400).unwrap();
        for (what, told) in [
            (ScheduleEvent::Upcoming, "will be made on 21 September 2026 at 10:13 EDT"),
            (ScheduleEvent::Made, "was made or is under way"),
            (ScheduleEvent::Delayed("insufficient_funds", again), "there was not enough money."),
            (ScheduleEvent::Delayed("R01", again), "We try again on 22 September 2026 at 10:13 EDT."),
            (ScheduleEvent::Failed("payee_removed"), "the payee was removed"),
            (ScheduleEvent::Paused("whatever"), "it was refused"),
        ] {
            let mail = letter(what, "Rent");
            let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(told), "{what:?}: {text}");
            assert!(text.contains("123.45") && text.contains("“Rent”"), "{text}");
            assert!(mail.text.lines().any(|line| line == "https://bank.example/payments"));
        }
    }

    #[test]
    fn what_the_payer_wrote_adds_no_markup() {
        let mail = letter(ScheduleEvent::Made, "<img src=x>");
        assert!(!mail.html.contains("<img"), "{}", mail.html);
    }
}
