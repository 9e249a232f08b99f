//! The receipt of a payment.

use florin_kernel::{Amount, Date, Money, Timestamp};
use serde::Serialize;

use super::{Institution, Parts, Party};
use crate::json;

/// That a payment was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentReceipt {
    /// Through whom.
    pub institution: Institution,
    /// Who paid.
    pub payer: Party,
    /// The payment's identifier.
    pub reference: String,
    /// What kind it is: `Transfer`, `Loan payment`.
    pub kind: String,
    /// To whom, or for what.
    pub payee: String,
    /// From where, masked: `Checking ****0042`.
    pub paid_from: String,
    /// What the payer wrote; may be empty.
    pub description: String,
    /// How much.
    #[serde(serialize_with = "json::amount")]
    pub amount: Amount,
    /// What was charged on top.
    #[serde(serialize_with = "json::money")]
    pub fee: Money,
    /// The day that it counts for.
    pub paid_on: Date,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// Where it stands, in a word: `Completed`.
    pub status: String,
    /// What it was for, of a payment of a loan; the parts add up to the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocation: Option<Parts>,
    /// What is owed or left after it, with its name: `Remaining principal`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "json::labelled_if_any")]
    pub remaining: Option<(String, Money)>,
}
