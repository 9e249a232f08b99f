//! Encrypting anew after a rotation, by processes that are killed and by commands beside them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use florin_app::Services;
use florin_app::config::{Loaded, Sources};
use florin_db::{Access, DbError, params};
use florin_kernel::{Env, Uuid};
use florin_vault::Place;
use rusqlite::Connection;
use serde_json::json;

use super::support::{Served, command, florin_on, run};

const ROWS: u32 = 6_000;
const OTHER_KEY: &str = "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210";

fn instance(data: &Path) {
    assert_eq!(Served::start(data, &[]).stop().0, 0);
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn user(n: u32) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

fn place(n: u32) -> Place<'static> {
    Place::new("identity_totp", "secret", user(n))
}

async fn services(data: &Path) -> Services {
    let mut sources = Sources::default();
    sources.flags.push(("instance.data", data.display().to_string()));
    let config = Loaded::read(&sources).unwrap().config;
    Services::open(config, Access::Command, Env::system()).await.unwrap()
}

/// Writes people with apps, whose secrets the present key encrypts.
async fn fill(data: &Path) {
    let services = services(data).await;
    let vault = services.vault.clone();
    let filled = services.db.housekeeping(move |tx| {
        for n in 0..ROWS {
            tx.execute(
                "INSERT INTO identity_user (id, email, email_key, full_name, password_hash, status, created_at_us)
                 VALUES ($1, $2, $2, 'Ada Example', 'none', 'active', 0)",
                &params![user(n), format!("ada-{n}@example.org")],
            )?;
            let sealed = vault.seal(&place(n), format!("secret of person {n}").as_bytes());
            tx.execute(
                "INSERT INTO identity_totp (user_id, secret, created_at_us, last_step) VALUES ($1, $2, 0, -1)",
                &params![user(n), sealed.map_err(|error| DbError::Other(error.to_string()))?],
            )?;
        }
        Ok::<_, DbError>(())
    });
    filled.await.unwrap();
    services.db.close();
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_that_is_killed_while_it_encrypts_anew_goes_on_where_it_was() {
    const OLD: &str = "SELECT COUNT(*) FROM identity_totp WHERE secret LIKE 'fl1.1.%'";
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    instance(&data);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fill(&data));
    assert_eq!(florin_on(&data, &["keys", "rotate", "vault"]).stdout, "seal-2\n");
    let db = Connection::open(data.join("florin.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    // As if the key had been made some minutes ago.
    db.execute("UPDATE vault_key SET created_at_us = created_at_us - 600000000 WHERE version = 2", [])
        .unwrap();
    assert_eq!(number(&db, OLD), i64::from(ROWS));

    for _ in 0..2 {
        let before = number(&db, OLD);
        let server = Served::start(&data, &[]);
        eventually("fields are encrypted anew", || number(&db, OLD) < before - 200);
        server.kill();
        assert!(number(&db, OLD) > 0, "it was done before it was killed");
    }
    let listed = florin_on(&data, &["keys", "list"]);
    assert!(listed.stdout.contains(&format!(" of {ROWS}")), "{}", listed.stdout);
    let keys = florin_on(&data, &["keys", "list", "--json"]).json();
    let active = keys.as_array().unwrap().iter().find(|key| key["id"] == "seal-2").unwrap().clone();
    let columns = active["sealed_anew"].as_array().unwrap();
    let secrets = columns.iter().find(|column| column["column"] == "identity_totp.secret").unwrap();
    let done = secrets["done"].as_u64().unwrap();
    assert!(done > 200 && done < u64::from(ROWS), "{active}");
    let early = florin_on(&data, &["keys", "retire"]);
    assert_eq!(early.code, 3, "{early:?}");
    assert!(
        early.stderr.contains("seal-1 stays") && early.stderr.contains("encrypted with it still"),
        "{early:?}"
    );

    let server = Served::start(&data, &[]);
    eventually("everything is encrypted anew", || number(&db, OLD) == 0);
    assert_eq!(server.stop().0, 0);

    let services = runtime.block_on(services(&data));
    for n in 0..ROWS {
        let sql = "SELECT secret FROM identity_totp WHERE user_id = ?1";
        let sealed: String = db.query_row(sql, [user(n).as_bytes()], |row| row.get(0)).unwrap();
        assert!(sealed.starts_with("fl1.2."));
        let opened = services.vault.open(&place(n), &sealed).unwrap();
        assert_eq!(opened.expose_str().unwrap(), format!("secret of person {n}"));
    }
    services.db.close();
}

#[test]
fn a_master_key_is_replaced_by_starting_once_with_both_and_the_doctor_says_how_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    instance(&data);
    let file = data.join("keys/master.key");
    let old = fs::read_to_string(&file).unwrap().trim().to_owned();
    let doctor = |environment: &[(&str, &str)]| {
        let said =
            run(command(&["doctor", "--json"]).arg("--data").arg(&data).envs(environment.iter().copied()));
        let found =
            said.json().as_array().unwrap().iter().find(|one| one["check"] == "encryption").unwrap().clone();
        (found["state"].as_str().unwrap().to_owned(), found["message"].as_str().unwrap().to_owned())
    };
    let refused = |environment: &[(&str, &str)]| {
        let said = run(command(&["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(&data)
            .envs(environment.iter().copied()));
        assert_ne!(said.code, 0, "{said:?}");
        assert!(!said.stderr.contains(&old) && !said.stderr.contains(OTHER_KEY), "{said:?}");
        said.stderr
    };
    assert_eq!(doctor(&[]).0, "well");
    fs::remove_file(&file).unwrap();

    // Lost, and wrong.
    assert!(refused(&[]).contains("master.key is gone"));
    assert_eq!(doctor(&[]).0, "broken");
    let new_alone = [("FLORIN_VAULT__MASTER_KEY", OTHER_KEY)];
    assert!(refused(&new_alone).contains("is wrapped by master key"));
    let (state, words) = doctor(&new_alone);
    assert!(state == "broken" && words.contains("which is not here"), "{words}");

    // Both at once, and the new one alone.
    let both = [("FLORIN_VAULT__MASTER_KEY", OTHER_KEY), ("FLORIN_VAULT__PREVIOUS_MASTER_KEY", old.as_str())];
    let (state, words) = doctor(&both);
    assert!(state == "warning" && words.contains("the next start encrypts them anew"), "{words}");
    assert_eq!(Served::start_with(&data, &both).stop().0, 0);
    let (state, words) = doctor(&both);
    assert!(state == "warning" && words.contains("take it away"), "{words}");
    assert_eq!(doctor(&new_alone).0, "well");
    assert_eq!(Served::start_with(&data, &new_alone).stop().0, 0);
    assert!(refused(&[("FLORIN_VAULT__MASTER_KEY", old.as_str())]).contains("is wrapped by master key"));
    let trail = florin_on(&data, &["audit", "export"]);
    assert!(trail.stdout.contains("wrapped_anew"), "it is written down");
    assert!(json!(trail.stdout).to_string().len() > 2 && !trail.stdout.contains(&old));

    // Half of the keys wrapped by each: as if it had been stopped between them.
    let db = Connection::open(data.join("florin.db")).unwrap();
    let damaged = db.execute("UPDATE vault_key SET wrapped = zeroblob(60) WHERE kind = 'root'", []).unwrap();
    assert_eq!(damaged, 1);
    assert!(refused(&new_alone).contains("the key root 1 was changed where it is kept"));
    assert_eq!(doctor(&new_alone).0, "broken");
}
