//! Replacing the key that encrypts fields, while people sign in and change what is encrypted.

use axum::http::Method;
use florin_app::keys::{self, VaultHealth};
use florin_testkit::{Call, Client, Database, PASSWORD, TestApp, on_both_engines, totp_code};
use florin_vault::{Keyring, Place};
use serde_json::{Value, json};

/// How many people use the program while keys are replaced.
const PEOPLE: usize = 6;

/// Somebody with an authenticator app.
#[derive(Clone)]
struct Person {
    client: Client,
    secret: String,
}

async fn enrolled(app: &TestApp) -> Person {
    let client = app.customer().await;
    let secret = client.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200).text("/secret");
    let code = json!({ "code": totp_code(&secret, app.services.env.now()) });
    client.post("/api/v1/auth/mfa/enable", &code).await.expect(200);
    Person { client, secret }
}

/// Signs in by password and app, and changes the telephone; every request must succeed.
async fn sign_in_and_change(person: Person, code: String, phone: String) {
    let body = json!({ "email": person.client.email, "password": PASSWORD, "mfa_code": code });
    let token = person.client.post("/api/v1/auth/login", &body).await.expect(200).text("/access_token");
    let client = person.client.with_token(&token);
    let change = Call::new(Method::PATCH, "/api/v1/auth/profile").json(&json!({ "phone": phone }));
    client.send(&change).await.expect(200);
    let shown = client.get("/api/v1/auth/profile").await.expect(200).text("/phone");
    assert_eq!(shown, format!("****{}", &phone[phone.len() - 4..]));
}

fn phone(round: usize, person: usize) -> String {
    format!("+1415555{round:02}{person:02}")
}

async fn rotate(app: &TestApp) {
    keys::rotate_vault(&app.services.config, &app.services.db).await.unwrap();
}

/// Lets everybody read the new key, and lets it seal.
async fn take_over(app: &TestApp, others: &[&TestApp]) {
    for one in std::iter::once(&app).chain(others) {
        one.services.look_after_vault().await.unwrap();
    }
    app.clock.advance_seconds(180);
    app.services.look_after_vault().await.unwrap();
}

/// Lets the minutes pass after which nobody seals with the key before.
async fn settle(app: &TestApp) {
    app.run_jobs().await;
    app.clock.advance_seconds(180);
    app.services.look_after_vault().await.unwrap();
    app.run_jobs().await;
}

async fn done_of_total(app: &TestApp) -> (u64, u64, bool) {
    let columns = keys::resealing(&app.services.config, &app.services.db).await.unwrap();
    assert!(columns.iter().all(|one| one.unreadable == 0), "{columns:?}");
    let sum = |of: fn(&florin_db::resealing::Progress) -> u64| columns.iter().map(of).sum();
    (sum(|one| one.done), sum(|one| one.total), columns.iter().all(|one| one.finished_at.is_some()))
}

const OLD_SECRETS: &str = "SELECT COUNT(*) FROM identity_totp WHERE secret NOT LIKE 'fl1.3.%'";
const OLD_PHONES: &str = "SELECT COUNT(*) FROM identity_user WHERE phone NOT LIKE 'fl1.3.%'";

/// Two rotations under load, by one process, or by one beside another that reads the keys later.
async fn two_rotations(app: &TestApp, other: Option<&TestApp>) {
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(enrolled(app).await);
    }
    let (mut round, mut sealed_by) = (0_usize, Vec::new());
    for rotation in 0..2 {
        for stage in 0..4 {
            round += 1;
            app.clock.advance_seconds(30);
            let now = app.services.env.now();
            let load: Vec<_> = people
                .iter()
                .enumerate()
                .map(|(number, person)| {
                    let elsewhere = other.filter(|_| number % 2 == 1).map(TestApp::stranger);
                    let client = elsewhere.map_or_else(|| person.client.clone(), |at| person.client.at(&at));
                    let person = Person { client, secret: person.secret.clone() };
                    let code = totp_code(&person.secret, now);
                    tokio::spawn(sign_in_and_change(person, code, phone(round, number)))
                })
                .collect();
            match stage {
                0 => rotate(app).await,
                1 => {
                    app.services.look_after_vault().await.unwrap();
                    if let Some(other) = other {
                        other.services.look_after_vault().await.unwrap();
                    }
                }
                // The other process does not hear of it at once, and goes on sealing with the key before.
                2 => app.run_jobs().await,
                _ => {
                    app.run_jobs().await;
                    if let Some(other) = other {
                        other.services.look_after_vault().await.unwrap();
                        other.run_jobs().await;
                    }
                }
            }
            for one in load {
                one.await.unwrap();
            }
            if stage == 1 {
                take_over(app, &[]).await;
            }
        }
        sealed_by.push(app.services.vault.active_version());
        assert_eq!(rotation + 2, usize::try_from(app.services.vault.active_version()).unwrap());
    }
    settle(app).await;

    assert_eq!(sealed_by, [2, 3]);
    assert_eq!((app.count(OLD_SECRETS).await, app.count(OLD_PHONES).await), (0, 0));
    let (done, total, finished) = done_of_total(app).await;
    assert!(done == total && total == 2 * PEOPLE as u64 && finished, "{done} of {total}, {finished}");
    for (number, person) in people.into_iter().enumerate() {
        app.clock.advance_seconds(30);
        let code = totp_code(&person.secret, app.services.env.now());
        sign_in_and_change(person, code, phone(99, number)).await;
    }
}

on_both_engines! {
    async fn rotating_twice_under_load_loses_no_request_and_leaves_no_field_behind(app: &TestApp) {
        two_rotations(app, None).await;
    }

    async fn a_key_is_destroyed_when_nothing_needs_it_any_more_and_not_before(app: &TestApp) {
        let ada = enrolled(app).await;
        let (config, db) = (&app.services.config, &app.services.db);
        let nothing = keys::retire_vault(config, db, None).await.unwrap_err();
        assert!(nothing.to_string().contains("no key was replaced"), "{nothing}");
        rotate(app).await;
        let waiting = keys::retire_vault(config, db, None).await;
        assert!(waiting.is_err(), "one that waits to take over was never replaced");

        take_over(app, &[]).await;
        let used = keys::retire_vault(config, db, None).await.unwrap();
        assert_eq!(used[0].kept.as_deref(), Some("1 fields of identity_totp.secret are encrypted with it still"));

        settle(app).await;
        let early = keys::retire_vault(config, db, None).await.unwrap();
        assert!(early[0].kept.as_deref().unwrap().starts_with("it is kept until 2026-12-21"), "{early:?}");
        app.clock.advance_seconds(30 * 86_400);
        let other = keys::retire_vault(config, db, Some("seal-2".to_owned())).await;
        assert!(other.is_err(), "the active one");
        let gone = keys::retire_vault(config, db, Some("seal-1".to_owned())).await.unwrap();
        assert_eq!((gone[0].id.as_str(), &gone[0].kept), ("seal-1", &None));
        assert!(keys::retire_vault(config, db, None).await.is_err());

        assert_eq!(app.count("SELECT COUNT(*) FROM vault_key WHERE state = 'destroyed' AND length(wrapped) = 0").await, 1);
        app.services.look_after_vault().await.unwrap();
        let refused = app.services.vault.open(&Place::new("t", "c", florin_kernel::Uuid::nil()), "fl1.1.AAAA");
        assert!(matches!(refused, Err(florin_vault::VaultError::Destroyed(1))), "{refused:?}");
        let code = totp_code(&ada.secret, app.services.env.now());
        sign_in_and_change(ada, code, phone(1, 1)).await;
        let destroyed = "SELECT COUNT(*) FROM audit_record WHERE resource_kind = 'vault_key' AND detail LIKE '%destroyed%'";
        assert_eq!(app.count(destroyed).await, 1);
    }

    async fn the_health_of_the_program_and_of_its_keys_tells_how_far_encrypting_anew_came(app: &TestApp) {
        let _ada = enrolled(app).await;
        let health = async || app.stranger().get("/health").await.expect(200).json()["components"]["encryption"].clone();
        let examined = async || keys::examine_vault(&app.services.config, &app.services.db).await.unwrap();
        let current = json!({ "status": "current", "percent": 100 });
        assert_eq!(health().await, current);
        assert!(matches!(examined().await, VaultHealth::Well(_)));

        rotate(app).await;
        take_over(app, &[]).await;
        assert_eq!(health().await, json!({ "status": "renewing", "percent": 0 }));
        assert_eq!(examined().await, VaultHealth::Well("they open; 0 of 1 fields are encrypted anew so far".to_owned()));
        settle(app).await;
        assert_eq!(health().await, current);

        app.clock.advance_seconds(91 * 86_400);
        let due = examined().await;
        assert!(matches!(&due, VaultHealth::Warning(words) if words.contains("florin keys rotate")), "{due:?}");
    }

    async fn customers_are_found_by_what_is_encrypted_after_a_rotation(app: &TestApp) {
        let admin = app.admin().await;
        let body: Value = json!({
            "full_name": "Grace Hopper", "email": "grace@example.org", "phone": "+14155550188",
            "date_of_birth": "1990-05-17", "ssn": "123-45-6789",
            "address": { "line1": "1 Main Street", "city": "Springfield", "region": "IL", "postal_code": "62701-0001", "country": "US" },
        });
        let made = admin.post("/api/v1/customers", &body).await.expect(201).json();
        let search = async |term: &str| {
            let term = json!({ "search_term": term });
            let found = admin.post("/api/v1/customers/search", &term).await.expect(200).json();
            found["data"][0]["id"].clone()
        };
        assert!(made["id"].is_string());
        for term in ["+14155550188", "123-45-6789"] {
            assert_eq!(search(term).await, made["id"], "{term}");
        }

        rotate(app).await;
        take_over(app, &[]).await;
        settle(app).await;

        for term in ["+14155550188", "123-45-6789"] {
            assert_eq!(search(term).await, made["id"], "{term}");
        }
        let old = "SELECT COUNT(*) FROM parties_customer WHERE phone LIKE 'fl1.1.%' OR tax_id LIKE 'fl1.1.%'
                   OR address LIKE 'fl1.1.%' OR date_of_birth LIKE 'fl1.1.%'";
        assert_eq!(app.count(old).await, 0);
    }
}

#[tokio::test]
async fn two_processes_rotate_twice_under_load_and_one_hears_of_it_late() {
    let Some(database) = Database::postgres() else { return };
    let app = TestApp::start(database).await;
    let other = app.second().await;

    two_rotations(&app, Some(&other)).await;

    drop(other);
    app.finish().await;
}

#[tokio::test]
async fn what_is_encrypted_half_anew_opens_after_a_restart_and_is_finished() {
    for database in florin_testkit::test_databases() {
        let app = TestApp::start(database).await;
        let ada = enrolled(&app).await;
        rotate(&app).await;
        take_over(&app, &[]).await;
        let column = florin_app::sealed_columns().find(|one| one.table == "identity_totp").unwrap();
        let (vault, now) = (app.services.vault.clone(), app.services.env.now());
        let begun = app.services.db.housekeeping(move |tx| {
            // The first unit begins, and the second seals its page anew; then the process is gone.
            florin_db::resealing::step(tx, &vault, column, now, now)?;
            florin_db::resealing::step(tx, &vault, column, now, now)
        });
        begun.await.unwrap_or_else(|error: florin_db::DbError| panic!("{error}"));

        let app = Box::pin(app.restart()).await.unwrap();
        assert_eq!(app.services.vault.target(), Keyring::target_of(2));
        let client = ada.client.at(&app.stranger());
        let code = totp_code(&ada.secret, app.services.env.now());
        sign_in_and_change(Person { client, secret: ada.secret }, code, phone(1, 1)).await;
        settle(&app).await;

        assert_eq!(done_of_total(&app).await, (2, 2, true), "the secret, and the telephone since");
        app.finish().await;
    }
}
