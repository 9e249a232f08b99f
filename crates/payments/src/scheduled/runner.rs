//! Who makes scheduled payments: any process, as many as there are.

use std::sync::Arc;
use std::time::Duration;

use florin_db::{DbError, Engine};
use florin_kernel::{Action, Actor, Permit, Resource, ScheduledPaymentId, Timestamp};
use jiff::SignedDuration;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Scheduled;
use super::claim;
use super::schedule::Lane;
use super::work::{Batch, Halt};
use crate::error::Error;
use crate::risk::AfterCommit;

/// How many occurrences one unit of work takes: enough to make its commit cheap, little enough that nobody waits long.
const TOGETHER: usize = 256;
/// How many units are under way at once on PostgreSQL, and on SQLite, whose one writer commits them together.
const UNITS_POSTGRES: usize = 4;
const UNITS_SQLITE: usize = 32;
/// How often it is looked whether anything is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// For how long an occurrence is left alone that nobody can work off, in minutes.
const SET_ASIDE_MINUTES: i64 = 15;

impl Scheduled {
    /// Makes all payments that are due now, and writes the letters that are; returns when nothing is left, with how many
    /// there were. Whoever else does it at the same time takes other ones.
    ///
    /// # Errors
    /// What the database says; what was done is done.
    pub async fn run_due(&self) -> Result<usize, Error> {
        let now = self.db.env().now();
        if !self.db.read(move |r| claim::is_anything_due(r, now)).await? {
            return Ok(0);
        }
        let together = if self.db.engine() == Engine::Sqlite { 1 } else { UNITS_POSTGRES };
        let alone = if self.db.engine() == Engine::Sqlite { UNITS_SQLITE } else { UNITS_POSTGRES };
        let mut working = JoinSet::new();
        for (lane, units, limit) in [(Lane::Together, together, TOGETHER), (Lane::Alone, alone, 1)] {
            for _ in 0..units {
                let this = self.clone();
                working.spawn(async move { this.work_off(lane, limit).await });
            }
        }
        let mut count = 0_usize;
        let mut failure = None;
        while let Some(ended) = working.join_next().await {
            match ended {
                Ok(Ok(worked)) => count = count.saturating_add(worked),
                Ok(Err(error)) => failure = Some(error),
                Err(error) => failure = Some(DbError::Other(error.to_string()).into()),
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        count = count.saturating_add(self.announce().await?);
        if count > 0 {
            self.payments.wake.notify_one();
        }
        Ok(count)
    }

    /// Makes payments as they fall due, until `stop` turns true.
    pub async fn keep_running(self, mut stop: watch::Receiver<bool>) {
        let mut told = false;
        while !*stop.borrow() {
            match self.run_due().await {
                Ok(_) => told = false,
                // An outage is told of once.
                Err(error) if !told => {
                    tracing::warn!(%error, "scheduled payments cannot be made now");
                    told = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Works a lane off. Where a unit fails for a reason that nobody foresaw, its occurrences are worked off one by one, and
    /// the one that is to blame is set aside, so that it is in nobody's way.
    async fn work_off(&self, lane: Lane, most: usize) -> Result<usize, Error> {
        let (mut count, mut one_by_one, mut refused) = (0_usize, 0_usize, None);
        loop {
            let limit = if one_by_one > 0 { 1 } else { most };
            let in_hand = Arc::new(Mutex::new(None));
            let worked = self.unit(Batch { lane, limit, refused: refused.take() }, &in_hand).await;
            match worked {
                Ok(worked) => {
                    count = count.saturating_add(worked);
                    one_by_one = one_by_one.saturating_sub(1);
                }
                Err(Halt::Nothing) => return Ok(count),
                Err(Halt::Lines(lines, currency)) => self.payments.open_lines(&lines, currency).await?,
                Err(Halt::Refused(id, n, code)) => refused = Some((id, n, code)),
                Err(Halt::Db(error)) if error.is_transient() => return Err(error.into()),
                Err(Halt::Db(error)) if limit > 1 => {
                    tracing::error!(%error, "scheduled payments are made one by one");
                    one_by_one = limit;
                }
                Err(Halt::Db(error)) => {
                    let Some(id) = *in_hand.lock() else { return Err(error.into()) };
                    self.set_aside(id, &error).await?;
                    one_by_one = one_by_one.saturating_sub(1);
                }
            }
        }
    }

    async fn unit(
        &self,
        batch: Batch,
        in_hand: &Arc<Mutex<Option<ScheduledPaymentId>>>,
    ) -> Result<usize, Halt> {
        let (this, permit, in_hand) = (self.clone(), permit("payment"), Arc::clone(in_hand));
        let permit = permit.map_err(|error| Halt::Db(DbError::Other(error.to_string())))?;
        let each = permit.clone();
        let after = AfterCommit::default();
        let told = after.clone();
        let count = self.db.write(permit, move |tx| this.work(tx, &each, &batch, &in_hand, &after)).await?;
        told.tell();
        Ok(count)
    }

    async fn set_aside(&self, id: ScheduledPaymentId, error: &DbError) -> Result<(), Error> {
        tracing::error!(scheduled_payment.id = %id, %error, "a scheduled payment cannot be made and is set aside");
        let now = self.db.env().now();
        let wait = SignedDuration::from_mins(SET_ASIDE_MINUTES);
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let about = permit("scheduled_payment")?.about(id.uuid());
        self.db
            .write(about, move |tx| {
                tx.outcome_failed("internal_error");
                claim::set_aside(tx, id, now, until)
            })
            .await
            .map_err(Error::Db)
    }
}

/// The scheduler's own permit. Whether the payer may pay is asked of each occurrence.
pub(super) fn permit(kind: &'static str) -> Result<Permit, Error> {
    Ok(Actor::system("scheduler").permit(Action::CreatePayment, Resource::kind(kind))?)
}
