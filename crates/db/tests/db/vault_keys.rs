//! The vault's keys, as rows.

use florin_db::{Db, DbError, testing, vault_keys};
use florin_kernel::{Env, Timestamp, Uuid};
use florin_vault::{KeyKind, KeyState, Keyring, MasterKey, Place, WrappedKey};

const PLACE: Place<'static> = Place::new("person", "tax_number", Uuid::from_u128(7));

fn key(kind: KeyKind, version: u32, master: &MasterKey) -> WrappedKey {
    WrappedKey::generate(kind, version, master, Timestamp::UNIX_EPOCH).unwrap()
}

async fn insert(db: &Db, key: WrappedKey) -> bool {
    db.housekeeping(move |tx| vault_keys::insert(tx, &key))
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"))
}

async fn read(db: &Db) -> Vec<WrappedKey> {
    db.read(vault_keys::read).await.unwrap_or_else(|error: DbError| panic!("{error}"))
}

#[tokio::test]
async fn keys_read_back_as_they_were_and_open_what_they_sealed() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let master = MasterKey::generate().unwrap();
        let keys = [key(KeyKind::Seal, 1, &master), key(KeyKind::Root, 1, &master)];
        let sealed =
            Keyring::unlock(std::slice::from_ref(&master), &keys).unwrap().seal(&PLACE, b"value").unwrap();
        for key in keys {
            assert!(insert(&db, key).await);
        }

        let keyring = Keyring::unlock(&[master], &read(&db).await).unwrap();

        assert_eq!(keyring.open(&PLACE, &sealed).unwrap().expose(), b"value");
    }
}

#[tokio::test]
async fn of_each_kind_one_key_is_active_and_a_retired_one_makes_room() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let master = MasterKey::generate().unwrap();

        assert!(insert(&db, key(KeyKind::Seal, 1, &master)).await);
        assert!(!insert(&db, key(KeyKind::Seal, 1, &master)).await);
        assert!(!insert(&db, key(KeyKind::Seal, 2, &master)).await, "another one is active");

        let retired: Result<(bool, bool), DbError> = db
            .housekeeping(|tx| {
                let first = vault_keys::retire(tx, KeyKind::Seal, 1, Timestamp::UNIX_EPOCH)?;
                Ok((first, vault_keys::retire(tx, KeyKind::Seal, 1, Timestamp::UNIX_EPOCH)?))
            })
            .await;
        assert_eq!(retired.unwrap(), (true, false));
        assert!(insert(&db, key(KeyKind::Seal, 2, &master)).await);
        let states: Vec<KeyState> = read(&db).await.iter().map(|key| key.state).collect();
        assert_eq!(states, [KeyState::DecryptOnly, KeyState::Active]);
    }
}

#[tokio::test]
async fn a_key_is_wrapped_anew_only_as_it_was_read_and_its_uses_add_up() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let before = key(KeyKind::Seal, 1, &old);
        insert(&db, before.clone()).await;
        let after = before.rewrap(std::slice::from_ref(&old), &new).unwrap();

        let replaced: Result<(bool, bool), DbError> = db
            .housekeeping(move |tx| {
                vault_keys::add_uses(tx, 1, 40)?;
                vault_keys::add_uses(tx, 1, 2)?;
                let first = vault_keys::replace_wrapping(tx, &before, &after)?;
                Ok((first, vault_keys::replace_wrapping(tx, &before, &after)?))
            })
            .await;

        assert_eq!(replaced.unwrap(), (true, false));
        let kept = read(&db).await;
        assert_eq!((kept[0].uses, &kept[0].master), (42, new.id()));
    }
}
