//! Scheduled payments: set up once, made when they fall due.
//!
//! - A **schedule** says from where, to whom, how much and [`When`]. Its **occurrences** are numbered from zero, and the number
//!   decides when one is due.
//! - Whoever makes the payments ([`Scheduled::run_due`]) claims what is due in a unit of work, and in that unit moves the money,
//!   and writes the payment, what came of the occurrence ([`Run`]), where the schedule stands, the evidence and the letters.
//!   So an occurrence happens once, whatever crashes and however many do it at once. A payment's identifier follows from its
//!   schedule, occurrence and attempt, and a run is a row by schedule and occurrence: twice is refused by the tables as well.
//! - What is refused is an outcome and no error. Whether it is tried again is decided by [`verdict`]; of three failures in a row
//!   the schedule is paused.
//! - What a processor carries is reserved and submitted like any payment; what becomes of it later is learned by a job
//!   ([`FollowScheduled`]).
//! - Nobody is asked for a fresh factor when a payment falls due: that was asked when it was set up. Whether they may pay at
//!   all is asked each time ([`Payers`]).

mod change;
mod claim;
mod desk;
pub(crate) mod follow;
mod form;
mod migration;
mod notices;
mod ports;
mod runner;
mod schedule;
mod store;
mod verdict;
mod when;
mod work;

use std::sync::Arc;

use florin_db::Db;
use florin_kernel::Timestamp;
use jiff::SignedDuration;

use crate::orders::Payments;

pub use change::ScheduleChange;
pub use desk::{RenderSchedule, ScheduleDetail};
pub use follow::FollowScheduled;
pub use form::NewSchedule;
pub(crate) use migration::MIGRATION;
pub use ports::{Payers, ScheduleNews, What};
pub use schedule::{Notices, Retries, Run, RunState, ScheduleState, ScheduledPayment, Sum, Whom};
pub use verdict::reason_of_denial;
pub use when::{When, WhenForm};

/// What is done about occurrences that were missed while nobody was there to make them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Each is made, the oldest first.
    Make,
    /// Those more than so many days late are left out.
    SkipAfterDays(i64),
}

impl Missed {
    fn is_left_out(self, due: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Make => false,
            Self::SkipAfterDays(days) => {
                now.duration_since(due) > SignedDuration::from_hours(days.saturating_mul(24))
            }
        }
    }
}

/// Scheduled payments. Clones share everything.
#[derive(Clone)]
pub struct Scheduled {
    db: Db,
    payments: Payments,
    payers: Arc<dyn Payers>,
    missed: Missed,
}

impl Scheduled {
    /// Scheduled payments that are made by `payments` for those whom `payers` knows.
    pub fn new(payments: Payments, payers: Arc<dyn Payers>, missed: Missed) -> Self {
        Self { db: payments.db.clone(), payments, payers, missed }
    }
}
