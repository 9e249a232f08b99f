//! What files of secrets give, and which are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::super::{Loaded, Sources, documented};
use super::*;

fn loaded(variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Loaded::read(&Sources { environment: variables.collect(), ..Sources::default() })
        .map_err(|error| error.to_string())
}

/// A file of this content and mode.
fn file(directory: &TempDir, content: &[u8], mode: u32) -> PathBuf {
    let path = directory.path().join(format!("secret-{mode:o}-{}", content.len()));
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn named(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_secret_stands_in_a_file_whose_last_line_may_end() {
    let directory = tempfile::tempdir().unwrap();
    let password = file(&directory, b" hush-hush \r\n", 0o400);
    let url = file(&directory, b"postgres://u:quiet@h/d\n", 0o400);

    let loaded = loaded(&[
        ("FLORIN_MAIL__SMTP_PASSWORD_FILE", named(&password)),
        ("DATABASE_URL_FILE", named(&url)),
        ("FLORIN_OIDC__ACME__CLIENT_SECRET_FILE", named(&password)),
    ])
    .unwrap();

    assert_eq!(loaded.config.mail.smtp_password.expose_secret(), " hush-hush ");
    assert_eq!(loaded.config.database.url.expose_secret(), "postgres://u:quiet@h/d");
    assert_eq!(loaded.config.oidc.providers["acme"].client_secret.expose_secret(), " hush-hush ");
    let shown = loaded.settings.iter().find(|setting| setting.key == "database.url").unwrap();
    assert_eq!(shown.value, "••••");
    assert_eq!(shown.origin, format!("DATABASE_URL_FILE (file {})", url.display()));
    assert!(!format!("{loaded:?}").contains("hush"), "a secret shows");
}

#[test]
fn every_secret_can_be_given_by_a_file_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, b"hush", 0o400);
    let variable = |key: &str| format!("FLORIN_{}_FILE", key.replace('.', "__").to_uppercase());
    let secrets: Vec<_> = documented().into_iter().filter(|setting| is_secret(&setting.key)).collect();
    let variables: Vec<String> = secrets.iter().map(|setting| variable(&setting.key)).collect();
    let pairs: Vec<(&str, &str)> = variables.iter().map(|name| (name.as_str(), named(&path))).collect();
    let read = loaded(&pairs).unwrap();
    for secret in &secrets {
        let set = read.settings.iter().find(|one| one.key == secret.key).unwrap();
        assert_eq!(set.value, "••••", "{}", secret.key);
        assert!(set.origin.starts_with(&variable(&secret.key)), "{}", set.origin);
    }
    assert!(SECRET.iter().all(|key| secrets.iter().any(|setting| setting.key == *key)));
    for key in ["instance.name", "server.listen", "mail.smtp_ca_file", "oidc.google.client_id"] {
        let variable = variable(key);
        assert!(loaded(&[(&variable, named(&path))]).unwrap_err().contains(&variable), "{variable}");
    }
    for alias in ["REDIS_URL_FILE", "ENCRYPTION_KEY_FILE"] {
        assert!(loaded(&[(alias, named(&path))]).is_ok(), "{alias}");
    }
}

#[test]
fn a_file_that_holds_no_secret_is_named_with_its_variable() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |path: &str| loaded(&[("REDIS_URL_FILE", path)]).unwrap_err();
    let missing = directory.path().join("missing");

    for (path, why) in [
        (missing.as_path(), "No such file"),
        (directory.path(), "directory"),
        (&file(&directory, b"\n", 0o400), "it is empty"),
        (&file(&directory, b"hush\xff", 0o400), "it is not UTF-8"),
        (&file(&directory, &vec![b'x'; 70_000], 0o400), "no secret is longer"),
    ] {
        let told = refused(named(path));
        assert!(told.starts_with("REDIS_URL_FILE: ") && told.contains(named(path)), "{told}");
        assert!(told.contains(why) && !told.contains("hush"), "{told}");
    }
    assert!(refused("").contains("it names no file"));
}

#[test]
fn a_secret_that_is_given_twice_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, b"redis://h:1", 0o400);
    let by_file = ("REDIS_URL_FILE", named(&path));

    for other in ["REDIS_URL", "FLORIN_REDIS__URL", "FLORIN_REDIS__URL_FILE"] {
        let value = if other.ends_with(ENDS) { named(&path) } else { "redis://h:2" };
        let told = loaded(&[by_file, (other, value)]).unwrap_err();
        assert!(told.contains("REDIS_URL_FILE") && told.contains(other), "{told}");
        assert!(!told.contains("redis://"), "{told}");
    }
}

#[test]
fn production_refuses_files_that_others_can_look_into() {
    let directory = tempfile::tempdir().unwrap();
    let with = |environment: &str, mode: u32| {
        let path = file(&directory, b"hush-hush", mode);
        let variables = [
            ("FLORIN_ENVIRONMENT", environment),
            ("FLORIN_INSTANCE__PUBLIC_URL", "https://bank.example"),
            ("FLORIN_MAIL__SMTP_PASSWORD_FILE", named(&path)),
        ];
        loaded(&variables).unwrap().check().map_err(|error| error.to_string())
    };

    for mode in [0o400, 0o600, 0o440, 0o640] {
        assert_eq!(with("production", mode), Ok(()), "{mode:o}");
    }
    for mode in [0o444, 0o604, 0o620, 0o602] {
        let told = with("production", mode).unwrap_err();
        assert!(told.contains("FLORIN_MAIL__SMTP_PASSWORD_FILE") && told.contains("other users"), "{told}");
        assert_eq!(with("development", mode), Ok(()), "{mode:o}");
    }
}

#[test]
fn in_containers_secrets_are_readable_for_all_and_writable_for_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let open = |path: &str, mode| {
        let file = File::open(file(&directory, b"hush", mode)).unwrap();
        too_open("REDIS_URL_FILE", Path::new(path), &file).unwrap().is_some()
    };

    assert!(!open("/run/secrets/redis_url", 0o444) && open("/run/secrets/redis_url", 0o666));
    assert!(open("/etc/florin/redis_url", 0o444) && open("/run/secretsX/redis_url", 0o444));
}
