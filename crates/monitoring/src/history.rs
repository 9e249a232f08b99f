//! Readings in time, as far back as rules look.

use std::collections::{BTreeMap, VecDeque};

use florin_kernel::Timestamp;
use florin_kernel::meter::Spread;

use crate::rules::{Rule, Selector};
use crate::{Number, Reading, Value};

/// What tells instances of a rule apart: the values of its labels, joined; empty where it has none.
pub type Instance = String;

/// A time, and what was read then.
type Moment = (i64, Vec<Reading>);

/// Readings at several times, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    moments: VecDeque<Moment>,
}

impl History {
    /// Adds what is read at `at`, and forgets what is older than `keep_us` before it, but for the last such moment. A moment
    /// that is not after the last one, which a clock may make, takes its place.
    pub fn add(&mut self, at: Timestamp, readings: Vec<Reading>, keep_us: i64) {
        let at_us = at.as_microsecond();
        while self.moments.back().is_some_and(|(last, _)| *last >= at_us) {
            self.moments.pop_back();
        }
        self.moments.push_back((at_us, readings));
        let from = at_us.saturating_sub(keep_us);
        while self.moments.get(1).is_some_and(|(second, _)| *second <= from) {
            self.moments.pop_front();
        }
    }

    /// When it was last added to.
    pub fn last_at_us(&self) -> Option<i64> {
        self.moments.back().map(|(at, _)| *at)
    }

    /// What the selected instances say now, added up by the instances of the rule.
    pub(crate) fn now(&self, rule: &Rule, selector: &Selector) -> BTreeMap<Instance, Number> {
        self.moments.back().map(|(_, readings)| numbers(readings, rule, selector)).unwrap_or_default()
    }

    /// By how much counters rose within the last `span_us`, and in how many microseconds. Counters that were not there before
    /// rose from nothing. Nothing is known of a rise until there are two moments.
    pub(crate) fn rises(
        &self,
        rule: &Rule,
        selector: &Selector,
        span_us: i64,
    ) -> Option<(BTreeMap<Instance, Number>, i64)> {
        let (then, now) = self.ends(span_us)?;
        let before = numbers(&then.1, rule, selector);
        let mut rises = numbers(&now.1, rule, selector);
        for (instance, number) in &mut rises {
            let earlier = before.get(instance).copied().unwrap_or_default();
            // A counter that fell began anew.
            if *number >= earlier {
                *number = number.minus(earlier);
            }
        }
        Some((rises, now.0.saturating_sub(then.0)))
    }

    /// The durations of the last `span_us`.
    pub(crate) fn spreads(
        &self,
        rule: &Rule,
        selector: &Selector,
        span_us: i64,
    ) -> BTreeMap<Instance, Spread> {
        let Some((then, now)) = self.ends(span_us) else { return BTreeMap::new() };
        let before = spreads(&then.1, rule, selector);
        let mut since = spreads(&now.1, rule, selector);
        for (instance, spread) in &mut since {
            if let Some(earlier) = before.get(instance) {
                *spread = spread.since(earlier);
            }
        }
        since
    }

    /// The last moment, and the latest that is as far back as `span_us`, or else the first.
    fn ends(&self, span_us: i64) -> Option<(&Moment, &Moment)> {
        let now = self.moments.back()?;
        let from = now.0.saturating_sub(span_us);
        let old = self.moments.iter().rev().find(|(at, _)| *at <= from);
        let then = old.or_else(|| self.moments.front())?;
        (then.0 < now.0).then_some((then, now))
    }
}

/// Readings that a selector means.
fn selected<'a>(readings: &'a [Reading], selector: &'a Selector) -> impl Iterator<Item = &'a Reading> {
    readings.iter().filter(|reading| {
        let wanted = |(label, value): &(&str, String)| reading.label(label) == Some(value.as_str());
        std::ptr::eq(reading.metric, selector.metric) && selector.labels.iter().all(wanted)
    })
}

fn instance_of(reading: &Reading, rule: &Rule) -> Instance {
    let values: Vec<&str> = rule.by.iter().map(|label| reading.label(label).unwrap_or_default()).collect();
    values.join(" ")
}

fn numbers(readings: &[Reading], rule: &Rule, selector: &Selector) -> BTreeMap<Instance, Number> {
    let mut sums: BTreeMap<Instance, Number> = BTreeMap::new();
    for reading in selected(readings, selector) {
        if let Value::Number(number) = reading.value {
            let sum = sums.entry(instance_of(reading, rule)).or_default();
            *sum = sum.plus(number);
        }
    }
    sums
}

fn spreads(readings: &[Reading], rule: &Rule, selector: &Selector) -> BTreeMap<Instance, Spread> {
    let mut sums: BTreeMap<Instance, Spread> = BTreeMap::new();
    for reading in selected(readings, selector) {
        if let Value::Spread(spread) = &reading.value {
            let sum = sums.entry(instance_of(reading, rule)).or_default();
            *sum = sum.with(spread);
        }
    }
    sums
}
