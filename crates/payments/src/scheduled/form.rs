//! Scheduled payments as they are asked for.

use florin_kernel::{Money, ScheduledPaymentId, Timestamp, UserId};

use super::{Notices, Retries, ScheduleState, ScheduledPayment, Sum, When, WhenForm, Whom};
use crate::checks::Fault;
use crate::order::Asked;
use crate::orders::From;

/// How often a refusal is tried again at most.
const RETRIES_MAX: i64 = 10;
/// How many hours apart at most: a week.
const HOURS_MAX: i64 = 168;
/// How many days before a payment its payer is told of it at most.
const NOTICE_DAYS_MAX: i64 = 30;
/// The longest description, in characters.
const DESCRIPTION_MAX: usize = 200;

/// A payment to be made by a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSchedule {
    /// Where the money comes from.
    pub from: From,
    /// Whom it is for.
    pub whom: Whom,
    /// How much, where it is the same each time.
    pub amount: Option<Asked>,
    /// `fixed`, or of a loan `instalment_due` or `payoff`; fixed when left out.
    pub amount_kind: Option<String>,
    /// What the payer writes.
    pub description: Option<String>,
    /// When.
    pub when: WhenForm,
    /// What is done about refusals that may pass.
    pub retries: Retries,
    /// What the payer is told.
    pub notices: Notices,
}

/// How much is asked for, before its currency is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AskedSum {
    Fixed(Asked),
    InstalmentDue,
    Payoff,
}

/// A form whose fields are good in themselves.
pub(super) struct Checked {
    pub(super) sum: AskedSum,
    pub(super) when: When,
}

pub(super) fn fault_of_retries(retries: Retries) -> Option<Fault> {
    if !(0..=RETRIES_MAX).contains(&retries.times) {
        return Some(Fault::new("retry_times", "out_of_range", "0 to 10 times are wanted"));
    }
    if !(1..=HOURS_MAX).contains(&retries.hours) {
        return Some(Fault::new("retry_hours", "out_of_range", "1 to 168 hours are wanted"));
    }
    None
}

pub(super) fn fault_of_notices(notices: Notices) -> Option<Fault> {
    let wrong = notices.days_before.is_some_and(|days| !(1..=NOTICE_DAYS_MAX).contains(&days));
    wrong.then(|| Fault::new("notice_days", "out_of_range", "1 to 30 days are wanted"))
}

pub(super) fn fault_of_description(text: Option<&str>) -> Option<Fault> {
    let wrong = text.is_some_and(|text| text.chars().count() > DESCRIPTION_MAX || text.contains('\0'));
    wrong.then(|| Fault::new("description", "too_long", "at most 200 characters are wanted"))
}

impl NewSchedule {
    /// Checks all fields, and tells all faults at once.
    pub(super) fn check(&self, now: Timestamp) -> Result<Checked, Vec<Fault>> {
        let mut faults = Vec::new();
        let sum = self.sum().map_err(|fault| faults.push(fault)).ok();
        faults.extend(fault_of_retries(self.retries));
        faults.extend(fault_of_notices(self.notices));
        faults.extend(fault_of_description(self.description.as_deref()));
        let when = When::read(&self.when, now).map_err(|wrong| faults.extend(wrong)).ok();
        match (sum, when) {
            (Some(sum), Some(when)) if faults.is_empty() => Ok(Checked { sum, when }),
            _ => Err(faults),
        }
    }

    fn sum(&self) -> Result<AskedSum, Fault> {
        let is_loan = matches!(self.whom, Whom::Loan(..));
        let refused = |code, why: &str| Err(Fault::new("amount_kind", code, why));
        match (self.amount_kind.as_deref().unwrap_or("fixed"), &self.amount) {
            ("fixed", Some(asked)) => Ok(AskedSum::Fixed(asked.clone())),
            ("fixed", None) => Err(Fault::new("amount", "required", "an amount is wanted")),
            ("instalment_due" | "payoff", _) if !is_loan => {
                refused("not_a_loan", "only of a loan something is due")
            }
            ("instalment_due" | "payoff", Some(_)) => {
                Err(Fault::new("amount", "exclusive", "the amount follows from the loan"))
            }
            ("instalment_due", None) => Ok(AskedSum::InstalmentDue),
            ("payoff", None) => Ok(AskedSum::Payoff),
            _ => refused("unknown", "fixed, instalment_due or payoff is wanted"),
        }
    }

    /// The schedule that it comes to.
    pub(super) fn schedule(
        self,
        (id, user): (ScheduledPaymentId, UserId),
        checked: Checked,
        (sum, example): (Sum, Money),
        now: Timestamp,
    ) -> ScheduledPayment {
        let mut schedule = ScheduledPayment {
            id,
            user,
            from: self.from,
            whom: self.whom,
            sum,
            currency: example.currency(),
            description: self.description,
            when: checked.when,
            retries: self.retries,
            notices: self.notices,
            state: ScheduleState::Active,
            state_reason: None,
            next_n: 0,
            next_at: None,
            notice_n: 0,
            notice_at: None,
            count_from: 0,
            version: 1,
            created_at: now,
        };
        schedule.go_on_to(0);
        schedule
    }
}
