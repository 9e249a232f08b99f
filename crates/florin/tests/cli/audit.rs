//! The audit trail on the command line, against a server that runs or was killed.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{Served, command, florin, florin_on, run};

const PASSWORD: &str = "velvet tundra orbit lantern";

fn register(server: &Served, n: usize) {
    let body =
        json!({ "email": format!("a{n}@example.org"), "password": PASSWORD, "full_name": "Ada Example" });
    assert_eq!(server.ask("POST", "/api/v1/auth/register", &body).0, 201);
}

/// An instance that was served, has records, and is stopped.
fn instance(directory: &Path) -> std::path::PathBuf {
    let data = directory.join("data");
    let server = Served::start(&data, &[]);
    for n in 0..3 {
        register(&server, n);
    }
    assert_eq!(server.stop().0, 0);
    data
}

fn database(data: &Path) -> rusqlite::Connection {
    let database = rusqlite::Connection::open(data.join("florin.db")).unwrap();
    database
        .execute_batch("DROP TRIGGER IF EXISTS audit_record_never_updated; DROP TRIGGER IF EXISTS audit_record_never_deleted;")
        .unwrap();
    database
}

fn exported(data: &Path) -> Vec<Value> {
    let said = florin_on(data, &["audit", "export"]);
    assert_eq!(said.code, 0, "{said:?}");
    said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_server_that_stops_has_sealed_everything_and_what_is_changed_then_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let data = instance(directory.path());

    let sound = florin_on(&data, &["audit", "verify", "--json"]);
    assert_eq!(sound.code, 0, "{sound:?}");
    let report = sound.json();
    assert_eq!((&report["valid"], &report["unsealed"]), (&json!(true), &json!(0)), "{report}");
    assert!(report["records"].as_i64().unwrap() >= 3);

    database(&data).execute("UPDATE audit_record SET ip = '192.0.2.1' WHERE seq = 2", []).unwrap();
    let broken = florin_on(&data, &["audit", "verify"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (1, "record 2 is not what was sealed\n"), "{broken:?}");
    assert!(broken.stderr.contains("the trail is not what was sealed"));
}

#[test]
fn a_trail_is_held_against_what_was_kept_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let data = instance(directory.path());
    let anchor = florin_on(&data, &["audit", "anchor"]);
    assert_eq!((anchor.code, anchor.stdout.lines().count()), (0, 1), "{anchor:?}");
    let file = directory.path().join("anchors");
    std::fs::write(&file, &anchor.stdout).unwrap();
    let file = file.to_str().unwrap();
    exported(&data);
    assert_eq!(florin_on(&data, &["audit", "seal"]).code, 0);

    assert_eq!(florin_on(&data, &["audit", "verify", "--anchor", file]).code, 0);
    let grown = florin_on(&data, &["audit", "anchor", "--since", file]);
    assert_eq!(grown.code, 0, "{grown:?}");
    let proof = directory.path().join("grown.json");
    std::fs::write(&proof, &grown.stdout).unwrap();
    let checked = florin(&["audit", "verify", "--proof", proof.to_str().unwrap(), "--anchor", file]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stderr.contains("is a beginning of the log at seal"), "{checked:?}");

    // Everything is sealed anew, with the installation's own key, over a record less.
    let database = database(&data);
    for table in ["audit_seal", "audit_leaves"] {
        let guards = format!("DROP TRIGGER {table}_never_deleted; DELETE FROM {table};");
        database.execute_batch(&guards).unwrap();
    }
    database.execute_batch("DELETE FROM audit_lookup; DELETE FROM audit_record WHERE seq = 2").unwrap();
    drop(database);
    assert_eq!(florin_on(&data, &["audit", "seal"]).code, 0);
    assert_eq!(florin_on(&data, &["audit", "verify"]).code, 0, "by itself it looks right");
    let found = florin_on(&data, &["audit", "verify", "--anchor", file]);
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.stdout.contains("noted elsewhere"), "{found:?}");
}

#[test]
fn a_server_that_is_killed_leaves_a_trail_that_verifies_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let events = directory.path().join("events");
    let serve = |n: usize| {
        let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(&data).env("FLORIN_AUDIT__SEAL_SECONDS", "0").env("FLORIN_AUDIT__EVENTS_TO", &events);
        let server = Served::of(serve);
        for one in 0..4 {
            register(&server, 10 * n + one);
        }
        // Long enough that it seals and tells at some of these moments, and not at all of them.
        std::thread::sleep(Duration::from_millis(300 * n as u64));
        server.kill();
    };
    for n in 0..5 {
        serve(n);
    }

    let said = florin_on(&data, &["audit", "verify", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let registered = exported(&data).iter().filter(|record| record["action"] == "user.register").count();
    assert_eq!(registered, 20);

    // What the last one had not told yet is told by the next.
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    let server = Served::of({
        serve.arg(&data).env("FLORIN_AUDIT__EVENTS_TO", &events);
        serve
    });
    let began = Instant::now();
    let told = || {
        let text = std::fs::read_to_string(&events).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ids: std::collections::BTreeSet<String> = lines
            .filter(|event| event["event.action"] == "user.register")
            .map(|event| event["event.id"].as_str().unwrap().to_owned())
            .collect();
        ids.len()
    };
    while told() < 20 && began.elapsed() < Duration::from_secs(40) {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(told(), 20, "no event is lost");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_proof_that_is_none_and_an_anchor_that_is_none_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("proof.json");
    std::fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();

    let proof = florin(&["audit", "verify", "--proof", file]);
    let anchor = florin(&["audit", "verify", "--anchor", file]);
    let missing = florin(&["audit", "verify", "--proof", "/nowhere/proof.json"]);

    assert_eq!([proof.code, anchor.code, missing.code], [1, 1, 1]);
    assert!(proof.stderr.contains("no proof or anchor"), "{proof:?}");
    assert_eq!(florin_on(directory.path(), &["audit", "verify"]).code, 3, "there are no keys to verify with");
    assert_eq!(florin(&["audit", "verify", "--key", "00"]).code, 2);
    assert_eq!(florin(&["audit", "verify", "--from", "never"]).code, 2);
}

#[test]
fn retention_is_told_before_it_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let data = instance(directory.path());

    let would = florin_on(&data, &["audit", "retention"]);
    let removed = run(command(&["audit", "retention", "--remove", "--data"])
        .arg(&data)
        .env("FLORIN_AUDIT__RETENTION_DAYS", "0"));

    assert_eq!((would.code, removed.code), (0, 0));
    assert!(would.stderr.contains("0 records of 0 seals would be removed"), "{would:?}");
    let csv = florin_on(&data, &["audit", "export", "--format", "csv", "--action", "user.register"]);
    assert_eq!(csv.stdout.lines().count(), 4, "{csv:?}");
}
