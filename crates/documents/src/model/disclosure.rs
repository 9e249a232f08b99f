//! What credit costs: the disclosures of 12 CFR 1026.18, and of SOR/2021-181 for loans in Canadian dollars.

use florin_kernel::{Date, Money};
use serde::Serialize;

use super::{Instalment, Institution, Party, Percent};
use crate::json;

/// What a loan in instalments costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LendingDisclosure {
    /// The creditor.
    pub institution: Institution,
    /// Who borrows.
    pub borrower: Party,
    /// The loan's number, masked, or a quote's name.
    pub reference: String,
    /// What the loan is: `Personal loan`.
    pub product: String,
    /// The day of issue.
    pub issued_on: Date,
    /// Whether nothing is promised yet.
    pub is_quote: bool,
    /// The quoted yearly rate.
    pub annual_rate: Percent,
    /// The annual percentage rate of Regulation Z.
    pub apr: Percent,
    /// What the credit costs.
    #[serde(serialize_with = "json::money")]
    pub finance_charge: Money,
    /// What is provided: the principal less prepaid finance charges.
    #[serde(serialize_with = "json::money")]
    pub amount_financed: Money,
    /// All payments together.
    #[serde(serialize_with = "json::money")]
    pub total_of_payments: Money,
    /// Where the amount financed goes; its parts add up to it.
    pub itemised: Vec<Itemised>,
    /// Finance charges that are paid out of the principal.
    pub prepaid: Vec<Itemised>,
    /// The payments, runs of equal ones together.
    pub payments: Vec<PaymentStream>,
    /// The charge for a late payment, in words; empty for none.
    pub late_charge: String,
    /// What happens when it is paid off early, in words.
    pub prepayment: String,
    /// What secures the loan, in words; empty for nothing.
    pub security: String,
    /// The cost of borrowing by the law of Canada.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_of_borrowing: Option<CostOfBorrowing>,
    /// Every instalment; empty to leave the schedule out.
    pub schedule: Vec<Instalment>,
}

/// A part of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Itemised {
    /// What it is.
    pub label: String,
    /// How much.
    #[serde(serialize_with = "json::money")]
    pub amount: Money,
}

/// Equal payments, one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentStream {
    /// How many.
    pub count: u16,
    /// How much each.
    #[serde(serialize_with = "json::money")]
    pub amount: Money,
    /// When the first is due.
    pub first_due_on: Date,
    /// How often they are due, in words: `monthly`.
    pub frequency: String,
}

/// The cost of borrowing by SOR/2021-181 sections 38 to 48.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostOfBorrowing {
    /// The annual percentage rate of section 47.
    pub apr: Percent,
    /// What the borrower pays above what was advanced.
    #[serde(serialize_with = "json::money")]
    pub cost: Money,
    /// The term, in words: `5 years`.
    pub term: String,
    /// The amortization period, in words.
    pub amortization: String,
    /// How interest is compounded, in words.
    pub compounding: String,
}
