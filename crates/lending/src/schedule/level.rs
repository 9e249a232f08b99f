//! How much an equal instalment is.

use crate::fixed::{Fixed, times};
use crate::schedule::periods::Period;
use crate::{Amortization, Frequency, PaymentRule, Refused, Rounding, SimpleRate, Terms};

/// The regular payment of these terms, in minor units.
pub(super) fn payment(terms: &Terms, rate: SimpleRate, periods: &[Period]) -> Result<i64, Refused> {
    let principal = terms.principal.minor();
    let skipped = usize::from(terms.interest_only);
    match (terms.payment, terms.amortization) {
        (PaymentRule::Agreed(payment), _) => return Ok(payment.minor()),
        (PaymentRule::Accelerated, Amortization::Level | Amortization::Over(_)) => return accelerated(terms),
        (PaymentRule::Accelerated, _) => return Err(Refused::NotAccelerable),
        (PaymentRule::Computed, Amortization::InterestOnly) => return Ok(0),
        (PaymentRule::Computed, Amortization::EqualPrincipal) => {
            let parts = u128::from(terms.instalments - terms.interest_only);
            let part = terms.rounding.divide(u128::try_from(principal).unwrap_or(0), parts);
            return part.and_then(|part| i64::try_from(part).ok()).ok_or(Refused::NotComputable);
        }
        (PaymentRule::Computed, _) => {}
    }
    let mut growths = Growths::new(rate, terms.day_count.denominator());
    let mut solution = Solution::new();
    for period in periods.iter().skip(skipped) {
        solution
            .period(growths.of(period.fraction).ok_or(Refused::NotComputable)?)
            .ok_or(Refused::NotComputable)?;
    }
    let mut balloon = 0;
    match terms.amortization {
        Amortization::Over(all) => {
            // The days of periods that are not scheduled are not known: an even part of a year each.
            let regular = rate.growth(1, u64::from(terms.frequency.per_year()));
            for _ in terms.instalments..all {
                solution.period(regular.ok_or(Refused::NotComputable)?).ok_or(Refused::NotComputable)?;
            }
        }
        Amortization::Balloon(amount) => balloon = amount.minor(),
        Amortization::Level | Amortization::EqualPrincipal | Amortization::InterestOnly => {}
    }
    solution.payment(principal, balloon, terms.rounding)
}

/// What is level anew within a loan's life: the periods that remain, and what they leave.
pub(crate) struct Remaining<'a> {
    pub(crate) principal_minor: i64,
    /// The part of the current period that is left, over the day count's denominator.
    pub(crate) now: u64,
    /// The periods after it.
    pub(crate) later: &'a [Period],
    /// Instalments for interest alone that come first.
    pub(crate) interest_only: usize,
}

/// The level payment of what remains; `None` when none can be computed.
pub(crate) fn level_anew(terms: &Terms, rate: SimpleRate, remaining: &Remaining<'_>) -> Option<i64> {
    let (all, balloon) = match terms.amortization {
        Amortization::Level => (terms.instalments, 0),
        Amortization::Over(all) => (all, 0),
        Amortization::Balloon(balloon) => (terms.instalments, balloon.minor()),
        Amortization::EqualPrincipal | Amortization::InterestOnly => return None,
    };
    let mut growths = Growths::new(rate, terms.day_count.denominator());
    let mut solution = Solution::new();
    let fractions =
        std::iter::once(remaining.now).chain(remaining.later.iter().map(|period| period.fraction));
    for fraction in fractions.skip(remaining.interest_only) {
        solution.period(growths.of(fraction)?)?;
    }
    let regular = rate.growth(1, u64::from(terms.frequency.per_year()))?;
    for _ in terms.instalments..all {
        solution.period(regular)?;
    }
    solution.payment(remaining.principal_minor, balloon, terms.rounding).ok()
}

/// The level payment over so many periods that all grow alike; `None` when it cannot be computed.
pub(crate) fn level_of(principal_minor: i64, growth: Fixed, periods: u32, rounding: Rounding) -> Option<i64> {
    let mut solution = Solution::new();
    for _ in 0..periods {
        solution.period(growth)?;
    }
    solution.payment(principal_minor, 0, rounding).ok()
}

/// A half or a quarter of the monthly payment over the same years.
fn accelerated(terms: &Terms) -> Result<i64, Refused> {
    let per_year = terms.frequency.per_year();
    let all = match terms.amortization {
        Amortization::Over(all) => all,
        _ => terms.instalments,
    };
    let months = (u32::from(all) * 12).div_ceil(per_year).max(1);
    let growth = terms
        .annual_rate
        .simple(terms.compounding, Frequency::Monthly.per_year())
        .and_then(|rate| rate.growth(1, 12))
        .ok_or(Refused::NotComputable)?;
    let monthly =
        level_of(terms.principal.minor(), growth, months, terms.rounding).ok_or(Refused::NotComputable)?;
    let parts = if terms.frequency == Frequency::Weekly { 4 } else { 2 };
    let part = terms.rounding.divide(u128::try_from(monthly).unwrap_or(0), parts);
    part.and_then(|part| i64::try_from(part).ok()).ok_or(Refused::NotComputable)
}

/// Factors of growth by fraction: most periods of a schedule have one of a few lengths.
struct Growths {
    rate: SimpleRate,
    of: u64,
    known: [(u64, Fixed); 4],
    next: usize,
}

impl Growths {
    fn new(rate: SimpleRate, of: u64) -> Self {
        Self { rate, of, known: [(0, Fixed::ONE); 4], next: 0 }
    }

    fn of(&mut self, fraction: u64) -> Option<Fixed> {
        if let Some((_, growth)) = self.known.iter().find(|(known, _)| *known == fraction) {
            return Some(*growth);
        }
        let growth = self.rate.growth(fraction, self.of)?;
        if let Some(slot) = self.known.get_mut(self.next) {
            *slot = (fraction, growth);
        }
        self.next = (self.next + 1) % self.known.len();
        Some(growth)
    }
}

/// What one lent and one paid each period have become: their ratio is the payment of a unit of principal.
///
/// All three are scaled down together before they grow too large, which leaves their ratios.
struct Solution {
    lent: u128,
    paid: u128,
    unit: u128,
}

const LARGE: u32 = 116;

impl Solution {
    fn new() -> Self {
        Self { lent: Fixed::ONE.bits(), paid: 0, unit: Fixed::ONE.bits() }
    }

    fn period(&mut self, growth: Fixed) -> Option<()> {
        self.lent = times(self.lent, growth.bits())?;
        self.paid = times(self.paid, growth.bits())?.checked_add(self.unit)?;
        while (self.lent | self.paid) >> LARGE != 0 {
            self.lent >>= 8;
            self.paid >>= 8;
            self.unit >>= 8;
        }
        Some(())
    }

    /// (principal × lent − balloon) / paid.
    fn payment(&self, principal_minor: i64, balloon_minor: i64, rounding: Rounding) -> Result<i64, Refused> {
        // 80 bits keep 24 digits, and leave 48 for the principal, which has at most 44.
        let shift = (128 - (self.lent | self.paid).leading_zeros()).saturating_sub(80);
        let (lent, paid, unit) = (self.lent >> shift, self.paid >> shift, self.unit >> shift);
        let owed = u128::try_from(principal_minor).ok().and_then(|principal| principal.checked_mul(lent));
        let balloon = u128::try_from(balloon_minor).ok().and_then(|balloon| balloon.checked_mul(unit));
        let (Some(owed), Some(balloon)) = (owed, balloon) else { return Err(Refused::NotComputable) };
        let repaid = owed.checked_sub(balloon).ok_or(Refused::BalloonTooLarge)?;
        let payment = rounding.divide(repaid, paid).ok_or(Refused::NotComputable)?;
        i64::try_from(payment).map_err(|_| Refused::NotComputable)
    }
}
