//! The token vault: numbers in, tokens out, and back for whoever may.

use std::sync::Arc;

use florin_db::card_tokens::{CardError, CardVault};
use florin_db::{Db, DbError, testing};
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, Origin, Principal, Proved, Resource, Role, SessionId, Timestamp,
    UserId, Uuid,
};
use florin_vault::{CardToken, Keyring, Pan};

const CARD: &str = "4242 4242 4242 4242";
const OTHER: &str = "378282246310005";

/// Lets everybody do everything with what is their own.
struct OwnAlone;

impl Authority for OwnAlone {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        let own = resource.owner.is_some() && resource.owner == principal.person();
        if own { Ok(()) } else { Err(Denied::Forbidden { action }) }
    }
}

fn person(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn actor(user: UserId, stepped_up_at: Option<Timestamp>) -> Actor {
    let principal = Principal::User {
        user,
        session: SessionId::from_uuid(Uuid::from_u128(9)),
        roles: vec![Role::Customer],
        department: None,
        verified: true,
        mfa_due: false,
    };
    let proved = Proved { signed_in_at: None, stepped_up_at };
    Actor::new(Arc::new(principal), Origin::default(), Arc::new(OwnAlone)).having_proved(proved)
}

fn pan(text: &str) -> Pan {
    text.parse().unwrap()
}

async fn texts(db: &Db, sql: &'static str) -> Vec<String> {
    let rows = db.read(move |reader| reader.rows(sql, &[])).await;
    let rows = rows.unwrap_or_else(|error: DbError| panic!("{error}"));
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

#[tokio::test]
async fn a_card_becomes_a_token_and_the_same_card_has_one_fingerprint() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let cards = CardVault::new(db.clone(), Keyring::for_tests());
        let (ada, bob) = (person(1), person(2));

        let kept = cards.tokenise(&actor(ada, None), ada, pan(CARD)).await.unwrap();
        let again = cards.tokenise(&actor(ada, None), ada, pan("4242424242424242")).await.unwrap();
        let bobs = cards.tokenise(&actor(bob, None), bob, pan(CARD)).await.unwrap();
        let other = cards.tokenise(&actor(ada, None), ada, pan(OTHER)).await.unwrap();

        assert_eq!(kept, again);
        assert_eq!(kept.masked.as_str(), "424242******4242");
        assert_eq!(kept.fingerprint, bobs.fingerprint, "the same card of another");
        assert!(
            kept.token != bobs.token && kept.token != other.token && kept.fingerprint != other.fingerprint
        );
        assert_eq!(cards.describe(&actor(ada, None), &kept.token).await.unwrap(), kept);
        let stored = texts(&db, "SELECT pan FROM card_token").await;
        assert_eq!(stored.len(), 3);
        assert!(stored.iter().all(|sealed| sealed.starts_with("fl1.1.")), "{stored:?}");
    }
}

#[tokio::test]
async fn the_number_is_shown_to_whoever_may_with_a_fresh_factor_and_that_is_written_down() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let cards = CardVault::new(db.clone(), Keyring::for_tests());
        let ada = person(1);
        let token = cards.tokenise(&actor(ada, None), ada, pan(CARD)).await.unwrap().token;
        let fresh = Some(db.env().now());

        let without = cards.detokenise(&actor(ada, None), &token, "to pay").await;
        assert!(matches!(without, Err(CardError::Denied(Denied::StepUpRequired))), "{without:?}");
        let shown = cards.detokenise(&actor(ada, fresh), &token, "to pay").await.unwrap();
        assert_eq!(shown.expose(), "4242424242424242");

        let actions = texts(&db, "SELECT action FROM audit_record ORDER BY seq").await;
        assert_eq!(actions, ["card.keep", "card.reveal"]);
        let details = texts(&db, "SELECT detail FROM audit_record ORDER BY seq").await.concat();
        assert!(details.contains("to pay") && !details.contains("4242"), "{details}");
        let by_the_program = cards.detokenise(&Actor::system("test"), &token, "settlement").await.unwrap();
        assert_eq!(by_the_program, shown);
    }
}

#[tokio::test]
async fn anothers_card_a_forgotten_one_and_one_that_never_was_are_told_alike() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let cards = CardVault::new(db.clone(), Keyring::for_tests());
        let (ada, bob, fresh) = (person(1), person(2), Some(db.env().now()));
        let token = cards.tokenise(&actor(ada, None), ada, pan(CARD)).await.unwrap().token;
        let nobodys = CardToken::generate().unwrap();

        for token in [&token, &nobodys] {
            let by = actor(bob, fresh);
            let refusals = [
                cards.describe(&by, token).await.map(|_| ()),
                cards.detokenise(&by, token, "curiosity").await.map(|_| ()),
                cards.forget(&by, token).await,
            ];
            assert!(refusals.iter().all(|one| matches!(one, Err(CardError::NotFound))), "{refusals:?}");
        }
        let anothers = cards.tokenise(&actor(bob, None), ada, pan(OTHER)).await;
        assert!(matches!(anothers, Err(CardError::Denied(_))));

        cards.forget(&actor(ada, None), &token).await.unwrap();
        assert!(matches!(cards.forget(&actor(ada, None), &token).await, Err(CardError::NotFound)));
        let gone = cards.detokenise(&actor(ada, fresh), &token, "to pay").await;
        assert!(matches!(gone, Err(CardError::NotFound)));
        assert!(texts(&db, "SELECT token FROM card_token").await.is_empty());
    }
}

#[tokio::test]
async fn a_number_that_was_moved_to_another_row_does_not_open() {
    for database in testing::databases().unwrap() {
        let db = database.open(&[], Env::system()).unwrap();
        let cards = CardVault::new(db.clone(), Keyring::for_tests());
        let ada = person(1);
        let token = cards.tokenise(&actor(ada, None), ada, pan(CARD)).await.unwrap().token;
        cards.tokenise(&actor(ada, None), ada, pan(OTHER)).await.unwrap();
        let swapped = db.housekeeping(|tx| {
            tx.execute("UPDATE card_token SET pan = (SELECT max(pan) FROM card_token)", &[])?;
            tx.execute("UPDATE card_token SET pan = 'fl1.1.AAAA' WHERE pan IS NULL", &[])
        });
        swapped.await.unwrap_or_else(|error: DbError| panic!("{error}"));

        let shown = cards.describe(&Actor::system("test"), &token).await;

        // One of the two rows holds its own number still; the other is refused.
        let rows: Vec<String> = texts(&db, "SELECT token FROM card_token").await;
        let mut opened = 0;
        for row in rows {
            opened +=
                usize::from(cards.describe(&Actor::system("test"), &row.parse().unwrap()).await.is_ok());
        }
        assert_eq!(opened, 1, "{shown:?}");
    }
}
