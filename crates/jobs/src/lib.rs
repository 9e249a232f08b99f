//! Work that is done later, once and surely: the durable queue, the outbox and schedules.
//!
//! - A **job** is a row written in the unit of work that wants it ([`enqueue`]). Workers claim rows
//!   under a lease, run their handler, retry with growing delays, and leave what keeps failing in a
//!   visible `dead` state. A handler may run twice and must not mind.
//! - An **outbox event** says that something was committed ([`outbox`]); readers follow it with a
//!   cursor, see every event once or more and none before it is durable.
//! - A **schedule** ([`Schedule`]) makes a job for each of its occurrences; the occurrence's name is
//!   unique, so it happens once whatever crashes and however many processes run.

mod census;
mod migrations;
pub mod outbox;
mod queue;
mod schedule;
mod worker;

pub use census::{Waiting, waiting};
pub use migrations::MIGRATIONS;
pub use queue::{DeadJob, Late, dead, enqueue, enqueue_once, late, revive};
pub use schedule::{InvalidSchedule, Schedule};
pub use worker::{Handler, JobError, Workers};
