//! Passkeys: registered, used alone, as a second factor and to step up, by an authenticator in software.

use axum::http::Method;
use florin_testkit::{Answer, Authenticator, Call, Client, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};

const ORIGIN: &str = "https://bank.example";

async fn start(client: &Client, path: &str, body: &Value) -> Value {
    client.post(&format!("/api/v1/auth/passkeys{path}"), body).await.expect(200).json()
}

fn answered(ceremony: &Value, credential: &Value) -> Value {
    json!({ "challenge_token": ceremony["challenge_token"], "credential": credential })
}

/// Registers a passkey of this authenticator.
async fn register(client: &Client, device: &mut Authenticator) -> Answer {
    let ceremony = start(client, "/register/start", &json!({})).await;
    let mut body = answered(&ceremony, &device.register(&ceremony["publicKey"]));
    body["name"] = json!("Ada's phone");
    client.post("/api/v1/auth/passkeys/register/finish", &body).await
}

async fn sign_in(app: &TestApp, device: &mut Authenticator, mfa_token: Option<&str>) -> Answer {
    let stranger = app.stranger();
    let body = mfa_token.map_or_else(|| json!({}), |token| json!({ "mfa_token": token }));
    let ceremony = start(&stranger, "/login/start", &body).await;
    let body = answered(&ceremony, &device.answer(&ceremony["publicKey"]));
    stranger.post("/api/v1/auth/passkeys/login/finish", &body).await
}

async fn mfa_token(app: &TestApp, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD });
    app.stranger().post("/api/v1/auth/login", &body).await.problem(401, "mfa_required")
}

fn claims(answer: &Answer) -> Value {
    use base64::Engine as _;
    let token = answer.text("/access_token");
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

on_both_engines! {
    async fn a_passkey_is_registered_and_signs_in_alone(app: &TestApp) {
        let ada = app.customer().await;
        let mut device = Authenticator::on(ORIGIN, 1);
        let ceremony = start(&ada, "/register/start", &json!({})).await;
        assert_eq!(ceremony["publicKey"]["rp"], json!({ "id": "bank.example", "name": "Florin Bank" }));
        assert_eq!(ceremony["publicKey"]["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(ceremony["publicKey"]["authenticatorSelection"]["residentKey"], "preferred");

        let registered = register(&ada, &mut device).await.expect(201).json();
        assert_eq!(registered["passkey"]["name"], "Ada's phone");
        assert_eq!(registered["backup_codes"].as_array().unwrap().len(), 10);
        let signed_in = sign_in(app, &mut device, None).await.expect(200);

        assert_eq!(signed_in.text("/user/id"), ada.id);
        assert_eq!(claims(&signed_in)["amr"], json!(["hwk", "user", "mfa"]));
        let factors = ada.get("/api/v1/auth/mfa").await.expect(200).json();
        assert_eq!((&factors["mfa_enabled"], &factors["totp_enabled"]), (&json!(true), &json!(false)));
        assert!(factors["passkeys"][0]["last_used_at"].is_string(), "{factors}");
        let mails = app.mails(&ada.email).await;
        assert!(mails.last().unwrap().contains("Subject: A passkey was added"));
    }

    async fn a_passkey_is_the_second_factor_of_a_password(app: &TestApp) {
        let ada = app.customer().await;
        let mut device = Authenticator::on(ORIGIN, 2);
        register(&ada, &mut device).await.expect(201);
        let asked = mfa_token(app, &ada.email).await;
        assert_eq!(asked["methods"], json!(["passkey", "backup_code"]));
        let token = asked["mfa_token"].as_str().unwrap();

        let signed_in = sign_in(app, &mut device, Some(token)).await.expect(200);

        assert_eq!(claims(&signed_in)["amr"], json!(["pwd", "hwk", "user", "mfa"]));
        let again = app.stranger().post("/api/v1/auth/passkeys/login/start", &json!({ "mfa_token": token })).await;
        again.problem(401, "invalid_credentials");
    }

    async fn a_passkey_steps_up_and_is_removed_with_a_fresh_factor(app: &TestApp) {
        let ada = app.customer().await;
        let mut device = Authenticator::on(ORIGIN, 3);
        let registered = register(&ada, &mut device).await.expect(201);
        let path = format!("/api/v1/auth/passkeys/{}", registered.text("/passkey/id"));
        let remove = Call::new(Method::DELETE, path);
        ada.send(&remove).await.problem(403, "step_up_required");

        let ceremony = start(&ada, "/step-up/start", &json!({})).await;
        let body = answered(&ceremony, &device.answer(&ceremony["publicKey"]));
        let step = ada.post("/api/v1/auth/step-up", &body).await.expect(200);
        ada.post("/api/v1/auth/step-up", &body).await.problem(401, "invalid_credentials");
        let fresh = ada.with_token(&step.text("/access_token"));
        fresh.send(&remove).await.expect(204);

        fresh.send(&remove).await.problem(404, "not_found");
        sign_in(app, &mut device, None).await.problem(401, "invalid_credentials");
        let factors = ada.get("/api/v1/auth/mfa").await.expect(200).json();
        assert_eq!((&factors["mfa_enabled"], &factors["backup_codes_left"]), (&json!(false), &json!(0)));
    }

    async fn an_answer_counts_once_and_in_time_and_for_its_own_question(app: &TestApp) {
        let (ada, stranger) = (app.customer().await, app.stranger());
        let mut device = Authenticator::on(ORIGIN, 4);
        register(&ada, &mut device).await.expect(201);
        let finish = async |body: &Value| stranger.post("/api/v1/auth/passkeys/login/finish", body).await;

        let ceremony = start(&stranger, "/login/start", &json!({})).await;
        let body = answered(&ceremony, &device.answer(&ceremony["publicKey"]));
        finish(&body).await.expect(200);
        finish(&body).await.problem(401, "invalid_credentials");

        let (one, other) =
            (start(&stranger, "/login/start", &json!({})).await, start(&stranger, "/login/start", &json!({})).await);
        let crossed = answered(&one, &device.answer(&other["publicKey"]));
        finish(&crossed).await.problem(401, "invalid_credentials");

        let late = start(&stranger, "/login/start", &json!({})).await;
        let body = answered(&late, &device.answer(&late["publicKey"]));
        app.clock.advance_seconds(300);
        finish(&body).await.problem(401, "invalid_credentials");

        let step_up = start(&app.stranger().with_token(ada.token.as_deref().unwrap()), "/step-up/start", &json!({})).await;
        let body = answered(&step_up, &device.answer(&step_up["publicKey"]));
        finish(&body).await.problem(401, "invalid_credentials");
        for nonsense in [json!({}), json!({ "id": 7 }), json!("text")] {
            finish(&answered(&step_up, &nonsense)).await.problem(401, "invalid_credentials");
        }
    }

    async fn another_origin_or_an_unverified_bearer_is_refused(app: &TestApp) {
        let ada = app.customer().await;
        let mut evil = Authenticator::on("https://bank.example.evil.example", 5);
        let refused = register(&ada, &mut evil).await;
        assert_eq!(refused.problem(422, "validation_failed")["errors"][0]["field"], "credential");
        let mut careless = Authenticator::on(ORIGIN, 6);
        careless.verifies_user = false;
        register(&ada, &mut careless).await.problem(422, "validation_failed");

        let mut device = Authenticator::on(ORIGIN, 7);
        register(&ada, &mut device).await.expect(201);
        let (mut elsewhere, mut unverified) = (device.clone(), device.clone());
        "https://evil.example".clone_into(&mut elsewhere.origin);
        unverified.verifies_user = false;
        for mut changed in [elsewhere, unverified] {
            sign_in(app, &mut changed, None).await.problem(401, "invalid_credentials");
        }
        sign_in(app, &mut device, None).await.expect(200);
    }

    async fn a_copy_of_a_passkey_is_refused_and_told(app: &TestApp) {
        let ada = app.customer().await;
        let mut device = Authenticator::on(ORIGIN, 8);
        register(&ada, &mut device).await.expect(201);
        let mut copy = device.clone();
        sign_in(app, &mut device, None).await.expect(200);
        sign_in(app, &mut device, None).await.expect(200);

        sign_in(app, &mut copy, None).await.problem(401, "invalid_credentials");

        let mails = app.mails(&ada.email).await;
        assert!(mails.last().unwrap().contains("Subject: A sign-in with your passkey was refused"));
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_record WHERE error = 'passkey_counter_regressed'").await, 1);
    }

    async fn a_passkey_is_of_one_person(app: &TestApp) {
        let (ada, eve) = (app.customer().await, app.customer().await);
        let (mut of_ada, mut of_eve) = (Authenticator::on(ORIGIN, 9), Authenticator::on(ORIGIN, 10));
        register(&ada, &mut of_ada).await.expect(201);
        register(&eve, &mut of_eve).await.expect(201);

        let ceremony = start(&ada, "/register/start", &json!({})).await;
        let body = answered(&ceremony, &Authenticator::on(ORIGIN, 10).register(&ceremony["publicKey"]));
        ada.post("/api/v1/auth/passkeys/register/finish", &body).await.problem(422, "validation_failed");
        let of_another = start(&ada, "/register/start", &json!({})).await;
        let body = answered(&of_another, &Authenticator::on(ORIGIN, 11).register(&of_another["publicKey"]));
        eve.post("/api/v1/auth/passkeys/register/finish", &body).await.problem(422, "validation_failed");

        let token = mfa_token(app, &ada.email).await["mfa_token"].as_str().unwrap().to_owned();
        let stranger = app.stranger();
        let ceremony = start(&stranger, "/login/start", &json!({ "mfa_token": token })).await;
        let mut options = ceremony["publicKey"].clone();
        options["allowCredentials"] = json!([]);
        let body = answered(&ceremony, &of_eve.answer(&options));
        stranger.post("/api/v1/auth/passkeys/login/finish", &body).await.problem(401, "invalid_credentials");
    }
}
