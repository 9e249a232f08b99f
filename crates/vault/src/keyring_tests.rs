use std::collections::HashSet;

use florin_kernel::{Timestamp, Uuid};
use proptest::prelude::*;

use super::*;

const ROW: Uuid = Uuid::from_u128(7);
const PLACE: Place<'static> = Place::new("person", "tax_number", ROW);

fn key(kind: KeyKind, version: u32, master: &MasterKey) -> WrappedKey {
    WrappedKey::generate(kind, version, master, Timestamp::UNIX_EPOCH).unwrap()
}

/// A master key, a sealing key and a root.
fn keys() -> (MasterKey, Vec<WrappedKey>) {
    let master = MasterKey::generate().unwrap();
    let keys = vec![key(KeyKind::Seal, 1, &master), key(KeyKind::Root, 1, &master)];
    (master, keys)
}

/// The same, a rotation later.
fn rotated(master: &MasterKey, keys: &[WrappedKey]) -> Vec<WrappedKey> {
    let mut keys = keys.to_vec();
    keys[0].state = KeyState::DecryptOnly;
    keys.push(key(KeyKind::Seal, 2, master));
    keys
}

fn unlock(master: &MasterKey, keys: &[WrappedKey]) -> Result<Keyring, VaultError> {
    Keyring::unlock(std::slice::from_ref(master), keys)
}

#[test]
fn a_sealed_field_opens_in_its_place_and_nowhere_else() {
    let keyring = Keyring::for_tests();
    let sealed = keyring.seal(&PLACE, b"078-05-1120").unwrap();

    assert!(sealed.starts_with("fl1.1.") && !sealed.contains("078"));
    assert_eq!(keyring.open(&PLACE, &sealed).unwrap().expose(), b"078-05-1120");
    let elsewhere = [
        Place::new("person", "tax_number", Uuid::from_u128(8)),
        Place::new("person", "passport", ROW),
        Place::new("company", "tax_number", ROW),
    ];
    for place in elsewhere {
        assert!(matches!(keyring.open(&place, &sealed), Err(VaultError::DoesNotOpen)), "{place:?}");
    }
    let bytes = Place::keyed("person", "tax_number", ROW.as_bytes());
    assert!(keyring.open(&bytes, &sealed).is_ok(), "a row is its bytes, however they are given");
}

#[test]
fn the_same_value_never_seals_to_the_same_text() {
    let keyring = Keyring::for_tests();
    let nonces: HashSet<String> =
        (0..20_000).map(|_| keyring.seal(&PLACE, b"same").unwrap()[6..22].to_owned()).collect();

    assert_eq!(nonces.len(), 20_000);
    assert_eq!(keyring.uses(), 20_000);
}

#[test]
fn no_change_of_any_bit_opens() {
    let keyring = Keyring::for_tests();
    let sealed = keyring.seal(&PLACE, b"four").unwrap();
    let body = URL_SAFE_NO_PAD.decode(&sealed[6..]).unwrap();
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut changed = body.clone();
            changed[at] ^= 1 << bit;
            let changed = format!("fl1.1.{}", URL_SAFE_NO_PAD.encode(changed));
            assert!(matches!(keyring.open(&PLACE, &changed), Err(VaultError::DoesNotOpen)), "{at}.{bit}");
        }
    }
    for at in 0..sealed.len() {
        for bit in 0..7 {
            let mut changed = sealed.clone().into_bytes();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(keyring.open(&PLACE, &changed).is_err(), "character {at}, bit {bit}: {changed}");
        }
        assert!(keyring.open(&PLACE, &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn what_was_never_sealed_is_an_error_and_not_a_value() {
    let keyring = Keyring::for_tests();
    let sealed = keyring.seal(&PLACE, b"x").unwrap();
    let others = [
        "",
        "078-05-1120",
        "fl1",
        "fl1.",
        "fl1.1",
        "fl2.1.AAAA",
        "fl1..AAAA",
        "fl1.-1.AAAA",
        "fl1.+1.AAAA",
        "fl1.4294967296.AAAA",
        &sealed.replacen("fl1.1.", "fl1.01.", 1),
        &sealed.replacen("fl1.1.", "fl1. 1.", 1),
        &format!("{sealed}="),
        &format!("{sealed}\n"),
        &format!(" {sealed}"),
    ];
    for text in others {
        assert!(matches!(keyring.open(&PLACE, text), Err(VaultError::NotSealed)), "{text:?}");
    }
    assert!(matches!(keyring.open(&PLACE, "fl1.1."), Err(VaultError::DoesNotOpen)));
    assert!(matches!(keyring.open(&PLACE, "fl1.9.AAAA"), Err(VaultError::UnknownVersion(9))));
}

#[test]
fn after_a_rotation_the_new_key_seals_and_the_old_one_still_opens() {
    let (master, keys) = keys();
    let keyring = unlock(&master, &keys).unwrap();
    let shared = keyring.clone();
    let before = keyring.seal(&PLACE, b"value").unwrap();
    let derived = *keyring.derive(Purpose::Csrf).expose();

    keyring.adopt(std::slice::from_ref(&master), &rotated(&master, &keys)).unwrap();

    let after = shared.seal(&PLACE, b"value").unwrap();
    assert!(after.starts_with("fl1.2."));
    assert_eq!(shared.open(&PLACE, &before).unwrap().expose(), b"value");
    assert_eq!(shared.derive(Purpose::Csrf).expose(), &derived, "what is derived outlives rotations");
    let moved = shared.reseal(&PLACE, &before).unwrap().unwrap();
    assert_eq!(Keyring::version_of(&moved).unwrap(), 2);
    assert!(shared.reseal(&PLACE, &moved).unwrap().is_none());
    let renamed = before.replacen("fl1.1.", "fl1.2.", 1);
    assert!(matches!(shared.open(&PLACE, &renamed), Err(VaultError::DoesNotOpen)));
}

#[test]
fn uses_are_told_once_and_survive_the_adoption_of_new_keys() {
    let (master, mut keys) = keys();
    keys[0].uses = 100;
    let keyring = unlock(&master, &keys).unwrap();
    keyring.seal(&PLACE, b"1").unwrap();
    assert_eq!((keyring.uses(), keyring.take_uses()), (101, vec![(1, 1)]));
    keyring.seal(&PLACE, b"2").unwrap();

    keys[0].uses = 101;
    keyring.adopt(std::slice::from_ref(&master), &rotated(&master, &keys)).unwrap();
    keyring.seal(&PLACE, b"3").unwrap();

    assert_eq!(keyring.take_uses(), [(1, 1), (2, 1)]);
    assert!(keyring.take_uses().is_empty());
}

#[test]
fn a_key_that_sealed_all_it_may_seals_no_more() {
    let (master, mut keys) = keys();
    keys[0].uses = USES_MAX - 1;
    let keyring = unlock(&master, &keys).unwrap();

    let last = keyring.seal(&PLACE, b"last").unwrap();

    assert!(matches!(keyring.seal(&PLACE, b"more"), Err(VaultError::WornOut)));
    assert_eq!(keyring.open(&PLACE, &last).unwrap().expose(), b"last");
}

#[test]
fn what_a_destroyed_key_sealed_is_gone_and_the_refusal_says_so() {
    let (master, keys) = keys();
    let sealed = unlock(&master, &keys).unwrap().seal(&PLACE, b"erased").unwrap();
    let mut keys = rotated(&master, &keys);
    keys[0] = WrappedKey { state: KeyState::Destroyed, wrapped: Vec::new(), ..keys[0].clone() };

    let keyring = unlock(&master, &keys).unwrap();

    assert!(matches!(keyring.open(&PLACE, &sealed), Err(VaultError::Destroyed(1))));
}

#[test]
fn keys_of_two_master_keys_open_together_while_one_replaces_the_other() {
    let (old, keys) = keys();
    let new = MasterKey::generate().unwrap();
    let sealed = unlock(&old, &keys).unwrap().seal(&PLACE, b"value").unwrap();
    let half = [keys[0].rewrap(std::slice::from_ref(&old), &new).unwrap(), keys[1].clone()];

    let both = Keyring::unlock(&[new.clone(), old.clone()], &half).unwrap();

    assert_eq!(both.open(&PLACE, &sealed).unwrap().expose(), b"value");
    assert!(matches!(unlock(&new, &half), Err(VaultError::MasterMissing { kind: "root", .. })));
    assert!(matches!(unlock(&old, &half), Err(VaultError::MasterMissing { kind: "seal", .. })));
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    let (master, keys) = keys();
    let refused = |keys: &[WrappedKey]| matches!(unlock(&master, keys), Err(VaultError::Inconsistent(_)));

    assert!(refused(&[]) && refused(&keys[..1]) && refused(&keys[1..]));
    assert!(refused(&[keys[0].clone(), keys[0].clone(), keys[1].clone()]));
    assert!(refused(&[keys[0].clone(), key(KeyKind::Seal, 2, &master), keys[1].clone()]));
    assert!(refused(&[keys[0].clone(), keys[1].clone(), key(KeyKind::Root, 2, &master)]));

    let keyring = unlock(&master, &keys).unwrap();
    let sealed = keyring.seal(&PLACE, b"value").unwrap();
    assert!(keyring.adopt(std::slice::from_ref(&master), &keys[..1]).is_err());
    assert!(keyring.open(&PLACE, &sealed).is_ok(), "keys that are refused replace nothing");
}

#[test]
fn every_purpose_has_a_key_of_its_own() {
    let keyring = Keyring::for_tests();
    let keys: HashSet<[u8; 32]> =
        Purpose::ALL.iter().map(|&purpose| *keyring.derive(purpose).expose()).collect();

    assert_eq!(keys.len(), Purpose::ALL.len());
    assert_eq!(
        format!("{:?} {keyring:?}", keyring.derive(Purpose::File)),
        "DerivedKey Keyring { active: 1, .. }"
    );
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_as_it_was(
        plain in proptest::collection::vec(any::<u8>(), 0..300),
        row in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let keyring = Keyring::for_tests();
        let place = Place::keyed("t", "c", &row);

        let sealed = keyring.seal(&place, &plain).unwrap();

        let opened = keyring.open(&place, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), plain.as_slice());
    }

    #[test]
    fn no_text_makes_opening_panic_or_succeed(text in "(fl1\\.[0-9]{0,11}\\.)?\\PC{0,80}") {
        prop_assert!(Keyring::for_tests().open(&PLACE, &text).is_err());
    }
}

#[test]
fn fields_can_be_kept_as_other_systems_keep_them_and_what_was_sealed_before_still_opens() {
    let (env, _) = florin_kernel::Env::manual(florin_kernel::Timestamp::from_second(1_790_000_000).unwrap());
    let own = Keyring::for_tests();
    let place = Place::new("person", "tax_number", florin_kernel::Uuid::from_u128(7));
    let before = own.seal(&place, b"078-05-1120").unwrap();
    let key = Fernet::generate_key().unwrap();
    let fernet = || Fernet::try_new([std::str::from_utf8(key.expose()).unwrap()]).unwrap();
    let writing = own.clone().with_fernet(fernet(), true, env.clone());
    let reading = own.clone().with_fernet(fernet(), false, env);

    let token = writing.seal(&place, b"078-05-1120").unwrap();

    assert!(token.starts_with("gAAAA"), "{token}");
    assert_eq!(
        fernet().open(&token, Age::Any).unwrap().expose(),
        b"078-05-1120",
        "as any other system reads it"
    );
    for keyring in [&writing, &reading] {
        assert_eq!(keyring.open(&place, &token).unwrap().expose(), b"078-05-1120");
        assert_eq!(keyring.open(&place, &before).unwrap().expose(), b"078-05-1120");
        assert!(keyring.open(&place, "078-05-1120").is_err());
    }
    assert!(matches!(own.open(&place, &token), Err(VaultError::NotSealed)), "unasked it is no field of ours");
    assert!(reading.seal(&place, b"x").unwrap().starts_with("fl1."));
    assert_eq!(writing.reseal(&place, &token).unwrap(), None);
    assert!(writing.reseal(&place, &before).unwrap().unwrap().starts_with("gAAAA"));
    assert!(reading.reseal(&place, &token).unwrap().unwrap().starts_with("fl1."));
    assert_eq!(reading.reseal(&place, &before).unwrap(), None);
}

#[test]
fn after_another_fernet_key_was_put_first_tokens_of_the_one_before_are_written_anew() {
    let (env, clock) =
        florin_kernel::Env::manual(florin_kernel::Timestamp::from_second(1_790_000_000).unwrap());
    let place = Place::new("person", "tax_number", florin_kernel::Uuid::from_u128(7));
    let keys = [Fernet::generate_key().unwrap(), Fernet::generate_key().unwrap()];
    let [old, new] = keys.each_ref().map(|key| key.expose_str().unwrap());
    let own = Keyring::for_tests();
    let before = own.clone().with_fernet(Fernet::try_new([old]).unwrap(), true, env.clone());
    let after = own.clone().with_fernet(Fernet::try_new([new, old]).unwrap(), true, env);
    let token = before.seal(&place, b"078-05-1120").unwrap();
    clock.advance_seconds(600);

    let moved = after.reseal(&place, &token).unwrap().unwrap();

    assert_eq!(moved[..12], token[..12], "made at the same time");
    assert_eq!(Fernet::try_new([new]).unwrap().open(&moved, Age::Any).unwrap().expose(), b"078-05-1120");
    assert_eq!(after.reseal(&place, &moved).unwrap(), None);
    assert!(before.target() != after.target() && after.target().starts_with("fernet."));
    assert_eq!(own.target(), Keyring::target_of(1));
}

#[test]
fn a_keyring_knows_whether_it_has_the_keys_that_there_are() {
    let (master, keys) = keys();
    let keyring = unlock(&master, &keys).unwrap();
    let after = rotated(&master, &keys);
    let mut destroyed = after.clone();
    destroyed[0] = WrappedKey { state: KeyState::Destroyed, wrapped: Vec::new(), ..destroyed[0].clone() };

    assert!(keyring.matches(&keys) && !keyring.matches(&after));
    keyring.adopt(std::slice::from_ref(&master), &after).unwrap();
    assert!(keyring.matches(&after) && !keyring.matches(&keys) && !keyring.matches(&destroyed));
    keyring.adopt(std::slice::from_ref(&master), &destroyed).unwrap();
    assert!(keyring.matches(&destroyed) && !keyring.matches(&after));
}
