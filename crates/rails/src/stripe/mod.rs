//! What is said to Stripe and what it says, without a connection: requests as forms, answers and events as JSON, and the
//! signatures of its webhooks.
//!
//! Amounts are in the minor units of Stripe, which differ from those of ISO 4217 for a few currencies
//! ([`Amount`]). A request that changes something carries our own identifier as its idempotency key, so that
//! sending it again has no second effect; every object made carries it as `metadata[florin_id]` as well, by which it is found.

mod amount;
mod answer;
mod event;
mod method;
mod request;
mod signature;

pub use amount::{Amount, NotPayable};
pub use answer::{
    Answered, Declined, Intent, IntentStatus, Refund, RefundStatus, Refused, read_intent, read_intents,
    read_refund,
};
pub use event::{Dispute, Event, EventObject, NotAnEvent};
pub use method::{Card, read_card};
pub use request::{Method, Request};
pub use signature::{Forged, TOLERANCE_SECONDS, sign, verify};
