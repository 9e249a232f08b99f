//! Retention: whole seals, a signed stub, and a trail that still verifies.

use florin_audit::{Error, FaultKind, Filter};

use crate::world::{World, auditor, worlds};

const DAY: i64 = 86_400;

async fn aged(world: &World) {
    for _ in 0..3 {
        world.write(10).await;
        world.seal().await;
        world.clock.advance_seconds(10 * DAY);
    }
}

#[tokio::test]
async fn records_whose_time_is_over_are_removed_and_the_trail_says_so() {
    for world in worlds() {
        aged(&world).await;
        assert_eq!(world.audit.removable().await.unwrap().records, 0);
        let kept = world.audit.search(&auditor(), Filter::default(), 11, 1).await.unwrap().records.remove(0);
        world.clock.advance_seconds(11 * DAY);

        let would = world.audit.removable().await.unwrap();
        let done = world.audit.remove_old().await.unwrap();
        let again = world.audit.remove_old().await.unwrap();
        world.seal().await;

        assert_eq!((would.seals, would.records), (2, 20));
        assert_eq!(done, would);
        assert_eq!(again.records, 0);
        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!(report.removed.len(), 1);
        assert_eq!((report.removed[0].seqs, report.removed[0].records), ((1, 20), 20));
        assert_eq!(world.count("SELECT MIN(seq) FROM audit_record").await, 21);
        let told =
            "SELECT COUNT(*) FROM audit_record WHERE operator = 'audit_retention' AND detail LIKE '%1-2%'";
        assert_eq!(world.count(told).await, 1);
        let gone = world.audit.proof(&auditor(), kept.id()).await.unwrap_err();
        assert!(matches!(gone, Error::RecordNotFound));
        assert!(world.audit.search(&auditor(), Filter::default(), 21, 5).await.unwrap().records.is_empty());
    }
}

#[tokio::test]
async fn what_is_removed_step_by_step_still_verifies_and_the_newest_seal_stays() {
    for world in worlds() {
        for _ in 0..5 {
            aged(&world).await;
            world.audit.remove_old().await.unwrap();
        }
        world.clock.advance_seconds(9_000 * DAY);
        world.audit.remove_old().await.unwrap();
        world.write(1).await;
        world.seal().await;

        let report = world.verify().await;

        assert!(report.is_intact(), "{:?}", report.faults);
        assert!(report.removed.len() > 1);
        assert!(report.records >= 10, "{report:?}");
    }
}

#[tokio::test]
async fn two_that_remove_at_once_remove_once() {
    for world in worlds() {
        aged(&world).await;
        world.clock.advance_seconds(100 * DAY);
        let other = world.with(|_| {});

        let (one, two) = tokio::join!(world.audit.remove_old(), other.remove_old());

        assert_eq!(one.unwrap().records + two.unwrap().records, 20);
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn a_stub_that_is_changed_or_gone_is_found() {
    for world in worlds() {
        aged(&world).await;
        world.clock.advance_seconds(100 * DAY);
        world.audit.remove_old().await.unwrap();
        world.without_guards().await;

        world.sql("UPDATE audit_removal SET removed_at_us = removed_at_us + 1").await;
        assert!(world.faults().await.iter().any(|(kind, ..)| *kind == FaultKind::RemovalForged));

        world.sql("DELETE FROM audit_removal").await;
        let found = world.faults().await;
        assert!(!found.is_empty(), "the records are gone and nothing says why");
    }
}

#[tokio::test]
async fn nothing_is_removed_where_records_are_kept_for_ever() {
    let world = World::sqlite();
    aged(&world).await;
    world.clock.advance_seconds(100_000 * DAY);

    let kept = world.with(|settings| settings.retention_days = 0);

    assert_eq!(kept.remove_old().await.unwrap().records + kept.removable().await.unwrap().records, 0);
}
