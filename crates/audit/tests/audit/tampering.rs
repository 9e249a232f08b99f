//! Whatever is changed behind the program's back is found, and named.

use florin_audit::{Anchor, Audit, FaultKind, Keys, Scope};
use florin_db::{DbError, Value};

use crate::world::{World, settings, worlds};

const TEXTS: [&str; 10] = [
    "action",
    "resource_kind",
    "operator",
    "ip",
    "user_agent",
    "request_id",
    "error",
    "detail",
    "outcome",
    "actor_kind",
];
const IDS: [&str; 3] = ["resource_id", "user_id", "session_id"];

async fn sealed(world: &World, count: usize) {
    world.write(count).await;
    world.seal().await;
    world.without_guards().await;
    assert!(world.verify().await.is_intact());
}

#[tokio::test]
async fn any_column_of_any_record_that_is_changed_is_found_and_the_record_named() {
    for world in worlds() {
        sealed(&world, 4).await;
        for seq in 1..=4_i64 {
            let mut changes: Vec<String> = TEXTS
                .iter()
                .map(|column| match *column {
                    "outcome" => {
                        "outcome = CASE outcome WHEN 'success' THEN 'failure' ELSE 'success' END".to_owned()
                    }
                    "actor_kind" => "actor_kind = 'system'".to_owned(),
                    column => format!("{column} = COALESCE({column}, '') || 'x'"),
                })
                .collect();
            changes.extend(
                TEXTS[2..8]
                    .iter()
                    .filter(|column| **column != "error")
                    .map(|column| format!("{column} = NULL")),
            );
            changes.extend(IDS.iter().map(|column| format!("{column} = NULL")));
            let other = if world.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
            changes.extend(IDS.iter().map(|column| format!("{column} = {other}")));
            changes.push("at_us = at_us + 1".to_owned());
            for change in changes {
                world.sql(format!("CREATE TABLE kept AS SELECT * FROM audit_record WHERE seq = {seq}")).await;
                assert_eq!(world.sql(format!("UPDATE audit_record SET {change} WHERE seq = {seq}")).await, 1);

                assert_eq!(
                    world.faults().await,
                    [(FaultKind::RecordChanged, Some(1), Some(seq))],
                    "{change} at {seq}"
                );

                world.sql(format!("DELETE FROM audit_record WHERE seq = {seq}")).await;
                world.sql("INSERT INTO audit_record SELECT * FROM kept").await;
                world.sql("DROP TABLE kept").await;
            }
            assert!(world.verify().await.is_intact());
        }
    }
}

/// Each byte of one record in turn, whatever it makes of it: text that is none, too.
#[tokio::test]
async fn any_byte_of_a_record_that_is_changed_is_found_and_the_record_named() {
    let world = World::sqlite();
    sealed(&world, 3).await;
    let file = rusqlite::Connection::open(world.db.file().unwrap()).unwrap();
    let mut flips = 0;
    for column in TEXTS.iter().chain(&IDS) {
        if ["outcome", "actor_kind"].contains(column) {
            // The table takes a few words there and no other.
            continue;
        }
        let stored: Option<Vec<u8>> = file
            .query_row(&format!("SELECT CAST({column} AS BLOB) FROM audit_record WHERE seq = 2"), [], |row| {
                row.get(0)
            })
            .unwrap();
        let Some(stored) = stored else { continue };
        let kind = if IDS.contains(column) { "BLOB" } else { "TEXT" };
        for position in 0..stored.len() {
            for bits in [0x01_u8, 0x80] {
                let mut changed = stored.clone();
                changed[position] ^= bits;
                let sql = format!("UPDATE audit_record SET {column} = CAST(?1 AS {kind}) WHERE seq = 2");
                assert_eq!(file.execute(&sql, [&changed]).unwrap(), 1);
                let found = world.faults().await;
                assert_eq!(found, [(FaultKind::RecordChanged, Some(1), Some(2))], "{column} at {position}");
                file.execute(&sql, [&stored]).unwrap();
                flips += 1;
            }
        }
    }
    for bit in 0..63 {
        let sql = "UPDATE audit_record SET at_us = ?1 WHERE seq = 2";
        let at_us: i64 =
            file.query_row("SELECT at_us FROM audit_record WHERE seq = 2", [], |row| row.get(0)).unwrap();
        file.execute(sql, [at_us ^ (1 << bit)]).unwrap();
        assert_eq!(
            world.faults().await,
            [(FaultKind::RecordChanged, Some(1), Some(2))],
            "bit {bit} of the time"
        );
        file.execute(sql, [at_us]).unwrap();
        flips += 1;
    }
    assert!(flips > 250 && world.verify().await.is_intact());
}

#[tokio::test]
async fn records_that_are_deleted_inserted_or_moved_are_named() {
    for world in worlds() {
        sealed(&world, 5).await;
        world.sql("CREATE TABLE kept AS SELECT * FROM audit_record").await;
        let restore = async || {
            world.sql("DELETE FROM audit_record").await;
            world.sql("INSERT INTO audit_record SELECT * FROM kept").await;
            assert!(world.verify().await.is_intact());
        };

        world.sql("DELETE FROM audit_record WHERE seq IN (2, 5)").await;
        let deleted =
            [(FaultKind::RecordDeleted, Some(1), Some(2)), (FaultKind::RecordDeleted, Some(1), Some(5))];
        assert_eq!(world.faults().await, deleted);
        restore().await;

        world.sql("UPDATE audit_record SET seq = 700 WHERE seq = 2").await;
        world.sql("UPDATE audit_record SET seq = 2 WHERE seq = 4").await;
        world.sql("UPDATE audit_record SET seq = 4 WHERE seq = 700").await;
        let moved = [(FaultKind::RecordMoved, Some(1), Some(2)), (FaultKind::RecordMoved, Some(1), Some(4))];
        assert_eq!(world.faults().await, moved, "two changed places");
        restore().await;

        let forged = |seq: i64| {
            format!(
                "INSERT INTO audit_record (seq, at_us, action, resource_kind, actor_kind, outcome) \
                 VALUES ({seq}, 7, 'a', 'b', 'system', 'success')"
            )
        };
        world.sql(forged(-3)).await;
        world.sql(forged(0)).await;
        let early = [(FaultKind::RecordInserted, None, Some(-3)), (FaultKind::RecordInserted, None, Some(0))];
        assert_eq!(world.faults().await, early);
        restore().await;

        world.sql(forged(90)).await;
        world.seal().await;
        world.sql(forged(50)).await;
        assert_eq!(world.faults().await, [(FaultKind::RecordInserted, Some(2), Some(50))]);
    }
}

#[tokio::test]
async fn all_faulty_records_of_many_seals_are_named() {
    for world in worlds() {
        for _ in 0..4 {
            world.write(100).await;
            world.seal().await;
        }
        world.without_guards().await;
        world.sql("UPDATE audit_record SET ip = '198.51.100.1' WHERE seq IN (3, 150, 151, 399)").await;
        world.sql("DELETE FROM audit_record WHERE seq = 250").await;

        let found: Vec<(Option<i64>, Option<i64>)> =
            world.faults().await.into_iter().map(|(_, seal, seq)| (seal, seq)).collect();

        let named =
            [(1, 3), (2, 150), (2, 151), (3, 250), (4, 399)].map(|(seal, seq)| (Some(seal), Some(seq)));
        assert_eq!(found, named);
    }
}

#[tokio::test]
async fn a_part_of_the_trail_is_verified_by_time() {
    for world in worlds() {
        for _ in 0..3 {
            world.write(10).await;
            world.seal().await;
            world.clock.advance_seconds(3_600);
        }
        world.without_guards().await;
        world.sql("UPDATE audit_record SET ip = 'x' WHERE seq = 5").await;
        let start_us = crate::world::START_SECOND * 1_000_000;

        let later = Scope { from_us: Some(start_us + 1_800_000_000), ..Scope::default() };
        let first = Scope { to_us: Some(start_us + 1_800_000_000), ..Scope::default() };
        let (later, first) = (world.verify_with(&later).await, world.verify_with(&first).await);

        assert!(later.is_intact());
        assert_eq!((later.records, first.records, first.fault_count), (20, 10, 1));
        let few = Scope { records_max: Some(25), ..Scope::default() };
        let refused = florin_audit::verify(&world.db, world.audit.trusted(), &few).await;
        assert!(matches!(refused, Err(florin_audit::Error::TooMuch(25))));
    }
}

#[tokio::test]
async fn any_column_of_a_seal_that_is_changed_is_found() {
    for world in worlds() {
        for _ in 0..3 {
            world.write(3).await;
            world.seal().await;
        }
        world.without_guards().await;
        for change in [
            "first_seq = first_seq - 1",
            "last_seq = last_seq - 1",
            "count = count + 1",
            "earliest_at_us = earliest_at_us + 1",
            "latest_at_us = latest_at_us + 1",
            "sealed_at_us = sealed_at_us + 1",
            "previous = $1",
            "root = $1",
            "key_id = $1",
            "log_root = $1",
            "signature = $1",
        ] {
            world.sql("CREATE TABLE kept AS SELECT * FROM audit_seal WHERE number = 2").await;
            let length = match change.split(' ').next().unwrap() {
                "signature" => 64,
                "key_id" => 16,
                _ => 32,
            };
            let params = if change.contains('$') { vec![Value::Bytes(vec![7; length])] } else { Vec::new() };
            world.sql_with(format!("UPDATE audit_seal SET {change} WHERE number = 2"), params).await;

            let found = world.faults().await;
            assert!(!found.is_empty(), "{change}");
            assert!(found.iter().any(|(_, seal, _)| *seal == Some(2)), "{change}: {found:?}");

            world.sql("DELETE FROM audit_seal WHERE number = 2").await;
            world.sql("INSERT INTO audit_seal SELECT * FROM kept").await;
            world.sql("DROP TABLE kept").await;
        }
        assert!(world.verify().await.is_intact());
        world
            .sql_with("UPDATE audit_seal SET signature = $1 WHERE number = 2", vec![Value::Bytes(vec![7])])
            .await;
        assert!(
            world.faults().await.contains(&(FaultKind::SealForged, Some(2), None)),
            "a row that cannot be read"
        );
    }
}

#[tokio::test]
async fn a_missing_seal_and_a_damaged_list_are_named() {
    for world in worlds() {
        for _ in 0..3 {
            world.write(3).await;
            world.seal().await;
        }
        world.without_guards().await;
        world
            .sql_with(
                "UPDATE audit_leaves SET leaves = $1 WHERE number = 1",
                vec![Value::Bytes(vec![7; 120])],
            )
            .await;
        assert_eq!(world.faults().await, [(FaultKind::LeavesDamaged, Some(1), None)]);
        world.sql("UPDATE audit_record SET ip = 'x' WHERE seq = 2").await;
        assert_eq!(world.faults().await, [(FaultKind::RootMismatch, Some(1), Some(1))]);

        world.sql("DELETE FROM audit_seal WHERE number = 2").await;
        let found = world.faults().await;
        assert!(found.contains(&(FaultKind::SealMissing, Some(2), None)), "{found:?}");
    }
}

/// Writes the trail anew over whatever is in the records, with a key of their own.
async fn seal_anew(world: &World, keys: Keys) -> Audit {
    for table in ["audit_seal", "audit_leaves", "audit_lookup"] {
        world.sql(format!("DELETE FROM {table}")).await;
    }
    let forger = Audit::new(world.db.clone(), keys, settings());
    forger.seal().await.unwrap();
    forger
}

#[tokio::test]
async fn a_trail_that_is_sealed_anew_is_found_by_its_key_and_with_the_key_by_an_anchor() {
    for world in worlds() {
        sealed(&world, 5).await;
        let anchor = world.audit.anchor().await.unwrap().unwrap();
        let anchor = Anchor::from_line(&anchor.to_line()).unwrap();
        world.sql("DELETE FROM audit_record WHERE seq = 3").await;

        seal_anew(&world, Keys::open(&world.data.path().join("forged")).unwrap()).await;
        assert_eq!(world.faults().await, [(FaultKind::SealForged, Some(1), None)], "a key of their own");

        // Whoever has the real key too can make it look right, but for what was kept elsewhere.
        seal_anew(&world, world.keys()).await;
        assert!(world.verify().await.is_intact());
        let scope = Scope { anchors: vec![anchor.clone()], ..Scope::default() };
        let found = world.verify_with(&scope).await.faults;
        assert_eq!(found.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::AnchorDiffers]);

        for table in ["audit_seal", "audit_leaves", "audit_lookup"] {
            world.sql(format!("DELETE FROM {table}")).await;
        }
        let cut = world.verify_with(&scope).await;
        assert_eq!(cut.faults[0].kind, FaultKind::AnchorMissing);
        assert_eq!(cut.unsealed, 4, "and all are unsealed");
    }
}

#[tokio::test]
async fn a_forged_stub_does_not_excuse_deleted_records() {
    for world in worlds() {
        for _ in 0..3 {
            world.write(3).await;
            world.seal().await;
        }
        let stub = "INSERT INTO audit_removal (number, first_seal, last_seal, first_seq, last_seq, count, root, removed_at_us, \
                    key_id, signature) SELECT 1, 1, 1, 1, 3, 3, root, 7, key_id, signature FROM audit_seal WHERE number = 1";
        // With the stub in place the guards let the records go, and that is found.
        world.sql(stub).await;
        world.sql("DELETE FROM audit_record WHERE seq <= 3").await;
        let refused: Result<u64, DbError> =
            world.try_sql("DELETE FROM audit_record WHERE seq = 4", Vec::new()).await;
        assert!(refused.is_err());

        let found = world.faults().await;

        assert!(found.iter().any(|(kind, ..)| *kind == FaultKind::RemovalForged), "{found:?}");
    }
}
