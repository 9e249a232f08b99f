//! Backups while customers go on: nothing that was acknowledged before one began is missing from it.

use std::fs;

use florin_app::backup;
use florin_testkit::Database;

use super::load::{Instance, Load, Payer, is_tidy};

/// A fresh database of PostgreSQL's, where there is one to test with.
fn postgres() -> Option<String> {
    match Database::postgres() {
        Some(Database::Postgres(url)) => Some(url),
        _ => None,
    }
}

fn nothing_acknowledged_is_missing(instance: &Instance, restored: &Instance) {
    let server = instance.serve(&[]);
    let load = Load::start(&Payer::of(instance, &server), server.address);
    load.wait_for(100);
    let file = instance.path("backup.tar");
    let file = file.to_str().unwrap();

    let before = load.acknowledged();
    let made = instance.florin(&["backup", file, "--verify"]);
    let (all, odd) = load.stop();
    let restore = restored.florin(&["restore", file]);

    assert_eq!((made.code, restore.code), (0, 0), "{made:?} {restore:?}");
    assert_eq!(odd, Vec::<String>::new(), "customers noticed nothing");
    assert!(all.len() > before.len(), "they went on while it was made: {} {}", before.len(), all.len());
    let there = restored.transfers();
    let missing: Vec<_> = before.iter().filter(|id| !there.contains(id)).collect();
    assert!(missing.is_empty(), "{} of {} are missing", missing.len(), before.len());
    for verify in [&["ledger", "verify"][..], &["audit", "verify"]] {
        let said = restored.florin(verify);
        assert_eq!(said.code, 0, "{said:?}");
    }
    let verified = backup::last_verified(&instance.data()).unwrap().unwrap();
    assert!(verified.transfers > before.len() as u64 && verified.accounts >= 3, "{verified:?}");
    assert!(restore.stderr.contains("transfers agree"), "{}", restore.stderr);
    assert!(is_tidy(instance.directory.path()) && is_tidy(&restored.data()));
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_backup_under_load_has_all_that_was_acknowledged_before_it_on_sqlite() {
    nothing_acknowledged_is_missing(&Instance::new(String::new()), &Instance::new(String::new()));
}

#[test]
fn a_backup_under_load_has_all_that_was_acknowledged_before_it_on_postgres() {
    let (Some(url), Some(other)) = (postgres(), postgres()) else { return };

    nothing_acknowledged_is_missing(&Instance::new(url), &Instance::new(other));
}

#[test]
fn a_backup_of_postgres_is_proved_beside_it_and_leaves_nothing_there() {
    let Some(url) = postgres() else { return };
    let instance = Instance::new(url);
    instance.serve(&[]).stop();
    let file = instance.path("backup.tar");
    let file = file.to_str().unwrap();

    let made = instance.florin(&["backup", file]);
    let unproved = backup::last_verified(&instance.data()).unwrap();
    let verified = instance.florin(&["restore", file, "--verify-only"]);

    assert_eq!((made.code, verified.code), (0, 0), "{made:?} {verified:?}");
    assert!(made.stderr.contains("--verify-only"), "{}", made.stderr);
    assert_eq!(unproved, None);
    assert!(backup::last_verified(&instance.data()).unwrap().is_some());
    let databases = std::process::Command::new("psql")
        .args(["--no-psqlrc", "-At", "-c", "SELECT datname FROM pg_database", &instance.url])
        .output()
        .unwrap();
    assert!(!String::from_utf8(databases.stdout).unwrap().contains("florin_verify_"));
}

#[test]
fn the_newest_encrypted_backups_are_kept_and_can_be_proved_with_the_key_alone() {
    let instance = Instance::new(String::new());
    instance.serve(&[]).stop();
    let (key, kept) = (instance.path("key"), instance.path("backups"));
    fs::write(&key, "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210").unwrap();
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::create_dir(&kept).unwrap();
    fs::write(kept.join("florin-20200101T000000Z.tar"), "an old one").unwrap();
    let (key, to) = (key.to_str().unwrap(), kept.to_str().unwrap());

    let made = instance.florin(&["backup", "--to", to, "--keep", "1", "--encrypt", "--key-file", key]);

    assert_eq!(made.code, 0, "{made:?}");
    let names: Vec<_> = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &names[..] else { panic!("{names:?}") };
    let bytes = fs::read(file).unwrap();
    assert!(file.display().to_string().ends_with(".tar.florin"), "{file:?}");
    assert!(!bytes.windows(15).any(|window| window == b"SQLite format 3"), "the database is not to be seen");
    let file = file.to_str().unwrap();
    let verified = instance.florin(&["restore", file, "--verify-only", "--key-file", key]);
    let without = instance.florin(&["restore", file, "--verify-only", "--password-file", key]);
    let elsewhere = Instance::new(String::new());
    let restored = elsewhere.florin(&["restore", file, "--key-file", key]);
    assert_eq!(
        (verified.code, without.code, restored.code),
        (0, 2, 0),
        "{verified:?} {without:?} {restored:?}"
    );
    assert_eq!(elsewhere.florin(&["audit", "verify"]).code, 0);
}

#[test]
fn a_backup_that_does_not_stand_is_told_and_remembered() {
    let instance = Instance::new(String::new());
    instance.serve(&[]).stop();
    let file = instance.path("backup.tar");
    let path = file.to_str().unwrap();
    assert_eq!(instance.florin(&["backup", path]).code, 0);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();

    let verified = instance.florin(&["restore", path, "--verify-only"]);
    let doctor = instance.florin(&["doctor", "--json"]);

    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(backup::read(&instance.data()).unwrap().failed.unwrap().why.contains("is damaged"));
    let findings = doctor.json();
    let backups = findings.as_array().unwrap().iter().find(|one| one["check"] == "backups").unwrap();
    assert_eq!(backups["state"], "warning", "{backups}");
}
