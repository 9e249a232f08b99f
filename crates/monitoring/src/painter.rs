//! Making the dashboard of what is read, with what changed in the last minute.

use std::collections::VecDeque;
use std::sync::Arc;

use florin_kernel::Timestamp;
use florin_kernel::meter::Spread;

use crate::catalogue::metric;
use crate::dashboard::{
    AlertsNow, Dashboard, FraudNow, LoginsNow, Part, Point, Pool, PostingsNow, Queue, State, SystemNow,
    TrafficNow,
};
use crate::reading::{spread, sum};
use crate::{Number, Reading};

/// Over which time rates and quantiles are reckoned, in microseconds.
const SPAN_US: i64 = 60_000_000;
/// How many points of the past are kept: ten minutes of them.
const POINTS_MAX: usize = 300;

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
