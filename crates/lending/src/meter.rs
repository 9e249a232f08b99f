//! Interest before it is rounded.

use crate::rate::SIMPLE_UNITS;
use crate::{DayCount, Rounding, SimpleRate};

/// Measures interest: balance × rate × fraction of a year, exact until it is rounded.
///
/// What was measured is a whole number of units of 10⁻¹⁸ of a minor unit over the day count's denominator, so that
/// interest of several days and several balances adds up without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meter {
    rate: SimpleRate,
    one_minor: u128,
    rounding: Rounding,
}

/// Interest that is not rounded yet, in the units of its [`Meter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Accrued(u128);

impl Meter {
    pub(crate) fn new(rate: SimpleRate, day_count: DayCount, rounding: Rounding) -> Self {
        Self { rate, one_minor: SIMPLE_UNITS * u128::from(day_count.denominator()), rounding }
    }

    /// The interest on a balance for a fraction of a year; none on a balance that is not above zero.
    pub(crate) fn measure(&self, balance_minor: i64, fraction: u64) -> Option<Accrued> {
        let balance = u128::try_from(balance_minor).unwrap_or(0);
        balance.checked_mul(u128::from(fraction))?.checked_mul(self.rate.units()).map(Accrued)
    }

    /// Whole minor units.
    pub(crate) fn minor(&self, accrued: Accrued) -> Option<i64> {
        i64::try_from(self.rounding.divide(accrued.0, self.one_minor)?).ok()
    }
}

impl Accrued {
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}
