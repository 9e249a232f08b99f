//! What the database layer promises, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod card_tokens;
mod resealing;
mod vault_keys;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use florin_db::testing::{self, TestDatabase};
use florin_db::{Access, Db, DbError, Engine, Migration, Options, Tx, Value, idempotency, params};
use florin_kernel::{Action, Actor, Env, Permit, Resource, Uuid};

static SCHEMA: &[Migration] = &[Migration::new(
    "test_0001_counter",
    "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL, note TEXT UNIQUE) {strict};
     CREATE TABLE stone (id BIGINT PRIMARY KEY) {strict}; {append_only:stone}",
)];

fn permit() -> Permit {
    Actor::system("test").permit(Action::Operate, Resource::kind("counter")).unwrap()
}

fn open_all() -> Vec<(TestDatabase, Db)> {
    let databases = testing::databases().unwrap();
    databases
        .into_iter()
        .map(|database| {
            let db = database.open(&[SCHEMA], Env::system()).unwrap();
            (database, db)
        })
        .collect()
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    db.read(move |r| r.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)))
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"))
}

fn put(tx: &mut Tx<'_>, id: i64, n: i64, note: Option<&str>) -> Result<u64, DbError> {
    tx.execute("INSERT INTO counter (id, n, note) VALUES ($1, $2, $3)", &params![id, n, note])
}

#[tokio::test]
async fn a_unit_and_its_audit_record_are_one_commit() {
    for (_keep, db) in open_all() {
        let id = Uuid::from_u128(7);
        let done: Result<(), DbError> = db
            .write(permit(), move |tx| {
                put(tx, 1, 10, None)?;
                tx.about(id);
                tx.note("colour", &"blue");
                Ok(())
            })
            .await;
        done.unwrap();

        let refused: Result<(), DbError> = db
            .write(permit(), |tx| {
                put(tx, 2, 20, None)?;
                Err(DbError::Other("no".to_owned()))
            })
            .await;

        assert!(refused.is_err());
        assert_eq!(count(&db, "SELECT COUNT(*) FROM counter").await, 1);
        let (action, about, detail): (String, Uuid, String) = db
            .read(|r| {
                let rows = r.rows("SELECT action, resource_id, detail FROM audit_record", &[])?;
                assert_eq!(rows.len(), 1);
                Ok::<_, DbError>((rows[0].get(0)?, rows[0].get(1)?, rows[0].get(2)?))
            })
            .await
            .unwrap();
        assert_eq!(
            (action.as_str(), about, detail.as_str()),
            ("operations.operate", id, "{\"colour\":\"blue\"}")
        );
    }
}

#[tokio::test]
async fn append_only_tables_refuse_change() {
    for (_keep, db) in open_all() {
        db.housekeeping(|tx| tx.execute("INSERT INTO stone (id) VALUES (1)", &[])).await.unwrap();

        for sql in ["UPDATE stone SET id = 2", "DELETE FROM stone", "UPDATE audit_record SET action = ''"] {
            let _: Result<u64, DbError> =
                db.write(permit(), move |tx| tx.execute("UPDATE counter SET n = 0", &[])).await;
            let refused: Result<u64, DbError> = db.housekeeping(move |tx| tx.execute(sql, &[])).await;
            assert!(refused.unwrap_err().to_string().contains("append-only"), "{sql} on {:?}", db.engine());
        }
        assert_eq!(count(&db, "SELECT COUNT(*) FROM stone").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_that_share_a_commit_fail_alone() {
    for (_keep, db) in open_all() {
        let mut tasks = Vec::new();
        for id in 0..200_i64 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                db.write(permit(), move |tx| {
                    put(tx, id, 1, None)?;
                    if id % 3 == 0 { Err(DbError::Other("refused".to_owned())) } else { Ok(()) }
                })
                .await
            }));
        }
        let mut failed = 0;
        for task in tasks {
            failed += i32::from(task.await.unwrap().is_err());
        }

        assert_eq!(failed, 67);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM counter").await, 133);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM audit_record").await, 133);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost_between_units() {
    for (_keep, db) in open_all() {
        db.housekeeping(|tx| put(tx, 1, 0, None)).await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..100 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                db.housekeeping(|tx| {
                    let row = tx.row("SELECT n FROM counter WHERE id = 1 FOR UPDATE", &[])?;
                    let n: i64 = row.map_or(Ok(0), |row| row.get(0))?;
                    tx.execute("UPDATE counter SET n = $1 WHERE id = 1", &params![n + 1])
                })
                .await
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }

        assert_eq!(count(&db, "SELECT n FROM counter").await, 100, "on {:?}", db.engine());
    }
}

#[tokio::test]
async fn a_violated_constraint_is_named_and_a_panic_fails_only_its_unit() {
    for (_keep, db) in open_all() {
        db.housekeeping(|tx| put(tx, 1, 0, Some("same"))).await.unwrap();

        let twice = db.housekeeping(|tx| put(tx, 2, 0, Some("same"))).await.unwrap_err();
        let panicked: Result<(), DbError> = db.housekeeping(|_| panic!("on purpose")).await;

        assert!(twice.unique_violation().unwrap().contains("note"), "{twice}");
        assert!(panicked.is_err());
        assert_eq!(count(&db, "SELECT COUNT(*) FROM counter").await, 1);
    }
}

#[tokio::test]
async fn values_read_back_as_written() {
    for (_keep, db) in open_all() {
        let uuid = Uuid::from_u128(42);
        let text: &'static str = match db.engine() {
            Engine::Sqlite => "SELECT $1, $2, $3, $4, $5",
            Engine::Postgres => "SELECT $1::uuid, $2::bytea, $3::text, $4::bigint, $5::boolean",
        };
        let row = db
            .read(move |r| r.row(text, &params![uuid, vec![0_u8, 255], "é", i64::MIN, true]))
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"))
            .unwrap();

        assert_eq!(row.get::<Uuid>(0).unwrap(), uuid);
        assert_eq!(row.get::<Vec<u8>>(1).unwrap(), [0, 255]);
        assert_eq!(row.get::<String>(2).unwrap(), "é");
        assert_eq!(row.get::<i64>(3).unwrap(), i64::MIN);
        assert!(row.get::<bool>(4).unwrap());
        assert!(matches!(row.get::<i64>(2), Err(DbError::Corrupt(_))));
        assert_eq!(row.get::<Option<String>>(2).unwrap().as_deref(), Some("é"));
    }
}

#[tokio::test]
async fn a_frozen_answer_is_given_again_and_a_reused_key_is_told_apart() {
    for (_keep, db) in open_all() {
        let key = |body: &[u8]| idempotency::IdempotencyKey::new(Uuid::from_u128(1), "POST /x", "k", body);
        let (first, other) = (key(b"one"), key(b"two"));
        let answer = idempotency::Frozen { status: 201, body: b"{\"id\":1}".to_vec() };
        let frozen = answer.clone();
        db.housekeeping(move |tx| idempotency::freeze(tx, &first, &frozen, 5)).await.unwrap();

        let same = db.housekeeping(move |tx| idempotency::find(tx, &first)).await.unwrap();
        let reused = db.housekeeping(move |tx| idempotency::find(tx, &other)).await.unwrap();
        db.housekeeping(|tx| idempotency::forget_before(tx, 6)).await.unwrap();
        let gone = db.housekeeping(move |tx| idempotency::find(tx, &first)).await.unwrap();

        assert_eq!(same, Some(idempotency::Replay::Same(answer)));
        assert_eq!(reused, Some(idempotency::Replay::Reused));
        assert_eq!(gone, None);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    static NEWER: &[Migration] =
        &[Migration::new("test_9999_future", "CREATE TABLE future (id BIGINT) {strict}")];
    for database in testing::databases().unwrap() {
        drop(database.open(&[SCHEMA, NEWER], Env::system()).unwrap());

        let refused = database.open(&[SCHEMA], Env::system());

        assert!(matches!(refused, Err(DbError::SchemaNewer(names)) if names == "test_9999_future"));
    }
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_and_a_command_is_not() {
    let database = testing::sqlite().unwrap();
    let serving = database.open(&[SCHEMA], Env::system()).unwrap();

    let second = database.open(&[SCHEMA], Env::system());
    let mut beside = database.options.clone();
    beside.access = Access::Command;
    let command = Db::open(&beside, &[SCHEMA], Env::system()).unwrap();
    command.housekeeping(|tx| put(tx, 1, 1, None)).await.unwrap();

    assert!(matches!(second, Err(DbError::AlreadyServed(_))));
    assert_eq!(count(&serving, "SELECT COUNT(*) FROM counter").await, 1);
    serving.close();
    assert!(database.open(&[SCHEMA], Env::system()).is_ok(), "closing gives the lock back");
}

#[tokio::test]
async fn a_unit_that_met_another_transaction_decides_anew() {
    let Some(database) =
        testing::databases().unwrap().into_iter().find(|found| found.engine == Engine::Postgres)
    else {
        return; // FLORIN_TEST_ENGINES=sqlite left PostgreSQL out in so many words
    };
    let db = database.open(&[SCHEMA], Env::system()).unwrap();
    db.housekeeping(|tx| put(tx, 1, 0, None).and_then(|_| put(tx, 2, 0, None))).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));

    let lock_in_order = |first: i64, second: i64, runs: Arc<AtomicU32>| {
        db.housekeeping(move |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            tx.execute("UPDATE counter SET n = n + 1 WHERE id = $1", &[Value::Int(first)])?;
            std::thread::sleep(std::time::Duration::from_millis(100));
            tx.execute("UPDATE counter SET n = n + 1 WHERE id = $1", &[Value::Int(second)])
        })
    };
    let (a, b) = tokio::join!(lock_in_order(1, 2, runs.clone()), lock_in_order(2, 1, runs.clone()));

    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    assert!(runs.load(Ordering::SeqCst) > 2, "one of them deadlocked and ran again");
    assert_eq!(count(&db, "SELECT CAST(SUM(n) AS BIGINT) FROM counter").await, 4);
}

#[tokio::test]
async fn a_copy_is_what_was_committed_and_a_database_of_one_file() {
    let database = testing::sqlite().unwrap();
    let db = database.open(&[SCHEMA], Env::system()).unwrap();
    db.housekeeping(|tx| put(tx, 1, 10, None)).await.unwrap();
    let directory = std::env::temp_dir().join(format!("florin-copy-{}", Env::system().new_uuid()));
    std::fs::create_dir(&directory).unwrap();
    let copy = directory.join("copy.db");

    db.backup_to(&copy).unwrap();
    db.housekeeping(|tx| put(tx, 2, 20, None)).await.unwrap();

    let files = std::fs::read_dir(&directory).unwrap().count();
    let options = Options::new(copy.display().to_string(), Access::Command);
    let copied = Db::open(&options, &[SCHEMA], Env::system()).unwrap();
    assert_eq!((files, count(&copied, "SELECT COUNT(*) FROM counter").await), (1, 1));
    drop(copied);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn a_request_with_a_key_has_one_effect_however_many_send_it_at_once() {
    for (_keep, db) in open_all() {
        let key = idempotency::IdempotencyKey::new(Uuid::from_u128(1), "POST /counter", "k", b"one");
        let send = |key| {
            let db = db.clone();
            tokio::spawn(async move {
                let work = |tx: &mut Tx<'_>| {
                    put(tx, 1, 1, None)?;
                    Ok::<_, DbError>(idempotency::Frozen { status: 201, body: b"made".to_vec() })
                };
                db.write_once(permit(), key, work).await.unwrap()
            })
        };

        let answers: Vec<_> = (0..8).map(|_| send(key)).collect();
        let mut made = 0;
        for answer in answers {
            match answer.await.unwrap() {
                idempotency::Answer::Now(frozen) => {
                    made += 1;
                    assert_eq!(frozen.body, b"made");
                }
                idempotency::Answer::Replayed(frozen) => {
                    assert_eq!((frozen.status, frozen.body), (201, b"made".to_vec()));
                }
                idempotency::Answer::KeyReused => panic!("it is the same request"),
            }
        }
        assert_eq!(made, 1);
        let other = idempotency::IdempotencyKey::new(Uuid::from_u128(1), "POST /counter", "k", b"two");
        assert_eq!(send(other).await.unwrap(), idempotency::Answer::KeyReused);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM counter").await, 1);
        assert_eq!(count(&db, "SELECT COUNT(*) FROM audit_record").await, 1);
    }
}

#[tokio::test]
async fn an_error_freezes_nothing_so_that_the_request_can_be_sent_again() {
    for (_keep, db) in open_all() {
        let key = idempotency::IdempotencyKey::new(Uuid::from_u128(1), "POST /counter", "k", b"one");
        let failed: Result<_, DbError> =
            db.write_once(permit(), key, |_| Err(DbError::Other("not today".to_owned()))).await;
        assert!(failed.is_err());
        assert_eq!(count(&db, "SELECT COUNT(*) FROM idempotency_record").await, 0);

        let frozen = idempotency::Frozen { status: 200, body: Vec::new() };
        let again = frozen.clone();
        let done: Result<_, DbError> = db.write_once(permit(), key, move |_| Ok(again.clone())).await;
        assert_eq!(done.unwrap(), idempotency::Answer::Now(frozen));
    }
}

#[tokio::test]
async fn a_pulse_is_one_row_that_is_written_over_and_leaves_no_evidence() {
    for (_keep, db) in open_all() {
        let now = db.env().now();
        let later = florin_kernel::Timestamp::from_second(now.as_second() + 20).unwrap();

        db.pulse(now).await.unwrap();
        db.pulse(later).await.unwrap();

        assert_eq!(count(&db, "SELECT COUNT(*) FROM pulse").await, 1);
        assert_eq!(count(&db, "SELECT at_us FROM pulse").await, later.as_microsecond());
        assert_eq!(count(&db, "SELECT COUNT(*) FROM audit_record").await, 0);
    }
}
