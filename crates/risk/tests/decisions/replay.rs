//! A recorded decision, decided again.

use std::sync::LazyLock;

use florin_kernel::{Currency, Uuid};
use florin_risk::engine::{
    Calibration, Champion, Effect, ListEntry, ListValue, Lists, Models, Scorer, ScorerError, replay,
};
use florin_risk::features::{FEATURES, FEATURES_VERSION};
use florin_risk::learn::{Settings as Growing, Table, train};
use florin_risk::rules::{Band, Mode, RuleSet, RuleSetError, starter};
use florin_risk::{Attempt, Kind, ListDimension, Outcome, Ruling, Verdict};
use proptest::prelude::*;

use crate::world::{Chance, MINUTE, NOON, attempt, engine, token};

static SCORER: LazyLock<Scorer> = LazyLock::new(grow);

pub fn scorer() -> Scorer {
    SCORER.clone()
}

/// A model for which much money to a new payee is fraud.
fn grow() -> Scorer {
    let mut chance = Chance(5);
    let names = vec!["payee.new".to_owned(), "amount".to_owned(), "device.new".to_owned()];
    let rows = 4_000;
    let mut columns = vec![Vec::new(), Vec::new(), Vec::new()];
    let mut answers = Vec::new();
    for _ in 0..rows {
        let (new, amount) = (chance.below(2), chance.below(500_000));
        columns[0].push(new as f64);
        columns[1].push(amount as f64);
        columns[2].push(chance.below(2) as f64);
        answers.push(new == 1 && amount > 300_000);
    }
    let model =
        train(&Table::new(names, columns, answers).unwrap(), &Growing { trees: 30, ..Growing::default() });
    let calibration = Calibration { slope: 1.1, intercept: -0.4 };
    Scorer::new("grown-1".into(), model, calibration, Band { review: 500, decline: 990 }).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_ruling_is_repeated_to_the_bit_from_what_is_recorded(seed in any::<u64>(), late in prop::option::of(0..4_u32)) {
        let engine = engine();
        let models = Models { champion: Champion::Ready(Box::new(scorer())), challenger: Some(scorer()) };
        engine.use_models(models.clone());
        let block = ListEntry { id: Uuid::from_u128(9), dimension: ListDimension::Counterparty, value: ListValue::Token(token("payee", 3)), effect: Effect::Block, expires_at_us: None, reason: "mule".into() };
        engine.use_lists(Lists::new(vec![block]));
        let mut chance = Chance(seed);
        for number in 0..40_u64 {
            let kind = Kind::ALL[usize::try_from(chance.below(6)).unwrap()];
            let mut made = attempt(chance.below(3), number, kind, NOON + chance.minor(0, 300) * MINUTE, chance.minor(1, 500_000));
            made.counterparty = Some(token("payee", chance.below(9)));
            made.limit_minor = Some(3_000_00);
            let asked = std::cell::Cell::new(0);
            let ruling = engine.assess_within(&made, &|| asked.replace(asked.get() + 1) >= late.unwrap_or(9));
            engine.learn(&made, [Outcome::Approved, Outcome::Held, Outcome::Declined][usize::try_from(chance.below(3)).unwrap()]);

            // As it lies in a database: as text.
            let stored: Ruling = serde_json::from_str(&serde_json::to_string(&ruling).unwrap()).unwrap();
            let made: Attempt = serde_json::from_str(&serde_json::to_string(&made).unwrap()).unwrap();
            let again = replay(&made, &stored.features, &stored.circumstances, &engine.rules(), &models);

            prop_assert_eq!(&again, &ruling);
            let bits = |ruling: &Ruling| ruling.reasons.iter().map(|reason| reason.contribution.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&again), bits(&ruling));
        }
    }
}

#[test]
fn the_model_holds_what_rules_let_through_and_says_why() {
    let engine = engine();
    engine.use_models(Models { champion: Champion::Ready(Box::new(scorer())), challenger: None });
    let mut made = attempt(1, 1, Kind::Transfer, NOON, 4_500_00);
    made.counterparty = Some(token("payee", 1));

    let ruling = engine.assess(&made);

    assert_eq!(ruling.verdict, Verdict::Review);
    assert!(ruling.model_score.unwrap() > 900, "{:?}", ruling.model_score);
    let told: Vec<&str> = ruling.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert!(told.contains(&"an amount of 4500.00 USD"), "{told:?}");
    assert!(told.contains(&"the person never paid this payee before"), "{told:?}");
    assert_eq!(ruling.features_version, FEATURES_VERSION);
    assert_eq!(ruling.features.values().len(), FEATURES.len());
    assert!(ruling.features.to_bytes().len() < 450, "{} bytes", ruling.features.to_bytes().len());
}

#[test]
fn a_model_of_other_features_is_refused() {
    let table = Table::new(vec!["colour".into()], vec![vec![0.0, 1.0]], vec![false, true]).unwrap();
    let model = train(&table, &Growing { trees: 1, ..Growing::default() });

    let bands = Band { review: 1, decline: 2 };
    let refused = Scorer::new("1".into(), model.clone(), Calibration::default(), bands);
    let falling = Scorer::new("1".into(), model, Calibration { slope: -1.0, intercept: 0.0 }, bands);

    assert_eq!(refused.unwrap_err(), ScorerError::UnknownFeature("colour".into()));
    assert_eq!(falling.unwrap_err(), ScorerError::Calibration);
}

#[test]
fn a_broken_rule_set_says_what_is_wrong_and_where() {
    let good = starter(Currency::USD);
    let broken = |from: &str, to: &str| RuleSet::parse(&good.replacen(from, to, 1)).unwrap_err().to_string();

    assert_eq!(
        broken("card.small.10m >= 3 and", "card.smal.10m >= 3 and"),
        "rule `card-testing`, line 1, column 1: there is no feature `card.smal.10m`; is `card.small.10m` meant?"
    );
    assert_eq!(
        broken("ip.failed.5m >= 5", "ip.failed.5m >= 6"),
        "rule `ip-with-failures`, test 1: the rule does not fire, and should"
    );
    assert_eq!(
        broken("typology = \"mule\"", "typology = \"mole\""),
        "there is no band `mole`: a typology has one, and so have all together under `overall`"
    );
    assert_eq!(broken("id = \"mule\"", "id = \"listed\""), "there are two rules `listed`");
    assert!(broken("weight = 600", "wait = 600").contains("unknown field `wait`"));
    assert!(matches!(
        RuleSet::parse(&starter(Currency::EUR)).map(|rules| engine().use_rules(rules)),
        Ok(Err(RuleSetError::OtherReference { .. }))
    ));
}

#[test]
fn rules_are_known_by_their_text_and_swapped_as_a_whole() {
    let engine = engine();
    let before = engine.rules();
    let shadow = starter(Currency::USD).replacen(
        "verdict = \"review\"\nreason = \"nearly all that is available leaves",
        "mode = \"shadow\"\nreason = \"nearly all that is available leaves",
        1,
    );
    let mut drained = attempt(2, 1, Kind::Transfer, NOON, 9_500_00);
    drained.account_opened_at_us = Some(NOON - 1);

    let held = engine.assess(&drained);
    engine.use_rules(RuleSet::parse(&shadow).unwrap()).unwrap();
    let let_through = engine.assess(&drained);

    assert_ne!(before.name(), engine.rules().name());
    assert_eq!(before.name().hash.len(), 64);
    assert!(engine.rules().rules().iter().any(|rule| rule.mode == Mode::Shadow));
    assert_eq!((held.verdict, let_through.verdict), (Verdict::Review, Verdict::Approve));
    assert_eq!(let_through.shadow[0].rule, "drained-new-account");
}
