//! Keys: listed, made and replaced, beside servers that run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{Served, command, florin_on, run};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "quiet lanterns by the quay";

fn instance(directory: &Path) {
    let file = directory.join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let arguments = ["admin", "create", "--email", EMAIL, "--password-file", file.to_str().unwrap()];
    let said = florin_on(&directory.join("data"), &arguments);
    assert_eq!(said.code, 0, "{said:?}");
}

fn listed(data: &Path) -> Vec<Value> {
    florin_on(data, &["keys", "list", "--json"]).json().as_array().unwrap().clone()
}

fn signing(data: &Path) -> Vec<(String, String)> {
    let text = |key: &Value, field: &str| key[field].as_str().unwrap().to_owned();
    let keys = listed(data).into_iter().filter(|key| key["purpose"] == json!("access tokens"));
    keys.map(|key| (text(&key, "id"), text(&key, "state"))).collect()
}

fn token(server: &Served) -> String {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let (status, answer) = server.ask("POST", "/api/v1/auth/login", &body);
    assert_eq!(status, 200, "{answer}");
    answer.get("access_token").and_then(Value::as_str).unwrap().to_owned()
}

fn profile(server: &Served, token: &str) -> u16 {
    server.ask_with("GET", "/api/v1/auth/profile", token, &Value::Null).0
}

fn kid(token: &str) -> String {
    use base64::Engine as _;
    let header =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header.get("kid").and_then(Value::as_str).unwrap().to_owned()
}

/// Asks again until it is so, for as long as servers may take.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[test]
fn keys_are_listed_by_purpose_id_state_and_age_and_no_secret_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    instance(directory.path());
    let data = directory.path().join("data");

    let table = florin_on(&data, &["keys", "list"]);
    let keys = listed(&data);

    let purposes: Vec<&str> = keys.iter().map(|key| key["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["access tokens", "derived keys", "encrypted fields", "master key"]);
    assert!(keys.iter().all(|key| key["state"] == json!("active")), "{keys:?}");
    assert_eq!(table.code, 0);
    assert!(table.stdout.starts_with("purpose") && table.stdout.contains("EdDSA"), "{}", table.stdout);
    for file in fs::read_dir(data.join("keys")).unwrap() {
        let secret = fs::read_to_string(file.unwrap().path()).unwrap();
        for line in secret.lines().filter(|line| !line.starts_with(['#', '-'])) {
            assert!(!table.stdout.contains(line) && !keys.iter().any(|key| key.to_string().contains(line)));
        }
    }
}

#[test]
fn keys_are_made_before_the_first_start_and_kept_by_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");

    let made = florin_on(&data, &["keys", "generate"]);
    let before: Vec<_> = made.stdout.lines().map(|path| (path.to_owned(), fs::read(path).unwrap())).collect();
    let again = florin_on(&data, &["keys", "generate"]);
    instance(directory.path());

    assert_eq!((made.code, again.code), (0, 0), "{made:?} {again:?}");
    assert_eq!(before.len(), 3, "{}", made.stdout);
    assert_eq!(made.stdout, again.stdout);
    for (path, content) in before {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), content, "{path}");
    }
}

#[test]
fn looking_at_keys_that_are_not_there_makes_none() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");

    for arguments in [&["keys", "list"][..], &["keys", "rotate"]] {
        let said = florin_on(&nowhere, arguments);

        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stderr.contains("florin keys generate") && !nowhere.exists());
    }
}

#[test]
fn servers_take_up_a_new_key_as_they_run_and_what_the_one_before_signed_stays_good() {
    let directory = tempfile::tempdir().unwrap();
    instance(directory.path());
    let data = directory.path().join("data");
    let server = Served::start(&data, &[]);
    let before = token(&server);

    let rotated = florin_on(&data, &["keys", "rotate", "signing"]);

    let new = rotated.stdout.trim_end().to_owned();
    assert_eq!(rotated.code, 0, "{rotated:?}");
    let states: Vec<String> = signing(&data).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["active", "next"]);
    assert_ne!(kid(&before), new);
    eventually("the new key is published", || {
        let (_, set) = server.ask("GET", "/.well-known/jwks.json", &Value::Null);
        set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == json!(new))
    });
    assert_eq!(profile(&server, &before), 200);
    assert_eq!(kid(&token(&server)), kid(&before), "it does not sign before others know it");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_key_that_was_stolen_is_revoked_with_everything_that_it_signed() {
    let directory = tempfile::tempdir().unwrap();
    instance(directory.path());
    let data = directory.path().join("data");
    let server = Served::start(&data, &[]);
    let before = token(&server);
    assert_eq!(profile(&server, &before), 200);

    let rotated = florin_on(&data, &["keys", "rotate", "signing", "--revoke"]);

    let new = rotated.stdout.trim_end().to_owned();
    assert_eq!(signing(&data), [(new.clone(), "active".to_owned())]);
    eventually("its tokens are refused", || profile(&server, &before) == 401);
    let after = token(&server);
    assert_eq!((kid(&after), profile(&server, &after)), (new, 200));
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_preset_with_hs256_has_a_secret_that_is_published_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let made = run(command(&["keys", "generate", "--preset", "biller", "--data"]).arg(&data));

    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.stdout.contains("signing-0001.key") && !made.stdout.contains(".pem"), "{}", made.stdout);
    let keys = listed(&data);
    assert_eq!(keys[0]["algorithm"], json!("HS256"));
    let server = Served::start(&data, &["--preset", "biller"]);
    assert_eq!(server.ask("GET", "/.well-known/jwks.json", &Value::Null).1, json!({ "keys": [] }));
    assert_eq!(server.stop().0, 0);
}

#[test]
fn both_kinds_of_keys_are_replaced_at_once_and_a_second_one_waits_for_the_first() {
    let directory = tempfile::tempdir().unwrap();
    instance(directory.path());
    let data = directory.path().join("data");

    let rotated = florin_on(&data, &["keys", "rotate"]);
    let again = florin_on(&data, &["keys", "rotate", "vault"]);

    assert_eq!((rotated.code, rotated.stdout.lines().count()), (0, 2), "{rotated:?}");
    assert_eq!(rotated.stdout.lines().last(), Some("seal-2"));
    let next: Vec<Value> = listed(&data).into_iter().filter(|key| key["state"] == json!("next")).collect();
    assert_eq!(next.len(), 2, "{next:?}");
    assert_ne!(again.code, 0);
    assert!(again.stderr.contains("waits to take over"), "{}", again.stderr);
}
