//! What an event does to a loan.

use super::allocation::settle;
use super::state::Unbilled;
use super::{
    AfterPrepayment, Component, Due, Event, Excess, Happening, LoanState, Parts, Rescheduling, Servicing,
};

impl LoanState {
    /// Applies an event of the day on which the loan stands; `None` when a figure does not fit.
    ///
    /// Every event can be applied to every state: what there is nothing to do for does nothing, so that correcting
    /// history never fails on what came after.
    pub(super) fn apply(&mut self, servicing: &Servicing, event: &Event) -> Option<()> {
        match event.what {
            Happening::RateChanged(rate) => {
                self.plan.change_rate(rate, self.undue_minor, self.interest.seen)?;
            }
            Happening::FeeCharged(minor) => self.charge(servicing, Component::Fee, minor),
            Happening::PenaltyCharged(minor) => self.charge(servicing, Component::Penalty, minor),
            Happening::Paid(minor) => self.pay(servicing, minor),
            Happening::PrincipalPaid(minor) => self.pay_principal(servicing, minor),
            Happening::Waived(component, minor) => self.waive(component, minor),
            Happening::Refunded(minor) => {
                let refunded = minor.min(self.closed.held);
                self.closed.held = self.closed.held.saturating_sub(refunded);
                self.closed.refunded = self.closed.refunded.saturating_add(refunded);
            }
            Happening::Rescheduled(how) => self.reschedule(how),
            Happening::ReAged => self.re_age(),
            Happening::WrittenOff => self.write_off(),
        }
        Some(())
    }

    fn charge(&mut self, servicing: &Servicing, component: Component, minor: i64) {
        if self.written_off_on.is_some() {
            return;
        }
        let open = Parts::one(component, minor);
        self.closed.earned = self.closed.earned.plus(open);
        self.fell_due = self.fell_due.plus(open);
        self.dues.push(Due { number: None, due_on: self.on, open, late_charged: false });
        self.settle_held(servicing);
    }

    fn pay(&mut self, servicing: &Servicing, minor: i64) {
        self.closed.received = self.closed.received.saturating_add(minor);
        if self.written_off_on.is_some() {
            self.closed.recovered = self.closed.recovered.saturating_add(minor);
            return;
        }
        let settled = settle(&servicing.order, &mut self.dues, self.on, minor);
        self.closed.paid = self.closed.paid.plus(settled);
        self.drop_settled();
        self.pay_in_advance(servicing, minor.saturating_sub(settled.total()));
    }

    /// What is left of a payment after what is due.
    fn pay_in_advance(&mut self, servicing: &Servicing, minor: i64) {
        let mut left = minor;
        let all = self.undue_minor.saturating_add(self.unbilled_minor());
        // What pays the loan off is never held.
        if servicing.excess != Excess::Hold || left >= all {
            if servicing.order.principal_before_interest() && left < all {
                left = left.saturating_sub(self.prepay_principal_by(servicing, left));
                left = left.saturating_sub(self.prepay_interest(left));
            } else {
                left = left.saturating_sub(self.prepay_interest(left));
                left = left.saturating_sub(self.prepay_principal_by(servicing, left));
            }
        }
        self.closed.held = self.closed.held.saturating_add(left);
    }

    fn prepay_interest(&mut self, minor: i64) -> i64 {
        let part = minor.min(self.unbilled_minor());
        self.interest.paid_minor = self.interest.paid_minor.saturating_add(part);
        self.closed.paid.interest = self.closed.paid.interest.saturating_add(part);
        part
    }

    fn prepay_principal_by(&mut self, servicing: &Servicing, minor: i64) -> i64 {
        let part = self.prepay_principal(minor);
        match servicing.excess {
            Excess::Ahead => self.ahead_minor = self.ahead_minor.saturating_add(part),
            Excess::Curtail | Excess::Hold => self.level_after_prepayment(servicing, part),
        }
        part
    }

    fn prepay_principal(&mut self, minor: i64) -> i64 {
        let part = minor.min(self.undue_minor);
        self.undue_minor = self.undue_minor.saturating_sub(part);
        self.closed.paid.principal = self.closed.paid.principal.saturating_add(part);
        part
    }

    fn level_after_prepayment(&mut self, servicing: &Servicing, part: i64) {
        if part > 0 && servicing.after_prepayment == AfterPrepayment::LowerPayment {
            self.plan.level(self.undue_minor, self.interest.seen);
        }
    }

    fn pay_principal(&mut self, servicing: &Servicing, minor: i64) {
        if self.written_off_on.is_some() {
            return self.pay(servicing, minor);
        }
        let part = self.prepay_principal(minor);
        self.closed.received = self.closed.received.saturating_add(part);
        self.level_after_prepayment(servicing, part);
        if part < minor {
            self.pay(servicing, minor.saturating_sub(part));
        }
    }

    fn waive(&mut self, component: Component, minor: i64) {
        let mut left = minor;
        for due in &mut self.dues {
            let part = due.open.of(component).min(left);
            left = left.saturating_sub(part);
            *due.open.part(component) -= part;
        }
        let waived = Parts::one(component, minor.saturating_sub(left));
        self.closed.waived = self.closed.waived.plus(waived);
        self.drop_settled();
    }

    /// The running period's interest becomes a sum, and nothing runs.
    fn close_period(&mut self) {
        let deferred_minor = self.unbilled_minor();
        self.closed.earned.interest = self.closed.earned.interest.saturating_add(self.accrued_minor());
        self.interest = Unbilled { deferred_minor, ..Unbilled::default() };
    }

    fn reschedule(&mut self, how: Rescheduling) {
        if self.written_off_on.is_some() {
            return;
        }
        let due = self.dues.iter().fold(Parts::default(), |sum, due| sum.plus(due.open));
        let owed = if how.capitalize { self.owed().total() } else { self.undue_minor };
        let Some(plan) = self.plan.rescheduled(self.on, how, owed) else { return };
        self.close_period();
        if how.capitalize {
            let mut capitalized = due;
            capitalized.interest = capitalized.interest.saturating_add(self.interest.deferred_minor);
            capitalized.principal = 0;
            capitalized.principal = capitalized.total().saturating_neg();
            self.closed.capitalized = self.closed.capitalized.plus(capitalized);
            self.interest = Unbilled::default();
            self.dues.clear();
        }
        self.undue_minor = owed;
        self.ahead_minor = 0;
        self.plan = plan;
    }

    fn re_age(&mut self) {
        let Some(last) = self.matures_on().filter(|last| *last > self.on) else { return };
        for due in self.dues.iter_mut().filter(|due| due.due_on < self.on) {
            due.due_on = last;
        }
        self.dues.sort_by_key(|due| due.due_on);
    }

    fn write_off(&mut self) {
        let owed = self.owed();
        if self.written_off_on.is_some() || owed.total() == 0 {
            return;
        }
        self.close_period();
        self.interest = Unbilled::default();
        self.closed.written_off = owed;
        self.dues.clear();
        self.undue_minor = 0;
        self.ahead_minor = 0;
        self.written_off_on = Some(self.on);
    }
}
