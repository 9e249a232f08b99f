//! The schedule of a loan.

use florin_kernel::{Date, Money};
use serde::Serialize;

use super::{Institution, Party, Percent};
use crate::json;

/// Every instalment of a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScheduleDocument {
    /// Who lends.
    pub institution: Institution,
    /// Who borrows.
    pub borrower: Party,
    /// The loan's number, masked, or a quote's name.
    pub reference: String,
    /// What the loan is.
    pub product: String,
    /// The day of issue.
    pub issued_on: Date,
    /// What is lent.
    #[serde(serialize_with = "json::money")]
    pub principal: Money,
    /// The quoted yearly rate.
    pub annual_rate: Percent,
    /// The instalments, in order.
    pub instalments: Vec<Instalment>,
}

/// An instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Instalment {
    /// Its number, from one.
    pub number: u16,
    /// The day on which it is due.
    pub due_on: Date,
    /// Interest and principal together.
    #[serde(serialize_with = "json::money")]
    pub payment: Money,
    /// The interest in it.
    #[serde(serialize_with = "json::money")]
    pub interest: Money,
    /// The principal in it.
    #[serde(serialize_with = "json::money")]
    pub principal: Money,
    /// The principal that is owed after it.
    #[serde(serialize_with = "json::money")]
    pub balance: Money,
}
