//! What a page of operations shows, made once every two seconds for all who look.

use std::collections::VecDeque;
use std::sync::Arc;

use florin_kernel::meter::Spread;
use florin_kernel::{Timestamp, Uuid};

use crate::catalogue::metric;
use crate::reading::{spread, sum};
use crate::rules::Severity;
use crate::{Number, Reading};

/// Over which time rates and quantiles are reckoned, in microseconds.
const SPAN_US: i64 = 60_000_000;
/// How many points of the past are kept: ten minutes of them.
const POINTS_MAX: usize = 300;

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

/// Makes a dashboard again and again of what is read; remembers the last minute for rates.
#[derive(Debug, Default)]
pub struct Painter {
    past: VecDeque<(i64, Arc<Vec<Reading>>)>,
    points: VecDeque<Point>,
}

impl Painter {
    /// The dashboard of these readings, which are of `at`.
    pub fn paint(&mut self, at: Timestamp, readings: Arc<Vec<Reading>>, alerts: AlertsNow) -> Dashboard {
        let at_us = at.as_microsecond();
        let empty = Arc::default();
        let newest = self.past.back().cloned().unwrap_or((at_us, Arc::clone(&empty)));
        let oldest = self.past.front().cloned().unwrap_or((at_us, empty));
        let step = Change { from: &newest.1, to: &readings, us: at_us.saturating_sub(newest.0) };
        self.points.push_back(step.point(at));
        while self.points.len() > POINTS_MAX {
            self.points.pop_front();
        }
        let minute = Change { from: &oldest.1, to: &readings, us: at_us.saturating_sub(oldest.0) };
        let board = minute.board(at, alerts, Arc::new(self.points.clone()));
        self.past.push_back((at_us, readings));
        while self.past.front().is_some_and(|(then, _)| at_us.saturating_sub(*then) > SPAN_US) {
            self.past.pop_front();
        }
        board
    }
}

/// What changed between two times.
struct Change<'a> {
    from: &'a [Reading],
    to: &'a [Reading],
    us: i64,
}

impl Change<'_> {
    /// By how much a counter rose.
    fn rise(&self, metric: &crate::Metric, label: Option<(&str, &str)>) -> Number {
        let now = sum(self.to, metric, label).unwrap_or_default();
        let before = sum(self.from, metric, label).unwrap_or_default();
        now.minus(before).max(Number::ZERO)
    }

    /// By how much a counter rose each second.
    fn rate(&self, metric: &crate::Metric, label: Option<(&str, &str)>) -> Number {
        // Without a time before there is nothing to compare with.
        if self.us <= 0 {
            return Number::ZERO;
        }
        self.rise(metric, label).over(Number::seconds_of_us(self.us)).unwrap_or_default()
    }

    fn spread(&self, metric: &crate::Metric, label: Option<(&str, &str)>) -> Spread {
        spread(self.to, metric, label).since(&spread(self.from, metric, label))
    }

    fn gauge(&self, metric: &crate::Metric) -> u64 {
        whole(sum(self.to, metric, None).unwrap_or_default())
    }

    fn time(&self, metric: &crate::Metric) -> Option<Timestamp> {
        let number = sum(self.to, metric, None)?;
        Timestamp::from_second(number.floor()).ok()
    }

    fn point(&self, at: Timestamp) -> Point {
        Point {
            at,
            requests_per_second: self.rate(&metric::REQUESTS, None),
            errors_per_second: self.rate(&metric::REQUESTS, Some(("status_class", "5xx"))),
            p95_us: self.spread(&metric::REQUEST_DURATION, None).quantile_us(950),
            transfers_per_second: self.rate(&metric::TRANSFERS, Some(("outcome", "made"))),
            waiting: self.gauge(&metric::WRITE_WAITING),
            login_failures_per_second: self.rate(&metric::AUTH_FAILURES, None),
        }
    }

    fn board(&self, at: Timestamp, alerts: AlertsNow, points: Arc<VecDeque<Point>>) -> Dashboard {
        Dashboard {
            at: Some(at),
            traffic: self.traffic(),
            postings: self.postings(),
            pools: self.pools(),
            queues: self.queues(),
            fraud: self.fraud(),
            logins: self.logins(),
            alerts,
            parts: self.parts(),
            system: self.system(),
            points,
        }
    }

    fn traffic(&self) -> TrafficNow {
        let class = |class| self.rise(&metric::REQUESTS, Some(("status_class", class)));
        let all = self.rise(&metric::REQUESTS, None);
        let times = self.spread(&metric::REQUEST_DURATION, None);
        TrafficNow {
            requests_per_second: self.rate(&metric::REQUESTS, None),
            error_ratio: class("5xx").over(all).unwrap_or_default(),
            refusal_ratio: class("4xx").over(all).unwrap_or_default(),
            rate_refusals_per_second: self.rate(&metric::RATE_REFUSALS, None),
            p50_us: times.quantile_us(500),
            p95_us: times.quantile_us(950),
            p99_us: times.quantile_us(990),
        }
    }

    fn postings(&self) -> PostingsNow {
        let batches = self.rise(&metric::BATCHES, None);
        PostingsNow {
            made_per_second: self.rate(&metric::TRANSFERS, Some(("outcome", "made"))),
            refused_per_second: self.rate(&metric::TRANSFERS, Some(("outcome", "refused"))),
            batches_per_second: self.rate(&metric::BATCHES, None),
            events_per_batch: self.rise(&metric::BATCH_EVENTS, None).over(batches).unwrap_or_default(),
            batch_p95_us: self.spread(&metric::BATCH_DURATION, None).quantile_us(950),
            commit_p95_us: self.spread(&metric::COMMIT_DURATION, None).quantile_us(950),
            waiting: self.gauge(&metric::WRITE_WAITING),
            imbalance_minor: sum(self.to, &metric::IMBALANCE, None).map(Number::floor),
        }
    }

    fn pools(&self) -> Vec<Pool> {
        let pools = self.to.iter().filter(|reading| reading.is_of(&metric::POOL_WAITING));
        let pool = |name: &str| {
            let label = Some(("pool", name));
            let connections = |state: &str| {
                let of = |reading: &&Reading| {
                    reading.is_of(&metric::POOL_CONNECTIONS)
                        && reading.label("pool") == Some(name)
                        && reading.label("state") == Some(state)
                };
                whole(self.to.iter().find(of).and_then(Reading::number).unwrap_or_default())
            };
            let in_use = connections("in_use");
            Pool {
                name: name.to_owned(),
                size: in_use.saturating_add(connections("idle")),
                in_use,
                waiting: whole(sum(self.to, &metric::POOL_WAITING, label).unwrap_or_default()),
                wait_p95_us: self.spread(&metric::POOL_WAIT, label).quantile_us(950),
            }
        };
        pools.filter_map(|reading| reading.label("pool")).map(pool).collect()
    }

    fn queues(&self) -> Vec<Queue> {
        let mut names: Vec<&str> = Vec::new();
        for wanted in [&metric::JOBS_PENDING, &metric::JOBS_DEAD] {
            let of_metric = self.to.iter().filter(|reading| reading.is_of(wanted));
            names.extend(of_metric.filter_map(|reading| reading.label("queue")));
        }
        names.sort_unstable();
        names.dedup();
        let of = |metric: &crate::Metric, name: &str| {
            whole(sum(self.to, metric, Some(("queue", name))).unwrap_or_default())
        };
        let queue = |name: &str| Queue {
            name: name.to_owned(),
            pending: of(&metric::JOBS_PENDING, name),
            oldest_seconds: of(&metric::JOB_AGE, name),
            dead: of(&metric::JOBS_DEAD, name),
        };
        names.into_iter().map(queue).collect()
    }

    fn fraud(&self) -> FraudNow {
        let of =
            |decision| whole(sum(self.to, &metric::FRAUD, Some(("decision", decision))).unwrap_or_default());
        FraudNow {
            decisions_per_second: self.rate(&metric::FRAUD, None),
            approved: of("approve"),
            reviewed: of("review"),
            declined: of("decline"),
            p95_us: self.spread(&metric::FRAUD_DURATION, None).quantile_us(950),
            cases_open: self.gauge(&metric::CASES),
            cases_overdue: self.gauge(&metric::CASES_OVERDUE),
        }
    }

    fn logins(&self) -> LoginsNow {
        let minute = |metric| Number::micro(self.rate(metric, None).as_micro().saturating_mul(60));
        LoginsNow {
            successes_per_minute: minute(&metric::SIGN_INS),
            failures_per_minute: minute(&metric::AUTH_FAILURES),
            lockouts: self.gauge(&metric::LOCKOUTS),
            accounts_locked: self.gauge(&metric::LOCKED),
            sessions_active: self.gauge(&metric::SESSIONS),
            staff_mfa_ratio: sum(self.to, &metric::MFA_RATIO, Some(("group", "staff"))),
            customer_mfa_ratio: sum(self.to, &metric::MFA_RATIO, Some(("group", "customers"))),
        }
    }

    fn parts(&self) -> Vec<Part> {
        let parts = self.to.iter().filter(|reading| reading.is_of(&metric::COMPONENT));
        let part = |reading: &Reading| {
            let up = reading.number().is_some_and(|number| number > Number::ZERO);
            let state = if up { State::Up } else { State::Down };
            Some(Part { name: reading.label("component")?.to_owned(), state })
        };
        parts.filter_map(part).collect()
    }

    fn system(&self) -> SystemNow {
        SystemNow {
            cores_used: self.rate(&metric::CPU, None),
            memory_bytes: self.gauge(&metric::MEMORY),
            memory_available_bytes: self.gauge(&metric::HOST_MEMORY),
            disk_free_bytes: self.gauge(&metric::DISK_FREE),
            disk_size_bytes: self.gauge(&metric::DISK_SIZE),
            received_per_second: self.rate(&metric::NET_RECEIVED, None),
            sent_per_second: self.rate(&metric::NET_SENT, None),
            backup_at: self.time(&metric::BACKUP),
            certificate_ends_at: self.time(&metric::CERTIFICATE),
        }
    }
}

fn whole(number: Number) -> u64 {
    u64::try_from(number.floor()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn requests(good: i64, bad: i64) -> Arc<Vec<Reading>> {
        Arc::new(vec![
            Reading::by(&metric::REQUESTS, "2xx", Number::whole(good)),
            Reading::by(&metric::REQUESTS, "5xx", Number::whole(bad)),
            Reading::by(&metric::COMPONENT, "database", Number::whole(1)),
            Reading::by(&metric::JOBS_DEAD, "mail.send", Number::whole(2)),
        ])
    }

    #[test]
    fn rates_are_those_of_the_last_minute_and_points_those_of_the_last_step() {
        let mut painter = Painter::default();
        for step in 0..60 {
            painter.paint(at(step * 2), requests(step * 20, 0), AlertsNow::default());
        }

        let board = painter.paint(at(120), requests(1_180, 20), AlertsNow::default());

        assert_eq!(board.traffic.requests_per_second.to_string(), "10");
        assert_eq!(board.traffic.error_ratio.to_string(), "0.032258");
        assert_eq!(board.points.back().unwrap().errors_per_second, Number::whole(10));
        assert_eq!(board.points.len(), 61);
        assert_eq!(board.parts, [Part { name: "database".to_owned(), state: State::Up }]);
        assert_eq!(board.queues[0].dead, 2);
    }

    #[test]
    fn a_pool_is_told_with_what_waited_in_the_last_minute() {
        let durations = florin_kernel::meter::Durations::default();
        let readings = |in_use: i64, idle: i64, waiting: i64| {
            let connections = |state, number: i64| {
                Reading::with(&metric::POOL_CONNECTIONS, &["readers", state], Number::whole(number))
            };
            Arc::new(vec![
                connections("in_use", in_use),
                connections("idle", idle),
                Reading::by(&metric::POOL_WAITING, "readers", Number::whole(waiting)),
                Reading::spread_by(&metric::POOL_WAIT, "readers", durations.spread()),
            ])
        };
        let mut painter = Painter::default();
        for _ in 0..100 {
            durations.took(std::time::Duration::from_secs(2));
        }
        painter.paint(at(0), readings(0, 2, 0), AlertsNow::default());
        for _ in 0..100 {
            durations.took(std::time::Duration::from_micros(40));
        }

        let board = painter.paint(at(2), readings(2, 0, 7), AlertsNow::default());

        let pool = &board.pools[0];
        assert_eq!(
            (pool.name.as_str(), pool.size, pool.in_use, pool.waiting),
            ("readers", 2, 2, 7),
            "what there is now"
        );
        assert!(pool.wait_p95_us.unwrap() <= 50, "what waited before counts no more");
    }

    #[test]
    fn the_first_dashboard_has_no_rates() {
        let board = Painter::default().paint(at(0), requests(1_000, 5), AlertsNow::default());

        assert_eq!(board.traffic.requests_per_second, Number::ZERO);
    }

    #[test]
    fn ten_minutes_of_points_are_kept() {
        let mut painter = Painter::default();
        let boards =
            (0..400).map(|step| painter.paint(at(step * 2), requests(step, 0), AlertsNow::default()));

        assert_eq!(boards.last().unwrap().points.len(), POINTS_MAX);
    }
}
