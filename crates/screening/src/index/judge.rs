//! What dates, countries, gender, numbers and the quality of a name make of the likeness of names.

use std::sync::Arc;

use super::hit::{Evidence, Explanation, Hit, Query};
use crate::compare::Comparison;
use crate::entry::birth::Agreement;
use crate::entry::{Entry, Identifier, Kind, Name, Quality};

/// How much of what is missing to certainty an agreement gives.
const SAME_DAY: f64 = 0.60;
const SAME_YEAR: f64 = 0.45;
const SAME_COUNTRY: f64 = 0.15;
/// Agreement lifts names that are hardly alike by nothing, and names that are alike by the whole.
const LIFT_FROM: f64 = 0.50;
const LIFT_WHOLE: f64 = 0.80;
/// What is left of a score after a disagreement.
const NEAR_YEAR: f64 = 0.97;
const OTHER_BIRTH: f64 = 0.78;
const OTHER_COUNTRY: f64 = 0.95;
const OTHER_GENDER: f64 = 0.85;
/// What is left for a name that the list calls weak, unless something else agrees.
const WEAK: f64 = 0.93;
/// From how much distinction on a name in common is not lowered; and the most that it is lowered by.
const DISTINCT: f64 = 1.5;
const COMMON: f64 = 0.22;

/// Weighs all that is known.
pub(super) fn judge(query: &Query, entry: &Arc<Entry>, name: &Name, names: Comparison) -> Hit {
    let mut score = names.score;
    let mut evidence = Vec::new();
    if entry.kind == Kind::Person && names.distinction < DISTINCT {
        score *= 1.0 - COMMON * (1.0 - names.distinction / DISTINCT);
        evidence.push(Evidence::CommonName);
    }
    let mut agreed = false;
    let lift = lift(names.score);
    if let Some(agreement) = births(query, entry) {
        score = match agreement {
            Agreement::Day => score + (1.0 - score) * SAME_DAY * lift,
            Agreement::Year => score + (1.0 - score) * SAME_YEAR * lift,
            Agreement::Near => score * NEAR_YEAR,
            Agreement::Conflict => score * OTHER_BIRTH,
        };
        agreed = agreement >= Agreement::Year;
        evidence.push(Evidence::Birth { agreement });
    }
    if !query.countries.is_empty() && !entry.countries.is_empty() {
        let same = query.countries.iter().any(|country| entry.countries.contains(country));
        score = if same { score + (1.0 - score) * SAME_COUNTRY * lift } else { score * OTHER_COUNTRY };
        evidence.push(Evidence::Country { same });
    }
    if query.gender.zip(entry.gender).is_some_and(|(a, b)| a != b) {
        score *= OTHER_GENDER;
        evidence.push(Evidence::Gender);
    }
    if name.quality == Quality::Low && !agreed {
        score *= WEAK;
        evidence.push(Evidence::WeakAlias);
    }
    if let Some(kind) = number(query, entry) {
        score = 1.0;
        evidence.push(Evidence::Identifier { kind });
    }
    let explanation = Explanation { listed_name: name.clone(), names, evidence };
    Hit { entry: Arc::clone(entry), score: score.clamp(0.0, 1.0), explanation }
}

/// How much of a lift names of this likeness get.
fn lift(names: f64) -> f64 {
    ((names - LIFT_FROM) / (LIFT_WHOLE - LIFT_FROM)).clamp(0.0, 1.0)
}

/// The least likeness of names that agreement of all else can lift to a score: what is below need not be looked at.
pub(super) fn least_likeness(score: f64) -> f64 {
    let best = |names: f64| {
        1.0 - (1.0 - names) * (1.0 - SAME_DAY * lift(names)) * (1.0 - SAME_COUNTRY * lift(names))
    };
    let (mut low, mut high) = (0.0, score.clamp(0.0, 1.0));
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        if best(middle) < score { low = middle } else { high = middle }
    }
    low
}

fn births(query: &Query, entry: &Entry) -> Option<Agreement> {
    let asked = query.birth?;
    entry.births.iter().map(|birth| birth.agreement(&asked)).max()
}

fn number(query: &Query, entry: &Entry) -> Option<String> {
    let asked: Vec<String> = query.identifiers.iter().map(|number| Identifier::comparable(number)).collect();
    let same = |i: &&Identifier| {
        let number = Identifier::comparable(&i.number);
        !number.is_empty() && asked.contains(&number)
    };
    entry.identifiers.iter().find(same).map(|identifier| identifier.kind.clone())
}
