//! The cost of borrowing in Canada: SOR/2021-181, ss. 11, 32 and 47.

use super::root::{ONE, rising, times};
use super::{Apr, NoApr};

/// The cost of borrowing of a loan for a fixed amount.
///
/// Section 47 says APR = C / (T × P), where payments first go to the accumulated cost of borrowing. Since that cost then
/// accrues at the very rate that is looked for, the rate is the one at which the net advance, with interest for each
/// period, is repaid exactly; it is solved for so, and P follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostOfBorrowing {
    /// The rate.
    pub apr: Apr,
    /// C: what is paid above what was advanced, in minor units.
    pub cost_minor: i64,
    /// T: the term in hundredths of a year, rounded.
    pub term_hundredths: u32,
    /// P: the average principal before each payment, in minor units, rounded; zero where nothing is charged.
    pub average_principal_minor: i64,
}

impl CostOfBorrowing {
    /// Of `advanced_minor`, net of what was deducted, repaid by payments each at the end of a period.
    ///
    /// A period's length is in periods of which a year has `per_year`, and the days of its fraction are 1/365 of a year
    /// each (s. 47(2)(c) to (e)).
    ///
    /// # Errors
    /// [`NoApr`].
    pub fn of(advanced_minor: i64, per_year: u32, payments: &[(InterestPeriod, i64)]) -> Result<Self, NoApr> {
        let paid = payments.iter().try_fold(0_i64, |sum, (_, minor)| sum.checked_add(*minor));
        let paid = paid.ok_or(NoApr::NotComputable)?;
        let flows = advanced_minor > 0 && paid > 0 && per_year > 0;
        if !flows || payments.iter().any(|(_, minor)| *minor < 0) {
            return Err(NoApr::NothingFlows);
        }
        if paid > super::FLOWS_MINOR_MAX {
            return Err(NoApr::NotComputable);
        }
        let lengths: Vec<(u128, i128)> = payments
            .iter()
            .map(|(period, minor)| (period.years(per_year), i128::from(*minor) << 64))
            .collect();
        let cost_minor =
            paid.checked_sub(advanced_minor).filter(|cost| *cost >= 0).ok_or(NoApr::BelowZero)?;
        let rate = rising(ONE / 10, |rate| left(advanced_minor, &lengths, rate))?;
        let term: u128 = lengths.iter().map(|(years, _)| years).sum();
        let units = rate.checked_mul(Apr::UNITS).ok_or(NoApr::NotComputable)?;
        Ok(Self {
            apr: Apr::from_units((units + (ONE >> 1)) >> 64)?,
            cost_minor,
            term_hundredths: u32::try_from((term * 100 + (ONE >> 1)) >> 64)
                .map_err(|_| NoApr::NotComputable)?,
            average_principal_minor: average(cost_minor, rate, term)?,
        })
    }
}

/// How long a period is: whole ones, and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterestPeriod {
    /// Whole periods, of which a year has as many as payments.
    pub whole: u32,
    /// Days besides.
    pub days: u32,
}

impl InterestPeriod {
    fn years(self, per_year: u32) -> u128 {
        ONE * u128::from(self.whole) / u128::from(per_year) + ONE * u128::from(self.days) / 365
    }
}

/// What is paid above what is owed at the end: rising with the rate as what is owed rises, so owed less paid.
fn left(advanced_minor: i64, lengths: &[(u128, i128)], rate: u128) -> Option<i128> {
    const LARGE: i128 = 1 << 124;
    let mut owed = i128::from(advanced_minor) << 64;
    for (years, payment) in lengths {
        let period = times(i128::try_from(rate).ok()?, *years)?.unsigned_abs();
        owed = owed.checked_add(times(owed, period)?)?.checked_sub(*payment)?;
        // Owed or paid far beyond all sums: later payments do not change the side.
        if owed.abs() > LARGE {
            return Some(owed);
        }
    }
    Some(owed)
}

/// C / (T × APR).
fn average(cost_minor: i64, rate: u128, term: u128) -> Result<i64, NoApr> {
    if rate == 0 {
        return Ok(0);
    }
    let charged = times(i128::try_from(rate).map_err(|_| NoApr::NotComputable)?, term);
    let charged = charged.ok_or(NoApr::NotComputable)?.unsigned_abs().max(1);
    let cost = u128::from(cost_minor.unsigned_abs()) << 64;
    i64::try_from((cost + charged / 2) / charged).map_err(|_| NoApr::NotComputable)
}

/// What of the charges is refunded when the whole loan is repaid early: A × (n − m)/n (s. 11(2)(b)), rounded to the
/// nearest minor unit. `all` and `passed` are in the same unit of time; nothing is refunded from the end on.
pub fn prepayment_refund_minor(charges_minor: i64, all: u32, passed: u32) -> i64 {
    let charges = u128::try_from(charges_minor).unwrap_or(0);
    let left = u128::from(all.saturating_sub(passed));
    let refund = crate::Rounding::HalfUp.divide(charges.saturating_mul(left), u128::from(all.max(1)));
    refund.and_then(|refund| i64::try_from(refund).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(count: u32, minor: i64) -> Vec<(InterestPeriod, i64)> {
        vec![(InterestPeriod { whole: 1, days: 0 }, minor); usize::try_from(count).unwrap()]
    }

    #[test]
    fn what_costs_nothing_has_a_rate_of_zero() {
        let cost = CostOfBorrowing::of(1_200_00, 12, &months(12, 100_00)).unwrap();
        assert_eq!((cost.apr.units(), cost.cost_minor, cost.average_principal_minor), (0, 0, 0));
        assert_eq!(cost.term_hundredths, 100);
    }

    #[test]
    fn what_flows_backwards_or_not_at_all_has_none() {
        assert_eq!(CostOfBorrowing::of(1_200_01, 12, &months(12, 100_00)), Err(NoApr::BelowZero));
        assert_eq!(CostOfBorrowing::of(0, 12, &months(12, 100_00)), Err(NoApr::NothingFlows));
        assert_eq!(CostOfBorrowing::of(1, 0, &months(12, 100_00)), Err(NoApr::NothingFlows));
        assert_eq!(CostOfBorrowing::of(1, 12, &months(12, -1)), Err(NoApr::NothingFlows));
        assert_eq!(CostOfBorrowing::of(1, 12, &months(12, i64::MAX)), Err(NoApr::NotComputable));
    }

    #[test]
    fn a_rate_above_any_cap_is_still_found() {
        // Payday: 300 for two weeks at 14 % of the advance.
        let payments = [(InterestPeriod { whole: 0, days: 14 }, 342_00)];
        assert_eq!(CostOfBorrowing::of(300_00, 12, &payments).unwrap().apr.percent(2), "365.00");
    }

    #[test]
    fn charges_are_refunded_by_the_time_that_is_left() {
        assert_eq!(prepayment_refund_minor(300_00, 36, 14), 183_33);
        assert_eq!(prepayment_refund_minor(300_00, 36, 40), 0);
        assert_eq!(prepayment_refund_minor(300_00, 0, 0), 0);
    }
}
