//! Rules about metrics, as data.

mod parse;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use parse::{Fault, Faults};

use crate::{Metric, Number};

/// The rules that are there without anybody's doing.
pub const DEFAULT: &str = include_str!("default.toml");

/// How bad it is when a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// To be looked after soon.
    Warning,
    /// To be looked after now.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warning, Self::Info];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|severity| severity.code() == text);
        found.ok_or_else(|| format!("`{text}` is none of critical, warning and info"))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Which instances of a metric are meant: `florin_transfers{outcome="refused"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric.
    pub metric: &'static Metric,
    /// Labels, and what their values must be.
    pub labels: Vec<(&'static str, String)>,
}

/// What is measured. Instances that no label of the rule tells apart are added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// What the metric says.
    Value(Selector),
    /// By how much a counter rises a second.
    Rate(Selector, Duration),
    /// By how much a counter rose.
    Increase(Selector, Duration),
    /// How much of what `to` rose by is what `of` rose by; nothing below `least`.
    Ratio {
        /// The part.
        of: Selector,
        /// The whole.
        to: Selector,
        /// In which time.
        over: Duration,
        /// By how much the whole must rise, lest few things be taken for many.
        least: Number,
    },
    /// What one gauge is of another.
    Share {
        /// The part.
        of: Selector,
        /// The whole.
        to: Selector,
    },
    /// The seconds that so many of a thousand durations did not exceed; nothing below `least` of them.
    Quantile {
        /// The histogram.
        of: Selector,
        /// How many of a thousand.
        per_mille: u32,
        /// In which time.
        over: Duration,
        /// How many there must be.
        least: Number,
    },
    /// How many seconds ago a time was.
    Age(Selector),
    /// In how many seconds a time is.
    Until(Selector),
}

impl Measure {
    /// The selectors in it.
    pub fn selectors(&self) -> Vec<&Selector> {
        match self {
            Self::Value(of)
            | Self::Rate(of, _)
            | Self::Increase(of, _)
            | Self::Quantile { of, .. }
            | Self::Age(of)
            | Self::Until(of) => vec![of],
            Self::Ratio { of, to, .. } | Self::Share { of, to } => vec![of, to],
        }
    }

    /// How far back it looks.
    pub fn span(&self) -> Duration {
        match self {
            Self::Rate(_, over)
            | Self::Increase(_, over)
            | Self::Ratio { over, .. }
            | Self::Quantile { over, .. } => *over,
            Self::Value(_) | Self::Share { .. } | Self::Age(_) | Self::Until(_) => Duration::ZERO,
        }
    }
}

/// Beyond which number a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Above it.
    Above(Number),
    /// Below it.
    Below(Number),
}

impl Bound {
    /// Whether this number is beyond.
    pub fn is_exceeded_by(self, number: Number) -> bool {
        match self {
            Self::Above(bound) => number > bound,
            Self::Below(bound) => number < bound,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which alerts bear.
    pub name: String,
    /// How bad it is when it is broken.
    pub severity: Severity,
    /// What is measured.
    pub measure: Measure,
    /// When it is broken.
    pub bound: Bound,
    /// When it is no more, once it was: a bound on the good side of the other, so that an alert does not flutter.
    pub clear: Bound,
    /// For how long it must be broken before anybody is told.
    pub lasts: Duration,
    /// The labels that tell instances apart, each of which has an alert of its own.
    pub by: Vec<&'static str>,
    /// What is wrong, in a sentence; `{value}` and `{instance}` are put in.
    pub summary: String,
    /// What to do about it: a link, or a place in the documentation.
    pub runbook: String,
}

impl Rule {
    /// What is wrong, in a sentence.
    pub fn tell(&self, instance: &str, value: Number) -> String {
        self.summary.replace("{value}", &value.to_string()).replace("{instance}", instance)
    }
}

/// Rules by their names, in the order of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// The rules of the program.
    ///
    /// # Errors
    /// [`Faults`]; there are none, which a test sees to.
    pub fn usual() -> Result<Self, Faults> {
        Self::parse("default.toml", DEFAULT)
    }

    /// These rules, those of another file laid over them: one of the same name takes the place of the first, and is taken away
    /// where it is `enabled = false`.
    ///
    /// # Errors
    /// [`Faults`], all that there are, each with its place.
    pub fn with(self, file: &str, text: &str) -> Result<Self, Faults> {
        parse::overlay(self.0, file, text).map(Self)
    }

    /// The rules in a text.
    ///
    /// # Errors
    /// [`Faults`], all that there are, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        Self::default().with(file, text)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rule of this name.
    pub fn find(&self, name: &str) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.name == name)
    }

    /// How far back any of them looks.
    pub fn span(&self) -> Duration {
        self.0.iter().map(|rule| rule.measure.span()).max().unwrap_or_default()
    }
}
