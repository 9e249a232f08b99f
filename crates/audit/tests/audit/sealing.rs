//! Sealing: everything once, in order, whoever else seals, writes or dies.

use std::sync::mpsc;

use florin_audit::{Error, Keys};
use florin_db::DbError;

use crate::world::{World, settings, worlds};

#[tokio::test]
async fn all_that_is_recorded_is_sealed_once_and_verifies() {
    for world in worlds() {
        assert_eq!(world.seal().await.seals, 0, "there is nothing to seal");
        world.write(10_000).await;

        let run = world.seal().await;
        let again = world.seal().await;
        world.write(3).await;
        let report = world.verify().await;

        assert_eq!((run.seals, run.records), (3, 10_000));
        assert_eq!((again.seals, again.records), (0, 0));
        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!((report.records, report.seals, report.unsealed), (10_000, 3, 3));
        assert_eq!(world.count("SELECT CAST(SUM(count) AS BIGINT) FROM audit_seal").await, 10_000);
    }
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_what_was_recorded() {
    for world in worlds() {
        world.write(5).await;
        world.seal().await;
        for sql in [
            "UPDATE audit_record SET ip = 'x'",
            "DELETE FROM audit_record",
            "DELETE FROM audit_record WHERE seq = 5",
            "UPDATE audit_seal SET count = 4",
            "DELETE FROM audit_seal",
            "UPDATE audit_leaves SET number = 7",
            "DELETE FROM audit_leaves",
        ] {
            let refused = world.try_sql(sql, Vec::new()).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
        }
        assert!(world.verify().await.is_intact());
    }
}

#[tokio::test]
async fn many_that_seal_at_once_seal_everything_once() {
    for world in worlds() {
        let others: Vec<_> = (0..3).map(|_| world.with(|_| {})).collect();
        for round in 0..5 {
            world.write(500 + round).await;
            let runs = others.iter().map(florin_audit::Audit::seal);
            for run in futures_util::future::join_all(runs).await {
                run.unwrap();
            }
        }
        // Whoever lost a race leaves the rest to the next run.
        world.seal().await;
        let report = world.verify().await;

        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!((report.records, report.unsealed), (2_510, 0));
    }
}

/// A record that is written and not committed before it is told to be.
struct Late {
    go_on: mpsc::Sender<()>,
    writing: tokio::task::JoinHandle<Result<(), DbError>>,
}

impl Late {
    async fn begin(world: &World) -> Self {
        let (wrote, written) = mpsc::channel();
        let (go_on, told) = mpsc::channel::<()>();
        let told = std::sync::Mutex::new(told);
        let db = world.db.clone();
        let writing = tokio::spawn(async move {
            db.housekeeping(move |tx| {
                let sql = "INSERT INTO audit_record (at_us, action, resource_kind, actor_kind, outcome) \
                           VALUES (7, 'late', 'test', 'system', 'success')";
                tx.execute(sql, &[])?;
                wrote.send(()).unwrap();
                told.lock().unwrap().recv().unwrap();
                Ok::<_, DbError>(())
            })
            .await
        });
        tokio::task::spawn_blocking(move || written.recv().unwrap()).await.unwrap();
        Self { go_on, writing }
    }

    async fn commit(self) {
        self.go_on.send(()).unwrap();
        self.writing.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_record_that_is_committed_late_is_waited_for_and_not_left_out() {
    for world in worlds().into_iter().filter(World::is_postgres) {
        world.write(3).await;
        let late = Late::begin(&world).await;
        world.write(3).await;

        let run = world.seal().await;
        assert_eq!(run.records, 0, "a smaller number may still appear");
        late.commit().await;
        world.seal().await;
        world.seal().await;

        let report = world.verify().await;
        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!((report.records, report.unsealed), (7, 0));
    }
}

#[tokio::test]
async fn what_runs_in_another_database_of_the_cluster_is_not_waited_for() {
    let on_postgres = || worlds().into_iter().find(World::is_postgres);
    let (Some(world), Some(other)) = (on_postgres(), on_postgres()) else { return };
    let late = Late::begin(&other).await;

    world.write(3).await;

    assert_eq!(world.seal().await.records, 3);
    late.commit().await;
}

#[tokio::test]
async fn numbers_that_were_given_out_and_never_committed_are_no_fault() {
    for world in worlds() {
        world.write(2).await;
        let undone: Result<(), DbError> = world
            .db
            .housekeeping(|tx| {
                let sql = "INSERT INTO audit_record (at_us, action, resource_kind, actor_kind, outcome) \
                           VALUES (7, 'undone', 'test', 'system', 'success')";
                tx.execute(sql, &[])?;
                Err(DbError::Other("changed my mind".to_owned()))
            })
            .await;
        undone.unwrap_err();
        world.write(2).await;
        world.seal().await;

        let report = world.verify().await;

        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!(report.records, 4);
    }
}

#[tokio::test]
async fn a_clock_that_goes_backwards_breaks_nothing() {
    for world in worlds() {
        world.write(2).await;
        world.seal().await;
        world.clock.advance_seconds(-86_400);
        world.write(2).await;
        assert!(world.audit.is_due().await.unwrap(), "an age below nothing is due");
        world.seal().await;
        world.clock.advance_seconds(200_000);
        world.write(2).await;
        world.seal().await;

        let report = world.verify().await;

        assert!(report.is_intact(), "{:?}", report.faults);
        assert_eq!((report.records, report.seals), (6, 3));
    }
}

#[tokio::test]
async fn it_is_sealed_when_many_wait_or_one_waits_long() {
    for world in worlds() {
        assert!(!world.audit.is_due().await.unwrap());
        world.write(1).await;
        assert!(world.audit.is_due().await.unwrap(), "nothing was ever sealed");
        world.seal().await;
        world.write(1).await;
        assert!(!world.audit.is_due().await.unwrap());
        world.clock.advance_seconds(60);
        assert!(world.audit.is_due().await.unwrap());
        world.seal().await;
        world.write(4_096).await;
        assert!(world.audit.is_due().await.unwrap());
    }
}

#[tokio::test]
async fn nothing_is_built_on_a_seal_of_another_key() {
    for world in worlds() {
        let other = Keys::open(&world.data.path().join("other")).unwrap();
        let other = florin_audit::Audit::new(world.db.clone(), other, settings());
        world.write(2).await;
        other.seal().await.unwrap();
        world.write(2).await;

        let refused = world.audit.seal().await.unwrap_err();

        assert!(matches!(refused, Error::Broken(_)), "{refused}");
        assert_eq!(world.count("SELECT COUNT(*) FROM audit_seal").await, 1);
    }
}

#[tokio::test]
async fn keys_change_and_seals_of_the_one_before_still_count() {
    let world = World::sqlite();
    world.write(2).await;
    world.seal().await;
    let keys = world.data.path().join("keys");
    let next = Keys::open(&world.data.path().join("next")).unwrap();
    std::fs::copy(world.data.path().join("next/audit-0001.pem"), keys.join("audit-0002.pem")).unwrap();

    let audit = world.with(|_| {});
    world.write(2).await;
    audit.seal().await.unwrap();
    let report =
        florin_audit::verify(&world.db, audit.trusted(), &florin_audit::Scope::default()).await.unwrap();

    assert!(report.is_intact(), "{:?}", report.faults);
    assert_eq!(report.newest.unwrap().key_id, next.id());
}

#[tokio::test]
async fn each_run_adds_its_anchor_to_the_file() {
    let world = World::sqlite();
    let path = world.data.path().join("anchors");
    let audit = world.with(|settings| settings.anchor_file = Some(path.clone()));
    for _ in 0..3 {
        world.write(2).await;
        audit.seal().await.unwrap();
    }
    audit.seal().await.unwrap();

    let lines = std::fs::read_to_string(&path).unwrap();
    let anchors: Vec<_> = lines.lines().map(|line| florin_audit::Anchor::from_line(line).unwrap()).collect();

    assert_eq!(anchors.iter().map(|anchor| anchor.seal.number).collect::<Vec<_>>(), [1, 2, 3]);
    let scope = florin_audit::Scope { anchors, ..Default::default() };
    assert!(world.verify_with(&scope).await.is_intact());
}
