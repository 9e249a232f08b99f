//! Records of customers over both databases: sealed for their row, of one version at a time, opened by old keys.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod world;

use florin_db::{DbError, params};
use florin_kernel::{Actor, Timestamp, UserId};
use florin_parties::{ChangeCustomer, Customer, Error, NewCustomer, Reveal};
use florin_vault::{KeyKind, KeyState, Keyring, MasterKey, WrappedKey};

use world::{World, address, worlds};

fn form(email: &str, ssn: Option<&str>) -> NewCustomer {
    NewCustomer {
        full_name: "Ada Lovelace".to_owned(),
        email: email.to_owned(),
        phone: "+14155550123".to_owned(),
        date_of_birth: "1990-05-17".to_owned(),
        ssn: ssn.map(str::to_owned),
        sin: None,
        address: address(),
    }
}

async fn made(world: &World, email: &str, ssn: Option<&str>) -> Customer {
    world.customers.create(&Actor::system("test"), form(email, ssn)).await.unwrap()
}

async fn find(world: &World, user: UserId) -> Result<Customer, Error> {
    world.customers.find(&Actor::system("test"), user).await
}

fn phone(text: &str) -> ChangeCustomer {
    ChangeCustomer { phone: Some(text.to_owned()), ..ChangeCustomer::default() }
}

/// Puts what one row has in a column into another row.
async fn move_sealed(world: &World, column: &'static str, from: UserId, to: UserId) {
    let sql = match column {
        "phone" => {
            "UPDATE parties_customer SET phone = (SELECT phone FROM parties_customer WHERE user_id = $1) WHERE user_id = $2"
        }
        "tax_id" => {
            "UPDATE parties_customer SET tax_id = (SELECT tax_id FROM parties_customer WHERE user_id = $1) WHERE user_id = $2"
        }
        _ => {
            "UPDATE parties_customer SET address = (SELECT date_of_birth FROM parties_customer WHERE user_id = $1) WHERE user_id = $2"
        }
    };
    let moved = world.db.housekeeping(move |tx| tx.execute(sql, &params![from.uuid(), to.uuid()]));
    assert_eq!(moved.await.unwrap_or_else(|error: DbError| panic!("{error}")), 1);
}

#[tokio::test]
async fn what_is_sealed_for_one_row_or_column_opens_in_no_other() {
    for world in worlds() {
        for column in ["phone", "tax_id", "address"] {
            let ada = made(&world, &format!("ada-{column}@example.org"), Some("123-45-6789")).await;
            let eve = made(&world, &format!("eve-{column}@example.org"), Some("123-45-6780")).await;
            assert_eq!(find(&world, eve.id).await.unwrap(), eve);
            let from = if column == "address" { eve.id } else { ada.id };

            move_sealed(&world, column, from, eve.id).await;

            let refused = find(&world, eve.id).await;
            assert!(matches!(refused, Err(Error::Vault(_))), "{column}: {refused:?}");
            assert!(find(&world, ada.id).await.is_ok());
            world.forget_all().await;
        }
    }
}

#[tokio::test]
async fn plain_text_where_something_sealed_is_wanted_is_an_error_and_no_value() {
    for world in worlds() {
        let ada = made(&world, "ada@example.org", None).await;
        let plain =
            world.db.housekeeping(|tx| tx.execute("UPDATE parties_customer SET phone = '+14155550123'", &[]));
        plain.await.unwrap_or_else(|error: DbError| panic!("{error}"));

        assert!(matches!(find(&world, ada.id).await, Err(Error::Vault(_))));
    }
}

#[tokio::test]
async fn of_many_changes_of_one_version_one_is_made() {
    for world in worlds() {
        let ada = made(&world, "ada@example.org", None).await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..8 {
            let customers = world.customers.clone();
            let change = phone(&format!("+1415555010{n}"));
            running.spawn(async move { customers.change(&Actor::system("test"), ada.id, 1, change).await });
        }

        let answers = running.join_all().await;

        let done: Vec<&Customer> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert_eq!(done.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::Changed { present: 2 }))));
        let now = find(&world, ada.id).await.unwrap();
        assert_eq!((now.version, &now.phone), (2, &done[0].phone));
    }
}

#[tokio::test]
async fn a_record_is_made_whole_or_not_at_all() {
    for world in worlds() {
        made(&world, "ada@example.org", Some("123-45-6789")).await;

        let same_number =
            world.customers.create(&Actor::system("test"), form("eve@example.org", Some("123456789"))).await;
        let same_email = world.customers.create(&Actor::system("test"), form("ada@example.org", None)).await;

        assert!(matches!(same_number, Err(Error::TaxIdTaken)));
        assert!(matches!(same_email, Err(Error::EmailTaken)));
        assert_eq!(world.count("SELECT COUNT(*) FROM test_person").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM parties_customer").await, 1);
    }
}

#[tokio::test]
async fn after_a_rotation_old_records_open_are_found_and_are_sealed_anew_when_changed() {
    for world in worlds() {
        let ada = made(&world, "ada@example.org", Some("123-45-6789")).await;
        world.rotate();

        assert_eq!(find(&world, ada.id).await.unwrap(), ada);
        let changed =
            world.customers.change(&Actor::system("test"), ada.id, 1, phone("+4930123456")).await.unwrap();

        assert_eq!(changed.phone.as_deref(), Some("****3456"));
        let found = world.customers.search(&Actor::system("test"), "123-45-6789", None).await.unwrap();
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [ada.id]);
        assert_eq!(world.count("SELECT COUNT(*) FROM parties_customer WHERE phone LIKE 'fl1.2.%' AND tax_id LIKE 'fl1.2.%'").await, 1);
    }
}

#[tokio::test]
async fn what_is_revealed_is_what_was_filled_in_and_debug_prints_none_of_it() {
    for world in worlds() {
        let ada = made(&world, "ada@example.org", Some("123-45-6789")).await;

        let bare =
            world.customers.reveal(&Actor::system("test"), ada.id, Reveal::ALL.to_vec()).await.unwrap();

        assert_eq!(bare.ssn.as_deref(), Some("123-45-6789"));
        assert_eq!((bare.phone.as_deref(), bare.sin.as_deref()), (Some("+14155550123"), None));
        let printed = format!("{bare:?} {:?}", form("ada@example.org", Some("123-45-6789")));
        assert!(
            !printed.contains("6789") && !printed.contains("ada@") && !printed.contains("0123"),
            "{printed}"
        );
    }
}

/// Keys of which the first sealed and the second seals.
fn rotated(master: &MasterKey, first: &WrappedKey, root: &WrappedKey) -> [WrappedKey; 3] {
    let second = WrappedKey::generate(KeyKind::Seal, 2, master, Timestamp::UNIX_EPOCH).unwrap();
    [WrappedKey { state: KeyState::DecryptOnly, ..first.clone() }, second, root.clone()]
}

fn keyring() -> (MasterKey, [WrappedKey; 2], Keyring) {
    let master = MasterKey::generate().unwrap();
    let keys = [KeyKind::Seal, KeyKind::Root]
        .map(|kind| WrappedKey::generate(kind, 1, &master, Timestamp::UNIX_EPOCH).unwrap());
    let keyring = Keyring::unlock(std::slice::from_ref(&master), &keys).unwrap();
    (master, keys, keyring)
}
