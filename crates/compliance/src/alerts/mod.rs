//! Monitoring as a service: the book of a range of days is looked through, and what is found becomes alerts and cases.
//!
//! - An *alert* is a finding that is kept: its typology, its accounts with their roles, its latest movements, its score.
//! - Each alert has a case of kind `aml`, opened in the same commit, with what was seen and the movements as evidence.
//! - The range slides, so that the same scheme is found night after night, later without its first movements. `known` tells
//!   whether a finding is an alert that there is: by its typology, whom it is about, and what they have in common.
//! - What is known and did not go on changes nothing. What went on since adds evidence to its case; if that was decided
//!   meanwhile, another is opened that names it.
//! - Each *run* is kept with its range and what came of it. Runs of several processes take turns.

mod alert;
mod error;
mod job;
mod known;
mod migrations;
mod run;
mod service;
mod store;
mod words;

pub use alert::{Alert, AlertPlace, AlertQuery, AlertStatus, Run, RunPlace};
pub use error::Error;
pub use job::MonitorBooks;
pub use known::known;
pub use migrations::MIGRATIONS;
pub use service::{Monitoring, MonitoringSettings};

florin_kernel::ids! {
    /// Identifies an alert.
    AlertId,
    /// Identifies a run of monitoring.
    RunId,
}

/// How many of an alert's movements are kept, the latest.
pub const MOVEMENTS_KEPT: usize = 200;
/// How many movements become evidence of a case at once, the latest.
pub const EVIDENCE_MOVEMENTS: usize = 50;
