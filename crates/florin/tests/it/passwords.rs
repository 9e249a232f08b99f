//! Choosing passwords, changing and losing them, and being guessed at.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use florin_http::Peer;
use florin_testkit::{Answer, Client, PASSWORD, TestApp, on_both_engines, test_databases};
use serde_json::{Value, json};

const OTHER: &str = "copper meadow quartz ribbon";
const WRONG: &str = "another tundra orbit lantern";

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/api/v1/auth/login", &json!({ "email": email, "password": password })).await
}

/// The same from an address and, perhaps, a device.
async fn login_from(app: &TestApp, email: &str, password: &str, ip: &str, device: Option<&str>) -> Answer {
    let body = json!({ "email": email, "password": password }).to_string();
    let mut request = Request::post("/api/v1/auth/login").header(CONTENT_TYPE, "application/json");
    if let Some(device) = device {
        request = request.header("x-device-fingerprint", device);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(Peer(format!("{ip}:4711").parse().unwrap()));
    app.stranger().send_request(request).await
}

async fn forgot(app: &TestApp, email: &str) -> Value {
    app.stranger().post("/api/v1/auth/password/forgot", &json!({ "email": email })).await.expect(202).json()
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "new_password": password });
    app.stranger().post("/api/v1/auth/password/reset", &body).await
}

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    client.post("/api/v1/auth/password/change", &body).await
}

/// A refusal without what differs from request to request.
fn plain(answer: &Answer, status: u16, code: &str) -> Value {
    let mut problem = answer.problem(status, code);
    problem["request_id"].take();
    problem
}

on_both_engines! {
    async fn a_person_changes_the_password_and_goes_on_where_they_are(app: &TestApp) {
        let ada = app.customer().await;
        let elsewhere = app.stranger().login(&ada.email).await;

        change(&ada, WRONG, OTHER).await.problem(401, "invalid_credentials");
        change(&ada, PASSWORD, OTHER).await.expect(200);

        ada.get("/api/v1/auth/profile").await.expect(200);
        elsewhere.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let refresh = json!({ "refresh_token": elsewhere.refresh_token });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.problem(401, "token_revoked");
        login(&app.stranger(), &ada.email, PASSWORD).await.problem(401, "invalid_credentials");
        login(&app.stranger(), &ada.email, OTHER).await.expect(200);
        let told = app.mails(&ada.email).await;
        assert!(told.last().unwrap().contains("Subject: Your password was changed"));
        assert!(told.iter().all(|letter| !letter.contains(OTHER)));
    }

    async fn who_forgot_the_password_sets_another_by_mail(app: &TestApp) {
        let ada = app.customer().await;
        let before = app.mails(&ada.email).await.len();

        assert_eq!(forgot(app, &ada.email).await, forgot(app, "nobody@example.org").await);
        let token = app.mailed_token(&ada.email).await;
        assert!(app.mails("nobody@example.org").await.is_empty());
        reset(app, &token, OTHER).await.expect(200);

        let told = app.mails(&ada.email).await;
        assert_eq!(told.len(), before + 2);
        assert!(told[before].contains("https://bank.example/reset-password?token="));
        ada.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        login(&app.stranger(), &ada.email, PASSWORD).await.problem(401, "invalid_credentials");
        login(&app.stranger(), &ada.email, OTHER).await.expect(200);
        let again = reset(app, &token, "granite harbor velvet mosaic").await.problem(422, "validation_failed");
        assert_eq!(again["errors"][0]["field"], "token");
    }

    async fn a_letter_that_is_late_or_replaced_sets_nothing(app: &TestApp) {
        let ada = app.customer().await;
        forgot(app, &ada.email).await;
        let first = app.mailed_token(&ada.email).await;
        app.clock.advance_seconds(1);
        forgot(app, &ada.email).await;
        let second = app.mailed_token(&ada.email).await;

        assert_ne!(first, second);
        reset(app, &first, OTHER).await.problem(422, "validation_failed");
        app.clock.advance_seconds(30 * 60);
        reset(app, &second, OTHER).await.problem(422, "validation_failed");

        login(&app.stranger(), &ada.email, PASSWORD).await.expect(200);
    }

    async fn a_weak_password_is_refused_with_advice(app: &TestApp) {
        let ada = app.customer().await;
        let register = json!({ "email": "eve@example.org", "password": "password1", "full_name": "Eve Example" });

        let registered = app.stranger().post("/api/v1/auth/register", &register).await;
        let changed = change(&ada, PASSWORD, "password1").await;
        forgot(app, &ada.email).await;
        let reset = reset(app, &app.mailed_token(&ada.email).await, "password1").await;

        for (answer, field) in [(registered, "password"), (changed, "new_password"), (reset, "new_password")] {
            let problem = answer.problem(422, "validation_failed");
            let errors = problem["errors"].as_array().unwrap();
            assert!(errors.iter().all(|error| error["field"] == field), "{problem}");
            let codes: Vec<&str> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
            assert_eq!(codes, ["too_short", "common"]);
            let strength = &problem["password_strength"];
            assert!(strength["score"].as_u64().unwrap() <= 1 && strength["warning"].is_string(), "{problem}");
            assert!(!strength["suggestions"].as_array().unwrap().is_empty());
            assert!(!problem.to_string().contains("password1"));
        }
        let same = change(&ada, PASSWORD, PASSWORD).await.problem(422, "validation_failed");
        assert_eq!(same["errors"][0]["code"], "used_before");
    }

    async fn passwords_that_are_over_long_or_strange_are_answered_and_never_cut(app: &TestApp) {
        let ada = app.customer().await;
        let long = "velvet tundra ".repeat(1_000);

        let changed = change(&ada, PASSWORD, &long).await.problem(422, "validation_failed");
        assert_eq!(changed["errors"][0]["code"], "too_long");
        change(&ada, &long, OTHER).await.problem(401, "invalid_credentials");
        login(&app.stranger(), &ada.email, &long).await.problem(401, "invalid_credentials");

        let strange = "caf\u{e9} \0 tundra orbit \u{202e} lantern";
        change(&ada, PASSWORD, strange).await.expect(200);
        login(&app.stranger(), &ada.email, "caf\u{e9} ").await.problem(401, "invalid_credentials");
        let decomposed = strange.replace('\u{e9}', "e\u{301}");
        login(&app.stranger(), &ada.email, &decomposed).await.expect(200);
    }

    async fn a_generated_password_is_one_that_is_taken(app: &TestApp) {
        for path in ["/api/auth/password/generate", "/api/v1/auth/password/generate"] {
            let made = app.stranger().get(path).await.expect(200);
            assert!(made.text("/password").len() >= 20);
            assert_eq!(made.headers["cache-control"], "no-store");
            let ada = app.customer().await;
            change(&ada, PASSWORD, &made.text("/password")).await.expect(200);
        }
    }

    async fn guesses_close_an_account_for_a_while_and_nobody_can_tell(app: &TestApp) {
        let ada = app.customer().await;
        let stranger = app.stranger();
        let mut told = Vec::new();
        for _ in 0..6 {
            told.push(plain(&login(&stranger, &ada.email, WRONG).await, 401, "invalid_credentials"));
        }

        told.push(plain(&login(&stranger, &ada.email, PASSWORD).await, 401, "invalid_credentials"));
        told.push(plain(&login(&stranger, "nobody@example.org", WRONG).await, 401, "invalid_credentials"));
        assert!(told.iter().all(|problem| *problem == told[0]), "{told:?}");
        ada.get("/api/v1/auth/profile").await.expect(200);
        let letters = app.mails(&ada.email).await;
        let locked = letters.iter().filter(|letter| letter.contains("Subject: Sign-ins to your account are locked"));
        assert_eq!(locked.count(), 1);
        app.clock.advance_seconds(30 * 60);
        login(&stranger, &ada.email, PASSWORD).await.expect(200);
    }

    async fn an_administrator_opens_a_closed_account(app: &TestApp) {
        let ada = app.customer().await;
        for _ in 0..5 {
            login(&app.stranger(), &ada.email, WRONG).await.problem(401, "invalid_credentials");
        }
        let path = format!("/api/v1/users/{}/unlock", ada.id);

        ada.post(&path, &json!({})).await.problem(403, "forbidden");
        app.teller().await.post(&path, &json!({})).await.problem(403, "forbidden");
        let admin = app.admin().await;
        admin.post(&path, &json!({})).await.expect(200);

        login(&app.stranger(), &ada.email, PASSWORD).await.expect(200);
        let nobody = "/api/v1/users/0199aaaa-0000-7000-8000-000000000001/unlock";
        admin.post(nobody, &json!({})).await.problem(404, "not_found");
        assert_eq!(
            app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'user.unlock' AND outcome = 'success'").await,
            1
        );
    }

    async fn a_known_browser_still_signs_in_while_strangers_guess(app: &TestApp) {
        let ada = app.customer().await;
        login_from(app, &ada.email, PASSWORD, "203.0.113.5", Some("firefox-1")).await.expect(200);
        for n in 0..8 {
            let ip = format!("198.51.100.{n}");
            login_from(app, &ada.email, WRONG, &ip, Some("firefox-1")).await.problem(401, "invalid_credentials");
        }

        let strange = login_from(app, &ada.email, PASSWORD, "198.51.100.9", Some("firefox-1")).await;
        strange.problem(401, "invalid_credentials");
        login_from(app, &ada.email, PASSWORD, "203.0.113.5", Some("firefox-1")).await.expect(200);
    }

    async fn guesses_at_two_processes_are_counted_together_on_postgresql(app: &TestApp) {
        let ada = app.customer().await;
        // The embedded database is served by one process.
        let Ok(second) = app.try_second().await else { return };
        for n in 0..5 {
            let at = if n % 2 == 0 { app } else { &second };
            login(&at.stranger(), &ada.email, WRONG).await.problem(401, "invalid_credentials");
        }

        login(&app.stranger(), &ada.email, PASSWORD).await.problem(401, "invalid_credentials");
        login(&second.stranger(), &ada.email, PASSWORD).await.problem(401, "invalid_credentials");
    }

    async fn the_secrets_of_passwords_are_nowhere_in_the_database(app: &TestApp) {
        let ada = app.customer().await;
        forgot(app, &ada.email).await;
        let token = app.mailed_token(&ada.email).await;
        change(&ada, PASSWORD, OTHER).await.expect(200);
        let texts = app.services.db.read(|r| {
            let mut texts = Vec::new();
            for sql in [
                "SELECT password_hash FROM identity_user",
                "SELECT password_hash FROM identity_password_history",
                "SELECT detail FROM audit_record WHERE detail IS NOT NULL",
            ] {
                for row in r.rows(sql, &[])? {
                    texts.push(row.get::<String>(0)?);
                }
            }
            Ok::<_, florin_db::DbError>(texts)
        });
        let texts = texts.await.unwrap();

        for secret in [PASSWORD, OTHER, token.as_str(), ada.email.as_str()] {
            assert!(texts.iter().all(|text| !text.contains(secret)));
        }
    }
}

#[tokio::test]
async fn where_a_preset_tells_of_locks_and_asks_for_classes_it_is_so() {
    let settings = [
        ("passwords.length_min", "8"),
        ("passwords.classes_min", "4"),
        ("passwords.scheme", "bcrypt"),
        ("passwords.bcrypt_cost", "10"),
        ("lockout.lock_minutes", "60"),
        ("lockout.reveal", "true"),
    ];
    for database in test_databases() {
        let app = TestApp::start_with(database, &settings).await;
        let register = async |password: &str| {
            let body =
                json!({ "email": "eve@example.org", "password": password, "full_name": "Eve Example" });
            app.stranger().post("/api/auth/register", &body).await
        };
        let refused = register("xk4!mq9z").await.problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["code"], "too_few_classes");
        register("xk4!mQ9z").await.expect(201);
        let hashed = "SELECT COUNT(*) FROM identity_user WHERE password_hash LIKE '_2b_10_%'";
        assert_eq!(app.count(hashed).await, 1);

        for email in ["eve@example.org", "nobody@example.org"] {
            for _ in 0..5 {
                login(&app.stranger(), email, WRONG).await.problem(401, "invalid_credentials");
            }
            let locked = login(&app.stranger(), email, "xk4!mQ9z").await;
            locked.problem(423, "account_locked");
            assert_eq!(locked.headers["retry-after"], "3600");
        }
        app.finish().await;
    }
}

#[test]
fn each_preset_has_the_password_rules_and_the_lockout_of_the_system_it_is_named_after() {
    use florin_app::config::HashScheme::{Argon2id, Bcrypt, Pbkdf2Sha256};
    use florin_app::config::{Loaded, Sources};
    let of = |preset: Option<&str>| {
        let sources = Sources { preset: preset.map(str::to_owned), ..Sources::default() };
        let config = Loaded::read(&sources).unwrap().config;
        let (p, l) = (config.passwords, config.lockout);
        let rules = (p.length_min, p.length_min_with_mfa, p.classes_min, p.scheme);
        (rules, (l.failures_max, l.lock_minutes), (l.ip_failures_max, l.ip_window_minutes))
    };
    assert_eq!(of(None), ((15, 8, 0, Argon2id), (5, 30), (0, 5)));
    assert_eq!(of(Some("biller")), ((8, 8, 4, Pbkdf2Sha256), (5, 30), (0, 5)));
    assert_eq!(of(Some("investing")), ((8, 8, 4, Bcrypt), (5, 60), (0, 5)));
    assert_eq!(of(Some("embedded")), ((12, 12, 4, Bcrypt), (5, 30), (0, 5)));
    assert_eq!(of(Some("bank")), ((12, 12, 4, Bcrypt), (0, 30), (5, 5)));
    let biller = Loaded::read(&Sources { preset: Some("biller".to_owned()), ..Sources::default() }).unwrap();
    assert_eq!(biller.config.passwords.pbkdf2_iterations, 100_000);
}
