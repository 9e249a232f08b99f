//! What the commit of a transfer answers a page: which it is, and whether it is held for a look.

use std::sync::Arc;

use florin_db::idempotency::Frozen;
use florin_http::outcome_problem;
use florin_kernel::Actor;
use florin_ledger::rules::Flags;
use florin_payments::Rendered;
use serde::{Deserialize, Serialize};

/// A transfer that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Its identifier.
    pub(crate) id: String,
    /// Whether its money is reserved until somebody has looked at it.
    pub(crate) held: bool,
}

/// Renders the answer inside the commit.
pub(crate) fn answer(by: &Actor) -> Rendered {
    let request_id = by.origin().request_id.clone();
    Arc::new(move |decided| {
        let Some(one) = decided.first() else { return Frozen { status: 500, body: Vec::new() } };
        if let Some(transfer) = one.transfer.filter(|_| one.outcome.is_success()) {
            let made = Made { id: transfer.id.to_string(), held: transfer.flags.has(Flags::PENDING) };
            return Frozen { status: 201, body: serde_json::to_vec(&made).unwrap_or_default() };
        }
        let (status, body) = outcome_problem(one.outcome, request_id.as_deref());
        Frozen { status, body }
    })
}
