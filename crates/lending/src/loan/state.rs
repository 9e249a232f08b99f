//! Where a loan stands on a day: a fold over what happened to it.

use jiff::civil::Date;

use super::allocation::settle;
use super::plan::Plan;
use super::{Component, Due, Figures, Parts, Servicing};
use crate::meter::Accrued;
use crate::schedule::{fraction_until, parts};
use crate::{Refused, Terms};

/// Where a loan stands at a moment of a business day: after what that day began with (interest to the day, the
/// instalment that falls due, late fees) and those of its events that were applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanState {
    pub(super) on: Date,
    pub(super) plan: Plan,
    pub(super) dues: Vec<Due>,
    /// Principal that is not due yet.
    pub(super) undue_minor: i64,
    pub(super) interest: Unbilled,
    /// Principal paid ahead that counts towards instalments to come.
    pub(super) ahead_minor: i64,
    pub(super) written_off_on: Option<Date>,
    /// Sums without the interest of the running period.
    pub(super) closed: Figures,
    pub(super) billed: u16,
    /// What has fallen due in all, whether it was paid or not.
    pub(super) fell_due: Parts,
}

/// Interest that no instalment has asked for yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Unbilled {
    /// Of the running period, not rounded.
    pub(super) accrued: Accrued,
    /// How much of the running period it is for.
    pub(super) seen: u64,
    /// Of earlier periods, beyond what their instalments could hold; it bears no interest.
    pub(super) deferred_minor: i64,
    /// What of both is paid already.
    pub(super) paid_minor: i64,
}

/// Whether and how a loan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Something is owed.
    Open,
    /// Nothing is owed.
    PaidOff,
    /// Nothing is expected since this day.
    WrittenOff(Date),
}

impl LoanState {
    pub(super) fn open(terms: &Terms) -> Result<Self, Refused> {
        let principal = terms.principal.minor();
        Ok(Self {
            on: terms.started_on,
            plan: Plan::of(terms)?,
            dues: Vec::new(),
            undue_minor: principal,
            interest: Unbilled::default(),
            ahead_minor: 0,
            written_off_on: None,
            closed: Figures { earned: Parts::one(Component::Principal, principal), ..Figures::default() },
            billed: 0,
            fell_due: Parts::default(),
        })
    }

    /// The business day.
    pub const fn on(&self) -> Date {
        self.on
    }

    /// What has fallen due and is open, the oldest first.
    pub fn dues(&self) -> &[Due] {
        &self.dues
    }

    /// What has fallen due since the loan was paid out, charges included, whether it was paid or not.
    pub const fn fell_due(&self) -> Parts {
        self.fell_due
    }

    /// The yearly rate from now on.
    pub const fn annual_rate(&self) -> crate::Rate {
        self.plan.terms.annual_rate
    }

    /// Principal that is not due yet, in minor units.
    pub const fn undue_minor(&self) -> i64 {
        self.undue_minor
    }

    /// The regular payment of interest and principal from now on, in minor units.
    pub const fn payment_minor(&self) -> i64 {
        self.plan.payment_minor
    }

    /// When the next instalment falls due; none when nothing is left to fall due.
    pub fn next_due_on(&self) -> Option<Date> {
        if self.runs() { self.plan.current().map(|period| period.due_on) } else { None }
    }

    /// When the last instalment falls due.
    pub fn matures_on(&self) -> Option<Date> {
        self.plan.matures_on()
    }

    /// Whether and how it ended.
    pub fn standing(&self) -> Standing {
        match self.written_off_on {
            Some(on) => Standing::WrittenOff(on),
            None if self.owed().total() == 0 => Standing::PaidOff,
            None => Standing::Open,
        }
    }

    /// What the borrower owes today, due or not: counted from what is open.
    pub fn owed(&self) -> Parts {
        let due = self.dues.iter().fold(Parts::default(), |sum, due| sum.plus(due.open));
        due.plus(Parts { principal: self.undue_minor, interest: self.unbilled_minor(), ..Parts::default() })
    }

    /// The sums since the loan was paid out, with interest to the day.
    pub fn figures(&self) -> Figures {
        let mut figures = self.closed;
        figures.earned.interest = figures.earned.interest.saturating_add(self.accrued_minor());
        figures
    }

    /// Interest of the running period so far, rounded.
    pub(super) fn accrued_minor(&self) -> i64 {
        self.plan.meter.minor(self.interest.accrued).unwrap_or(i64::MAX)
    }

    /// Interest that is owed and not due.
    pub(super) fn unbilled_minor(&self) -> i64 {
        let owed = self.accrued_minor().saturating_add(self.interest.deferred_minor);
        owed.saturating_sub(self.interest.paid_minor)
    }

    /// What bears interest.
    pub(super) fn basis_minor(&self, servicing: &Servicing) -> i64 {
        let overdue = if servicing.overdue_bears_interest {
            self.dues.iter().fold(0_i64, |sum, due| sum.saturating_add(due.open.principal))
        } else {
            0
        };
        self.undue_minor.saturating_add(overdue)
    }

    /// Goes on to the beginning of `day`; `None` when interest grows beyond what can be computed.
    pub(super) fn roll(&mut self, servicing: &Servicing, day: Date) -> Option<()> {
        while self.on < day {
            let stop = self.next_stop(servicing).filter(|stop| *stop <= day);
            let next = stop.unwrap_or(day);
            self.accrue(servicing, next)?;
            self.on = next;
            if self.next_due_on() == Some(next) {
                self.bill(servicing)?;
            }
            self.charge_lateness(servicing);
        }
        Some(())
    }

    /// The next day on which more happens than interest.
    pub(super) fn next_stop(&self, servicing: &Servicing) -> Option<Date> {
        let late = self.dues.iter().filter_map(|due| late_on(servicing, due)).filter(|late| *late > self.on);
        late.chain(self.next_due_on()).min()
    }

    /// Whether anything is left that falls due or bears interest.
    fn runs(&self) -> bool {
        self.written_off_on.is_none()
            && (self.undue_minor > 0
                || self.unbilled_minor() > 0
                || self.dues.iter().any(|due| due.open.principal > 0))
    }

    fn accrue(&mut self, servicing: &Servicing, to: Date) -> Option<()> {
        let Some(period) = self.plan.current() else { return Some(()) };
        if !self.runs() {
            return Some(());
        }
        let seen = fraction_until(self.plan.terms.day_count, period, to);
        let fraction = seen.saturating_sub(self.interest.seen);
        let interest = self.plan.meter.measure(self.basis_minor(servicing), fraction)?;
        self.interest.accrued = self.interest.accrued.plus(interest)?;
        self.interest.seen = seen;
        self.plan.meter.minor(self.interest.accrued).map(drop)
    }

    /// The running period ends: its interest is rounded, and its instalment falls due.
    fn bill(&mut self, servicing: &Servicing) -> Option<()> {
        let accrued = self.accrued_minor();
        let owed = accrued.checked_add(self.interest.deferred_minor)?;
        let open = owed.saturating_sub(self.interest.paid_minor);
        let (interest, principal) = self.instalment(owed, open);
        self.closed.earned.interest = self.closed.earned.interest.checked_add(accrued)?;
        self.interest = Unbilled { deferred_minor: open.saturating_sub(interest), ..Unbilled::default() };
        let escrow =
            if self.undue_minor > 0 && self.plan.is_scheduled() { self.plan.terms.escrow_minor } else { 0 };
        self.closed.earned.escrow = self.closed.earned.escrow.checked_add(escrow)?;
        self.undue_minor = self.undue_minor.saturating_sub(principal);
        self.plan.next();
        let open = Parts { interest, escrow, principal, ..Parts::default() };
        if open.total() > 0 {
            self.billed = self.billed.saturating_add(1);
            let number = Some(self.billed);
            self.fell_due = self.fell_due.plus(open);
            self.dues.push(Due { number, due_on: self.on, open, late_charged: false });
            self.settle_held(servicing);
        }
        Some(())
    }

    /// Interest and principal of the instalment that falls due, of `owed` interest in all and `open` unpaid.
    fn instalment(&mut self, owed: i64, open: i64) -> (i64, i64) {
        if self.plan.is_last() {
            self.ahead_minor = 0;
            return (open, self.undue_minor);
        }
        let terms = &self.plan.terms;
        let (interest, principal) = if self.plan.is_interest_only() {
            (owed, 0)
        } else {
            // What was paid ahead was principal of this instalment, so that it may be more than what is left.
            parts(terms, self.plan.payment_minor, owed, self.undue_minor.saturating_add(self.ahead_minor))
        };
        let interest = interest.saturating_sub(self.interest.paid_minor).max(0);
        let used = self.ahead_minor.min(principal);
        let principal = principal.saturating_sub(used).min(self.undue_minor);
        let covered = self.ahead_minor.saturating_sub(used).min(interest);
        self.ahead_minor = self.ahead_minor.saturating_sub(used).saturating_sub(covered);
        (interest.saturating_sub(covered), principal)
    }

    /// Pays what is due from what is held.
    pub(super) fn settle_held(&mut self, servicing: &Servicing) {
        let settled = settle(&servicing.order, &mut self.dues, self.on, self.closed.held);
        self.closed.held = self.closed.held.saturating_sub(settled.total());
        self.closed.paid = self.closed.paid.plus(settled);
        self.drop_settled();
    }

    pub(super) fn drop_settled(&mut self) {
        self.dues.retain(|due| due.open.total() > 0);
    }

    /// Charges what is late since today.
    fn charge_lateness(&mut self, servicing: &Servicing) {
        let Some(late_fee) = servicing.late_fee else { return };
        for due in &mut self.dues {
            let open = due.open.interest.saturating_add(due.open.principal).saturating_add(due.open.escrow);
            let is_late = late_on_day(late_fee.grace_days, due).is_some_and(|late| late <= self.on);
            if due.late_charged || due.number.is_none() || open == 0 || !is_late {
                continue;
            }
            let fee = late_fee.amount.of(open);
            due.late_charged = true;
            due.open.penalty = due.open.penalty.saturating_add(fee);
            self.closed.earned.penalty = self.closed.earned.penalty.saturating_add(fee);
            self.fell_due.penalty = self.fell_due.penalty.saturating_add(fee);
        }
    }
}

/// The day on which a late fee is charged for what is due, if one may be.
fn late_on(servicing: &Servicing, due: &Due) -> Option<Date> {
    let late_fee = servicing.late_fee?;
    if due.late_charged || due.number.is_none() { None } else { late_on_day(late_fee.grace_days, due) }
}

fn late_on_day(grace_days: u16, due: &Due) -> Option<Date> {
    due.due_on.checked_add(jiff::Span::new().days(i64::from(grace_days) + 1)).ok()
}
