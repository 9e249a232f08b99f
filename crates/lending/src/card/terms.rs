//! What a cardholder and the issuer agree on.

use florin_kernel::Currency;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Calendar, LateFee, PRINCIPAL_MINOR_MAX, Rate, Rounding};

/// The terms of a credit card. Sums are in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardTerms {
    /// The currency.
    #[serde(with = "crate::stored::currency")]
    pub currency: Currency,
    /// The credit limit.
    pub limit_minor: i64,
    /// The yearly rate of purchases and fees.
    pub purchase_rate: Rate,
    /// The yearly rate of cash advances, which have no grace.
    pub cash_rate: Rate,
    /// How daily balances become interest. A day is 1/365 of a year.
    pub method: BalanceMethod,
    /// On which day of each month payment is due, 1 to 28: the same day every month (12 CFR 1026.7(b)(11)).
    pub due_day: u8,
    /// How many days before the due day a cycle closes, 21 to 24: at least 21 in the United States (12 CFR 1026.5(b)) and
    /// in Canada (Bank Act, s. 627.34).
    pub days_to_pay: u8,
    /// Whose holidays make a payment on the next open day one on time (12 CFR 1026.10(d)).
    pub calendar: Calendar,
    /// The least that is to be paid.
    pub minimum: MinimumPayment,
    /// What a cash advance costs at once.
    pub cash_fee: Option<CashFee>,
    /// What is charged when the minimum is not paid in time.
    pub late_fee: Option<LateFee>,
    /// How interest becomes whole minor units.
    pub rounding: Rounding,
}

/// How daily balances become the interest of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceMethod {
    /// The average daily balance, rounded, × daily rate × days.
    #[default]
    AverageDaily,
    /// Each day's balance × daily rate, added up and then rounded.
    Daily,
}

/// The least that is to be paid: a share of the balance, at least so much, at most the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumPayment {
    /// Parts per million of the balance: 20,000 is 2 %.
    pub ppm: u32,
    /// At least this much.
    pub least_minor: i64,
    /// Whether the cycle's interest and fees come on top of the share, so that principal is always repaid.
    pub plus_costs: bool,
}

/// What a cash advance costs at once: a share of it, and at least so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashFee {
    /// Parts per million: 50,000 is 5 %.
    pub ppm: u32,
    /// At least this much.
    pub least_minor: i64,
}

/// Why a card's terms were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CardTermsRefused {
    /// The due day is none that every month has.
    #[error("payment is due on a day from the 1st to the 28th")]
    DueDay,
    /// Too few days, or so many that the next cycle would close first.
    #[error("a cycle closes 21 to 24 days before payment is due")]
    DaysToPay,
    /// A limit or another sum below zero or too large.
    #[error("a sum is out of range")]
    Sum,
}

impl CardTerms {
    /// Refuses terms that no cycle can follow from.
    pub(crate) fn check(&self) -> Result<(), CardTermsRefused> {
        if !(1..=28).contains(&self.due_day) {
            return Err(CardTermsRefused::DueDay);
        }
        if !(21..=24).contains(&self.days_to_pay) {
            return Err(CardTermsRefused::DaysToPay);
        }
        let cash_fee = self.cash_fee.map_or(0, |fee| fee.least_minor);
        let sums = [self.limit_minor, self.minimum.least_minor, cash_fee];
        if sums.iter().all(|minor| (0..=PRINCIPAL_MINOR_MAX).contains(minor)) {
            Ok(())
        } else {
            Err(CardTermsRefused::Sum)
        }
    }
}

impl MinimumPayment {
    /// The minimum for a balance of which `costs_minor` is this cycle's interest and fees.
    pub fn of(&self, balance_minor: i64, costs_minor: i64) -> i64 {
        let costs = if self.plus_costs { costs_minor } else { 0 };
        let share = share(balance_minor, self.ppm).saturating_add(costs);
        share.max(self.least_minor).min(balance_minor).max(0)
    }
}

impl CashFee {
    /// The fee for an advance.
    pub fn of(&self, advance_minor: i64) -> i64 {
        share(advance_minor, self.ppm).max(self.least_minor)
    }
}

/// Parts per million of a sum, to the nearest minor unit.
fn share(minor: i64, ppm: u32) -> i64 {
    let product = u128::try_from(minor).unwrap_or(0).saturating_mul(u128::from(ppm));
    let share = Rounding::HalfUp.divide(product, 1_000_000);
    share.and_then(|share| i64::try_from(share).ok()).unwrap_or(i64::MAX)
}
