//! How a product's loans are serviced: what its contracts say beside the terms.

use serde::{Deserialize, Serialize};

use super::Order;
use crate::Rounding;

/// What a product's contracts say about payments, lateness and prepayment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Servicing {
    /// In which order a payment settles what is owed.
    pub order: Order,
    /// What becomes of what is paid before it is due.
    pub excess: Excess,
    /// What becomes of the instalments after principal was paid ahead of them.
    pub after_prepayment: AfterPrepayment,
    /// Whether principal that is past due goes on bearing interest, day by day. Without it a late payment counts, for
    /// interest, as one on time, as mortgages in the United States are serviced.
    pub overdue_bears_interest: bool,
    /// What is charged for lateness, if anything.
    pub late_fee: Option<LateFee>,
    /// The first day past due of each delinquency bucket, rising: 1, 30, 60 … make 1–29, 30–59, 60 and more.
    pub delinquency_from_days: Vec<u32>,
}

/// What becomes of what is paid before it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// It pays accrued interest and principal at once, and counts towards the instalments to come until it is used up:
    /// a borrower who pays a few days early is not asked again.
    #[default]
    Ahead,
    /// It pays accrued interest and principal at once, and the next instalment is due whole all the same.
    Curtail,
    /// It is held, and pays instalments as they fall due.
    Hold,
}

/// What becomes of the instalments after a prepayment of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterPrepayment {
    /// They stay as they are and end sooner.
    #[default]
    ShorterTerm,
    /// They become smaller and end as agreed.
    LowerPayment,
}

/// A fee for an instalment that is still open when its days of grace are over; once for each instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFee {
    /// For how many days after the due day a payment still counts as on time.
    pub grace_days: u16,
    /// How much it is.
    pub amount: LateAmount,
}

/// How much a late fee is, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateAmount {
    /// This much.
    Flat(i64),
    /// So many parts per million of the interest, principal and escrow that are open, within bounds.
    Share {
        /// Parts per million: 50,000 is 5 %.
        ppm: u32,
        /// At least this much.
        least_minor: i64,
        /// At most this much.
        most_minor: i64,
    },
}

impl LateAmount {
    /// The fee for an instalment of which this much is open; never below zero.
    pub(crate) fn of(self, open_minor: i64) -> i64 {
        match self {
            Self::Flat(minor) => minor.max(0),
            Self::Share { ppm, least_minor, most_minor } => {
                let open = u128::try_from(open_minor).unwrap_or(0);
                let share = Rounding::HalfUp.divide(open.saturating_mul(u128::from(ppm)), 1_000_000);
                let share = share.and_then(|share| i64::try_from(share).ok()).unwrap_or(i64::MAX);
                share.max(least_minor).min(most_minor).max(0)
            }
        }
    }
}

impl Default for Servicing {
    /// Costs first, payments ahead count, overdue principal bears interest, no late fee, buckets of thirty days.
    fn default() -> Self {
        Self {
            order: Order::cost_first(),
            excess: Excess::Ahead,
            after_prepayment: AfterPrepayment::ShorterTerm,
            overdue_bears_interest: true,
            late_fee: None,
            delinquency_from_days: vec![1, 30, 60, 90, 120, 150, 180],
        }
    }
}
