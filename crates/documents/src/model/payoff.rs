//! What it takes to be done with a loan: the payoff statement (12 CFR 1026.36(c)(3)).

use florin_kernel::{Date, Money};
use serde::Serialize;

use super::{Institution, Parts, Party, Percent};
use crate::json;

/// The letter that tells what pays a loan off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayoffLetter {
    /// Who lent.
    pub institution: Institution,
    /// Who borrowed.
    pub borrower: Party,
    /// The loan's number, masked.
    pub number: String,
    /// What the loan is: `Personal loan`.
    pub product: String,
    /// The day of issue.
    pub issued_on: Date,
    /// The day until whose end the total pays the loan off.
    pub good_through: Date,
    /// The quoted yearly rate.
    pub annual_rate: Percent,
    /// What is owed on that day, and for what.
    pub owed: Parts,
    /// What was paid before and counts against it.
    #[serde(serialize_with = "json::money")]
    pub held: Money,
    /// What is to be paid: what is owed less what is held, and nothing where that is more.
    #[serde(serialize_with = "json::money")]
    pub total: Money,
    /// By how much it grows with each day after that.
    #[serde(serialize_with = "json::money")]
    pub per_diem: Money,
}
