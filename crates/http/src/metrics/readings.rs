//! Between the registry and what monitoring reads.

use std::fmt;
use std::sync::Arc;

use florin_kernel::meter::{BOUNDS_US, Spread};
use florin_monitoring::catalogue::metric;
use florin_monitoring::{Gather, Kind, METRICS, Metric, Number, Operations, Reading, Value};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::NoLabelSet;
use prometheus_client::metrics::MetricType;

use super::{CLASSES, Totals};
use crate::rates::RouteClass;

/// What is counted of requests, for monitoring.
pub(super) struct Seen(pub(super) Arc<Totals>);

impl Gather for Seen {
    fn counts(&self) -> Vec<Reading> {
        let classes = CLASSES.iter().zip(&self.0.classes);
        let class = |(class, count): (&&str, &florin_kernel::meter::Count)| {
            Reading::by(&metric::REQUESTS, class, Number::whole(count.get()))
        };
        let mut readings: Vec<Reading> = classes.map(class).collect();
        readings.push(Reading::spread(&metric::REQUEST_DURATION, self.0.durations.spread()));
        if let Some(refusals) = self.0.refusals.get() {
            let by_class = RouteClass::ALL.iter().zip(refusals.iter());
            readings.extend(by_class.map(|(class, count)| {
                Reading::by(&metric::RATE_REFUSALS, class.code(), Number::whole(count.get()))
            }));
        }
        readings
    }
}

/// What monitoring reads, for the registry. Nothing is asked for that takes a query.
pub(super) struct Readings(pub(super) Operations);

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readings")
    }
}

/// Whether the registry has the metric already, with more labels or read at each collection.
fn is_in_registry(metric: &Metric) -> bool {
    metric.name.starts_with("florin_http_")
        || metric.name.starts_with("process_")
        || metric.kind == Kind::Info
}

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let readings = self.0.readings();
        for metric in METRICS.iter().filter(|metric| !is_in_registry(metric)) {
            let of_metric: Vec<&Reading> =
                readings.iter().filter(|reading| std::ptr::eq(reading.metric, *metric)).collect();
            if !of_metric.is_empty() {
                encode_metric(&mut encoder, metric, &of_metric)?;
            }
        }
        Ok(())
    }
}

fn encode_metric(
    encoder: &mut DescriptorEncoder,
    metric: &Metric,
    readings: &[&Reading],
) -> Result<(), fmt::Error> {
    let kind = match metric.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
        Kind::Info => MetricType::Info,
    };
    let mut family = encoder.encode_descriptor(metric.name, metric.help, None, kind)?;
    for reading in readings {
        let labels: Vec<(&str, &str)> =
            reading.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut one = family.encode_family(&labels)?;
        match (&reading.value, metric.kind) {
            (Value::Number(number), Kind::Counter) => {
                one.encode_counter::<NoLabelSet, _, u64>(&float(*number), None)?;
            }
            (Value::Number(number), _) => one.encode_gauge(&float(*number))?,
            (Value::Spread(spread), _) => {
                let total = float(Number::seconds_of_us(spread.total_us));
                one.encode_histogram::<NoLabelSet>(total, spread.count(), &buckets(spread), None)?;
            }
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_types, reason = "a metric, as Prometheus has it; no money is counted with it")]
fn buckets(spread: &Spread) -> Vec<(f64, u64)> {
    let bounds = BOUNDS_US.iter().map(|bound| float(Number::seconds_of_us(*bound)));
    bounds.chain([f64::INFINITY]).zip(spread.counts).collect()
}

#[expect(
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "a metric, as Prometheus has it; no money is counted with it"
)]
fn float(number: Number) -> f64 {
    number.as_micro() as f64 / 1_000_000.0
}
