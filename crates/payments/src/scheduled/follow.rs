//! What becomes later of a payment that a schedule made: a processor declines it, a bank returns it, somebody cancels it.

use std::future::Future;
use std::pin::Pin;

use florin_db::{DbError, Tx};
use florin_jobs::{Handler, JobError};
use florin_kernel::{TransferId, UserId};

use super::verdict::after_refusal;
use super::{RunState, ScheduleState, Scheduled, runner, store};
use crate::error::Error;
use crate::orders::{Status, store as orders};

/// The kind of the job.
const FOLLOW: &str = "scheduled_payment.follow";

/// Has a schedule learn that its payment came to nothing, where a schedule made it. A job does that, in a unit of its own,
/// since this one has locked accounts, and whoever makes scheduled payments locks schedules first.
pub(crate) fn payment_ended(
    tx: &mut Tx<'_>,
    payment: TransferId,
    now: florin_kernel::Timestamp,
) -> Result<(), DbError> {
    if store::schedule_of_payment(tx, payment)?.is_some() {
        florin_jobs::enqueue(tx, FOLLOW, &payment.to_string(), now)?;
    }
    Ok(())
}

/// The job that has a schedule learn what became of its payment.
pub struct FollowScheduled(pub Scheduled);

impl Handler for FollowScheduled {
    fn kind(&self) -> &'static str {
        FOLLOW
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let payment: TransferId =
                payload.parse().map_err(|_| JobError::Fatal("the payload is no payment".to_owned()))?;
            let (this, permit) = (self.0.clone(), runner::permit("scheduled_payment"));
            let permit = permit.map_err(|error| JobError::Fatal(error.to_string()))?;
            let followed = self.0.db.write(permit, move |tx| this.follow(tx, payment)).await;
            followed.map_err(|error: Error| JobError::Retry(error.to_string()))
        })
    }
}

impl Scheduled {
    fn follow(&self, tx: &mut Tx<'_>, payment: TransferId) -> Result<(), Error> {
        let now = self.db.env().now();
        let Some(id) = store::schedule_of_payment(tx, payment)? else { return Ok(()) };
        tx.about(id.uuid());
        let Some(schedule) = store::lock(tx, id)? else { return Ok(()) };
        tx.on_behalf_of(UserId::uuid(schedule.user));
        let found = store::lock_run_of(tx, payment)?.filter(|run| run.state == RunState::Made);
        let (Some(mut run), Some(order)) = (found, orders::find(&mut tx.reader(), payment)?) else {
            return Ok(());
        };
        let reason = match (order.status, order.decline_code.as_deref()) {
            (Status::Cancelled, _) => "payment_cancelled",
            (Status::Failed, code) => code.unwrap_or("payment_failed"),
            _ => return Ok(()),
        };
        run.reason = Some(reason.to_owned());
        run.changed_at = now;
        let goes_on = matches!(schedule.state, ScheduleState::Active | ScheduleState::Ended);
        (run.state, run.retry_at) = match order.status {
            Status::Cancelled => (RunState::Skipped, None),
            _ if goes_on => after_refusal(reason, run.attempts, schedule.retries, now),
            _ => (RunState::Failed, None),
        };
        tx.note("occurrence", &run.n);
        tx.note("reason", &reason);
        store::update_run(tx, id, &run)?;
        if run.state != RunState::Skipped {
            self.tell_of_run(tx, &schedule, &run, Some(order.amount), now)?;
        }
        Ok(())
    }
}
