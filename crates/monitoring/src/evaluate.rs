//! Deciding about rules: a pure function of readings in time.

use std::collections::BTreeMap;
use std::time::Duration;

use florin_kernel::Timestamp;

use crate::history::Instance;
use crate::rules::{Measure, Rule, Rules};
use crate::{History, Number};

/// What a rule measures of each of its instances now; an instance that nothing is known of is left out.
pub fn measure(rule: &Rule, history: &History) -> BTreeMap<Instance, Number> {
    let now_us = history.last_at_us().unwrap_or_default();
    let of = |selector| history.now(rule, selector);
    match &rule.measure {
        Measure::Value(selector) => of(selector),
        Measure::Increase(selector, over) => {
            history.rises(rule, selector, micros(*over)).map(|(rises, _)| rises).unwrap_or_default()
        }
        Measure::Rate(selector, over) => {
            let Some((rises, us)) = history.rises(rule, selector, micros(*over)) else {
                return BTreeMap::new();
            };
            kept(rises, |rise| rise.over(Number::seconds_of_us(us)))
        }
        Measure::Ratio { of: part, to: whole, over, least } => {
            let span = micros(*over);
            let Some((wholes, _)) = history.rises(rule, whole, span) else { return BTreeMap::new() };
            let (parts, _) = history.rises(rule, part, span).unwrap_or_default();
            let least = *least;
            let ratio = |(instance, whole): (Instance, Number)| {
                let part = parts.get(&instance).copied().unwrap_or_default();
                let enough = whole > Number::ZERO && whole >= least;
                enough.then(|| part.over(whole)).flatten().map(|ratio| (instance, ratio))
            };
            wholes.into_iter().filter_map(ratio).collect()
        }
        Measure::Share { of: part, to: whole } => {
            let wholes = of(whole);
            let share = |(instance, part): (Instance, Number)| {
                let share = part.over(*wholes.get(&instance)?)?;
                Some((instance, share))
            };
            of(part).into_iter().filter_map(share).collect()
        }
        Measure::Quantile { of: selector, per_mille, over, least } => {
            let spreads = history.spreads(rule, selector, micros(*over));
            let quantile = |(instance, spread): (Instance, florin_kernel::meter::Spread)| {
                let enough = Number::whole(spread.count()) >= *least;
                let us = spread.quantile_us(*per_mille).filter(|_| enough)?;
                Some((instance, Number::seconds_of_us(us)))
            };
            spreads.into_iter().filter_map(quantile).collect()
        }
        Measure::Age(selector) => kept(of(selector), |at| Some(Number::seconds_of_us(now_us).minus(at))),
        Measure::Until(selector) => kept(of(selector), |at| Some(at.minus(Number::seconds_of_us(now_us)))),
    }
}

fn kept(
    numbers: BTreeMap<Instance, Number>,
    with: impl Fn(Number) -> Option<Number>,
) -> BTreeMap<Instance, Number> {
    numbers.into_iter().filter_map(|(instance, number)| Some((instance, with(number)?))).collect()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Since when an instance breaks a rule, and whether it broke it for long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken {
    since_us: i64,
    fires: bool,
}

/// A rule that is broken by an instance, for as long as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The rule's name.
    pub rule: String,
    /// By which instance.
    pub instance: Instance,
    /// What is measured.
    pub value: Number,
}

/// What is remembered between evaluations. A process that starts begins with nothing: what lasts is waited for anew, and
/// alerts that are open stay so until their rules are looked at with enough behind them.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    broken: BTreeMap<(String, Instance), Broken>,
}

impl Evaluator {
    /// An evaluator that takes these alerts for firing, as they were before a restart.
    pub fn resuming(open: impl IntoIterator<Item = (String, Instance)>, at: Timestamp) -> Self {
        let broken = Broken { since_us: at.as_microsecond(), fires: true };
        Self { broken: open.into_iter().map(|key| (key, broken)).collect() }
    }

    /// What fires now, by the order of rules and instances.
    ///
    /// A rule is broken while its measure is beyond its bound, and once it fires for as long as it is beyond the bound for
    /// clearing. What nothing is known of breaks no rule.
    pub fn evaluate(&mut self, rules: &Rules, history: &History) -> Vec<Firing> {
        let now_us = history.last_at_us().unwrap_or_default();
        let mut firing = Vec::new();
        let mut still = BTreeMap::new();
        for rule in rules.iter() {
            for (instance, value) in measure(rule, history) {
                let key = (rule.name.clone(), instance);
                let before = self.broken.get(&key).copied();
                let Some(broken) = go_on(rule, before, value, now_us) else { continue };
                if broken.fires {
                    firing.push(Firing { rule: key.0.clone(), instance: key.1.clone(), value });
                }
                still.insert(key, broken);
            }
        }
        self.broken = still;
        firing
    }
}

/// What becomes of an instance with this value now; none where it breaks the rule no more.
fn go_on(rule: &Rule, before: Option<Broken>, value: Number, now_us: i64) -> Option<Broken> {
    let fired = before.is_some_and(|broken| broken.fires);
    let bound = if fired { rule.clear } else { rule.bound };
    if !bound.is_exceeded_by(value) {
        return None;
    }
    let since_us = before.map_or(now_us, |broken| broken.since_us);
    let lasted = now_us.saturating_sub(since_us) >= micros(rule.lasts);
    Some(Broken { since_us, fires: fired || lasted })
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
