//! The loan estimate of 12 CFR 1026.37.

use florin_kernel::{Currency, Date, Money, MoneyError};
use serde::Serialize;

use super::{Institution, Itemised, Party, Percent};
use crate::json;

/// What a mortgage will cost, as its applicant is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoanEstimate {
    /// The creditor.
    pub institution: Institution,
    /// Who applies.
    pub applicant: Party,
    /// The application's number.
    pub reference: String,
    /// The day of issue.
    pub issued_on: Date,
    /// The property, on one line.
    pub property: String,
    /// What it costs; none where that is not known.
    #[serde(serialize_with = "json::money_if_any")]
    pub sale_price: Option<Money>,
    /// How long, in words: `30 years`.
    pub term: String,
    /// `Purchase`, `Refinance`.
    pub purpose: String,
    /// `Fixed rate`.
    pub product: String,
    /// `Conventional`, `FHA`, `VA`.
    pub loan_type: String,
    /// Until which day the rate is locked; none for not at all.
    pub rate_locked_until: Option<Date>,
    /// What is lent.
    #[serde(serialize_with = "json::money")]
    pub loan_amount: Money,
    /// The quoted yearly rate.
    pub interest_rate: Percent,
    /// The monthly payment of principal and interest.
    #[serde(serialize_with = "json::money")]
    pub principal_and_interest: Money,
    /// The most that paying off early costs, in words; empty for nothing.
    pub prepayment_penalty: String,
    /// The last payment, where it is larger than the others.
    #[serde(serialize_with = "json::money_if_any")]
    pub balloon: Option<Money>,
    /// Payments as they will be, four columns at most.
    pub projected: Vec<ProjectedPayment>,
    /// Taxes, insurance and assessments a month, whether through escrow or not.
    #[serde(serialize_with = "json::money")]
    pub taxes_and_insurance: Money,
    /// The costs at closing, section by section.
    pub costs: Vec<SectionOfCosts>,
    /// What the creditor gives towards them.
    #[serde(serialize_with = "json::money")]
    pub lender_credits: Money,
    /// The part of them that is paid out of the loan.
    #[serde(serialize_with = "json::money")]
    pub financed_costs: Money,
    /// What the applicant pays of the price.
    #[serde(serialize_with = "json::money")]
    pub down_payment: Money,
    /// What was paid already.
    #[serde(serialize_with = "json::money")]
    pub deposit: Money,
    /// What the applicant is paid out of the loan.
    #[serde(serialize_with = "json::money")]
    pub funds_for_borrower: Money,
    /// What the seller gives.
    #[serde(serialize_with = "json::money")]
    pub seller_credits: Money,
    /// Adjustments and other credits, with their sign.
    #[serde(serialize_with = "json::money")]
    pub adjustments: Money,
    /// What has to be brought to the closing; below zero is what is paid out there.
    #[serde(serialize_with = "json::money")]
    pub cash_to_close: Money,
    /// For comparing with other loans.
    pub comparisons: Comparisons,
    /// Whether a later owner may take the loan over.
    pub is_assumable: bool,
    /// The charge for a late payment, in words.
    pub late_payment: String,
    /// Whether the creditor means to keep the loan's servicing.
    pub keeps_servicing: bool,
}

/// Payments over some years.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectedPayment {
    /// Which years: `Years 1–7`.
    pub years: String,
    /// Principal and interest.
    #[serde(serialize_with = "json::money")]
    pub principal_and_interest: Money,
    /// Mortgage insurance.
    #[serde(serialize_with = "json::money")]
    pub mortgage_insurance: Money,
    /// Estimated escrow.
    #[serde(serialize_with = "json::money")]
    pub escrow: Money,
}

/// One section of the costs at closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionOfCosts {
    /// `A. Origination charges`.
    pub title: String,
    /// Whether it is of the loan's costs (A to C) or of others (E to H).
    pub is_loan_cost: bool,
    /// What it consists of.
    pub items: Vec<Itemised>,
}

/// For comparing with other loans (12 CFR 1026.37(l)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Comparisons {
    /// All that will have been paid in five years.
    #[serde(serialize_with = "json::money")]
    pub five_years_total: Money,
    /// The principal that will have been paid in five years.
    #[serde(serialize_with = "json::money")]
    pub five_years_principal: Money,
    /// The annual percentage rate.
    pub apr: Percent,
    /// The total interest percentage: all interest over the loan's amount.
    pub total_interest: Percent,
}

impl ProjectedPayment {
    /// What is paid each month of these years.
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or the sum does not fit.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.principal_and_interest.plus(self.mortgage_insurance)?.plus(self.escrow)
    }
}

impl SectionOfCosts {
    /// The section's total.
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or the sum does not fit.
    pub fn total(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::total(currency, self.items.iter().map(|item| item.amount))
    }
}

impl LoanEstimate {
    /// Costs of the loan (`true`) or other costs (`false`).
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or the sum does not fit.
    pub fn costs_of(&self, loan: bool) -> Result<Money, MoneyError> {
        let currency = self.loan_amount.currency();
        let mut total = Money::zero(currency);
        for section in self.costs.iter().filter(|section| section.is_loan_cost == loan) {
            total = total.plus(section.total(currency)?)?;
        }
        Ok(total)
    }

    /// All costs at closing, less what the creditor gives.
    ///
    /// # Errors
    /// [`MoneyError`] where currencies differ or the sum does not fit.
    pub fn closing_costs(&self) -> Result<Money, MoneyError> {
        self.costs_of(true)?.plus(self.costs_of(false)?)?.minus(self.lender_credits)
    }
}
