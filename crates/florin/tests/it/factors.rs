//! An authenticator app, backup codes, the second step of signing in, stepping up.

use florin_testkit::{
    Answer, Call, Client, Database, PASSWORD, TestApp, on_both_engines, test_databases, totp_code,
};
use serde_json::{Value, json};

/// Somebody with an authenticator app.
struct Enrolled {
    client: Client,
    secret: String,
    backup_codes: Vec<String>,
}

impl Enrolled {
    /// What the app shows now.
    fn code(&self, app: &TestApp) -> String {
        totp_code(&self.secret, app.services.env.now())
    }

    /// What it shows in its next step, for which the clock is moved.
    fn next_code(&self, app: &TestApp) -> String {
        app.clock.advance_seconds(30);
        self.code(app)
    }
}

/// Sets an app up by the paths of this name: `mfa` or `2fa`.
async fn enrol(app: &TestApp, client: Client, set_up: &str, enable: &str) -> Enrolled {
    let enrolment = client.post(&format!("/api/v1/auth{set_up}"), &json!({})).await.expect(200);
    let secret = enrolment.text("/secret");
    let code = json!({ "code": totp_code(&secret, app.services.env.now()) });
    let enabled = client.post(&format!("/api/v1/auth{enable}"), &code).await.expect(200).json();
    let backup_codes = enabled["backup_codes"].as_array().unwrap();
    let backup_codes = backup_codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    app.clock.advance_seconds(30);
    Enrolled { client, secret, backup_codes }
}

async fn enrolled(app: &TestApp) -> Enrolled {
    enrol(app, app.customer().await, "/mfa/setup", "/mfa/enable").await
}

/// Logs in with these fields besides email and password.
async fn login(app: &TestApp, email: &str, also: &Value) -> Answer {
    let mut body = json!({ "email": email, "password": PASSWORD });
    body.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    app.stranger().post("/api/v1/auth/login", &body).await
}

async fn mfa_token(app: &TestApp, email: &str) -> String {
    let problem = login(app, email, &json!({})).await.problem(401, "mfa_required");
    problem["mfa_token"].as_str().unwrap().to_owned()
}

/// Steps up by a code of the app.
async fn stepped_up(app: &TestApp, person: &Enrolled) -> Client {
    let body = json!({ "code": person.next_code(app) });
    let token = person.client.post("/api/v1/auth/step-up", &body).await.expect(200).text("/access_token");
    person.client.with_token(&token)
}

fn subject_of(mail: &str) -> &str {
    mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap()
}

on_both_engines! {
    async fn an_authenticator_app_is_set_up_and_asked_for(app: &TestApp) {
        let ada = app.customer().await;
        let elsewhere = app.stranger().login(&ada.email).await;
        let enrolment = ada.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200).json();
        let (secret, uri) = (enrolment["secret"].as_str().unwrap(), enrolment["provisioning_uri"].as_str().unwrap());
        assert!(uri.starts_with("otpauth://totp/Florin%20Bank:") && uri.contains(&format!("secret={secret}")));
        assert!(enrolment["qr_code"].as_str().unwrap().starts_with("data:image/png;base64,"));
        assert_eq!(ada.get("/api/v1/auth/profile").await.json()["mfa_enabled"], false);

        let wrong = ada.post("/api/v1/auth/mfa/enable", &json!({ "code": "nonsense" })).await;
        wrong.problem(401, "invalid_credentials");
        let code = totp_code(secret, app.services.env.now());
        let enabled = ada.post("/api/v1/auth/mfa/enable", &json!({ "code": code })).await.expect(200).json();
        assert_eq!(enabled["backup_codes"].as_array().unwrap().len(), 10);

        assert_eq!(ada.get("/api/v1/auth/profile").await.json()["mfa_enabled"], true);
        elsewhere.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let asked = login(app, &ada.email, &json!({})).await.problem(401, "mfa_required");
        assert_eq!((&asked["expires_in"], &asked["methods"]), (&json!(300), &json!(["totp", "backup_code"])));
        login(app, &ada.email, &json!({ "mfa_code": code })).await.problem(401, "invalid_credentials");
        app.clock.advance_seconds(30);
        let next = totp_code(secret, app.services.env.now());
        let signed_in = login(app, &ada.email, &json!({ "mfa_code": next })).await.expect(200).json();
        assert_eq!(signed_in["user"]["mfa_enabled"], true);
        let again = ada.post("/api/v1/auth/mfa/setup", &json!({})).await;
        again.problem(409, "conflict");
        let mails = app.mails(&ada.email).await;
        assert_eq!(subject_of(mails.last().unwrap()), "Two-step sign-in is on");
    }

    async fn the_second_step_takes_the_token_of_the_first_and_nothing_else_does(app: &TestApp) {
        let ada = enrolled(app).await;
        let token = mfa_token(app, &ada.client.email).await;
        let stranger = app.stranger();

        stranger.with_token(&token).get("/api/v1/auth/profile").await.problem(401, "unauthenticated");
        let refresh = json!({ "refresh_token": token });
        stranger.post("/api/v1/auth/refresh", &refresh).await.problem(401, "token_revoked");
        stranger.with_token(&token).post("/api/v1/auth/mfa/disable", &json!({ "password": PASSWORD })).await.problem(401, "unauthenticated");
        let step = json!({ "mfa_token": token, "code": ada.code(app) });
        let signed_in = stranger.post("/api/v1/auth/login/2fa", &step).await.expect(200);
        stranger.with_token(&signed_in.text("/access_token")).get("/api/v1/auth/profile").await.expect(200);

        let again = json!({ "mfa_token": token, "code": ada.next_code(app) });
        stranger.post("/api/v1/auth/login/2fa", &again).await.problem(401, "invalid_credentials");
        let neither = stranger.post("/api/v1/auth/login/2fa", &json!({ "code": "123456" })).await;
        assert_eq!(neither.problem(422, "validation_failed")["errors"][0]["field"], "mfa_token");
        let whole = json!({ "email": ada.client.email, "password": PASSWORD, "code": ada.next_code(app) });
        stranger.post("/api/v1/auth/login/2fa", &whole).await.expect(200);
    }

    async fn a_wrong_password_is_told_alike_with_and_without_a_second_factor(app: &TestApp) {
        let (ada, eve) = (enrolled(app).await, app.customer().await);
        let told = async |email: &str, also: Value| {
            let mut body = json!({ "email": email, "password": "another tundra orbit lantern" });
            body.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
            let answer = app.stranger().post("/api/v1/auth/login", &body).await;
            let mut problem = answer.problem(401, "invalid_credentials");
            problem["request_id"].take();
            problem
        };

        let plain = told(&eve.email, json!({})).await;

        assert_eq!(told(&ada.client.email, json!({})).await, plain);
        assert_eq!(told(&ada.client.email, json!({ "mfa_code": ada.code(app) })).await, plain);
        assert_eq!(told("nobody@example.org", json!({ "mfa_code": "123456" })).await, plain);
    }

    async fn five_wrong_codes_end_a_waiting_sign_in(app: &TestApp) {
        let ada = enrolled(app).await;
        let token = mfa_token(app, &ada.client.email).await;
        let step = async |code: &str| {
            let body = json!({ "mfa_token": token, "code": code });
            app.stranger().post("/api/v1/auth/login/2fa", &body).await
        };
        for _ in 0..5 {
            step("not-it").await.problem(401, "invalid_credentials");
        }

        step(&ada.code(app)).await.problem(401, "invalid_credentials");
    }

    async fn a_backup_code_signs_in_once_and_is_told_by_mail(app: &TestApp) {
        let ada = enrolled(app).await;
        let body = json!({ "email": ada.client.email, "password": PASSWORD, "backup_code": ada.backup_codes[0] });

        app.stranger().post("/api/v1/auth/2fa/backup-code", &body).await.expect(200);

        app.stranger().post("/api/v1/auth/2fa/backup-code", &body).await.problem(401, "invalid_credentials");
        let factors = ada.client.get("/api/v1/auth/mfa").await.expect(200).json();
        assert_eq!(factors["backup_codes_left"], 9);
        let mails = app.mails(&ada.client.email).await;
        assert_eq!(subject_of(mails.last().unwrap()), "A backup code was used");
    }

    async fn backup_codes_are_renewed_with_a_fresh_factor_alone(app: &TestApp) {
        let ada = enrolled(app).await;
        let body = json!({ "password": PASSWORD });

        ada.client.post("/api/v1/auth/mfa/backup-codes", &body).await.problem(403, "step_up_required");
        let fresh = stepped_up(app, &ada).await;
        let renewed = fresh.post("/api/v1/auth/mfa/backup-codes", &body).await.expect(200).json();

        let backup_code = renewed["backup_codes"][0].as_str().unwrap();
        let old = json!({ "email": ada.client.email, "password": PASSWORD, "backup_code": ada.backup_codes[1] });
        app.stranger().post("/api/v1/auth/2fa/backup-code", &old).await.problem(401, "invalid_credentials");
        let new = json!({ "email": ada.client.email, "password": PASSWORD, "backup_code": backup_code });
        app.stranger().post("/api/v1/auth/2fa/backup-code", &new).await.expect(200);
    }

    async fn an_app_is_turned_off_by_password_and_code(app: &TestApp) {
        let ada = enrolled(app).await;
        let off = async |body: Value| ada.client.post("/api/v1/auth/mfa/disable", &body).await;

        off(json!({ "password": PASSWORD })).await.problem(403, "step_up_required");
        off(json!({ "password": "another tundra orbit lantern", "code": ada.code(app) })).await.problem(401, "invalid_credentials");
        off(json!({ "password": PASSWORD, "code": ada.code(app) })).await.expect(200);

        login(app, &ada.client.email, &json!({})).await.expect(200);
        let mails = app.mails(&ada.client.email).await;
        assert_eq!(subject_of(mails.last().unwrap()), "Your authenticator app was turned off");
    }

    async fn the_paths_of_the_old_systems_do_the_same(app: &TestApp) {
        let ada = enrol(app, app.customer().await, "/2fa/enable", "/2fa/verify").await;
        mfa_token(app, &ada.client.email).await;

        let off = json!({ "code": ada.code(app) });
        ada.client.post("/api/auth/2fa/disable", &off).await.expect(200);

        login(app, &ada.client.email, &json!({})).await.expect(200);
        let eve = enrol(app, app.customer().await, "/2fa/enable", "/mfa/verify").await;
        mfa_token(app, &eve.client.email).await;
    }

    async fn a_large_transfer_asks_for_a_fresh_factor(app: &TestApp) {
        let (ada, from) = app.funded_customer("50000.00").await;
        let (_, to) = app.funded_customer("1.00").await;

        ada.transfer(&from, &to, "10000.00", "small").await.expect(201);
        ada.transfer(&from, &to, "10000.01", "large").await.problem(403, "step_up_required");
        let halves = json!({ "transfers": [
            Client::transfer_body(&from, &to, "6000.00"), Client::transfer_body(&from, &to, "6000.00"),
        ] });
        let batch = Call::post("/api/v1/transfers/batch").json(&halves).key("halves");
        ada.send(&batch).await.problem(403, "step_up_required");

        let wrong = ada.post("/api/v1/auth/step-up", &json!({ "password": "another tundra orbit lantern" })).await;
        wrong.problem(401, "invalid_credentials");
        let step = ada.post("/api/v1/auth/step-up", &json!({ "password": PASSWORD })).await.expect(200);
        assert_eq!(step.json()["expires_in"], 300);
        let fresh = ada.with_token(&step.text("/access_token"));
        fresh.transfer(&from, &to, "10000.01", "large").await.expect(201);
        fresh.send(&batch).await.expect(200);
        app.clock.advance_seconds(310);
        fresh.transfer(&from, &to, "10000.02", "later").await.problem(401, "unauthenticated");
        assert_eq!(ada.balance(&from).await, "17999.99");
    }

    async fn where_a_second_factor_is_on_the_password_does_not_step_up(app: &TestApp) {
        let ada = enrolled(app).await;

        let refused = ada.client.post("/api/v1/auth/step-up", &json!({ "password": PASSWORD })).await;

        assert_eq!(refused.problem(422, "validation_failed")["errors"][0]["field"], "code");
        let used = json!({ "code": ada.code(app) });
        ada.client.post("/api/v1/auth/step-up", &used).await.expect(200);
        ada.client.post("/api/v1/auth/step-up", &used).await.problem(401, "invalid_credentials");
        let both = json!({ "code": ada.next_code(app), "password": PASSWORD });
        ada.client.post("/api/v1/auth/step-up", &both).await.problem(422, "validation_failed");
    }

    async fn an_old_sign_in_adds_no_factor_until_it_steps_up(app: &TestApp) {
        let ada = app.customer().await;
        app.clock.advance_seconds(300);

        for path in ["/api/v1/auth/mfa/setup", "/api/v1/auth/passkeys/register/start"] {
            ada.post(path, &json!({})).await.problem(403, "step_up_required");
        }
        let step = ada.post("/api/v1/auth/step-up", &json!({ "password": PASSWORD })).await.expect(200);
        ada.with_token(&step.text("/access_token")).post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200);
    }

    async fn secrets_of_factors_are_nowhere_in_the_database(app: &TestApp) {
        let ada = enrolled(app).await;
        let token = mfa_token(app, &ada.client.email).await;
        let texts = app.services.db.read(|r| {
            let mut texts = Vec::new();
            for sql in [
                "SELECT secret FROM identity_totp",
                "SELECT detail FROM audit_record WHERE detail IS NOT NULL",
                "SELECT payload FROM job",
            ] {
                for row in r.rows(sql, &[])? {
                    texts.push(row.get::<String>(0)?);
                }
            }
            Ok::<_, florin_db::DbError>(texts)
        });
        let texts = texts.await.unwrap();

        assert!(texts.iter().any(|text| text.starts_with("fl1.")), "the secret lies sealed");
        for secret in [&ada.secret, &token, &ada.backup_codes[0]] {
            assert!(texts.iter().all(|text| !text.contains(secret.as_str())));
        }
    }
}

#[tokio::test]
async fn a_role_that_asks_for_a_second_factor_opens_nothing_before_there_is_one() {
    for database in test_databases() {
        let app = TestApp::start_with(database, &[("mfa.required_roles", "teller admin")]).await;
        let teller = app.teller().await;

        teller.get("/api/v1/ledger/trial-balance").await.problem(403, "mfa_enrolment_required");
        teller.get("/api/v1/accounts").await.problem(403, "mfa_enrolment_required");
        let profile = teller.get("/api/v1/auth/profile").await.expect(200).json();
        assert_eq!(profile["mfa_enabled"], false);
        assert_eq!(teller.get("/api/v1/auth/mfa").await.expect(200).json()["mfa_required"], true);
        let teller = enrol(&app, teller, "/mfa/setup", "/mfa/enable").await;

        teller.client.get("/api/v1/ledger/trial-balance").await.expect(200);
        let off = json!({ "password": PASSWORD, "code": teller.code(&app) });
        teller.client.post("/api/v1/auth/mfa/disable", &off).await.expect(200);
        teller.client.get("/api/v1/ledger/trial-balance").await.problem(403, "mfa_enrolment_required");
        app.customer().await.get("/api/v1/accounts").await.expect(200);
        app.finish().await;
    }
}

#[tokio::test]
async fn without_a_tolerance_a_code_counts_in_its_own_half_minute_alone() {
    let app = TestApp::start_with(Database::Sqlite, &[("mfa.totp_skew", "0")]).await;
    let ada = enrolled(&app).await;
    app.clock.advance_seconds(300);
    let early = totp_code(&ada.secret, app.services.env.now() + jiff::SignedDuration::from_secs(30));
    login(&app, &ada.client.email, &json!({ "mfa_code": early })).await.problem(401, "invalid_credentials");
    app.finish().await;
}
