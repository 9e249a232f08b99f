//! The decision itself: a pure function of what is recorded of it.

use crate::attempt::Attempt;
use crate::engine::Budget;
use crate::engine::scorer::Scorer;
use crate::features::{FEATURES, FEATURES_VERSION, Features, sentence};
use crate::rules::{Mode, Rule, RuleSet, Scene};
use crate::ruling::{
    Challenger, Circumstances, Degraded, Fired, ListHit, Reason, ReasonSource, Ruling, Verdict,
};

/// How many features at most are given as reasons.
const FEATURES_TOLD: usize = 5;
const SCORE_MAX: u16 = 1_000;

/// All that a decision is made of.
pub(crate) struct Case<'a> {
    pub(crate) attempt: &'a Attempt,
    pub(crate) features: Features,
    pub(crate) circumstances: Circumstances,
    pub(crate) rules: &'a RuleSet,
    pub(crate) champion: Option<&'a Scorer>,
    pub(crate) challenger: Option<&'a Scorer>,
}

/// Lists before rules, rules beside the model: a block refuses; what is allowed is not held for points or odds; the
/// gravest of what is left counts.
pub(crate) fn decide(case: Case<'_>, budget: &dyn Budget) -> Ruling {
    let Case { attempt, features, mut circumstances, rules, champion, challenger } = case;
    let out_of_time = |what: Degraded, circumstances: &Circumstances| circumstances.degraded.contains(&what);
    let no_rules = out_of_time(Degraded::NoTimeForRules, &circumstances);
    let (fired, shadow) =
        if no_rules { Default::default() } else { ask(rules, attempt, &features, &circumstances) };
    if !no_rules && (champion.is_some() || challenger.is_some()) && budget.is_spent() {
        note(&mut circumstances, Degraded::NoTimeForModel);
    }
    let no_model = no_rules || out_of_time(Degraded::NoTimeForModel, &circumstances);
    let champion = champion.filter(|_| !no_model);
    let model_score = champion.and_then(|scorer| scorer.score(&features));
    if champion.is_some() && model_score.is_none() {
        note(&mut circumstances, Degraded::ModelNotFinite);
    }
    let challenger =
        challenger.filter(|_| !no_model).and_then(|scorer| challenged(scorer, &features, &mut circumstances));
    let asked = champion.zip(model_score);
    let by_model = asked.map(|(scorer, score)| scorer.bands().verdict(u32::from(score)));
    let verdict = gravest(&fired, rules, by_model, &circumstances);

    let points: u32 = fired.iter().map(|rule| u32::from(rule.weight)).sum();
    let rules_score = u16::try_from(points).unwrap_or(SCORE_MAX).min(SCORE_MAX);
    let blocked = !circumstances.listed.blocks.is_empty();
    let score = if blocked { SCORE_MAX } else { rules_score.max(model_score.unwrap_or(0)) };
    // Shapley values cost more than all the rest: they are worked out where somebody will look.
    let told = asked.filter(|_| verdict.max(by_model.unwrap_or(verdict)) > Verdict::Approve);
    let mut reasons = listed(&circumstances);
    reasons.extend(by_weight(&fired).into_iter().map(|rule| of_rule(rule, &features, rules)));
    reasons.extend(told.into_iter().flat_map(|(scorer, _)| of_features(scorer, &features, rules)));
    reasons.extend(circumstances.degraded.iter().map(|what| failed(*what)));
    Ruling {
        attempt: attempt.id,
        verdict,
        score,
        rules_score,
        model_score,
        reasons,
        fired: fired.into_iter().map(record).collect(),
        shadow: shadow.into_iter().map(record).collect(),
        rules: rules.name().clone(),
        model: asked.map(|(scorer, _)| scorer.version().to_owned()),
        challenger,
        circumstances,
        features,
        features_version: FEATURES_VERSION,
    }
}

/// What is decided, by all who have a say in it.
fn gravest(
    fired: &[&Rule],
    rules: &RuleSet,
    by_model: Option<Verdict>,
    circumstances: &Circumstances,
) -> Verdict {
    if !circumstances.listed.blocks.is_empty() {
        return Verdict::Decline;
    }
    let unasked = circumstances.degraded.contains(&Degraded::NoTimeForRules).then_some(Verdict::Review);
    let floor = fired.iter().filter_map(|rule| rule.floor).chain(unasked).max();
    // An allowed attempt is spared what adds up, not what a rule insists on.
    let scored = if circumstances.listed.allows.is_empty() {
        rules.verdict(fired).max(by_model.unwrap_or(Verdict::Approve))
    } else {
        Verdict::Approve
    };
    scored.max(floor.unwrap_or(Verdict::Approve))
}

/// What the model in shadow says.
fn challenged(scorer: &Scorer, features: &Features, circumstances: &mut Circumstances) -> Option<Challenger> {
    let score = scorer.score(features);
    if score.is_none() {
        note(circumstances, Degraded::ChallengerNotFinite);
    }
    score.map(|score| Challenger { version: scorer.version().to_owned(), score })
}

fn note(circumstances: &mut Circumstances, what: Degraded) {
    if !circumstances.degraded.contains(&what) {
        circumstances.degraded.push(what);
    }
}

/// The rules that fire, those in shadow apart. What is snoozed counts for nothing, and is recorded as if in shadow.
fn ask<'a>(
    rules: &'a RuleSet,
    attempt: &Attempt,
    features: &Features,
    circumstances: &Circumstances,
) -> (Vec<&'a Rule>, Vec<&'a Rule>) {
    let scene = Scene::new(attempt, features.values(), &circumstances.listed);
    let asked = rules.rules().iter().filter(|rule| rule.mode != Mode::Off);
    asked
        .filter(|rule| rule.fires(attempt.kind, &scene))
        .partition(|rule| rule.mode == Mode::Active && !circumstances.snoozed.contains(&rule.id))
}

fn record(rule: &Rule) -> Fired {
    Fired { rule: rule.id.clone(), version: rule.version, weight: rule.weight, floor: rule.floor }
}

fn by_weight<'a>(fired: &[&'a Rule]) -> Vec<&'a Rule> {
    let mut rules = fired.to_vec();
    rules.sort_by_key(|rule| std::cmp::Reverse((rule.floor, rule.weight)));
    rules
}

fn listed(circumstances: &Circumstances) -> Vec<Reason> {
    let told = |hit: &ListHit, contribution: f64, what: &str| Reason {
        source: ReasonSource::List,
        name: hit.dimension.name().to_owned(),
        family: Some(crate::features::Family::List),
        contribution,
        text: format!("the {} is {what}: {}", called(hit), hit.reason),
    };
    let blocks = circumstances.listed.blocks.iter().map(|hit| told(hit, 1_000.0, "blocked"));
    let allows = circumstances.listed.allows.iter().map(|hit| told(hit, -1_000.0, "allowed"));
    blocks.chain(allows).collect()
}

fn called(hit: &ListHit) -> &'static str {
    use crate::ruling::ListDimension as D;
    match hit.dimension {
        D::User => "person",
        D::Counterparty => "payee",
        D::Email => "email address",
        D::Ip => "network address",
        other => other.name(),
    }
}

fn of_rule(rule: &Rule, features: &Features, rules: &RuleSet) -> Reason {
    let mut text = String::with_capacity(rule.reason.len());
    for (number, part) in rule.reason.split('{').enumerate() {
        match part.split_once('}').filter(|_| number > 0) {
            Some((name, after)) => {
                let place = crate::features::find(name);
                let feature = place.and_then(|place| FEATURES.get(place).map(|feature| (feature, place)));
                if let Some((feature, place)) = feature {
                    text.push_str(&crate::features::told(feature, features.get(place), rules.reference()));
                }
                text.push_str(after);
            }
            None => text.push_str(part),
        }
    }
    Reason {
        source: ReasonSource::Rule,
        name: rule.id.clone(),
        family: None,
        contribution: f64::from(rule.weight),
        text,
    }
}

/// The features that speak most for fraud.
fn of_features(scorer: &Scorer, features: &Features, rules: &RuleSet) -> Vec<Reason> {
    let mut all = scorer.contributions(features);
    all.retain(|(_, contribution)| *contribution > 0.0);
    all.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let told = |(place, contribution): (usize, f64)| {
        let feature = FEATURES.get(place)?;
        Some(Reason {
            source: ReasonSource::Feature,
            name: feature.name.to_owned(),
            family: Some(feature.family),
            contribution,
            text: sentence(feature, features.get(place), rules.reference()),
        })
    };
    all.into_iter().take(FEATURES_TOLD).filter_map(told).collect()
}

fn failed(what: Degraded) -> Reason {
    let (name, text) = match what {
        Degraded::ModelMissing => ("model_missing", "the model could not be loaded: rules alone decided"),
        Degraded::ModelNotFinite => {
            ("model_not_finite", "the model's answer was no number: rules alone decided")
        }
        Degraded::NoTimeForModel => {
            ("no_time_for_model", "time was up before the model was asked: rules alone decided")
        }
        Degraded::NoTimeForRules => {
            ("no_time_for_rules", "time was up before rules were asked: a person has to look")
        }
        Degraded::ChallengerNotFinite => ("challenger_not_finite", "the model in shadow gave no number"),
    };
    Reason {
        source: ReasonSource::Degraded,
        name: name.to_owned(),
        family: None,
        contribution: 0.0,
        text: text.to_owned(),
    }
}
