//! Keys on a disk, and what becomes of them with time.

use std::fs;

use super::key::SIGNS_AFTER_SECONDS;
use super::*;

use SignatureAlgorithm::{EdDsa, Hs256};

const LIVES: u32 = 905;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    fn open(&self, algorithm: SignatureAlgorithm, second: i64) -> Keyring {
        Keyring::open(&self.path(), algorithm, at(second)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn kid(keyring: &Keyring, second: i64) -> String {
    keyring.signing(at(second)).unwrap().kid
}

#[test]
fn keys_are_made_once_and_read_back() {
    for (algorithm, name) in [(EdDsa, "signing-0001.pem"), (Hs256, "signing-0001.key")] {
        let dir = Dir::new();

        let (first, again) = (dir.open(algorithm, 0), dir.open(algorithm, 100));

        let (key, same) = (first.signing(at(0)).unwrap(), again.signing(at(0)).unwrap());
        assert_eq!(key.kid, same.kid);
        assert_eq!(first.refresh_secret(), again.refresh_secret());
        assert!(same.verifies(b"text", &key.sign(b"text")) && !same.verifies(b"other", &key.sign(b"text")));
        assert_eq!(dir.names(), ["refresh.key", name], "nothing is left behind");
    }
}

#[test]
fn a_key_that_takes_over_is_known_at_once_and_signs_after_a_minute() {
    let dir = Dir::new();
    let server = dir.open(EdDsa, 0);
    let before = kid(&server, 0);

    let after = Keyring::rotate(&dir.path(), EdDsa, at(1_000), false).unwrap();
    assert!(!server.refresh(at(1_000), LIVES).unwrap(), "no key is gone");

    assert!(server.find(&after).is_some() && server.jwks().contains(&after), "published before it signs");
    assert_eq!(kid(&server, 1_000 + SIGNS_AFTER_SECONDS - 1), before);
    assert_eq!(kid(&server, 1_000 + SIGNS_AFTER_SECONDS), after);
    let states: Vec<_> =
        Keyring::list(&dir.path(), at(1_001)).unwrap().into_iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyUse::Signs, KeyUse::Next]);
    let states: Vec<_> =
        Keyring::list(&dir.path(), at(1_060)).unwrap().into_iter().map(|key| key.state).collect();
    assert_eq!(states, [KeyUse::Verifies, KeyUse::Signs]);
}

#[test]
fn a_key_verifies_until_its_last_token_is_over_and_is_gone_then() {
    let dir = Dir::new();
    let (server, other) = (dir.open(EdDsa, 0), dir.open(EdDsa, 0));
    let before = kid(&server, 0);
    let after = Keyring::rotate(&dir.path(), EdDsa, at(1_000), false).unwrap();
    let over = 1_000 + SIGNS_AFTER_SECONDS + i64::from(LIVES);

    assert!(!server.refresh(at(over - 1), LIVES).unwrap());
    assert!(server.find(&before).is_some());
    assert!(server.refresh(at(over), LIVES).unwrap(), "a key is gone");
    assert!(server.find(&before).is_none());
    assert_eq!(dir.names(), ["refresh.key", "signing-0002.pem"]);
    assert_eq!(kid(&server, over), after);

    assert!(other.refresh(at(over), LIVES).unwrap(), "and in every process");
    assert!(other.find(&before).is_none());
    assert!(!server.refresh(at(over + 1), LIVES).unwrap());
}

#[test]
fn an_unknown_key_makes_a_process_look_and_not_more_than_once_a_second() {
    let dir = Dir::new();
    let server = dir.open(EdDsa, 0);
    let after = Keyring::rotate(&dir.path(), EdDsa, at(1), false).unwrap();
    assert!(server.find(&after).is_none());

    assert!(server.look_again(at(1), LIVES));
    assert!(server.find(&after).is_some());
    assert!(!server.look_again(at(1), LIVES));
}

#[test]
fn revoking_takes_every_key_away_but_the_new_one_which_signs_at_once() {
    let dir = Dir::new();
    let server = dir.open(EdDsa, 0);
    let before = kid(&server, 0);

    let after = Keyring::rotate(&dir.path(), EdDsa, at(1_000), true).unwrap();

    assert!(server.refresh(at(1_000), LIVES).unwrap());
    assert!(server.find(&before).is_none());
    assert_eq!(kid(&server, 1_000), after);
    assert_eq!(dir.names(), ["refresh.key", "signing-0002.pem"]);
}

#[test]
fn another_algorithm_makes_another_key_and_tokens_of_the_one_before_are_good_to_their_end() {
    let dir = Dir::new();
    let before = kid(&dir.open(EdDsa, 0), 0);

    let server = dir.open(Hs256, 1_000);

    assert_eq!(server.signing(at(1_000)).unwrap().algorithm(), Hs256);
    assert!(server.find(&before).is_some());
    assert!(server.refresh(at(1_000 + i64::from(LIVES)), LIVES).unwrap());
    assert!(server.find(&before).is_none());
    let back = dir.open(EdDsa, 5_000);
    assert_eq!(back.signing(at(5_000)).unwrap().algorithm(), EdDsa);
    assert_ne!(kid(&back, 5_000), before);
}

#[test]
fn the_key_set_says_what_rfc_8037_says_and_nothing_secret() {
    let dir = Dir::new();
    let set: serde_json::Value = serde_json::from_str(&dir.open(EdDsa, 0).jwks()).unwrap();
    let mut fields: Vec<&String> = set["keys"][0].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["alg", "crv", "kid", "kty", "use", "x"]);

    assert_eq!(Dir::new().open(Hs256, 0).jwks(), r#"{"keys":[]}"#);
}

#[cfg(unix)]
#[test]
fn keys_that_others_may_read_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    for (algorithm, name) in [(EdDsa, "signing-0001.pem"), (Hs256, "signing-0001.key")] {
        let dir = Dir::new();
        dir.open(algorithm, 0);
        let key = dir.path().join(name);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&dir.path()), mode(&key), mode(&dir.path().join("refresh.key"))),
            (0o700, 0o600, 0o600)
        );

        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();

        let refused = Keyring::open(&dir.path(), algorithm, at(0));
        assert!(matches!(refused, Err(KeyringError::Exposed { wanted: 0o600, .. })));
    }
}

#[test]
fn a_file_without_a_key_or_with_too_short_a_one_is_named() {
    for (name, content) in [
        ("signing-0001.pem", &b"not a key"[..]),
        ("signing-0001.key", b"c2hvcnQ"),
        ("signing-0001.key", b"# made yesterday\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        let dir = Dir::new();
        files::make_dir(&dir.path()).unwrap();
        files::create_once(&dir.path().join(name), content).unwrap();

        let refusal = Keyring::open(&dir.path(), EdDsa, at(0)).unwrap_err();

        assert!(refusal.to_string().contains(name), "{refusal}");
    }
}

#[test]
fn a_key_that_cannot_be_read_leaves_a_server_with_those_it_has() {
    let dir = Dir::new();
    let server = dir.open(EdDsa, 0);
    let before = kid(&server, 0);
    files::create_once(&dir.path().join("signing-0002.pem"), b"half a key").unwrap();

    assert!(server.refresh(at(1), LIVES).is_err());

    assert_eq!(kid(&server, 1), before);
}
