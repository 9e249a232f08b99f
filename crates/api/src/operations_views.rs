//! Metrics, the dashboard and alerts on the wire. Decimals are strings, so that they stay exact.

use std::collections::BTreeMap;

use florin_monitoring::alerts::{Alert, Event, Silence};
use florin_monitoring::{Dashboard, Number, Part, Point, Pool, Queue, Reading, State, Value};
use serde::Serialize;
use utoipa::ToSchema;

/// What one instance of a metric says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadingView {
    /// The name, as in `GET /metrics`.
    name: String,
    /// `counter`, `gauge` or `histogram`.
    kind: &'static str,
    /// What is counted, such as `seconds`.
    unit: &'static str,
    /// What instances are told apart by.
    labels: BTreeMap<&'static str, String>,
    /// The number, as a decimal; of a histogram how many there were.
    value: String,
    /// Of a histogram, in microseconds: what 50, 95 and 99 in a hundred did not exceed.
    quantiles_us: Option<[Option<u64>; 3]>,
}

impl From<&Reading> for ReadingView {
    fn from(reading: &Reading) -> Self {
        let (value, quantiles_us) = match &reading.value {
            Value::Number(number) => (number.to_string(), None),
            Value::Spread(spread) => {
                let quantiles = [500, 950, 990].map(|per_mille| spread.quantile_us(per_mille));
                (spread.count().to_string(), Some(quantiles))
            }
        };
        Self {
            name: reading.metric.sample(),
            kind: reading.metric.kind.code(),
            unit: reading.metric.unit.code(),
            labels: reading.labels.iter().cloned().collect(),
            value,
            quantiles_us,
        }
    }
}

/// All metrics.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricsView {
    /// What each instance says.
    pub(crate) data: Vec<ReadingView>,
}

/// How the program does: numbers of the last minute, unless a field says otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DashboardView {
    /// When it was made.
    at: Option<String>,
    /// Requests.
    traffic: TrafficView,
    /// What is posted.
    postings: PostingsView,
    /// The connections to the database.
    pools: Vec<PoolView>,
    /// The queues of jobs.
    queues: Vec<QueueView>,
    /// Decisions about risk.
    fraud: FraudView,
    /// Sign-ins.
    logins: LoginsView,
    /// Alerts that are not resolved.
    alerts: AlertsNowView,
    /// The parts of the program.
    parts: Vec<PartView>,
    /// The process and its machine.
    system: SystemView,
    /// The last ten minutes, the oldest first.
    points: Vec<PointView>,
}

/// Requests.
#[derive(Debug, Serialize, ToSchema)]
struct TrafficView {
    /// How many a second.
    requests_per_second: String,
    /// The share that failed.
    error_ratio: String,
    /// The share that was refused.
    refusal_ratio: String,
    /// How many were refused a second because somebody asked too often.
    rate_refusals_per_second: String,
    /// What half of the answers did not exceed, in microseconds.
    p50_us: Option<u64>,
    /// The same of 95 in a hundred.
    p95_us: Option<u64>,
    /// The same of 99 in a hundred.
    p99_us: Option<u64>,
}

/// What is posted.
#[derive(Debug, Serialize, ToSchema)]
struct PostingsView {
    /// How many transfers were made a second.
    made_per_second: String,
    /// How many were refused a second.
    refused_per_second: String,
    /// How many batches were committed a second.
    batches_per_second: String,
    /// How many events a batch had on average.
    events_per_batch: String,
    /// What 95 in a hundred batches did not exceed, in microseconds.
    batch_p95_us: Option<u64>,
    /// What 95 in a hundred commits did not exceed, in microseconds.
    commit_p95_us: Option<u64>,
    /// How many pieces of work wait.
    waiting: u64,
    /// By how much debits and credits differ, in minor units; `null` where they were not compared yet.
    imbalance_minor: Option<i64>,
}

/// Connections to the database that do the same kind of work.
#[derive(Debug, Serialize, ToSchema)]
struct PoolView {
    /// What they do: `readers`, `writers` or `posters`.
    name: String,
    /// How many there are.
    size: u64,
    /// How many of them work.
    in_use: u64,
    /// How many pieces of work wait for one.
    waiting: u64,
    /// How long 95 in a hundred pieces of work waited at most, in microseconds.
    wait_p95_us: Option<u64>,
}

/// The jobs of one kind.
#[derive(Debug, Serialize, ToSchema)]
struct QueueView {
    /// The kind.
    name: String,
    /// How many wait.
    pending: u64,
    /// For how long the oldest that is due has waited, in seconds.
    oldest_seconds: u64,
    /// How many failed too often.
    dead: u64,
}

/// Decisions about risk.
#[derive(Debug, Serialize, ToSchema)]
struct FraudView {
    /// How many were made a second.
    decisions_per_second: String,
    /// How many let something through, since the start.
    approved: u64,
    /// How many held something, since the start.
    reviewed: u64,
    /// How many refused something, since the start.
    declined: u64,
    /// What 95 in a hundred did not exceed, in microseconds.
    p95_us: Option<u64>,
    /// How many cases are not decided.
    cases_open: u64,
    /// How many of them are overdue.
    cases_overdue: u64,
}

/// Sign-ins.
#[derive(Debug, Serialize, ToSchema)]
struct LoginsView {
    /// How many were begun a minute.
    successes_per_minute: String,
    /// How many tries were refused a minute.
    failures_per_minute: String,
    /// How many accounts were closed because of that, since the start.
    lockouts: u64,
    /// How many accounts are closed to tries now.
    accounts_locked: u64,
    /// How many sign-ins there are.
    sessions_active: u64,
    /// The share of staff with a second factor.
    staff_mfa_ratio: Option<String>,
    /// The share of customers with one.
    customer_mfa_ratio: Option<String>,
}

/// Alerts that are not resolved.
#[derive(Debug, Serialize, ToSchema)]
struct AlertsNowView {
    /// How many are critical.
    critical: u64,
    /// How many are warnings.
    warning: u64,
    /// How many are for information.
    info: u64,
}

/// A part of the program.
#[derive(Debug, Serialize, ToSchema)]
struct PartView {
    /// Its name.
    name: String,
    /// `up` or `down`.
    state: &'static str,
}

/// The process and its machine.
#[derive(Debug, Serialize, ToSchema)]
struct SystemView {
    /// How many cores' time it used.
    cores_used: String,
    /// Memory held, in bytes.
    memory_bytes: u64,
    /// Memory of the machine that could be had, in bytes.
    memory_available_bytes: u64,
    /// What is left on the disk of the data directory, in bytes.
    disk_free_bytes: u64,
    /// The size of that disk, in bytes.
    disk_size_bytes: u64,
    /// What the machine received, in bytes a second.
    received_per_second: String,
    /// What it sent, in bytes a second.
    sent_per_second: String,
    /// When the last backup was made.
    backup_at: Option<String>,
    /// When the certificate that is served ends.
    certificate_ends_at: Option<String>,
}

/// What charts show of a moment.
#[derive(Debug, Serialize, ToSchema)]
struct PointView {
    /// The moment.
    at: String,
    /// Requests a second.
    requests_per_second: String,
    /// Of them, those that failed.
    errors_per_second: String,
    /// What 95 in a hundred answers did not exceed, in microseconds.
    p95_us: Option<u64>,
    /// Transfers made a second.
    transfers_per_second: String,
    /// Work that waits.
    waiting: u64,
    /// Tries to sign in that were refused, a second.
    login_failures_per_second: String,
}

impl From<&Dashboard> for DashboardView {
    fn from(board: &Dashboard) -> Self {
        let Dashboard { alerts, .. } = board;
        Self {
            at: board.at.map(|at| at.to_string()),
            traffic: traffic(board),
            postings: postings(board),
            pools: board.pools.iter().map(PoolView::from).collect(),
            queues: board.queues.iter().map(QueueView::from).collect(),
            fraud: fraud(board),
            logins: logins(board),
            alerts: AlertsNowView { critical: alerts.critical, warning: alerts.warning, info: alerts.info },
            parts: board.parts.iter().map(PartView::from).collect(),
            system: system(board),
            points: board.points.iter().map(PointView::from).collect(),
        }
    }
}

fn traffic(board: &Dashboard) -> TrafficView {
    let traffic = &board.traffic;
    TrafficView {
        requests_per_second: traffic.requests_per_second.to_string(),
        error_ratio: traffic.error_ratio.to_string(),
        refusal_ratio: traffic.refusal_ratio.to_string(),
        rate_refusals_per_second: traffic.rate_refusals_per_second.to_string(),
        p50_us: traffic.p50_us,
        p95_us: traffic.p95_us,
        p99_us: traffic.p99_us,
    }
}

fn postings(board: &Dashboard) -> PostingsView {
    let postings = &board.postings;
    PostingsView {
        made_per_second: postings.made_per_second.to_string(),
        refused_per_second: postings.refused_per_second.to_string(),
        batches_per_second: postings.batches_per_second.to_string(),
        events_per_batch: postings.events_per_batch.to_string(),
        batch_p95_us: postings.batch_p95_us,
        commit_p95_us: postings.commit_p95_us,
        waiting: postings.waiting,
        imbalance_minor: postings.imbalance_minor,
    }
}

fn fraud(board: &Dashboard) -> FraudView {
    let fraud = &board.fraud;
    FraudView {
        decisions_per_second: fraud.decisions_per_second.to_string(),
        approved: fraud.approved,
        reviewed: fraud.reviewed,
        declined: fraud.declined,
        p95_us: fraud.p95_us,
        cases_open: fraud.cases_open,
        cases_overdue: fraud.cases_overdue,
    }
}

fn logins(board: &Dashboard) -> LoginsView {
    let logins = &board.logins;
    LoginsView {
        successes_per_minute: logins.successes_per_minute.to_string(),
        failures_per_minute: logins.failures_per_minute.to_string(),
        lockouts: logins.lockouts,
        accounts_locked: logins.accounts_locked,
        sessions_active: logins.sessions_active,
        staff_mfa_ratio: logins.staff_mfa_ratio.map(|ratio: Number| ratio.to_string()),
        customer_mfa_ratio: logins.customer_mfa_ratio.map(|ratio: Number| ratio.to_string()),
    }
}

fn system(board: &Dashboard) -> SystemView {
    let system = &board.system;
    SystemView {
        cores_used: system.cores_used.to_string(),
        memory_bytes: system.memory_bytes,
        memory_available_bytes: system.memory_available_bytes,
        disk_free_bytes: system.disk_free_bytes,
        disk_size_bytes: system.disk_size_bytes,
        received_per_second: system.received_per_second.to_string(),
        sent_per_second: system.sent_per_second.to_string(),
        backup_at: system.backup_at.map(|at| at.to_string()),
        certificate_ends_at: system.certificate_ends_at.map(|at| at.to_string()),
    }
}

impl From<&Pool> for PoolView {
    fn from(pool: &Pool) -> Self {
        let Pool { name, size, in_use, waiting, wait_p95_us } = pool.clone();
        Self { name, size, in_use, waiting, wait_p95_us }
    }
}

impl From<&Queue> for QueueView {
    fn from(queue: &Queue) -> Self {
        let Queue { name, pending, oldest_seconds, dead } = queue.clone();
        Self { name, pending, oldest_seconds, dead }
    }
}

impl From<&Part> for PartView {
    fn from(part: &Part) -> Self {
        let state = match part.state {
            State::Up => "up",
            State::Down => "down",
        };
        Self { name: part.name.clone(), state }
    }
}

impl From<&Point> for PointView {
    fn from(point: &Point) -> Self {
        Self {
            at: point.at.to_string(),
            requests_per_second: point.requests_per_second.to_string(),
            errors_per_second: point.errors_per_second.to_string(),
            p95_us: point.p95_us,
            transfers_per_second: point.transfers_per_second.to_string(),
            waiting: point.waiting,
            login_failures_per_second: point.login_failures_per_second.to_string(),
        }
    }
}

/// A rule that is, or was, broken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperationsAlertView {
    /// The identifier.
    id: String,
    /// The rule.
    rule: String,
    /// The instance; empty where there is one alone.
    instance: String,
    /// `critical`, `warning` or `info`.
    severity: &'static str,
    /// `firing`, `acknowledged` or `resolved`.
    status: &'static str,
    /// What is wrong, in a sentence.
    summary: String,
    /// What was measured when it was last seen, as a decimal.
    value: String,
    /// What to do about it.
    runbook: String,
    /// Since when.
    fired_at: String,
    /// When the rule was last seen to be broken.
    seen_at: String,
    /// Who looks after it.
    acknowledged_by: Option<String>,
    /// Since when.
    acknowledged_at: Option<String>,
    /// Who resolved it; `null` where it ended by itself.
    resolved_by: Option<String>,
    /// When.
    resolved_at: Option<String>,
}

impl From<&Alert> for OperationsAlertView {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.clone(),
            instance: alert.instance.clone(),
            severity: alert.severity.code(),
            status: alert.status.code(),
            summary: alert.summary.clone(),
            value: alert.value.clone(),
            runbook: alert.runbook.clone(),
            fired_at: alert.fired_at.to_string(),
            seen_at: alert.seen_at.to_string(),
            acknowledged_by: alert.acknowledged_by.map(|by| by.to_string()),
            acknowledged_at: alert.acknowledged_at.map(|at| at.to_string()),
            resolved_by: alert.resolved_by.map(|by| by.to_string()),
            resolved_at: alert.resolved_at.map(|at| at.to_string()),
        }
    }
}

/// An alert with what happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertHistoryView {
    /// The alert.
    pub(crate) alert: OperationsAlertView,
    /// What happened, in its order.
    pub(crate) history: Vec<AlertEventView>,
}

/// One thing that happened to an alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertEventView {
    /// `fired`, `reminded`, `acknowledged` or `resolved`.
    kind: &'static str,
    /// By whom; `null` where the program did it.
    by: Option<String>,
    /// What they said about it.
    note: String,
    /// When.
    at: String,
}

impl From<&Event> for AlertEventView {
    fn from(event: &Event) -> Self {
        Self {
            kind: event.kind.code(),
            by: event.by.map(|by| by.to_string()),
            note: event.note.clone(),
            at: event.at.to_string(),
        }
    }
}

/// Alerts of which nobody is told for a while.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilenceView {
    /// The identifier.
    id: String,
    /// The rule.
    rule: String,
    /// The instance; `null` for all.
    instance: Option<String>,
    /// Why.
    reason: String,
    /// By whom.
    by: String,
    /// Since when.
    made_at: String,
    /// Until when.
    ends_at: String,
}

impl From<&Silence> for SilenceView {
    fn from(silence: &Silence) -> Self {
        Self {
            id: silence.id.to_string(),
            rule: silence.rule.clone(),
            instance: silence.instance.clone(),
            reason: silence.reason.clone(),
            by: silence.by.to_string(),
            made_at: silence.made_at.to_string(),
            ends_at: silence.ends_at.to_string(),
        }
    }
}

/// The silences that are not over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SilencesView {
    /// Each of them, that which ends first at the top.
    pub(crate) data: Vec<SilenceView>,
}
