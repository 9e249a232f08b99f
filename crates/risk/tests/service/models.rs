//! Models: learned from stored decisions, kept, used, and missed.

use florin_kernel::Actor;
use florin_risk::engine::Champion;
use florin_risk::rules::Band;
use florin_risk::service::{GuideError, ModelRole, NewModel, Risk};
use florin_risk::training::{Kept, SETTINGS, Split, learn};
use florin_risk::{ReasonSource, Verdict};

use crate::world::{World, process, worlds};

/// Four weeks of decisions, of which those of more than eighty dollars are mostly fraud, and a model of the first of them.
pub async fn learned(world: &World) -> Kept {
    let (ada, _) = world.analyst(&[]);
    let start = world.env.now();
    for number in 0..210 {
        let minor = 10_00 + (number * 37 % 100) * 1_00;
        let made = world.decide(world.attempt(world.env.new_uuid(), minor)).await;
        if minor > 80_00 && number % 10 != 0 {
            world.label(&made, true).await;
        }
        world.clock.advance_seconds(10_800);
    }
    let data = world.risk.samples(&ada, start, world.env.now()).await.unwrap();
    assert_eq!((data.rows.len(), data.features.as_str()), (210, "money/1"));
    let split = Split { start: data.rows[0].day, train_days: 14, delay_days: 4, test_days: 7 };
    let mut kept = learn(&data, &split, &SETTINGS).unwrap();
    kept.bands = Some(Band { review: 300, decline: 990 });
    kept
}

/// Gives a role, as two agreed.
async fn give(world: &World, by: &Actor, version: &str, role: ModelRole) {
    let (permit, _) = world.risk.may_give_role(by, version, role).await.unwrap();
    let (risk, version, person) = (world.risk.clone(), version.to_owned(), by.user());
    let work = move |tx: &mut florin_db::Tx<'_>| risk.give_role_in(tx, &version, role, person);
    world.db.write(permit, work).await.unwrap().settled();
}

fn is_missing(risk: &Risk) -> bool {
    let missing = matches!(risk.engine().models().champion, Champion::Missing);
    assert_eq!(missing, risk.troubles().iter().any(|one| one.code == "risk_model_missing"));
    missing
}

#[tokio::test]
async fn a_model_that_was_learned_from_decisions_decides_explains_and_is_missed() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let kept = learned(&world).await;
        let payer = world.env.new_uuid();
        let new = NewModel { text: kept.to_file(), report: None, challenge: true };
        let stored = world.risk.keep_model(&ada, new).await.unwrap();
        assert_eq!((stored.role, stored.version.as_str()), (ModelRole::Challenger, kept.version().as_str()));
        let shadow = world.decide(world.attempt(payer, 95_00)).await;
        assert_eq!(shadow.verdict, Verdict::Approve);
        assert!(shadow.ruling.as_ref().unwrap().challenger.as_ref().unwrap().score >= 300);

        let other = process(&world.db, None, None).await;
        give(&world, &ada, &stored.version, ModelRole::Champion).await;
        let decided = world.decide(world.attempt(payer, 95_00)).await;
        let ruling = decided.ruling.clone().unwrap();
        assert_eq!(decided.verdict, Verdict::Review, "{}", ruling.score);
        assert_eq!(ruling.model.as_deref(), Some(stored.version.as_str()));
        let told = ruling.reasons.iter().find(|one| one.source == ReasonSource::Feature).unwrap();
        assert!(told.name.starts_with("amount") && told.contribution > 0.0, "{}", told.name);
        assert_eq!(world.risk.assess(world.attempt(payer, 20_00)).verdict, Verdict::Approve);
        other.refresh().await.unwrap();
        assert_eq!(other.assess(world.attempt(payer, 95_00)).verdict, Verdict::Review);

        give(&world, &ada, &stored.version, ModelRole::None).await;
        assert_eq!(world.risk.assess(world.attempt(payer, 95_00)).verdict, Verdict::Approve);
        for made in [&shadow, &decided] {
            let (_, again) = world.risk.event(&ada, made.id).await.unwrap();
            assert!(again.unwrap().1, "the same to the bit, with the models of then");
        }

        give(&world, &ada, &stored.version, ModelRole::Champion).await;
        assert!(!is_missing(&world.risk));
        world.execute("DELETE FROM risk_model").await;
        world.risk.refresh().await.unwrap();
        assert!(is_missing(&world.risk) && is_missing(&process(&world.db, None, None).await));
        let alone = world.risk.assess(world.attempt(payer, 95_00));
        assert_eq!(alone.verdict, Verdict::Approve, "rules alone decide");
        assert_eq!(alone.ruling.unwrap().reasons[0].name, "model_missing");
    }
}

#[tokio::test]
async fn what_is_no_model_of_decisions_about_money_is_refused() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let kept = learned(&world).await;
        let without_bands = Kept { bands: None, ..kept.clone() }.to_file();
        let of_cards = Kept { features: "card/1".to_owned(), ..kept.clone() }.to_file();
        let changed = kept.to_file().replacen("\"slope\":", "\"slope\":1", 1);

        for text in ["{}".to_owned(), without_bands, of_cards, changed] {
            let new = NewModel { text, report: None, challenge: true };
            let refused = world.risk.keep_model(&ada, new).await;
            assert!(matches!(refused, Err(GuideError::Invalid(_))));
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM risk_model").await, 0);
        let unknown = world.risk.may_give_role(&ada, "0123", ModelRole::Champion).await;
        assert!(matches!(unknown, Err(GuideError::NotFound(_))));
    }
}

#[tokio::test]
async fn nothing_is_learned_from_what_became_known_too_late() {
    let world = worlds().await.remove(0);
    let (ada, _) = world.analyst(&[]);
    let start = world.env.now();
    let mut made = Vec::new();
    for _ in 0..20 {
        made.push(world.decide(world.attempt(world.env.new_uuid(), 95_00)).await);
        world.clock.advance_seconds(43_200);
    }
    world.label(&made[1], true).await;
    world.clock.advance_seconds(30 * 86_400);
    world.label(&made[2], true).await;

    let data = world.risk.samples(&ada, start, world.env.now()).await.unwrap();
    let split = Split { start: data.rows[0].day, train_days: 5, delay_days: 6, test_days: 2 };
    let kept = learn(&data, &split, &SETTINGS).unwrap();

    assert_eq!(data.rows.iter().filter(|row| row.fraud).count(), 2);
    assert_eq!((kept.provenance.rows, kept.provenance.frauds), (10, 1));
}
