//! The instalments that are still to come.

use std::sync::Arc;

use florin_kernel::{Amount, Money};
use jiff::civil::Date;

use super::Rescheduling;
use crate::meter::Meter;
use crate::schedule::{Period, Remaining, level_anew, periods, simple_rate};
use crate::{Amortization, PaymentRule, Rate, Refused, Schedule, Terms};

/// Periods, the one that runs, and what an instalment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) terms: Terms,
    pub(super) meter: Meter,
    pub(super) payment_minor: i64,
    periods: Arc<[Period]>,
    /// The period that runs; past the last one, interest on what is overdue goes on period by period.
    index: usize,
    current: Option<Period>,
}

impl Plan {
    pub(super) fn of(terms: &Terms) -> Result<Self, Refused> {
        let schedule = Schedule::of(terms)?;
        Self::with(terms, schedule.payment_minor())
    }

    fn with(terms: &Terms, payment_minor: i64) -> Result<Self, Refused> {
        let periods: Arc<[Period]> = periods(terms)?.into();
        let meter = Meter::new(simple_rate(terms)?, terms.day_count, terms.rounding);
        let current = periods.first().copied();
        Ok(Self { terms: *terms, meter, payment_minor, periods, index: 0, current })
    }

    /// The period that runs; none at the end of the calendar.
    pub(super) const fn current(&self) -> Option<&Period> {
        self.current.as_ref()
    }

    /// Whether the period that runs ends with the last instalment, or there is no instalment left.
    pub(super) fn is_last(&self) -> bool {
        self.index + 1 >= self.periods.len()
    }

    /// Whether the period that runs ends with an instalment at all.
    pub(super) fn is_scheduled(&self) -> bool {
        self.index < self.periods.len()
    }

    /// Whether the period that runs ends with an instalment for interest alone.
    pub(super) fn is_interest_only(&self) -> bool {
        self.index < usize::from(self.terms.interest_only)
    }

    pub(super) fn matures_on(&self) -> Option<Date> {
        self.periods.last().map(|last| last.due_on)
    }

    /// Goes on to the next period.
    pub(super) fn next(&mut self) {
        let from = self.current.map(|period| period.due_on);
        self.index = self.index.saturating_add(1);
        self.current = match (self.periods.get(self.index), from) {
            (Some(period), _) => Some(*period),
            (None, Some(from)) => self.beyond(from),
            (None, None) => None,
        };
    }

    /// A period after maturity.
    fn beyond(&self, from: Date) -> Option<Period> {
        let terms = &self.terms;
        let unadjusted = terms.due_day(u32::try_from(self.index).ok()?)?;
        let due_on = terms.calendar.adjust(unadjusted, terms.convention);
        let fraction = if terms.day_count.has_even_months() {
            terms.day_count.denominator() / u64::from(terms.frequency.per_year())
        } else {
            terms.day_count.fraction(from, due_on)
        };
        (due_on > from).then_some(Period { from, due_on, fraction })
    }

    /// Another rate from now on, `seen` of the running period being past; instalments are level anew.
    pub(super) fn change_rate(&mut self, rate: Rate, principal_minor: i64, seen: u64) -> Option<()> {
        let terms = Terms { annual_rate: rate, ..self.terms };
        self.meter = Meter::new(simple_rate(&terms).ok()?, terms.day_count, terms.rounding);
        self.terms = terms;
        self.level(principal_minor, seen);
        Some(())
    }

    /// Makes instalments level anew for what is owed now; where they are not level, or none can be computed, they stay.
    pub(super) fn level(&mut self, principal_minor: i64, seen: u64) {
        let Some(current) = self.current else { return };
        if self.terms.payment != PaymentRule::Computed || !self.is_scheduled() || principal_minor == 0 {
            return;
        }
        let Ok(rate) = simple_rate(&self.terms) else { return };
        let remaining = Remaining {
            principal_minor,
            now: current.fraction.saturating_sub(seen),
            later: self.periods.get(self.index + 1..).unwrap_or_default(),
            interest_only: usize::from(self.terms.interest_only).saturating_sub(self.index),
        };
        let payment = level_anew(&self.terms, rate, &remaining);
        self.payment_minor = payment.filter(|payment| *payment > 0).unwrap_or(self.payment_minor);
    }

    /// The instalments of a loan that is rescheduled on `on`: like those before where they can be, and in equal parts of
    /// the principal where a level payment would not repay it. None when nothing is left to pay.
    pub(super) fn rescheduled(&self, on: Date, how: Rescheduling, principal_minor: i64) -> Option<Self> {
        let terms = self.terms_rescheduled(on, how, principal_minor)?;
        let level = Self::of(&terms);
        level.ok().or_else(|| {
            let terms = Terms { amortization: Amortization::EqualPrincipal, ..terms };
            let part = principal_minor / i64::from(how.instalments.max(1));
            Self::with(&terms, part.max(1)).ok()
        })
    }

    fn terms_rescheduled(&self, on: Date, how: Rescheduling, principal_minor: i64) -> Option<Terms> {
        let principal = Amount::new(Money::new(principal_minor, self.terms.principal.currency())).ok()?;
        let amortization = match self.terms.amortization {
            kept @ (Amortization::EqualPrincipal | Amortization::InterestOnly) => kept,
            Amortization::Level | Amortization::Balloon(_) | Amortization::Over(_) => Amortization::Level,
        };
        Some(Terms {
            principal,
            amortization,
            instalments: how.instalments,
            interest_only: 0,
            payment: PaymentRule::Computed,
            started_on: on,
            first_due_on: how.first_due_on,
            ..self.terms
        })
    }

    /// Refuses a rescheduling whose days no plan can follow, whatever is owed then.
    pub(super) fn check(&self, on: Date, how: Rescheduling) -> Result<(), Refused> {
        let terms = self.terms_rescheduled(on, how, 1).ok_or(Refused::NotComputable)?;
        terms.check()?;
        periods(&terms).map(drop)
    }
}
