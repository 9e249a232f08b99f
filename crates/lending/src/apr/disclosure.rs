//! What a borrower is told before the loan: Regulation Z, 12 CFR 1026.18, and SOR/2021-181.

use florin_kernel::Money;

use super::canada::{CostOfBorrowing, InterestPeriod};
use super::{Apr, Charge, Equation, FLOWS_MINOR_MAX, Flow, NoApr, Span, UnitPeriod};
use crate::{Schedule, Terms};

/// The cost of a loan, as it is disclosed. Every sum is in the loan's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The annual percentage rate by the actuarial method of Appendix J.
    pub apr: Apr,
    /// The finance charge: what the credit costs.
    pub finance_charge: Money,
    /// The amount financed: the principal less prepaid finance charges.
    pub amount_financed: Money,
    /// All payments of interest and principal.
    pub total_of_payments: Money,
    /// What the borrower gets: the principal less every charge.
    pub paid_out: Money,
}

impl Disclosure {
    /// What these terms and their schedule cost, with these charges taken out of the principal; `real_estate` is whether
    /// real property secures the loan.
    ///
    /// Minor irregularities are left aside as Appendix J (b)(2) and 1026.17(c)(3) allow: a due day that moved off a
    /// holiday counts where it would have been. Escrow is no part of it.
    ///
    /// # Errors
    /// [`NoApr::NothingFlows`] where the charges take the whole principal, and the others as [`Equation::apr`].
    pub fn of(
        terms: &Terms,
        schedule: &Schedule,
        charges: &[Charge],
        real_estate: bool,
    ) -> Result<Self, NoApr> {
        let currency = schedule.currency();
        let principal = terms.principal.minor();
        let prepaid = sum(charges, |charge| charge.kind.is_finance_charge(real_estate))?;
        let all = sum(charges, |_| true)?;
        let financed = principal.checked_sub(prepaid).ok_or(NoApr::NotComputable)?;
        let total = schedule.total_of_payments().minor();
        let charge = total.checked_sub(financed).ok_or(NoApr::NotComputable)?;
        let money = |minor| Money::new(minor, currency);
        Ok(Self {
            apr: equation(terms, schedule, financed).apr()?,
            finance_charge: money(charge),
            amount_financed: money(financed),
            total_of_payments: money(total),
            paid_out: money(principal.checked_sub(all).ok_or(NoApr::NotComputable)?),
        })
    }
}

impl CostOfBorrowing {
    /// The Canadian cost of borrowing of a loan on these terms, with these charges taken out of the principal.
    ///
    /// Where interest is the only cost, the rate is the annual interest rate (s. 32).
    ///
    /// # Errors
    /// [`NoApr`].
    pub fn of_loan(terms: &Terms, schedule: &Schedule, charges: &[Charge]) -> Result<Self, NoApr> {
        let deducted = sum(charges, |charge| charge.kind.is_cost_of_borrowing())?;
        let advanced = terms.principal.minor().checked_sub(deducted).ok_or(NoApr::NotComputable)?;
        let first = UnitPeriod::of(terms.frequency).between(terms.started_on, terms.first_due_on);
        let mut period = InterestPeriod { whole: first.whole, days: days_of(terms, first) };
        let mut payments = Vec::with_capacity(schedule.instalments().len());
        for instalment in schedule.instalments() {
            payments.push((period, instalment.payment_minor()));
            period = InterestPeriod { whole: 1, days: 0 };
        }
        let cost = Self::of(advanced, terms.frequency.per_year(), &payments)?;
        if deducted > 0 {
            return Ok(cost);
        }
        let apr = Apr::from_units(u128::from(terms.annual_rate.ppb()) * 1_000)?;
        Ok(Self { apr, ..cost })
    }
}

/// The days of a span's fraction: its denominator is days for weeks, and thirtieths of a month stand for days.
fn days_of(terms: &Terms, span: Span) -> u32 {
    match UnitPeriod::of(terms.frequency) {
        // Twelfths of a year are months.
        UnitPeriod::Year if span.of == 12 => span.part * 365 / 12,
        _ => span.part,
    }
}

fn sum(charges: &[Charge], counts: impl Fn(&Charge) -> bool) -> Result<i64, NoApr> {
    let mut sum = 0_i64;
    for charge in charges {
        if !(1..=FLOWS_MINOR_MAX).contains(&charge.minor) {
            return Err(NoApr::NothingFlows);
        }
        if counts(charge) {
            sum = sum.checked_add(charge.minor).ok_or(NoApr::NotComputable)?;
        }
    }
    Ok(sum)
}

fn equation(terms: &Terms, schedule: &Schedule, financed: i64) -> Equation {
    let from = terms.started_on;
    let advances = vec![Flow { minor: financed, at: Span { whole: 0, part: 0, of: 1 } }];
    if let [only] = schedule.instalments() {
        let unit = UnitPeriod::of_single(from, only.due_on);
        let payments = vec![Flow { minor: only.payment_minor(), at: unit.between(from, only.due_on) }];
        return Equation { per_year: unit.per_year(), advances, payments };
    }
    let unit = UnitPeriod::of(terms.frequency);
    let first = unit.between(from, terms.first_due_on);
    let mut payments = Vec::with_capacity(schedule.instalments().len());
    let paid = schedule.instalments().iter().zip(0_u32..);
    for (instalment, later) in paid.filter(|(instalment, _)| instalment.payment_minor() > 0) {
        let at = Span { whole: first.whole.saturating_add(later), ..first };
        payments.push(Flow { minor: instalment.payment_minor(), at });
    }
    Equation { per_year: unit.per_year(), advances, payments }
}
