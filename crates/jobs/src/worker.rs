//! The workers: claim, run, retry.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use florin_db::{Db, DbError};
use florin_kernel::Timestamp;
use jiff::{SignedDuration, ToSpan};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::queue::{self, Claimed};
use crate::schedule::Schedule;

/// Why a job did not succeed; the text is kept with the job and must hold no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobError {
    /// It may succeed later.
    Retry(String),
    /// It never will: the job is dead at once.
    Fatal(String),
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// Does the jobs of one kind; it may be given the same job twice.
pub trait Handler: Send + Sync {
    /// The kind, as it was enqueued.
    fn kind(&self) -> &'static str;

    /// How long after it was added a job that may succeed later is tried, at least; it is tried twelve times in any case.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Does the job.
    fn run<'a>(&'a self, payload: &'a str)
    -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;
}

/// How often a job is tried at least before it counts as dead.
const ATTEMPTS_MIN: i64 = 12;
/// How long a worker may take before another may try.
const LEASE_SECONDS: i64 = 120;
/// How often the queue is looked at when nobody says that something was added.
const POLL: Duration = Duration::from_millis(500);
/// How many jobs run at once.
const CONCURRENT_MAX: usize = 4;

/// Runs handlers and schedules until told to stop.
pub struct Workers {
    db: Db,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    schedules: Vec<Schedule>,
    wake: Arc<Notify>,
}

impl Workers {
    /// Workers with these handlers and schedules; `wake` tells them that something was added.
    pub fn new(db: Db, handlers: Vec<Arc<dyn Handler>>, schedules: Vec<Schedule>, wake: Arc<Notify>) -> Self {
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        Self { db, handlers, schedules, wake }
    }

    /// Works until `stop` turns true, then finishes the jobs in hand.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let workers = Arc::new(self);
        let mut running = JoinSet::new();
        while !*stop.borrow() {
            workers.strike_schedules().await;
            let mut claimed = 0_usize;
            while running.len() < CONCURRENT_MAX {
                let Some(job) = workers.claim().await else { break };
                let workers = Arc::clone(&workers);
                running.spawn(async move { workers.work(job).await });
                claimed = claimed.saturating_add(1);
            }
            if claimed == 0 {
                tokio::select! {
                    () = workers.wake.notified() => {}
                    () = tokio::time::sleep(POLL) => {}
                    _ = stop.changed() => {}
                    Some(_) = running.join_next() => {}
                }
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Runs what is due now and returns when nothing is: for tests and for commands.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run_due(&self) -> Result<usize, DbError> {
        let mut count = 0_usize;
        self.strike_schedules().await;
        while let Some(job) = self.try_claim().await? {
            self.work(job).await;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    async fn strike_schedules(&self) {
        for schedule in &self.schedules {
            let (schedule, now) = (schedule.clone(), self.db.env().now());
            let struck = self.db.housekeeping(move |tx| schedule.strike(tx, now)).await;
            if let Err(error) = struck {
                tracing::warn!(%error, "a schedule could not be looked at");
            }
        }
    }

    async fn claim(&self) -> Option<Claimed> {
        match self.try_claim().await {
            Ok(job) => job,
            Err(error) => {
                tracing::warn!(%error, "no job could be claimed");
                None
            }
        }
    }

    async fn try_claim(&self) -> Result<Option<Claimed>, DbError> {
        let now = self.db.env().now();
        let due: Option<i64> = self
            .db
            .read(move |r| {
                const ANY: &str =
                    "SELECT seq FROM job WHERE state IN ('waiting', 'running') AND run_at_us <= $1 LIMIT 1";
                r.row(ANY, &florin_db::params![now])?.map(|row| row.get(0)).transpose()
            })
            .await
            .map_err(|error: DbError| error)?;
        if due.is_none() {
            return Ok(None);
        }
        let lease_until = later(now, LEASE_SECONDS);
        self.db.housekeeping(move |tx| queue::claim(tx, now, lease_until)).await
    }

    async fn work(&self, job: Claimed) {
        let handler = self.handlers.get(job.kind.as_str());
        let patience = handler.map_or(Duration::ZERO, |handler| handler.patience());
        let result = match handler {
            Some(handler) => {
                let span = tracing::info_span!("jobs.job.run", job.kind, job.seq, job.attempts);
                handler.run(&job.payload).instrument(span).await
            }
            None => Err(JobError::Fatal(format!("no handler knows jobs of kind {}", job.kind))),
        };
        let (seq, now) = (job.seq, self.db.env().now());
        let noted = match result {
            Ok(()) => self.db.housekeeping(move |tx| queue::done(tx, seq)).await,
            Err(error) => {
                let (why, again) = match error {
                    JobError::Retry(why)
                        if job.attempts < ATTEMPTS_MIN || is_within(patience, job.created_at, now) =>
                    {
                        (why, Some(later(now, delay(job.attempts))))
                    }
                    JobError::Retry(why) | JobError::Fatal(why) => (why, None),
                };
                tracing::warn!(job.kind, job.seq, job.attempts, dead = again.is_none(), why, "a job failed");
                self.db.housekeeping(move |tx| queue::failed(tx, seq, &why, again)).await
            }
        };
        if let Err(error) = noted {
            // Its lease runs out and it is tried again: handlers do not mind.
            tracing::warn!(%error, job.seq, "the end of a job could not be noted");
        }
    }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX)
}

fn is_within(patience: Duration, since: Timestamp, now: Timestamp) -> bool {
    SignedDuration::try_from(patience).is_ok_and(|patience| now.duration_since(since) < patience)
}

/// Two seconds, doubling, at most 34 minutes.
fn delay(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 11)).unwrap_or(11);
    2_i64.saturating_pow(doublings)
}
