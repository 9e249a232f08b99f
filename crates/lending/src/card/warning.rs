//! The minimum-payment warning: how long a balance takes when only the minimum is paid.
//!
//! 12 CFR 1026.7(b)(12), Appendices M1 and M2: no new charges, no missed payment, rates as they are (a promotional one
//! until it ends), the minimum to the balance with the lowest rate first. A month bears a twelfth of the yearly rate,
//! rounded on each balance.

use super::MinimumPayment;
use crate::fixed::Fixed;
use crate::schedule::level_of;
use crate::{Rate, Rounding};

/// A balance with its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateBalance {
    /// In minor units, zero or above.
    pub minor: i64,
    /// The yearly rate.
    pub rate: Rate,
    /// A promotional rate, and for how many months it still holds.
    pub promotion: Option<(Rate, u32)>,
}

/// Whether a month's interest comes before its payment or after it. The regulation tolerates both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Timing {
    /// Interest, then payment: never shorter than it will be.
    #[default]
    AccrueThenPay,
    /// Payment, then interest.
    PayThenAccrue,
}

/// What is to be told. Sums are in minor units, exact; the form rounds costs to whole dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimumWarning {
    /// Months until nothing is owed, paying the minimum.
    pub months: u32,
    /// All payments until then.
    pub total_minor: i64,
    /// Repaying within 36 months; none when the minimum alone does that.
    pub within_36: Option<Payoff36>,
}

/// Repaying within 36 months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payoff36 {
    /// The monthly payment.
    pub payment_minor: i64,
    /// All of them.
    pub total_minor: i64,
    /// What is saved against paying the minimum; zero at least.
    pub savings_minor: i64,
}

/// A time as the form says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Under two years.
    Months(u32),
    /// To the nearest year.
    Years(u32),
}

/// Longer than this is not estimated: the minimum does not repay the balance.
const MONTHS_MAX: u32 = 1_200;

impl MinimumWarning {
    /// The warning for these balances; `None` when paying the minimum never repays them.
    pub fn of(balances: &[RateBalance], minimum: &MinimumPayment, timing: Timing) -> Option<Self> {
        let mut balances = balances.to_vec();
        let at_first = balances.clone();
        let (mut months, mut total_minor) = (0, 0_i64);
        while owed(&balances) > 0 {
            if months >= MONTHS_MAX {
                return None;
            }
            let costs = interest(&balances, months);
            if timing == Timing::AccrueThenPay {
                accrue(&mut balances, months);
            }
            let payment = minimum.of(owed(&balances), costs);
            pay(&mut balances, months, payment);
            total_minor = total_minor.checked_add(payment)?;
            if timing == Timing::PayThenAccrue {
                accrue(&mut balances, months);
            }
            months += 1;
        }
        let within_36 = if months > 36 { Some(Payoff36::of(&at_first, total_minor)?) } else { None };
        Some(Self { months, total_minor, within_36 })
    }

    /// The time as the form says it: months under two years, else to the nearest year.
    pub const fn until(&self) -> Until {
        if self.months < 24 { Until::Months(self.months) } else { Until::Years((self.months + 6) / 12) }
    }
}

impl Payoff36 {
    /// The level payment over 36 months at the rate that the balances bear together, a promotional rate weighing as the
    /// months for which it holds (Appendix M2).
    fn of(balances: &[RateBalance], by_minimum: i64) -> Option<Self> {
        let principal = owed(balances);
        let mut weighed = 0_u128;
        for balance in balances {
            let (promotional, months) = balance.promotion.unwrap_or((balance.rate, 0));
            let months = u128::from(months.min(36));
            let rate =
                u128::from(promotional.ppb()) * months + u128::from(balance.rate.ppb()) * (36 - months);
            weighed = weighed.checked_add(rate.checked_mul(u128::try_from(balance.minor).ok()?)?)?;
        }
        let monthly =
            Fixed::ratio(weighed, u128::try_from(principal).ok()?.checked_mul(36 * 12 * 1_000_000_000)?)?;
        let payment_minor = level_of(principal, Fixed::ONE.plus(monthly)?, 36, Rounding::HalfUp)?;
        let total_minor = payment_minor.checked_mul(36)?;
        Some(Self {
            payment_minor,
            total_minor,
            savings_minor: by_minimum.saturating_sub(total_minor).max(0),
        })
    }
}

/// A balance rounded up to the next hundred, as SOR/2021-181, s. 66, has it estimated; `per_major` is 100 for cents.
pub fn balance_for_canada(minor: i64, per_major: i64) -> i64 {
    let hundred = per_major.saturating_mul(100).max(1);
    minor.max(0).saturating_add(hundred - 1) / hundred * hundred
}

fn owed(balances: &[RateBalance]) -> i64 {
    balances.iter().fold(0_i64, |sum, balance| sum.saturating_add(balance.minor.max(0)))
}

fn rate_in(balance: &RateBalance, month: u32) -> Rate {
    balance.promotion.filter(|(_, months)| month < *months).map_or(balance.rate, |(rate, _)| rate)
}

fn monthly(balance: &RateBalance, month: u32) -> i64 {
    let product = u128::try_from(balance.minor).unwrap_or(0) * u128::from(rate_in(balance, month).ppb());
    let interest = Rounding::HalfUp.divide(product, 12 * 1_000_000_000);
    interest.and_then(|interest| i64::try_from(interest).ok()).unwrap_or(i64::MAX)
}

fn interest(balances: &[RateBalance], month: u32) -> i64 {
    balances.iter().fold(0_i64, |sum, balance| sum.saturating_add(monthly(balance, month)))
}

fn accrue(balances: &mut [RateBalance], month: u32) {
    for balance in balances {
        balance.minor = balance.minor.saturating_add(monthly(balance, month));
    }
}

fn pay(balances: &mut [RateBalance], month: u32, payment: i64) {
    balances.sort_by_key(|balance| rate_in(balance, month));
    let mut left = payment;
    for balance in balances {
        let part = left.min(balance.minor.max(0));
        balance.minor = balance.minor.saturating_sub(part);
        left = left.saturating_sub(part);
    }
}
