//! The statement of a credit card.

use florin_kernel::{Amount, Date, Money};
use serde::Serialize;

use super::{Direction, Institution, Party, Percent, Period};
use crate::json;

/// The statement of a credit card over a billing cycle (12 CFR 1026.7(b)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardStatement {
    /// Who issued the card.
    pub institution: Institution,
    /// Whose it is.
    pub holder: Party,
    /// The card's number, masked.
    pub number: String,
    /// The cycle.
    pub period: Period,
    /// The day of issue.
    pub issued_on: Date,
    /// What was owed before.
    #[serde(serialize_with = "json::money")]
    pub previous_balance: Money,
    /// Payments and credits.
    #[serde(serialize_with = "json::money")]
    pub payments: Money,
    /// Payments that were returned.
    #[serde(serialize_with = "json::money")]
    pub returned: Money,
    /// Purchases.
    #[serde(serialize_with = "json::money")]
    pub purchases: Money,
    /// Cash advances.
    #[serde(serialize_with = "json::money")]
    pub cash_advances: Money,
    /// Fees.
    #[serde(serialize_with = "json::money")]
    pub fees: Money,
    /// Interest.
    #[serde(serialize_with = "json::money")]
    pub interest: Money,
    /// What is owed now.
    #[serde(serialize_with = "json::money")]
    pub new_balance: Money,
    /// How much may be owed.
    #[serde(serialize_with = "json::money")]
    pub credit_limit: Money,
    /// The least that has to be paid.
    #[serde(serialize_with = "json::money")]
    pub minimum_payment: Money,
    /// By when.
    pub due_on: Date,
    /// What a late payment costs; none for nothing.
    #[serde(serialize_with = "json::money_if_any")]
    pub late_fee: Option<Money>,
    /// What happened, in order.
    pub transactions: Vec<CardTransaction>,
    /// How interest was reckoned, a line for each kind of balance.
    pub charges: Vec<Fee>,
    /// Fees charged since the year began.
    #[serde(serialize_with = "json::money")]
    pub fees_this_year: Money,
    /// Interest charged since the year began.
    #[serde(serialize_with = "json::money")]
    pub interest_this_year: Money,
    /// What paying the minimum alone comes to; none when nothing is owed.
    pub warning: Option<MinimumWarning>,
}

/// One line of a card's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardTransaction {
    /// What tells it from every other.
    pub id: String,
    /// The day of the purchase.
    pub on: Date,
    /// The day of booking.
    pub booked_on: Date,
    /// Where, or what it was.
    pub description: String,
    /// A credit is a payment or a refund; a debit is owed.
    pub direction: Direction,
    /// How much.
    #[serde(serialize_with = "json::amount")]
    pub amount: Amount,
}

/// How interest on one kind of balance was reckoned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// `Purchases`, `Cash advances`.
    pub kind: String,
    /// The yearly rate.
    pub apr: Percent,
    /// The balance that it was reckoned on.
    #[serde(serialize_with = "json::money")]
    pub balance: Money,
    /// The interest.
    #[serde(serialize_with = "json::money")]
    pub interest: Money,
}

/// The warning of 12 CFR 1026.7(b)(12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MinimumWarning {
    /// Paying the minimum alone; none where that never repays the balance.
    pub minimum_only: Option<MinimumOnly>,
    /// What repays it in three years; none where the minimum does so no later, or where the law asks for none.
    pub thirty_six: Option<ThirtySixMonths>,
    /// Where to call for credit counselling.
    pub counselling_phone: String,
}

/// Paying the minimum alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MinimumOnly {
    /// In how many months the balance is repaid.
    pub months: u32,
    /// What is paid by then.
    #[serde(serialize_with = "json::money")]
    pub total: Money,
}

/// Paying the balance off in 36 months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ThirtySixMonths {
    /// Each month.
    #[serde(serialize_with = "json::money")]
    pub payment: Money,
    /// In all.
    #[serde(serialize_with = "json::money")]
    pub total: Money,
    /// What that saves.
    #[serde(serialize_with = "json::money")]
    pub savings: Money,
}
