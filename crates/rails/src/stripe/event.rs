//! What Stripe tells by webhook.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::answer::{IntentBody, RefundBody};
use super::{Amount, Intent, Refund};

/// Something that happened at Stripe. Events come more than once and in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stripe's identifier, `evt_…`: the same event has the same.
    pub id: String,
    /// When it happened, in seconds since 1970.
    pub created: i64,
    /// Its kind, such as `payment_intent.succeeded`.
    pub kind: String,
    /// What it happened to.
    pub object: EventObject,
}

/// What an event is about, as it was when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventObject {
    /// A charge.
    Intent(Intent),
    /// A refund.
    Refund(Refund),
    /// The payer disputes a charge.
    Dispute(Dispute),
    /// Something that nobody here waits for.
    Other,
}

/// A dispute about a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Stripe's identifier.
    pub id: String,
    /// About which charge.
    pub intent: Option<String>,
    /// How much of it.
    pub amount: Amount,
    /// `needs_response`, `under_review`, `won`, `lost` and others.
    pub status: String,
    /// What the payer says: `fraudulent`, `duplicate` and others.
    pub reason: String,
}

/// Text that is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is no event of Stripe's")]
pub struct NotAnEvent;

#[derive(Deserialize)]
struct Body {
    id: String,
    created: i64,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

#[derive(Deserialize)]
struct DisputeBody {
    id: String,
    payment_intent: Option<String>,
    amount: i64,
    currency: String,
    status: String,
    reason: String,
}

impl Event {
    /// Reads the body of a webhook whose signature was verified.
    ///
    /// # Errors
    /// [`NotAnEvent`].
    pub fn read(body: &[u8]) -> Result<Self, NotAnEvent> {
        let Body { id, created, kind, data } = serde_json::from_slice(body).map_err(|_| NotAnEvent)?;
        let object = match data.object.get("object").and_then(Value::as_str) {
            Some("payment_intent") => EventObject::Intent(of::<IntentBody>(data.object)?.into()),
            Some("refund") => EventObject::Refund(of::<RefundBody>(data.object)?.into()),
            Some("dispute") => EventObject::Dispute(of::<DisputeBody>(data.object)?.into()),
            _ => EventObject::Other,
        };
        Ok(Self { id, created, kind, object })
    }
}

fn of<B: for<'de> Deserialize<'de>>(object: Value) -> Result<B, NotAnEvent> {
    serde_json::from_value(object).map_err(|_| NotAnEvent)
}

impl From<DisputeBody> for Dispute {
    fn from(body: DisputeBody) -> Self {
        let amount = Amount { minor: body.amount, currency: body.currency };
        Self { id: body.id, intent: body.payment_intent, amount, status: body.status, reason: body.reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::{IntentStatus, RefundStatus};

    fn event(object: &str) -> Result<Event, NotAnEvent> {
        let body = format!(
            r#"{{"id":"evt_1","object":"event","created":1700000000,"type":"x.y","data":{{"object":{object}}}}}"#
        );
        Event::read(body.as_bytes())
    }

    #[test]
    fn what_an_event_is_about_is_read() {
        let intent =
            r#"{"object":"payment_intent","id":"pi_1","amount":1,"currency":"usd","status":"succeeded"}"#;
        let refund = r#"{"object":"refund","id":"re_1","amount":1,"currency":"usd","status":"failed"}"#;
        let dispute = r#"{"object":"dispute","id":"dp_1","payment_intent":"pi_1","amount":1,"currency":"usd",
            "status":"needs_response","reason":"fraudulent"}"#;

        let EventObject::Intent(intent) = event(intent).unwrap().object else { panic!("a charge") };
        assert_eq!(intent.status, IntentStatus::Succeeded);
        let EventObject::Refund(refund) = event(refund).unwrap().object else { panic!("a refund") };
        assert_eq!(refund.status, RefundStatus::Failed);
        let EventObject::Dispute(dispute) = event(dispute).unwrap().object else { panic!("a dispute") };
        assert_eq!((dispute.reason.as_str(), dispute.intent.as_deref()), ("fraudulent", Some("pi_1")));
        assert_eq!(event(r#"{"object":"balance"}"#).unwrap().object, EventObject::Other);
    }

    #[test]
    fn what_is_no_event_is_refused() {
        assert_eq!(event(r#"{"object":"payment_intent","id":7}"#), Err(NotAnEvent));
        for body in ["", "[]", "{}", r#"{"id":"evt_1"}"#] {
            assert_eq!(Event::read(body.as_bytes()), Err(NotAnEvent), "{body}");
        }
    }
}
