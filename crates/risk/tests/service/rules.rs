//! Sets of rules: drafts, activation, what is broken, back-tests, and decisions made again.

use florin_kernel::Currency;
use florin_risk::Verdict;
use florin_risk::rules::starter;
use florin_risk::service::{Candidate, GuideError, RuleStatus, Span};

use crate::world::{process, with_hundred, worlds};

#[tokio::test]
async fn a_set_that_is_wrong_is_refused_with_its_place_and_changes_nothing() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let text = with_hundred("active").replace("amount > 100 USD", "amount > 100 EUROS");

        let refused = world.risk.draft_rules(&ada, text.clone(), None).await.unwrap_err();

        let GuideError::Rules(fault) = refused else { panic!("{refused}") };
        let line = text.lines().position(|line| line.contains("EUROS")).unwrap() + 1;
        assert_eq!(fault.at.unwrap().line as usize, line, "{fault}");
        assert_eq!(world.count("SELECT COUNT(*) FROM risk_rule_set").await, 1);
        let other = starter(Currency::EUR);
        let refused = world.risk.draft_rules(&ada, other, None).await;
        assert!(matches!(refused, Err(GuideError::Rules(_))), "amounts are kept in dollars");
    }
}

#[tokio::test]
async fn a_set_decides_once_it_is_activated_and_earlier_decisions_are_still_made_again() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let payer = world.env.new_uuid();
        let before = world.decide(world.attempt(payer, 150_00)).await;
        let shadow = world.risk.draft_rules(&ada, with_hundred("shadow"), Some("try it")).await.unwrap();
        assert_eq!(shadow.status, RuleStatus::Draft);
        assert_eq!(world.risk.draft_rules(&ada, with_hundred("shadow"), None).await.unwrap(), shadow);
        world.activate(&ada, &shadow.hash).await;

        let shown = world.decide(world.attempt(payer, 150_00)).await;
        assert_eq!(shown.verdict, Verdict::Approve);
        assert_eq!(shown.ruling.as_ref().unwrap().shadow[0].rule, "more-than-a-hundred");

        let live = world.risk.draft_rules(&ada, with_hundred("active"), None).await.unwrap();
        let other = process(&world.db, None, None).await;
        world.activate(&ada, &live.hash).await;
        let held = world.decide(world.attempt(payer, 150_00)).await;
        assert_eq!(held.verdict, Verdict::Review);
        assert_eq!(other.assess(world.attempt(payer, 150_00)).verdict, Verdict::Approve);
        other.refresh().await.unwrap();
        assert_eq!(other.assess(world.attempt(payer, 150_00)).verdict, Verdict::Review);

        for made in [&before, &shown, &held] {
            let (stored, again) = world.risk.event(&ada, made.id).await.unwrap();
            let (ruling, same) = again.unwrap();
            assert!(same, "the same to the bit, with the rules of then");
            assert_eq!((ruling.verdict, stored.verdict), (made.verdict, made.verdict));
        }
        let again = world.risk.may_activate_rules(&ada, &live.hash).await;
        assert!(matches!(again, Err(GuideError::Conflict(_))));
        let unknown = world.risk.may_activate_rules(&ada, "0000").await;
        assert!(matches!(unknown, Err(GuideError::NotFound(_))));
    }
}

#[tokio::test]
async fn what_was_asked_for_in_the_place_of_a_set_that_is_gone_is_refused() {
    for world in worlds().await {
        let (ada, id) = world.analyst(&[]);
        let one = world.risk.draft_rules(&ada, with_hundred("shadow"), None).await.unwrap();
        let two = world.risk.draft_rules(&ada, with_hundred("active"), None).await.unwrap();
        let (permit, replaces) = world.risk.may_activate_rules(&ada, &one.hash).await.unwrap();
        world.activate(&ada, &two.hash).await;

        let (risk, hash) = (world.risk.clone(), one.hash.clone());
        let late = world
            .db
            .write(permit, move |tx| risk.activate_rules_in(tx, &hash, replaces.as_deref(), Some(id)))
            .await;

        assert!(matches!(late, Err(GuideError::Conflict(_))));
        assert_eq!(world.risk.rule_book(&ada).await.unwrap().active.unwrap().hash, two.hash);
    }
}

const BREAK: &str =
    "INSERT INTO risk_rule_set (hash, version, text, created_at_us) VALUES ('beef', 'x', 'nonsense', 1)";
const RETIRE: &str = "UPDATE risk_rule_state SET status = 'retired' WHERE status = 'active'";
const PUT: &str = "INSERT INTO risk_rule_state (hash, status, activated_at_us) VALUES ('beef', 'active', 2)";
const COUNT_UP: &str = "UPDATE risk_revision SET number = number + 1 WHERE part = 'rules'";

#[tokio::test]
async fn an_active_set_that_cannot_be_used_leaves_the_last_good_one_or_holds_all_money() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let payer = world.env.new_uuid();
        let hundred = world.risk.draft_rules(&ada, with_hundred("active"), None).await.unwrap();
        world.activate(&ada, &hundred.hash).await;
        for sql in [BREAK, RETIRE, PUT, COUNT_UP] {
            world.execute(sql).await;
        }

        world.risk.refresh().await.unwrap();
        let restarted = process(&world.db, None, None).await;

        for risk in [&world.risk, &restarted] {
            assert_eq!(risk.assess(world.attempt(payer, 150_00)).verdict, Verdict::Review);
            assert_eq!(risk.assess(world.attempt(payer, 1_00)).verdict, Verdict::Approve);
            assert_eq!(risk.troubles().iter().map(|one| one.code).collect::<Vec<_>>(), ["risk_rules_broken"]);
        }

        world.execute("DELETE FROM risk_rule_state WHERE status = 'retired'").await;
        let lost = process(&world.db, None, None).await;
        let decided = lost.assess(world.attempt(payer, 1_00));
        assert_eq!(
            (decided.verdict, decided.reasons()),
            (Verdict::Review, vec!["risk_unavailable".to_owned()])
        );
        assert_eq!(lost.troubles()[0].code, "risk_rules_broken");

        let repaired = world.risk.draft_rules(&ada, with_hundred("shadow"), None).await.unwrap();
        world.activate(&ada, &repaired.hash).await;
        lost.refresh().await.unwrap();
        assert_eq!((lost.troubles(), world.risk.troubles()), (Vec::new(), Vec::new()));
        assert_eq!(lost.assess(world.attempt(payer, 1_00)).verdict, Verdict::Approve);
    }
}

#[tokio::test]
async fn a_back_test_tells_what_would_be_others_and_how_good_that_is() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        for number in 0..12 {
            let made = world.decide(world.attempt(world.env.new_uuid(), 50_00 + number * 10_00)).await;
            // Of more than a hundred: 110, 120 and 130 are genuine, the rest fraud; so is 60.
            match number {
                1 | 9..12 => world.label(&made, true).await,
                6..9 => world.label(&made, false).await,
                _ => {}
            }
            world.clock.advance_seconds(60);
        }
        let text = || Candidate::Text(with_hundred("active"));

        let done = world.risk.back_test(&ada, text(), Span::default()).await.unwrap();

        assert_eq!((done.decisions, done.complete, done.changed), (12, true, 6));
        assert_eq!(done.verdicts, [[6, 6, 0], [0; 3], [0; 3]]);
        assert_eq!((done.present.precision(), done.present.recall()), (None, Some(0.0)));
        assert_eq!((done.candidate.precision(), done.candidate.recall()), (Some(0.5), Some(0.75)));
        let hits = done.hits.iter().find(|hits| hits.rule == "more-than-a-hundred").unwrap();
        assert_eq!((hits.hits, hits.frauds, hits.genuine), (6, 3, 3));
        assert_eq!(done.examples[0].attempt.amount_minor, 160_00, "the latest first");

        let some = Span { limit: Some(4), ..Span::default() };
        let some = world.risk.back_test(&ada, text(), some).await.unwrap();
        assert_eq!((some.decisions, some.complete), (4, false));
        let early = Span { to: "2026-03-02T09:05:00Z".parse().ok(), ..Span::default() };
        let early = world.risk.back_test(&ada, text(), early).await.unwrap();
        assert_eq!((early.decisions, early.changed), (5, 0));
        let shadow = Candidate::Text(with_hundred("shadow"));
        let shadow = world.risk.back_test(&ada, shadow, Span::default()).await.unwrap();
        assert_eq!((shadow.changed, shadow.hits[0].hits), (0, 6));
        let none = Span { limit: Some(0), ..Span::default() };
        assert!(matches!(world.risk.back_test(&ada, text(), none).await, Err(GuideError::Invalid(_))));
        assert_eq!(world.count("SELECT COUNT(*) FROM risk_rule_set").await, 1, "nothing is kept");
    }
}
