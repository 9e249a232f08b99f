//! What a metric is, and what it says.

use florin_kernel::meter::Spread;

use crate::Number;

/// How a metric's numbers are to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, and begins anew with the process.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Durations by intervals.
    Histogram,
    /// It is 1, and its labels tell.
    Info,
}

impl Kind {
    /// The name that Prometheus has for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds, with their fractions.
    Seconds,
    /// Seconds since 1970.
    Timestamp,
    /// Bytes.
    Bytes,
    /// A share, from 0 to 1.
    Ratio,
    /// Minor units of whatever currency.
    Minor,
}

impl Unit {
    /// The name as documentation has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Timestamp => "seconds since 1970",
            Self::Bytes => "bytes",
            Self::Ratio => "ratio",
            Self::Minor => "minor units",
        }
    }
}

/// One metric of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// The name of its family, as Prometheus collects it: without `_total`, `_bucket`, `_count` and `_sum`.
    pub name: &'static str,
    /// How its numbers are to be understood.
    pub kind: Kind,
    /// What is counted.
    pub unit: Unit,
    /// What its instances are told apart by.
    pub labels: &'static [&'static str],
    /// Labels that the program's own rules do not see: their instances are added up.
    pub folded: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

impl Metric {
    /// The metric with this name: that of its family, or that of a counter's samples.
    pub fn find(name: &str) -> Option<&'static Self> {
        crate::METRICS.iter().copied().find(|metric| metric.name == name || metric.sample() == name)
    }

    /// The name of its samples.
    pub fn sample(&self) -> String {
        match self.kind {
            Kind::Counter => format!("{}_total", self.name),
            Kind::Info => format!("{}_info", self.name),
            Kind::Gauge | Kind::Histogram => self.name.to_owned(),
        }
    }

    /// Whether this is one of its labels that rules see.
    pub fn has_label(&self, label: &str) -> bool {
        self.labels.contains(&label) && !self.folded.contains(&label)
    }
}

/// What one instance of a metric says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A counter or a gauge.
    Number(Number),
    /// A histogram.
    Spread(Spread),
}

/// What one instance of a metric says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Of which metric.
    pub metric: &'static Metric,
    /// The labels and their values, in the metric's order.
    pub labels: Vec<(&'static str, String)>,
    /// What it says.
    pub value: Value,
}

impl Reading {
    /// A metric without labels.
    pub fn of(metric: &'static Metric, number: Number) -> Self {
        Self { metric, labels: Vec::new(), value: Value::Number(number) }
    }

    /// A metric with one label.
    pub fn by(metric: &'static Metric, label: &str, number: Number) -> Self {
        Self::with(metric, &[label], number)
    }

    /// A metric with the values of those labels that are not folded, in its order.
    pub fn with(metric: &'static Metric, values: &[&str], number: Number) -> Self {
        let names = metric.labels.iter().filter(|label| !metric.folded.contains(label));
        let labels = names.zip(values).map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { metric, labels, value: Value::Number(number) }
    }

    /// A histogram without labels.
    pub fn spread(metric: &'static Metric, spread: Spread) -> Self {
        Self { metric, labels: Vec::new(), value: Value::Spread(spread) }
    }

    /// A histogram with one label.
    pub fn spread_by(metric: &'static Metric, label: &str, spread: Spread) -> Self {
        Self { value: Value::Spread(spread), ..Self::by(metric, label, Number::ZERO) }
    }

    /// Whether it is of this metric.
    pub fn is_of(&self, metric: &Metric) -> bool {
        std::ptr::eq(self.metric, metric)
    }

    /// The value of one of its labels.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| *label == name).map(|(_, value)| value.as_str())
    }
}

/// All instances of a metric that have this label with this value, added up; none where there is no instance at all.
pub(crate) fn sum(readings: &[Reading], metric: &Metric, label: Option<(&str, &str)>) -> Option<Number> {
    let wanted = |reading: &&Reading| {
        std::ptr::eq(reading.metric, metric)
            && label.is_none_or(|(name, value)| reading.label(name) == Some(value))
    };
    readings.iter().filter(wanted).filter_map(Reading::number).reduce(Number::plus)
}

/// All instances of a histogram that have this label with this value, added up.
pub(crate) fn spread(readings: &[Reading], metric: &Metric, label: Option<(&str, &str)>) -> Spread {
    let wanted = |reading: &&Reading| {
        std::ptr::eq(reading.metric, metric)
            && label.is_none_or(|(name, value)| reading.label(name) == Some(value))
    };
    let instances = readings.iter().filter(wanted);
    instances.fold(Spread::default(), |sum, reading| match &reading.value {
        Value::Spread(spread) => sum.with(spread),
        Value::Number(_) => sum,
    })
}

impl Reading {
    /// What it says, where that is a number.
    pub fn number(&self) -> Option<Number> {
        match self.value {
            Value::Number(number) => Some(number),
            Value::Spread(_) => None,
        }
    }
}
