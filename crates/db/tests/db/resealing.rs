//! Sealing anew what an older key sealed: every value once, whatever happens on the way.

use florin_db::resealing::{self, Step};
use florin_db::{Db, DbError, Migration, SealedColumn, params, sealed_column, testing};
use florin_kernel::{Env, Timestamp, Uuid};
use florin_vault::{Column, KeyKind, KeyState, Keyring, MasterKey, Normal, Place, WrappedKey};

const INDEX: Column = Column { table: "secret_note", column: "text", normal: Normal::Words };
const SCHEMA: &[Migration] = &[Migration::new(
    "test_0001_notes",
    "CREATE TABLE secret_note (id {uuid} PRIMARY KEY, text TEXT, text_index {bytes}) {strict};",
)];
static NOTES: SealedColumn = sealed_column!("secret_note", "text", "id", beside "NULL",
    index "text_index" by |vault, _, text| Some(vault.blind_index(INDEX).of(text)));

/// The instant at which a key took over, and the one from which on nobody seals with the one before.
const TAKEN_OVER: Timestamp = Timestamp::constant(1_790_000_000, 0);
const SETTLED: Timestamp = Timestamp::constant(1_790_000_120, 0);

fn id(n: u32) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

fn place(n: u32) -> Place<'static> {
    Place::new("secret_note", "text", id(n))
}

/// A keyring before a rotation and the same one after it.
fn keyrings() -> (Keyring, Keyring) {
    let master = MasterKey::generate().unwrap();
    let made = |kind, version| WrappedKey::generate(kind, version, &master, Timestamp::UNIX_EPOCH).unwrap();
    let mut keys = vec![made(KeyKind::Seal, 1), made(KeyKind::Root, 1)];
    let before = Keyring::unlock(std::slice::from_ref(&master), &keys).unwrap();
    keys[0].state = KeyState::DecryptOnly;
    keys.push(made(KeyKind::Seal, 2));
    (before, Keyring::unlock(&[master], &keys).unwrap())
}

async fn write(db: &Db, vault: &Keyring, n: u32, text: &str) {
    let (sealed, index) =
        (vault.seal(&place(n), text.as_bytes()).unwrap(), vault.blind_index(INDEX).of(text));
    db.housekeeping(move |tx| {
        tx.execute(
            "INSERT INTO secret_note (id, text, text_index) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET text = excluded.text, text_index = excluded.text_index",
            &params![id(n), &sealed, index],
        )
    })
    .await
    .unwrap_or_else(|error: DbError| panic!("{error}"));
}

async fn step(db: &Db, vault: &Keyring, now: Timestamp) -> Step {
    let vault = vault.clone();
    let step = db.housekeeping(move |tx| resealing::step(tx, &vault, &NOTES, SETTLED, now)).await;
    step.unwrap_or_else(|error: DbError| panic!("{error}"))
}

/// Works until there is nothing to do.
async fn work(db: &Db, vault: &Keyring, now: Timestamp) -> Step {
    loop {
        let step = step(db, vault, now).await;
        if step != Step::More {
            return step;
        }
    }
}

async fn finish(db: &Db, vault: &Keyring) -> bool {
    let target = vault.target();
    let done = db.housekeeping(move |tx| resealing::finish(tx, &NOTES, &target, SETTLED)).await;
    done.unwrap_or_else(|error: DbError| panic!("{error}")).is_some()
}

async fn progress(db: &Db) -> (u64, u64, u64, bool) {
    let all = db.read(resealing::progress).await.unwrap_or_else(|error: DbError| panic!("{error}"));
    let one = &all[0];
    (one.done, one.total, one.unreadable, one.finished_at.is_some())
}

/// Each value with the version of its key, and whether its index finds it.
async fn notes(db: &Db, vault: &Keyring) -> Vec<(String, u32, bool)> {
    let rows = db.read(|reader| {
        reader.rows("SELECT id, text, text_index FROM secret_note WHERE text IS NOT NULL ORDER BY id", &[])
    });
    let rows = rows.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    let note = |row: &florin_db::Row| {
        let (id, sealed, index): (Uuid, String, Vec<u8>) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        let opened = vault.open(&Place::new("secret_note", "text", id), &sealed).unwrap();
        let text = opened.expose_str().unwrap().to_owned();
        let found = vault.blind_index(INDEX).of(&text).as_slice() == index;
        (text, Keyring::version_of(&sealed).unwrap(), found)
    };
    rows.iter().map(note).collect()
}

fn open(database: &testing::TestDatabase) -> Db {
    database.open(&[SCHEMA], Env::system()).unwrap()
}

#[tokio::test]
async fn every_value_is_sealed_anew_and_readable_at_each_step() {
    for database in testing::databases().unwrap() {
        let (db, (before, after)) = (open(&database), keyrings());
        for n in 0..150 {
            write(&db, &before, n, &format!("note {n}")).await;
        }

        let mut seen = Vec::new();
        while step(&db, &after, TAKEN_OVER).await == Step::More {
            let notes = notes(&db, &after).await;
            assert_eq!(notes.len(), 150);
            assert!(notes.iter().enumerate().all(|(n, note)| note.0 == format!("note {n}") && note.2));
            seen.push((notes.iter().filter(|note| note.1 == 2).count(), progress(&db).await.0));
        }

        assert_eq!(seen, [(0, 0), (64, 64), (128, 128), (150, 150)], "a page a unit");
        assert_eq!(step(&db, &after, TAKEN_OVER).await, Step::Waits);
        assert!(!finish(&db, &after).await, "others may seal with the key before still");
        assert_eq!(work(&db, &after, SETTLED).await, Step::Ready);
        assert!(finish(&db, &after).await && !finish(&db, &after).await);
        assert_eq!(work(&db, &after, SETTLED).await, Step::Done);
        assert_eq!(progress(&db).await, (150, 150, 0, true));
    }
}

#[tokio::test]
async fn what_a_process_sealed_with_the_key_before_while_it_could_is_found_by_a_later_pass() {
    for database in testing::databases().unwrap() {
        let (db, (before, after)) = (open(&database), keyrings());
        write(&db, &before, 5, "five").await;
        assert_eq!(work(&db, &after, TAKEN_OVER).await, Step::Waits);

        write(&db, &before, 3, "behind the cursor").await;
        write(&db, &before, 5, "changed").await;

        assert_eq!(work(&db, &after, SETTLED).await, Step::Ready);
        assert!(finish(&db, &after).await);
        let expected = [("behind the cursor".to_owned(), 2, true), ("changed".to_owned(), 2, true)];
        assert_eq!(notes(&db, &after).await, expected);
    }
}

#[tokio::test]
async fn processes_that_work_at_once_share_the_pages_and_lose_no_change() {
    for database in testing::databases().unwrap() {
        let (db, (before, after)) = (open(&database), keyrings());
        for n in 0..400 {
            write(&db, &before, n, &format!("note {n}")).await;
        }

        let workers = (0..3).map(|_| {
            let (db, after) = (db.clone(), after.clone());
            tokio::spawn(async move { work(&db, &after, SETTLED).await })
        });
        let workers: Vec<_> = workers.collect();
        for n in (0..400).step_by(7) {
            // Some of them by a process that did not hear of the new key yet.
            write(&db, if n % 2 == 0 { &after } else { &before }, n, &format!("changed {n}")).await;
        }
        for worker in workers {
            worker.await.unwrap();
        }

        work(&db, &after, SETTLED).await;
        assert!(finish(&db, &after).await);
        for (n, (text, version, found)) in notes(&db, &after).await.into_iter().enumerate() {
            let expected = if n % 7 == 0 { format!("changed {n}") } else { format!("note {n}") };
            assert_eq!((text, version, found), (expected, 2, true));
        }
    }
}

#[tokio::test]
async fn a_value_that_does_not_open_stays_is_counted_and_stops_no_other() {
    for database in testing::databases().unwrap() {
        let (db, (before, after)) = (open(&database), keyrings());
        for n in 0..3 {
            write(&db, &before, n, "text").await;
        }
        let damaged = before.seal(&place(77), b"of another row").unwrap();
        let kept = damaged.clone();
        let changed = db.housekeeping(move |tx| {
            tx.execute("UPDATE secret_note SET text = $2 WHERE id = $1", &params![id(1), &damaged])
        });
        changed.await.unwrap_or_else(|error: DbError| panic!("{error}"));

        assert_eq!(work(&db, &after, SETTLED).await, Step::Ready);
        assert!(finish(&db, &after).await);

        assert_eq!(progress(&db).await, (3, 3, 1, true));
        let counted =
            db.housekeeping(|tx| resealing::count_sealed_as(tx, &NOTES, &Keyring::prefix_of(1))).await;
        assert_eq!(counted.unwrap_or_else(|error: DbError| panic!("{error}")), 1);
        let still = db.read(|reader| {
            reader
                .row("SELECT text FROM secret_note WHERE id = $1", &params![id(1)])?
                .map_or(Ok(String::new()), |row| row.get(0))
        });
        assert_eq!(still.await.unwrap_or_else(|error: DbError| panic!("{error}")), kept);
    }
}

#[tokio::test]
async fn an_index_that_is_not_what_it_should_be_is_made_again() {
    for database in testing::databases().unwrap() {
        let (db, (before, after)) = (open(&database), keyrings());
        write(&db, &before, 0, "text").await;
        let spoilt =
            db.housekeeping(|tx| tx.execute("UPDATE secret_note SET text_index = $1", &params![[0_u8; 32]]));
        spoilt.await.unwrap_or_else(|error: DbError| panic!("{error}"));

        assert_eq!(work(&db, &after, SETTLED).await, Step::Ready);

        assert_eq!(notes(&db, &after).await, [("text".to_owned(), 2, true)]);
    }
}
