//! What a page of operations shows, made once every two seconds for all who look.

use std::collections::VecDeque;
use std::sync::Arc;

use florin_kernel::{Timestamp, Uuid};

use crate::Number;
use crate::rules::Severity;

/// How the program does: numbers of the last minute, unless a field says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dashboard {
    /// When it was made; none before the first time.
    pub at: Option<Timestamp>,
    /// Requests.
    pub traffic: TrafficNow,
    /// What is posted.
    pub postings: PostingsNow,
    /// The connections to the database, by what they do.
    pub pools: Vec<Pool>,
    /// The queues of jobs that have any, by name.
    pub queues: Vec<Queue>,
    /// Decisions about risk.
    pub fraud: FraudNow,
    /// Sign-ins.
    pub logins: LoginsNow,
    /// Alerts.
    pub alerts: AlertsNow,
    /// The parts of the program.
    pub parts: Vec<Part>,
    /// The process and its machine.
    pub system: SystemNow,
    /// The last ten minutes, a point every two seconds, the oldest first.
    pub points: Arc<VecDeque<Point>>,
}

/// Requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficNow {
    /// How many a second.
    pub requests_per_second: Number,
    /// The share that failed for reasons of the program's own (5xx).
    pub error_ratio: Number,
    /// The share that was refused (4xx).
    pub refusal_ratio: Number,
    /// How many were refused because somebody asked too often, a second.
    pub rate_refusals_per_second: Number,
    /// What half of the answers did not exceed, in microseconds; none without any.
    pub p50_us: Option<u64>,
    /// The same of 95 in a hundred.
    pub p95_us: Option<u64>,
    /// The same of 99 in a hundred.
    pub p99_us: Option<u64>,
}

/// What is posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostingsNow {
    /// How many transfers were made a second.
    pub made_per_second: Number,
    /// How many were refused a second.
    pub refused_per_second: Number,
    /// How many batches were committed a second.
    pub batches_per_second: Number,
    /// How many events a batch had on average.
    pub events_per_batch: Number,
    /// What 95 in a hundred batches did not exceed, in microseconds.
    pub batch_p95_us: Option<u64>,
    /// What 95 in a hundred commits did not exceed, in microseconds.
    pub commit_p95_us: Option<u64>,
    /// How many pieces of work wait.
    pub waiting: u64,
    /// By how much debits and credits differ, in minor units; none where they were not reckoned yet.
    pub imbalance_minor: Option<i64>,
}

/// Connections to the database that do the same kind of work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// What they do: `readers`, `writers` or `posters`.
    pub name: String,
    /// How many there are.
    pub size: u64,
    /// How many of them work.
    pub in_use: u64,
    /// How many pieces of work wait for one.
    pub waiting: u64,
    /// How long 95 in a hundred pieces of work waited at most, in microseconds; none where none came.
    pub wait_p95_us: Option<u64>,
}

/// The jobs of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The kind.
    pub name: String,
    /// How many wait.
    pub pending: u64,
    /// For how long the oldest that is due has waited, in seconds.
    pub oldest_seconds: u64,
    /// How many failed too often.
    pub dead: u64,
}

/// Decisions about risk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FraudNow {
    /// How many were made a second.
    pub decisions_per_second: Number,
    /// How many let something through, since the start.
    pub approved: u64,
    /// How many held something, since the start.
    pub reviewed: u64,
    /// How many refused something, since the start.
    pub declined: u64,
    /// What 95 in a hundred did not exceed, in microseconds.
    pub p95_us: Option<u64>,
    /// How many cases are not decided.
    pub cases_open: u64,
    /// How many of them are overdue.
    pub cases_overdue: u64,
}

/// Sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginsNow {
    /// How many were begun a minute.
    pub successes_per_minute: Number,
    /// How many tries were refused a minute.
    pub failures_per_minute: Number,
    /// How many accounts were closed because of that, since the start.
    pub lockouts: u64,
    /// How many accounts are closed to tries now.
    pub accounts_locked: u64,
    /// How many sign-ins there are.
    pub sessions_active: u64,
    /// The share of staff with a second factor.
    pub staff_mfa_ratio: Option<Number>,
    /// The share of customers with one.
    pub customer_mfa_ratio: Option<Number>,
}

/// Alerts that are not resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertsNow {
    /// How many are critical.
    pub critical: u64,
    /// How many are warnings.
    pub warning: u64,
    /// How many are for information.
    pub info: u64,
    /// The newest, at most ten.
    pub newest: Vec<NewestAlert>,
}

/// One of the newest alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestAlert {
    /// The identifier.
    pub id: Uuid,
    /// The rule that is broken.
    pub rule: String,
    /// By which instance; empty where there is one alone.
    pub instance: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether somebody looks after it.
    pub acknowledged: bool,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// Since when.
    pub fired_at: Timestamp,
}

/// How a part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Up,
    /// It does not.
    Down,
}

/// A part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// How it does.
    pub state: State,
}

/// The process and its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemNow {
    /// How many cores' time it used.
    pub cores_used: Number,
    /// Memory held, in bytes.
    pub memory_bytes: u64,
    /// Memory of the machine that could be had, in bytes.
    pub memory_available_bytes: u64,
    /// What is left on the disk of the data directory, in bytes.
    pub disk_free_bytes: u64,
    /// The size of that disk, in bytes.
    pub disk_size_bytes: u64,
    /// What the machine received, in bytes a second.
    pub received_per_second: Number,
    /// What it sent, in bytes a second.
    pub sent_per_second: Number,
    /// When the last backup was made.
    pub backup_at: Option<Timestamp>,
    /// When the certificate that is served ends.
    pub certificate_ends_at: Option<Timestamp>,
}

/// What charts show of a moment: rates since the point before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The moment.
    pub at: Timestamp,
    /// Requests a second.
    pub requests_per_second: Number,
    /// Of them, those that failed for reasons of the program's own.
    pub errors_per_second: Number,
    /// What 95 in a hundred answers did not exceed, in microseconds.
    pub p95_us: Option<u64>,
    /// Transfers made a second.
    pub transfers_per_second: Number,
    /// Work that waits.
    pub waiting: u64,
    /// Tries to sign in that were refused, a second.
    pub login_failures_per_second: Number,
}
