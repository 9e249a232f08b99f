//! The numbers that Prometheus collects: requests, the process, and whatever others register.

use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use florin_kernel::meter::{Count, Durations};
use florin_monitoring::Operations;
use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

mod plain;
mod readings;

use self::readings::{Readings, Seen};
use crate::rates::Refusals;

const OPENMETRICS: &str = "application/openmetrics-text";
const OPENMETRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The registry of all metrics; clones are the same one.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    totals: Arc<Totals>,
}

/// Requests of all routes together, as the program's own rules and the dashboard see them.
#[derive(Debug, Default)]
struct Totals {
    classes: [Count; CLASSES.len()],
    durations: Durations,
    /// Refusals because somebody asked too often, by class of route.
    refusals: OnceLock<Refusals>,
}

/// The hundreds of statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status_class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

/// The metrics of one method of one route, found once so that a request need not look them up.
pub(crate) struct RouteMetrics {
    pub(crate) route: String,
    pub(crate) method: &'static str,
    requests: Family<RequestLabels, Counter>,
    durations: Histogram,
    /// Counters by the hundreds of the status, made when first needed.
    classes: [OnceLock<Counter>; CLASSES.len()],
    totals: Arc<Totals>,
}

impl Metrics {
    /// A registry with the program's version, its process and its requests.
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::default();
        let requests = Family::<RequestLabels, Counter>::default();
        let durations =
            Family::<RouteLabels, Histogram, _>::new_with_constructor(histogram as fn() -> Histogram);
        registry.register("florin_http_requests", "Requests that were answered", requests.clone());
        registry.register_with_unit(
            "florin_http_request_duration",
            "Time from a request's head to its answer's",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("florin_build", "The program", Info::new(vec![("version", version.to_owned())]));
        registry.register_collector(Box::new(Process));
        Self(Arc::new(Inner { registry: Mutex::new(registry), requests, durations, totals: Arc::default() }))
    }

    /// Lets others register metrics of their own; names begin with `florin_`.
    pub fn register<T>(&self, with: impl FnOnce(&mut Registry) -> T) -> T {
        with(&mut self.0.registry.lock())
    }

    /// Counts the refusals of these limits too.
    pub(crate) fn count_refusals(&self, refusals: Refusals) {
        // There are one set of limits to one set of metrics.
        let _ = self.0.totals.refusals.set(refusals);
    }

    /// Shows what `operations` reads, and has it read what is counted here.
    pub fn join(&self, operations: &Operations) {
        operations.also(Arc::new(Seen(Arc::clone(&self.0.totals))));
        let readings = Box::new(Readings(operations.clone()));
        self.register(|registry| registry.register_collector(readings));
    }

    /// All metrics in the text format of `OpenMetrics`.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.0.registry.lock())?;
        Ok(text)
    }

    /// `GET /metrics`: in `OpenMetrics` for whoever asks for it, in the text format of Prometheus for everybody else.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let metrics = self.clone();
        Router::new().route(
            "/metrics",
            get(async move |headers: HeaderMap| match metrics.text() {
                Ok(text) if takes_openmetrics(&headers) => answer(OPENMETRICS_TYPE, text),
                Ok(text) => answer(plain::MEDIA_TYPE, plain::of_openmetrics(&text)),
                Err(error) => crate::Problem::internal(&error).into_response(),
            }),
        )
    }

    pub(crate) fn of_route(&self, route: &str, method: &'static str) -> RouteMetrics {
        let labels = RouteLabels { route: route.to_owned(), method };
        let durations = self.0.durations.get_or_create_owned(&labels);
        let requests = self.0.requests.clone();
        let totals = Arc::clone(&self.0.totals);
        RouteMetrics { route: labels.route, method, requests, durations, classes: Default::default(), totals }
    }
}

fn takes_openmetrics(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.contains(OPENMETRICS))
}

fn answer(media_type: &'static str, text: String) -> Response {
    ([(CONTENT_TYPE, media_type), (VARY, "accept")], text).into_response()
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl RouteMetrics {
    /// Counts one answer with this status, which took this long.
    pub(crate) fn observe(&self, status: u16, elapsed: std::time::Duration) {
        let class = usize::from(status / 100).saturating_sub(1).min(4);
        if let (Some(counter), Some(status_class)) = (self.classes.get(class), CLASSES.get(class)) {
            counter
                .get_or_init(|| {
                    let labels =
                        RequestLabels { route: self.route.clone(), method: self.method, status_class };
                    self.requests.get_or_create_owned(&labels)
                })
                .inc();
        }
        if let Some(count) = self.totals.classes.get(class) {
            count.one();
        }
        self.totals.durations.took(elapsed);
        self.durations.observe(elapsed.as_secs_f64());
    }
}

fn histogram() -> Histogram {
    Histogram::new([0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
}

/// What the system tells of this process, read at each collection.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        if let Some(cpu_ms) = cpu_ms() {
            let cpu = ConstCounter::new(seconds(cpu_ms));
            let help = "Processor time used, user's and system's";
            cpu.encode(encoder.encode_descriptor(
                "process_cpu",
                help,
                Some(&Unit::Seconds),
                cpu.metric_type(),
            )?)?;
        }
        if let Some(bytes) = resident_bytes() {
            let memory = ConstGauge::new(bytes);
            let help = "Memory held";
            let kind = memory.metric_type();
            memory.encode(encoder.encode_descriptor(
                "process_resident_memory",
                help,
                Some(&Unit::Bytes),
                kind,
            )?)?;
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            let open = ConstGauge::new(i64::try_from(files.count()).unwrap_or(i64::MAX));
            let kind = open.metric_type();
            open.encode(encoder.encode_descriptor(
                "process_open_fds",
                "Files and sockets open",
                None,
                kind,
            )?)?;
        }
        Ok(())
    }
}

#[expect(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "a metric, as Prometheus has it; no money"
)]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1_000.0
}

/// Processor time of this process; the kernel counts it in hundredths of a second.
fn cpu_ms() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, second field, may hold anything, but its closing bracket is the last.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(|field| field.parse::<u64>().ok());
    let ticks = times.next()??.saturating_add(times.next()??);
    Some(ticks.saturating_mul(10))
}

fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn requests_are_counted_by_route_method_and_class() {
        let metrics = Metrics::new("1.2.3");
        let route = metrics.of_route("/accounts/{id}", "GET");

        route.observe(200, Duration::from_millis(3));
        route.observe(204, Duration::from_millis(30));
        route.observe(503, Duration::from_secs(20));
        metrics.of_route("/accounts/{id}", "GET").observe(404, Duration::ZERO);

        let text = metrics.text().unwrap();
        let labels = r#"route="/accounts/{id}",method="GET""#;
        for line in [
            format!("florin_http_requests_total{{{labels},status_class=\"2xx\"}} 2"),
            format!("florin_http_requests_total{{{labels},status_class=\"4xx\"}} 1"),
            format!("florin_http_requests_total{{{labels},status_class=\"5xx\"}} 1"),
            format!("florin_http_request_duration_seconds_count{{{labels}}} 4"),
            format!("florin_http_request_duration_seconds_bucket{{le=\"0.005\",{labels}}} 2"),
            "florin_build_info{version=\"1.2.3\"} 1".to_owned(),
        ] {
            assert!(text.contains(&line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn the_process_tells_of_its_processor_memory_and_files() {
        let text = Metrics::new("1").text().unwrap();

        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("{name}\n{text}"));
            line.trim().split('.').next().unwrap().parse::<u64>().unwrap()
        };
        assert!(value("process_resident_memory_bytes ") > 1_000_000);
        assert!(value("process_open_fds ") >= 3);
        assert!(value("process_cpu_seconds_total ") < 3_600);
    }

    #[test]
    fn others_register_what_is_theirs() {
        let metrics = Metrics::new("1");
        let transfers = Counter::<u64>::default();

        metrics.register(|registry| registry.register("florin_transfers", "Transfers", transfers.clone()));
        transfers.inc_by(5);

        assert!(metrics.text().unwrap().contains("florin_transfers_total 5"));
    }
}
