//! Files that take the place of what is stored.

use std::fs;

use florin_risk::Verdict;
use florin_risk::engine::Champion;

use crate::models::learned;
use crate::world::{process, with_hundred, worlds};

#[tokio::test]
async fn a_file_of_rules_decides_while_it_can_be_read_and_is_read_again_when_it_changes() {
    for world in worlds().await {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rules.toml");
        let (ada, _) = world.analyst(&[]);
        let payer = world.env.new_uuid();
        let codes = |risk: &florin_risk::service::Risk| -> Vec<&str> {
            risk.troubles().iter().map(|one| one.code).collect()
        };
        fs::write(&file, "nonsense").unwrap();
        let risk = process(&world.db, Some(file.clone()), None).await;
        let verdict = || risk.assess(world.attempt(payer, 150_00)).verdict;
        assert_eq!((verdict(), codes(&risk)), (Verdict::Approve, vec!["risk_rules_broken"]));

        fs::write(&file, with_hundred("active")).unwrap();
        assert!(risk.refresh().await.unwrap());
        assert_eq!((verdict(), codes(&risk)), (Verdict::Review, vec![]));
        assert_eq!(
            world.risk.rule_set(&ada, &risk.engine().rules().name().hash).await.unwrap().note.unwrap(),
            "used from a file"
        );

        fs::write(&file, "more nonsense").unwrap();
        risk.refresh().await.unwrap();
        assert_eq!((verdict(), codes(&risk)), (Verdict::Review, vec!["risk_rules_broken"]));
        fs::remove_file(&file).unwrap();
        risk.refresh().await.unwrap();
        assert_eq!((verdict(), codes(&risk)), (Verdict::Review, vec!["risk_rules_broken"]));
        assert!(!risk.refresh().await.unwrap(), "nothing is read while nothing changes");
    }
}

#[tokio::test]
async fn a_file_of_a_model_decides_until_it_is_gone() {
    for world in worlds().await {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("model.json");
        let kept = learned(&world).await;
        fs::write(&file, kept.to_file()).unwrap();
        let payer = world.env.new_uuid();

        let risk = process(&world.db, None, Some(file.clone())).await;
        let version = risk.assess(world.attempt(payer, 95_00)).ruling.unwrap().model;
        assert_eq!(version.as_deref(), Some(kept.version().as_str()));
        assert_eq!(risk.troubles(), []);
        assert_eq!(world.count("SELECT COUNT(*) FROM risk_model").await, 1, "kept, to make decisions again");

        fs::remove_file(&file).unwrap();
        risk.refresh().await.unwrap();
        assert!(matches!(risk.engine().models().champion, Champion::Missing));
        assert_eq!(risk.troubles()[0].code, "risk_model_missing");
        let ruling = risk.assess(world.attempt(payer, 95_00)).ruling.unwrap();
        assert_eq!((ruling.verdict, ruling.reasons[0].name.as_str()), (Verdict::Approve, "model_missing"));
    }
}
