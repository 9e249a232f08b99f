//! Tests of a rule, stored beside it.

use std::collections::BTreeMap;

use florin_kernel::{Currency, Uuid};
use serde::{Deserialize, Serialize};

use super::check;
use super::expression::Literal;
use super::fault::Position;
use super::program::Scene;
use super::set::Rule;
use crate::attempt::{Attempt, Country, Kind};
use crate::features::{FEATURES, Unit};
use crate::ruling::{ListDimension, ListHit, Listed};

/// An attempt, made up, and whether the rule fires. What is not given of it is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    pub(super) fires: bool,
    /// Of which kind; the first that the rule is about, if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<ListDimension>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<ListDimension>,
    #[serde(default)]
    features: BTreeMap<String, Given>,
}

/// A feature as it is given: a number, true or false, or a text with a measure such as "500 USD" or "2 days".
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Given {
    Truth(bool),
    Whole(i32),
    Number(f64),
    Text(String),
}

/// Why a test does not pass.
pub(super) struct TrialFault(pub(super) String);

impl Trial {
    pub(super) fn run(&self, rule: &Rule, reference: Currency) -> Result<(), TrialFault> {
        let mut values = vec![f64::NAN; FEATURES.len()];
        for (name, given) in &self.features {
            let (place, value) = value(name, given, reference).map_err(TrialFault)?;
            if let Some(slot) = values.get_mut(place) {
                *slot = value;
            }
        }
        let kind = self.kind.or(rule.kinds.first().copied()).unwrap_or(Kind::Payment);
        let currency = match &self.currency {
            Some(code) => Currency::parse(code).map_err(|error| TrialFault(error.to_string()))?,
            None => reference,
        };
        let mut attempt = Attempt::new(Uuid::nil(), kind, 0, 0, currency);
        attempt.country = self.country;
        let hits = |dimensions: &[ListDimension]| -> Vec<ListHit> {
            let hit = |dimension: &ListDimension| ListHit {
                entry: Uuid::nil(),
                dimension: *dimension,
                reason: String::new(),
            };
            dimensions.iter().map(hit).collect()
        };
        let listed = Listed { blocks: hits(&self.blocked), allows: hits(&self.allowed) };
        let fires = rule.fires(kind, &Scene::new(&attempt, &values, &listed));
        match (fires, self.fires) {
            (true, false) => Err(TrialFault("the rule fires, and should not".to_owned())),
            (false, true) => Err(TrialFault("the rule does not fire, and should".to_owned())),
            _ => Ok(()),
        }
    }
}

/// The place and the value of a feature that is given.
fn value(name: &str, given: &Given, reference: Currency) -> Result<(usize, f64), String> {
    let start = Position { line: 1, column: 1 };
    let (place, unit) = check::feature(name, start).map_err(|fault| fault.message)?;
    let (value, found) = match given {
        Given::Truth(truth) => (if *truth { 1.0 } else { 0.0 }, Unit::Truth),
        Given::Whole(whole) => (f64::from(*whole), Unit::Number),
        Given::Number(number) => (*number, Unit::Number),
        Given::Text(text) => {
            let literal = Literal::parse(text).map_err(|fault| format!("\"{text}\": {}", fault.message))?;
            check::value(&literal, reference, start)
                .map_err(|fault| format!("\"{text}\": {}", fault.message))?
        }
    };
    if found == unit {
        Ok((usize::from(place), value))
    } else {
        Err(format!("`{name}` is {}, and it is given {}", check::called(unit), check::called(found)))
    }
}
