//! Changing what was set up, stopping it for a while, and taking it back.

use florin_db::Tx;
use florin_kernel::{Action, Actor, Money, ScheduledPaymentId, Timestamp, TransferId};

use super::form::{fault_of_description, fault_of_notices, fault_of_retries};
use super::{Retries, ScheduleDetail, ScheduleState, Scheduled, ScheduledPayment, Sum, When, store};
use crate::checks::Fault;
use crate::error::Error;
use crate::order::Asked;
use crate::orders::CreatePayment;

/// What is to be changed. Where the money comes from and goes to, and how often, is never changed: that is another schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleChange {
    /// The version that was read.
    pub version: i64,
    /// How much from now on, of a payment that is the same each time.
    pub amount: Option<Asked>,
    /// What the payer writes from now on; `Some(None)` for nothing.
    pub description: Option<Option<String>>,
    /// `active` or `paused`.
    pub state: Option<String>,
    /// How often at most, counted from the first; `Some(None)` for no such end.
    pub end_after: Option<Option<u32>>,
    /// The last day; `Some(None)` for no such end.
    pub end_on: Option<Option<String>>,
    /// How often a refusal is tried again.
    pub retry_times: Option<i64>,
    /// How many hours apart.
    pub retry_hours: Option<i64>,
    /// How many days before; `Some(None)` for never.
    pub notice_days: Option<Option<i64>>,
    /// Whether the payer is told of each payment that was made.
    pub notice_made: Option<bool>,
}

fn invalid(field: &'static str, code: &'static str, why: &str) -> Error {
    Error::Invalid(vec![Fault::new(field, code, why)])
}

impl ScheduleChange {
    /// How it ends from now on, where that changes.
    fn when(&self, now: &ScheduledPayment) -> Result<Option<When>, Error> {
        if self.end_after.is_none() && self.end_on.is_none() {
            return Ok(None);
        }
        let on = self.end_on.as_ref().map(|on| on.as_deref().map(When::last_day).transpose()).transpose();
        let on = on.map_err(|fault| Error::Invalid(vec![fault]))?;
        // To name one end is to give up the other.
        let after =
            self.end_after.unwrap_or(if matches!(on, Some(Some(_))) { None } else { now.when.end_after });
        let on = on.unwrap_or(if matches!(self.end_after, Some(Some(_))) { None } else { now.when.end_on });
        if after.is_some() && on.is_some() {
            return Err(invalid("end_after", "exclusive", "one of end_after and end_on is wanted"));
        }
        now.when.ending(after, on).map(Some).map_err(|fault| Error::Invalid(vec![fault]))
    }

    fn retries(&self, now: Retries) -> Result<Retries, Error> {
        let retries = Retries {
            times: self.retry_times.unwrap_or(now.times),
            hours: self.retry_hours.unwrap_or(now.hours),
        };
        fault_of_retries(retries).map_or(Ok(retries), |fault| Err(Error::Invalid(vec![fault])))
    }

    /// Changes a schedule; says whether what waits to be tried again is given up.
    fn apply(&self, to: &mut ScheduledPayment, amount: Option<Money>, now: Timestamp) -> Result<bool, Error> {
        to.retries = self.retries(to.retries)?;
        to.notices.when_made = self.notice_made.unwrap_or(to.notices.when_made);
        to.notices.days_before = self.notice_days.unwrap_or(to.notices.days_before);
        let faults = [
            fault_of_notices(to.notices),
            fault_of_description(self.description.clone().flatten().as_deref()),
        ];
        if let Some(fault) = faults.into_iter().flatten().next() {
            return Err(Error::Invalid(vec![fault]));
        }
        if let Some(description) = &self.description {
            to.description.clone_from(description);
        }
        if let Some(amount) = amount {
            to.sum = Sum::Fixed(amount);
        }
        let when = self.when(to)?;
        let resumes = to.state == ScheduleState::Paused && self.state.as_deref() == Some("active");
        match self.state.as_deref() {
            None | Some("active") => {}
            Some("paused") => to.state = ScheduleState::Paused,
            Some(_) => return Err(invalid("state", "unknown", "active or paused is wanted")),
        }
        if let Some(when) = when {
            to.when = when;
        }
        if resumes {
            // What fell due in between is left out, and failures count anew.
            to.state = ScheduleState::Active;
            to.state_reason = None;
            to.count_from = to.next_n;
            match to.when.first_after(now) {
                Some(next) => to.go_on_to(next.max(to.next_n)),
                None => to.end(),
            }
        } else {
            to.go_on_to(to.next_n);
        }
        Ok(to.state == ScheduleState::Paused)
    }
}

impl Scheduled {
    /// Changes a schedule, by the version that was read.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], [`Error::Changed`], [`Error::ScheduleOver`], [`Error::Invalid`], [`Error::Denied`], and
    /// all that refuses a payment of the new amount.
    pub async fn change(
        &self,
        by: &Actor,
        id: ScheduledPaymentId,
        change: ScheduleChange,
    ) -> Result<ScheduleDetail, Error> {
        let (permit, found) = self.within(by, Action::ChangeScheduledPayment, id).await?;
        let amount = self.new_amount(by, &found, &change).await?;
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                let mut schedule = live(tx, id)?;
                if schedule.version != change.version {
                    return Err(Error::Changed(schedule.version));
                }
                let (before, now) = (schedule.clone(), env.now());
                if change.apply(&mut schedule, amount, now)? {
                    store::give_up_retries(tx, id, "schedule_paused", now)?;
                }
                store::save(tx, &mut schedule, now)?;
                tx.note_change("state", Some(&before.state.code()), Some(&schedule.state.code()));
                let minor = |one: &ScheduledPayment| one.sum.fixed().map_or(0, Money::minor);
                tx.note_change("amount", Some(&minor(&before)), Some(&minor(&schedule)));
                Ok(())
            })
            .await?;
        self.find(by, id).await
    }

    /// The new amount, looked at like that of a new schedule.
    async fn new_amount(
        &self,
        by: &Actor,
        found: &ScheduledPayment,
        change: &ScheduleChange,
    ) -> Result<Option<Money>, Error> {
        let Some(asked) = change.amount.clone() else { return Ok(None) };
        if found.sum.fixed().is_none() {
            return Err(invalid("amount", "exclusive", "the amount follows from the loan"));
        }
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let (this, user) = (self.clone(), Some(found.user));
        let request = CreatePayment { from: found.from, to: found.to(), amount: asked, description: None };
        let plan = self.db.read(move |r| this.payments.plan_in(r, id, user, user, &request)).await?;
        self.payments.step_up.check(by, [plan.amount, plan.fee], self.db.env().now())?;
        Ok(Some(plan.amount))
    }

    /// Takes a schedule back: nothing more is made by it, and what was made stays. Once is as good as twice.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], [`Error::Denied`], or what the database says.
    pub async fn cancel(&self, by: &Actor, id: ScheduledPaymentId) -> Result<(), Error> {
        let (permit, _) = self.within(by, Action::ChangeScheduledPayment, id).await?;
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                let mut schedule = store::lock(tx, id)?.ok_or(Error::ScheduleNotFound)?;
                if schedule.state == ScheduleState::Cancelled {
                    return Ok(());
                }
                schedule.state = ScheduleState::Cancelled;
                schedule.state_reason = None;
                schedule.next_at = None;
                schedule.notice_at = None;
                store::give_up_retries(tx, id, "schedule_cancelled", now)?;
                store::save(tx, &mut schedule, now)?;
                Ok(())
            })
            .await
    }
}

/// The schedule, locked; refused where it does nothing any more.
fn live(tx: &mut Tx<'_>, id: ScheduledPaymentId) -> Result<ScheduledPayment, Error> {
    let found = store::lock(tx, id)?.ok_or(Error::ScheduleNotFound)?;
    match found.state {
        ScheduleState::Active | ScheduleState::Paused => Ok(found),
        ScheduleState::Ended | ScheduleState::Cancelled => Err(Error::ScheduleOver(found.state)),
    }
}
