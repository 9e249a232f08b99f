//! Answers, from JSON. What Stripe adds later is passed over.

use serde::Deserialize;

use super::Amount;

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered<T> {
    /// The object.
    Done(T),
    /// The card or the bank says no: final, for this request.
    Declined(Declined),
    /// Stripe refuses the request itself: a mistake of ours or of the settings. Nothing was charged.
    Refused(Refused),
    /// Nothing is known: the request may have been carried out. It is to be sent again under the same key, or looked up.
    Unknown(String),
}

/// A payment that was declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// Stripe's code, more exact where the issuer says more: `insufficient_funds`, `expired_card`, `card_declined`.
    pub code: String,
    /// What may be shown.
    pub message: String,
    /// Stripe's identifier of the charge, if one was made.
    pub intent: Option<String>,
}

/// A request that Stripe does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The status of the answer.
    pub status: u16,
    /// Stripe's code or kind of error.
    pub code: String,
    /// What it says; it may name a field.
    pub message: String,
}

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Stripe's identifier, `pi_…`.
    pub id: String,
    /// How much.
    pub amount: Amount,
    /// How far it is.
    pub status: IntentStatus,
    /// Why it was declined, if it was.
    pub declined: Option<Declined>,
    /// Our own identifier, if we made it.
    pub florin_id: Option<String>,
}

/// How far a charge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntentStatus {
    /// The money was taken.
    Succeeded,
    /// It is under way; a webhook tells the end.
    Processing,
    /// It was declined, and may be tried with another method.
    Declined,
    /// It waits for something that nobody will do: the payer, or our own confirmation.
    Waiting,
    /// It was taken back.
    Canceled,
    /// Something that there was not when this was written.
    Other,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Stripe's identifier, `re_…`.
    pub id: String,
    /// How much.
    pub amount: Amount,
    /// How far it is.
    pub status: RefundStatus,
    /// Of which charge.
    pub intent: Option<String>,
    /// Our own identifier, if we made it.
    pub florin_id: Option<String>,
}

/// How far a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// The money is on its way back.
    Succeeded,
    /// It is under way.
    Pending,
    /// The money could not be given back.
    Failed,
}

/// Reads the answer to a request about a charge.
pub fn read_intent(status: u16, body: &[u8]) -> Answered<Intent> {
    read(status, body, |body: IntentBody| body.into())
}

/// Reads the answer to a search for charges: the first that was found, if one was.
pub fn read_intents(status: u16, body: &[u8]) -> Answered<Option<Intent>> {
    read(status, body, |found: Found| found.data.into_iter().next().map(Intent::from))
}

/// Reads the answer to a request about a refund.
pub fn read_refund(status: u16, body: &[u8]) -> Answered<Refund> {
    read(status, body, |body: RefundBody| body.into())
}

pub(super) fn read<B: for<'de> Deserialize<'de>, T>(
    status: u16,
    body: &[u8],
    make: impl FnOnce(B) -> T,
) -> Answered<T> {
    if (200..300).contains(&status) {
        return match serde_json::from_slice(body) {
            Ok(body) => Answered::Done(make(body)),
            // It was done, and is not understood: nothing may be concluded from that.
            Err(_) => Answered::Unknown("the answer cannot be read".to_owned()),
        };
    }
    let Ok(Failure { error }) = serde_json::from_slice::<Failure>(body) else {
        return Answered::Unknown(format!("an answer of status {status} that cannot be read"));
    };
    match status {
        402 => Answered::Declined(error.declined()),
        // A conflict is another request under the same key that still runs; too many requests are to come later.
        409 | 429 | 500.. => Answered::Unknown(format!("status {status}: {}", error.code())),
        _ => Answered::Refused(Refused {
            status,
            code: error.code(),
            message: error.message.unwrap_or_default(),
        }),
    }
}

#[derive(Deserialize)]
struct Failure {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    payment_intent: Option<IntentId>,
}

#[derive(Deserialize)]
struct IntentId {
    id: String,
}

impl ErrorBody {
    fn code(&self) -> String {
        let code = self.code.as_ref().or(self.kind.as_ref());
        code.cloned().unwrap_or_else(|| "unknown_error".to_owned())
    }

    fn declined(self) -> Declined {
        let code =
            self.decline_code.clone().filter(|code| code != "generic_decline").unwrap_or_else(|| self.code());
        Declined {
            code,
            message: self.message.unwrap_or_default(),
            intent: self.payment_intent.map(|intent| intent.id),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct IntentBody {
    id: String,
    amount: i64,
    currency: String,
    status: String,
    last_payment_error: Option<ErrorBody>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) florin_id: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    data: Vec<IntentBody>,
}

impl From<IntentBody> for Intent {
    fn from(body: IntentBody) -> Self {
        let status = match body.status.as_str() {
            "succeeded" => IntentStatus::Succeeded,
            "processing" => IntentStatus::Processing,
            "requires_payment_method" if body.last_payment_error.is_some() => IntentStatus::Declined,
            "requires_payment_method" | "requires_confirmation" | "requires_action" | "requires_capture" => {
                IntentStatus::Waiting
            }
            "canceled" => IntentStatus::Canceled,
            _ => IntentStatus::Other,
        };
        Self {
            amount: Amount { minor: body.amount, currency: body.currency },
            status,
            declined: body
                .last_payment_error
                .map(|error| Declined { intent: Some(body.id.clone()), ..error.declined() }),
            florin_id: body.metadata.florin_id,
            id: body.id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    id: String,
    amount: i64,
    currency: String,
    status: Option<String>,
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

impl From<RefundBody> for Refund {
    fn from(body: RefundBody) -> Self {
        let status = match body.status.as_deref() {
            Some("succeeded") => RefundStatus::Succeeded,
            Some("failed" | "canceled") => RefundStatus::Failed,
            _ => RefundStatus::Pending,
        };
        Self {
            id: body.id,
            amount: Amount { minor: body.amount, currency: body.currency },
            status,
            intent: body.payment_intent,
            florin_id: body.metadata.florin_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTENT: &str = r#"{"id":"pi_1","object":"payment_intent","amount":1050,"currency":"usd","status":"succeeded",
        "metadata":{"florin_id":"7"},"something":{"new":true}}"#;

    #[test]
    fn a_charge_that_went_through_is_read() {
        let Answered::Done(intent) = read_intent(200, INTENT.as_bytes()) else { panic!("it is done") };
        assert_eq!((intent.id.as_str(), intent.status), ("pi_1", IntentStatus::Succeeded));
        assert_eq!(intent.amount, Amount { minor: 1_050, currency: "usd".to_owned() });
        assert_eq!(intent.florin_id.as_deref(), Some("7"));
    }

    #[test]
    fn the_issuers_reason_comes_before_stripes() {
        let body = |decline: &str| {
            format!(
                r#"{{"error":{{"type":"card_error","code":"card_declined","decline_code":"{decline}",
                   "message":"Your card was declined.","payment_intent":{{"id":"pi_1"}}}}}}"#
            )
        };
        let code = |decline: &str| match read_intent(402, body(decline).as_bytes()) {
            Answered::Declined(declined) => (declined.code, declined.intent),
            other => panic!("{other:?}"),
        };
        assert_eq!(code("insufficient_funds"), ("insufficient_funds".to_owned(), Some("pi_1".to_owned())));
        assert_eq!(code("generic_decline").0, "card_declined");
    }

    #[test]
    fn nothing_is_concluded_from_what_is_not_known() {
        let error = br#"{"error":{"type":"api_error","message":"Sorry"}}"#;
        for status in [409, 429, 500, 502, 503] {
            assert!(matches!(read_intent(status, error), Answered::Unknown(_)), "{status}");
        }
        for (status, body) in [(200, &b"<html>"[..]), (200, b"{}"), (502, b"Bad gateway"), (402, b"")] {
            assert!(matches!(read_intent(status, body), Answered::Unknown(_)), "{status} {body:?}");
        }
    }

    #[test]
    fn a_mistake_of_ours_is_refused_and_not_declined() {
        let body = br#"{"error":{"type":"invalid_request_error","code":"parameter_missing","message":"Missing: amount."}}"#;
        let Answered::Refused(refused) = read_intent(400, body) else { panic!("it is refused") };
        assert_eq!((refused.status, refused.code.as_str()), (400, "parameter_missing"));
        assert!(matches!(read_refund(401, body), Answered::Refused(_)));
    }

    #[test]
    fn states_are_told_apart() {
        let state = |status: &str, error: &str| {
            let body = format!(
                r#"{{"id":"pi_1","amount":1,"currency":"usd","status":"{status}","last_payment_error":{error}}}"#
            );
            match read_intent(200, body.as_bytes()) {
                Answered::Done(intent) => intent.status,
                other => panic!("{other:?}"),
            }
        };
        let error = r#"{"type":"card_error","code":"expired_card","message":"No."}"#;
        assert_eq!(state("processing", "null"), IntentStatus::Processing);
        assert_eq!(state("requires_payment_method", error), IntentStatus::Declined);
        assert_eq!(state("requires_payment_method", "null"), IntentStatus::Waiting);
        assert_eq!(state("requires_action", "null"), IntentStatus::Waiting);
        assert_eq!(state("canceled", "null"), IntentStatus::Canceled);
        assert_eq!(state("brand_new", "null"), IntentStatus::Other);
    }

    #[test]
    fn a_search_finds_one_or_none() {
        let found = format!(r#"{{"object":"search_result","data":[{INTENT}],"has_more":false}}"#);
        assert!(matches!(read_intents(200, found.as_bytes()), Answered::Done(Some(_))));
        assert_eq!(read_intents(200, br#"{"data":[]}"#), Answered::Done(None));
    }

    #[test]
    fn refunds_fail_too() {
        let body = |status: &str| {
            format!(
                r#"{{"id":"re_1","amount":5,"currency":"usd","status":"{status}","payment_intent":"pi_1"}}"#
            )
        };
        for (status, wanted) in [
            ("succeeded", RefundStatus::Succeeded),
            ("pending", RefundStatus::Pending),
            ("requires_action", RefundStatus::Pending),
            ("failed", RefundStatus::Failed),
            ("canceled", RefundStatus::Failed),
        ] {
            let Answered::Done(refund) = read_refund(200, body(status).as_bytes()) else {
                panic!("it is done")
            };
            assert_eq!((refund.status, refund.intent.as_deref()), (wanted, Some("pi_1")), "{status}");
        }
    }
}
