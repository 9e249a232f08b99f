//! The daily balances of one cycle, and the interest on them.

use super::{BalanceKind, BalanceMethod, CardTerms};
use crate::Rate;

/// The balances of one kind within a cycle: what the last statement asked for and what came since, and each one's sum
/// over the days that ended with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Ledger {
    pub(super) carried: i64,
    pub(super) new: i64,
    carried_days: i64,
    new_days: i64,
    /// What was paid of the last statement in time, times the days for which it was owed in this cycle.
    paid_in_time_days: i64,
}

/// How a cycle's grace went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grace {
    /// Whether the last statement's purchases bore no interest so far.
    pub(super) before: bool,
    /// Whether the last statement was paid whole and in time.
    pub(super) kept: bool,
}

impl Ledger {
    pub(super) const fn balance(&self) -> i64 {
        self.carried.saturating_add(self.new)
    }

    /// So many days end with these balances.
    pub(super) const fn pass(&mut self, days: i64) {
        self.carried_days = self.carried_days.saturating_add(self.carried.saturating_mul(days));
        self.new_days = self.new_days.saturating_add(self.new.saturating_mul(days));
    }

    /// Pays at most `minor`, what was carried first; `owed_days` of this cycle passed before, if this is in time.
    pub(super) fn pay(&mut self, minor: i64, owed_days: Option<i64>) -> i64 {
        let carried = minor.min(self.carried);
        let new = minor.saturating_sub(carried).min(self.new);
        self.carried = self.carried.saturating_sub(carried);
        self.new = self.new.saturating_sub(new);
        let relieved = carried.saturating_mul(owed_days.unwrap_or(0));
        self.paid_in_time_days = self.paid_in_time_days.saturating_add(relieved);
        carried.saturating_add(new)
    }

    /// The balance-days of the cycle that bear interest.
    ///
    /// Cash bears interest from its day. Purchases: all days, but nothing on new ones when the last statement was paid
    /// whole and in time (Bank Act, s. 627.35), nothing on what was carried if it had grace before (no balance is charged
    /// for days of an earlier cycle), and nothing on the part of it that was paid in time (12 CFR 1026.54(a)(1)).
    fn bearing_days(&self, kind: BalanceKind, grace: Grace) -> i64 {
        let carried = if grace.before {
            self.carried_days.saturating_sub(self.paid_in_time_days)
        } else {
            self.carried_days
        };
        match (kind, grace) {
            (BalanceKind::Cash, _) => self.carried_days.saturating_add(self.new_days),
            (BalanceKind::Purchases, Grace { kept: true, before: true }) => 0,
            (BalanceKind::Purchases, Grace { kept: true, before: false }) => carried,
            (BalanceKind::Purchases, Grace { kept: false, .. }) => carried.saturating_add(self.new_days),
        }
    }

    /// The average daily balance that bears interest, and the interest, for a cycle of `days`.
    pub(super) fn interest(
        &self,
        terms: &CardTerms,
        kind: BalanceKind,
        grace: Grace,
        days: i64,
    ) -> (i64, i64) {
        let rate = match kind {
            BalanceKind::Purchases => terms.purchase_rate,
            BalanceKind::Cash => terms.cash_rate,
        };
        interest(terms, rate, self.bearing_days(kind, grace), days)
    }

    /// The cycle closes: everything is carried into the next one.
    pub(super) fn close(&mut self, interest: i64) {
        *self = Self { carried: self.balance().saturating_add(interest), ..Self::default() };
    }
}

fn interest(terms: &CardTerms, rate: Rate, balance_days: i64, days: i64) -> (i64, i64) {
    let unsigned = |minor: i64| u128::try_from(minor).unwrap_or(0);
    let whole = |minor: Option<u128>| minor.and_then(|minor| i64::try_from(minor).ok()).unwrap_or(i64::MAX);
    let average = whole(terms.rounding.divide(unsigned(balance_days), unsigned(days).max(1)));
    let bearing = match terms.method {
        BalanceMethod::AverageDaily => unsigned(average) * unsigned(days),
        BalanceMethod::Daily => unsigned(balance_days),
    };
    // Balance-days are below 2⁶⁴ and a rate below 2³⁴.
    let interest = terms.rounding.divide(bearing * u128::from(rate.ppb()), 365 * 1_000_000_000);
    (average, whole(interest))
}
