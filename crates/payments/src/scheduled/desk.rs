//! Setting payments up, and looking at them.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::{DbError, Reader, Tx};
use florin_kernel::{
    Action, Actor, Money, Page, PageRequest, Resource, ScheduledPaymentId, Timestamp, TransferId, UserId,
    Uuid,
};

use super::form::{AskedSum, Checked};
use super::{NewSchedule, Run, ScheduleState, Scheduled, ScheduledPayment, Sum, When, WhenForm, Whom, store};
use crate::checks::Fault;
use crate::error::Error;
use crate::order::Asked;
use crate::orders::{CreatePayment, To};
use crate::transfers::{own_or_any, reach_of};

/// How many runs are shown.
const RUNS: i64 = 100;
/// How many schedules of one person may wait at once.
const LIVE_MAX: i64 = 500;

/// A schedule with what came of its occurrences, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleDetail {
    /// The schedule.
    pub schedule: ScheduledPayment,
    /// The last hundred occurrences.
    pub runs: Vec<Run>,
}

/// Makes the answer that is frozen in the commit.
pub type RenderSchedule = Arc<dyn Fn(&ScheduleDetail) -> Frozen + Send + Sync>;

impl ScheduledPayment {
    /// The next occurrences, so many at most; none of a schedule that does nothing any more.
    pub fn upcoming(&self, count: u32) -> Vec<(u32, Timestamp)> {
        match self.state {
            ScheduleState::Active => self.when.upcoming(self.next_n, count),
            ScheduleState::Paused | ScheduleState::Ended | ScheduleState::Cancelled => Vec::new(),
        }
    }
}

impl Scheduled {
    /// When the payments of a schedule would be made, so many at most: what a form says before it is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the form is no schedule.
    pub fn dates(&self, form: &WhenForm, count: u32) -> Result<Vec<Timestamp>, Error> {
        let now = self.db.env().now();
        let when = When::read(form, now).map_err(Error::Invalid)?;
        let first = when.first_after(now).map(|n| when.upcoming(n, count)).unwrap_or_default();
        Ok(first.into_iter().map(|(_, at)| at).collect())
    }

    /// Sets a payment up, for the actor themselves, and gives what `render` makes of it. A request that is sent again with the
    /// same key is answered as it was at first.
    ///
    /// Everything is looked at that would be if it were made now, but for the
    /// money being there: an amount above the limit asks for a fresh factor, once and for all.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`], and all that refuses a payment.
    #[tracing::instrument(name = "payments.schedule.create", skip_all)]
    pub async fn create(
        &self,
        by: &Actor,
        key: Option<IdempotencyKey>,
        new: NewSchedule,
        render: RenderSchedule,
    ) -> Result<Answer, Error> {
        let user = by.user().ok_or(Error::CustomerNotFound)?;
        let id = ScheduledPaymentId::from_uuid(self.db.env().new_uuid());
        let about = Resource::one("scheduled_payment", id.uuid()).owned_by(user);
        let permit = by.permit(Action::ChangeScheduledPayment, about)?;
        if let Some(key) = key
            && let Some(answer) = self.db.answered(key).await?
        {
            return Ok(answer);
        }
        let now = self.db.env().now();
        let checked = new.check(now).map_err(Error::Invalid)?;
        let sum = self.agreed(by, &new, &checked).await?;
        let schedule = new.schedule((id, user), checked, sum, now);
        let set_up = move |tx: &mut Tx<'_>| {
            if store::live(tx, user)? >= LIVE_MAX {
                let why = "at most 500 payments can be scheduled at once";
                return Err(Error::Invalid(vec![Fault::new("first_on", "too_many", why)]));
            }
            store::insert(tx, &schedule)?;
            tx.note("rhythm", &schedule.when.rhythm);
            tx.note("amount_kind", &schedule.sum.code());
            Ok(render(&ScheduleDetail { schedule: schedule.clone(), runs: Vec::new() }))
        };
        match key {
            Some(key) => self.db.write_once(permit, key, set_up).await,
            None => self.db.write(permit, set_up).await.map(Answer::Now),
        }
    }

    /// What is paid, by the plan of a payment that was made now; asks for a fresh factor where that is above the limit.
    async fn agreed(&self, by: &Actor, new: &NewSchedule, checked: &Checked) -> Result<(Sum, Money), Error> {
        let to = match new.whom {
            Whom::Payee(payee) => To::Payee(payee),
            Whom::Account(account) => To::Account(account),
            Whom::Loan(loan, principal_only) => To::Loan { loan, kind: None, principal_only },
        };
        let (this, from, sum, description) =
            (self.clone(), new.from, checked.sum.clone(), new.description.clone());
        let (user, loan) = (by.user(), new.whom);
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let plan = self
            .db
            .read(move |r| {
                let amount = match &sum {
                    AskedSum::Fixed(asked) => asked.clone(),
                    AskedSum::InstalmentDue | AskedSum::Payoff => this.owed_now(r, loan, user)?,
                };
                let request =
                    CreatePayment { from, to: to.clone(), amount, description: description.clone() };
                this.payments.plan_in(r, id, user, user, &request)
            })
            .await?;
        by.permit(Action::CreatePayment, Resource::kind("payment").owned_by(plan.user))?;
        self.payments.step_up.check(by, [plan.amount, plan.fee], self.db.env().now())?;
        self.payments.open_lines(&plan.lines(), plan.amount.currency()).await?;
        let sum = match checked.sum {
            AskedSum::Fixed(_) => Sum::Fixed(plan.amount),
            AskedSum::InstalmentDue => Sum::InstalmentDue,
            AskedSum::Payoff => Sum::Payoff,
        };
        Ok((sum, plan.amount))
    }

    /// All that is owed now of a loan that pays whatever is due: what its payments can come to.
    fn owed_now(&self, r: &mut Reader<'_>, whom: Whom, user: Option<UserId>) -> Result<Asked, Error> {
        let Whom::Loan(loan, _) = whom else { return Err(Error::LoanNotFound) };
        let found = self.payments.loans.find(r, loan, user)?;
        found.filter(|found| Some(found.owner) == user).ok_or(Error::LoanNotFound)?;
        let owed = self.payments.loans.owed(r, loan)?;
        let nothing = || {
            let why = "of this loan nothing is owed that could be paid by a schedule";
            Error::Invalid(vec![Fault::new("amount_kind", "nothing_due", why)])
        };
        let owed = owed.map(|owed| owed.payoff).filter(|owed| owed.minor() > 0).ok_or_else(nothing)?;
        Ok(Asked::Money(owed))
    }

    /// Somebody's schedules, the newest first: one's own, or those of `customer` for staff.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        customer: Option<UserId>,
        state: Option<ScheduleState>,
        page: &PageRequest,
    ) -> Result<Page<ScheduledPayment>, Error> {
        let owner = customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        by.permit(Action::ReadScheduledPayments, Resource::kind("scheduled_payment").owned_by(owner))?;
        let before = page.cursor_as::<ScheduledPaymentId>()?.map_or(Uuid::max(), ScheduledPaymentId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.db.read(move |r| store::list(r, owner, state, before, limit)).await?;
        Ok(page.page(rows, |schedule| schedule.id.to_string()))
    }

    /// A schedule of the actor's own, or anybody's for staff.
    ///
    /// # Errors
    /// [`Error::ScheduleNotFound`], [`Error::Denied`], or what the database says.
    pub async fn find(&self, by: &Actor, id: ScheduledPaymentId) -> Result<ScheduleDetail, Error> {
        self.within(by, Action::ReadScheduledPayments, id).await?;
        let found = self.db.read(move |r| {
            let schedule = store::find(r, id)?;
            schedule.map(|schedule| Ok::<_, DbError>((schedule, store::runs(r, id, RUNS)?))).transpose()
        });
        let (schedule, runs) = found.await?.ok_or(Error::ScheduleNotFound)?;
        Ok(ScheduleDetail { schedule, runs })
    }

    /// The schedule, if the actor may do this to it: another's is one that is not there.
    pub(super) async fn within(
        &self,
        by: &Actor,
        action: Action,
        id: ScheduledPaymentId,
    ) -> Result<(florin_kernel::Permit, ScheduledPayment), Error> {
        by.permit(action, own_or_any(by, "scheduled_payment"))?;
        let reach = reach_of(by);
        let found = self.db.read(move |r| store::find(r, id)).await?;
        let found = found.filter(|found| reach.is_none_or(|reach| reach == found.user));
        let found = found.ok_or(Error::ScheduleNotFound)?;
        let about = Resource::one("scheduled_payment", id.uuid()).owned_by(found.user);
        Ok((by.permit(action, about)?, found))
    }
}
