//! The statement of a loan.

use florin_kernel::{Currency, Date, Money, MoneyError};
use serde::Serialize;

use super::{Direction, Institution, Party, Percent, Period};
use crate::json;

/// A sum told apart by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// Fees and charges for default.
    #[serde(serialize_with = "json::money")]
    pub fees: Money,
    /// Interest.
    #[serde(serialize_with = "json::money")]
    pub interest: Money,
    /// Taxes and insurance.
    #[serde(serialize_with = "json::money")]
    pub escrow: Money,
    /// Principal.
    #[serde(serialize_with = "json::money")]
    pub principal: Money,
}

impl Parts {
    /// Nothing.
    pub const fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { fees: zero, interest: zero, escrow: zero, principal: zero }
    }

    /// All of it together.
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or the sum does not fit.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let parts = [self.fees, self.interest, self.escrow, self.principal];
        Money::total(self.principal.currency(), parts)
    }

    /// Part by part the sum of both.
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or a sum does not fit.
    pub fn plus(&self, other: &Self) -> Result<Self, MoneyError> {
        Ok(Self {
            fees: self.fees.plus(other.fees)?,
            interest: self.interest.plus(other.interest)?,
            escrow: self.escrow.plus(other.escrow)?,
            principal: self.principal.plus(other.principal)?,
        })
    }
}

/// The statement of a loan over a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoanStatement {
    /// Who lent.
    pub institution: Institution,
    /// Who borrowed.
    pub borrower: Party,
    /// The loan's number, masked.
    pub number: String,
    /// What the loan is: `Personal loan`.
    pub product: String,
    /// The days that it is about.
    pub period: Period,
    /// The day of issue.
    pub issued_on: Date,
    /// The quoted yearly rate.
    pub annual_rate: Percent,
    /// The day on which the maturity of the loan falls.
    pub matures_on: Date,
    /// The principal before the first day.
    #[serde(serialize_with = "json::money")]
    pub opening_principal: Money,
    /// The principal after the last.
    #[serde(serialize_with = "json::money")]
    pub closing_principal: Money,
    /// What is held for taxes and insurance after the last day.
    #[serde(serialize_with = "json::money")]
    pub escrow_balance: Money,
    /// What fell due within the period.
    pub due: Parts,
    /// What was paid and credited within it: the sum of the transactions that are credits.
    pub paid: Parts,
    /// What was due before and is not paid.
    pub past_due: Parts,
    /// What is due next, without what is past due.
    pub next_due: Parts,
    /// When it is due; none when the loan is over.
    pub next_due_on: Option<Date>,
    /// The charge for a late payment, in words; empty when there is none.
    pub late_charge: String,
    /// The interest paid since the year began.
    #[serde(serialize_with = "json::money")]
    pub interest_this_year: Money,
    /// What happened, in order.
    pub transactions: Vec<LoanTransaction>,
}

/// One line of a loan's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoanTransaction {
    /// What tells it from every other.
    pub id: String,
    /// The day.
    pub on: Date,
    /// What it was.
    pub description: String,
    /// A credit is a payment; a debit is an advance or a charge.
    pub direction: Direction,
    /// What it was made of.
    pub parts: Parts,
}
