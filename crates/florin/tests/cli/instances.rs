//! Commands on an instance: made, served, copied, restored, looked after.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::support::{Served, command, florin, florin_on, run};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "quiet lanterns by the quay";

/// An instance with an administrator.
fn instance() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("password"), format!("{PASSWORD}\n")).unwrap();
    let file = directory.path().join("password");
    let arguments = ["admin", "create", "--email", EMAIL, "--password-file", file.to_str().unwrap()];
    let said = florin_on(&data(&directory), &arguments);
    assert_eq!(said.code, 0, "{said:?}");
    directory
}

fn data(directory: &tempfile::TempDir) -> std::path::PathBuf {
    directory.path().join("data")
}

fn sign_in(server: &Served, email: &str, password: &str) -> (u16, Value) {
    server.ask("POST", "/api/v1/auth/login", &json!({ "email": email, "password": password }))
}

#[test]
fn an_administrator_can_sign_in_at_once_and_is_made_once() {
    let directory = instance();
    let again = florin_on(&data(&directory), &["admin", "create", "--email", EMAIL]);
    let server = Served::start(&data(&directory), &[]);

    // Beside the server, on the same file.
    let teller =
        florin_on(&data(&directory), &["admin", "create", "--email", "tom@example.org", "--role", "teller"]);

    assert_eq!((again.code, again.stdout.as_str()), (3, ""));
    assert!(again.stderr.contains("this email has an account already"), "{}", again.stderr);
    assert_eq!(teller.code, 0, "{teller:?}");
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 200);
    assert_eq!(sign_in(&server, "tom@example.org", teller.stdout.trim_end()).0, 200, "the printed password");
    assert_eq!(sign_in(&server, EMAIL, "another lantern by the quay").0, 401);
}

#[test]
fn an_administrator_is_refused_a_weak_password_and_an_unknown_role() {
    let directory = tempfile::tempdir().unwrap();
    let weak = directory.path().join("weak");
    fs::write(&weak, "password1234567\n").unwrap();
    let create = |more: &[&str]| {
        let mut arguments = vec!["admin", "create", "--email", EMAIL];
        arguments.extend_from_slice(more);
        florin_on(&data(&directory), &arguments)
    };

    let weak = create(&["--password-file", weak.to_str().unwrap()]);
    let role = create(&["--role", "king"]);

    assert_eq!((weak.code, role.code), (3, 2));
    assert!(weak.stderr.contains("too weak"), "{}", weak.stderr);
    assert!(role.stderr.contains("teller"), "{}", role.stderr);
    assert!(!weak.stderr.contains("password1234567"));
}

#[test]
fn a_server_says_how_to_begin_and_ends_when_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let server = Served::start(&data(&directory), &[]);
    let address = format!("http://{}", server.address);

    let (status, _) = server.ask("GET", "/health/ready", &Value::Null);
    let health = florin(&["health", &address]);
    let (code, said) = server.stop();

    assert_eq!((status, health.code, code), (200, 0, 0), "{said}");
    assert!(said.contains("florin admin create --email"), "{said}");
    assert!(said.contains(&format!("{address}/docs")), "{said}");
    assert!(said.contains("/health/ready"), "one line of the log a request: {said}");
    assert!(said.contains("\"stopping\""), "the log is written to its end: {said}");
    for made in ["", "florin.db", "keys", "outbox"] {
        let mode = fs::metadata(data(&directory).join(made)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read {made}");
    }
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let directory = instance();
    let _server = Served::start(&data(&directory), &[]);

    let second = florin_on(&data(&directory), &["serve", "--listen", "127.0.0.1:0"]);

    assert_eq!((second.code, second.stdout.as_str()), (6, ""));
    assert!(second.stderr.contains("open for serving"), "{}", second.stderr);
}

#[test]
fn an_address_that_is_taken_is_said() {
    let directory = instance();
    let server = Served::start(&data(&directory), &[]);
    let other = tempfile::tempdir().unwrap();

    let second = florin_on(other.path(), &["serve", "--listen", &server.address.to_string()]);

    assert_eq!(second.code, 6);
    assert!(second.stderr.contains(&server.address.to_string()), "{}", second.stderr);
}

#[test]
fn a_backup_of_a_serving_instance_becomes_another_instance() {
    let directory = instance();
    let server = Served::start(&data(&directory), &[]);
    let file = directory.path().join("backup.tar");
    let backup = || florin_on(&data(&directory), &["backup", file.to_str().unwrap()]);

    let (made, again) = (backup(), backup());
    let while_served = florin_on(&data(&directory), &["restore", file.to_str().unwrap()]);
    let restored = directory.path().join("restored");
    let restore = florin_on(&restored, &["restore", file.to_str().unwrap()]);
    let over = florin_on(&restored, &["restore", file.to_str().unwrap()]);

    assert_eq!((made.code, again.code), (0, 3), "{made:?} {again:?}");
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(while_served.code, 6, "{while_served:?}");
    assert!(while_served.stderr.contains("open for serving"), "{}", while_served.stderr);
    assert_eq!((restore.code, over.code), (0, 3), "{restore:?} {over:?}");
    assert!(over.stderr.contains("not empty"), "{}", over.stderr);
    let verify = florin_on(&restored, &["ledger", "verify", "--json"]);
    assert_eq!((verify.code, &verify.json()["problems"]), (0, &json!([])));
    let (code, _) = server.stop();
    assert_eq!(code, 0);
    let server = Served::start(&restored, &[]);
    assert_eq!(sign_in(&server, EMAIL, PASSWORD).0, 200);
    assert!(leftovers(directory.path()).is_empty() && leftovers(&restored).is_empty());
}

/// What backup and restore should have cleared away.
fn leftovers(directory: &Path) -> Vec<String> {
    let names =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".florin-")).collect()
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let directory = instance();
    let file = directory.path().join("backup.tar");
    assert_eq!(florin_on(&data(&directory), &["backup", file.to_str().unwrap()]).code, 0);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, bytes).unwrap();
    let restored = directory.path().join("restored");

    let restore = florin_on(&restored, &["restore", file.to_str().unwrap()]);

    assert_eq!(restore.code, 1, "{restore:?}");
    assert!(restore.stderr.contains("is damaged"), "{}", restore.stderr);
    let left: Vec<_> = fs::read_dir(&restored).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["florin.db.lock"]);
}

#[test]
fn commands_that_read_do_not_make_an_instance() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");

    for arguments in [&["ledger", "verify"][..], &["backup", "/nowhere/backup.tar"], &["doctor"]] {
        let said = florin_on(&nowhere, arguments);

        assert_ne!(said.code, 0, "{arguments:?}");
        assert!(!nowhere.exists(), "{arguments:?}");
    }
}

#[test]
fn a_doctor_finds_a_sound_instance_well_and_says_what_is_broken() {
    let directory = instance();
    let key = data(&directory).join("keys/signing-0001.pem");

    let sound = florin_on(&data(&directory), &["doctor", "--json"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = florin_on(&data(&directory), &["doctor"]);
    let unknown =
        run(command(&["doctor", "--data"]).arg(data(&directory)).env("FLORIN_LOG__FITLER", "debug"));

    let findings = sound.json();
    assert!(sound.code <= 1, "a disk that is nearly full is a warning: {findings}");
    let state = |what: &str| {
        let found = findings.as_array().unwrap().iter().find(|one| one["check"] == what).unwrap();
        found["state"].as_str().unwrap().to_owned()
    };
    for what in ["configuration", "database", "keys", "outbox", "clock", "books", "jobs"] {
        assert_eq!(state(what), "well", "{findings}");
    }
    assert_eq!(exposed.code, 2);
    assert!(exposed.stdout.contains("broken  keys:"), "{}", exposed.stdout);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stdout.contains("FLORIN_LOG__FITLER"), "{}", unknown.stdout);
}

#[test]
fn migrating_makes_a_schema_that_verifies() {
    let directory = tempfile::tempdir().unwrap();

    let migrated = florin_on(&data(&directory), &["migrate"]);
    let verified = florin_on(&data(&directory), &["ledger", "verify", "--json"]);

    assert_eq!((migrated.code, verified.code), (0, 0), "{migrated:?} {verified:?}");
    assert_eq!(verified.json()["transfers"], 0);
}

#[test]
fn a_demonstration_prints_the_same_credentials_each_time_and_they_work() {
    let directory = tempfile::tempdir().unwrap();
    let server = Served::start(&data(&directory), &["--demo"]);
    let (code, first) = server.stop();
    let server = Served::start(&data(&directory), &["--demo"]);

    let credentials = fs::read_to_string(data(&directory).join("demo-credentials.txt")).unwrap();
    let mut roles = Vec::new();
    for line in credentials.lines() {
        let [role, email, password] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (status, answer) = sign_in(&server, email, password);
        assert_eq!(status, 200, "{answer}");
        roles.push(role.to_owned());
    }
    let (_, second) = server.stop();

    assert_eq!(code, 0, "{first}");
    let staff =
        ["admin", "teller", "officer", "officer2", "manager", "analyst", "compliance", "auditor", "hr"];
    assert_eq!(roles, [&staff[..], &["customer"]].concat());
    assert!(first.contains(&credentials) && second.contains(&credentials));
    assert!(!first.contains("admin create"), "there is an administrator already");
    let verified = florin_on(&data(&directory), &["ledger", "verify", "--json"]).json();
    assert_eq!(verified["problems"], json!([]));
    assert!(verified["transfers"].as_u64().unwrap() > 4_500);
}

#[test]
fn an_instance_with_accounts_of_its_own_is_not_made_a_demonstration() {
    let directory = tempfile::tempdir().unwrap();
    Served::start(&data(&directory), &["--demo"]).stop();
    fs::remove_file(data(&directory).join("demo-credentials.txt")).unwrap();

    let said = florin_on(&data(&directory), &["serve", "--demo", "--listen", "127.0.0.1:0"]);

    assert_eq!((said.code, said.stdout.as_str()), (3, ""));
    assert!(said.stderr.contains("--data"), "{}", said.stderr);
}

#[test]
fn a_full_disk_under_the_log_is_no_reason_to_stop() {
    let directory = tempfile::tempdir().unwrap();
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--demo", "--data"]);
    serve.arg(directory.path().join("data"));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut process = serve.stdout(std::process::Stdio::piped()).stderr(full).spawn().unwrap();
    let mut said = String::new();
    let mut stdout = std::io::BufReader::new(process.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut said).unwrap();
    let address = said.trim_end().strip_prefix("listening on http://").expect(&said).to_owned();

    let ready = florin(&["health", &format!("http://{address}")]);

    assert_eq!(ready.code, 0, "{ready:?}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&process), rustix::process::Signal::TERM)
        .unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
}
