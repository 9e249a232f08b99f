//! A day at the bank: everything that has a secret is done, right and wrong, and each secret is written down.

use axum::http::Method;
use florin_kernel::Actor;
use florin_testkit::{Answer, CSRF_COOKIE, Call, Client, PASSWORD, SESSION_COOKIE, TestApp, totp_code};
use florin_vault::Pan;
use serde_json::{Value, json};

const WRONG: &str = "wrong horse battery staple nine";
const NEW: &str = "quiet lanterns by the far quay";
const PHONE: &str = "+14155550177";
const SSN: &str = "123-45-6789";
const SIN: &str = "046-454-286";
const PAN: &str = "4242 4242 4242 4242";
const PLANTED: &str = "planted-secret-7f3a9c51";

/// What must not be told, and what was told to whoever was refused.
pub struct Day {
    pub secrets: Vec<(String, String)>,
    pub refusals: Vec<String>,
}

impl Day {
    /// Lives the day.
    pub async fn lived(app: &TestApp) -> Self {
        let mut day = Self { secrets: Vec::new(), refusals: Vec::new() };
        for (name, secret) in [
            ("password", PASSWORD),
            ("wrong password", WRONG),
            ("new password", NEW),
            ("phone", PHONE),
            ("phone's digits", "4155550177"),
            ("SSN", SSN),
            ("SSN's digits", "123456789"),
            ("SIN", SIN),
            ("SIN's digits", "046454286"),
            ("card number", PAN),
            ("card's digits", "4242424242424242"),
            ("planted secret", PLANTED),
        ] {
            day.keep(name, secret);
        }
        let ada = day.signs_up(app).await;
        let ada = day.proves_a_second_factor(app, ada).await;
        day.keeps_keys_and_cards(app, &ada).await;
        day.uses_a_browser(app).await;
        day.is_served_at_the_counter(app).await;
        day.forgets_the_password(app, &ada).await;
        day.sends_nonsense(app, &ada).await;
        day
    }

    fn keep(&mut self, name: &str, secret: &str) {
        self.secrets.push((name.to_owned(), secret.to_owned()));
    }

    /// Keeps what a refusal said.
    fn refused(&mut self, answer: &Answer) {
        assert!(answer.status.is_client_error(), "{answer:?}");
        self.refusals.push(format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body)));
    }

    fn keep_tokens(&mut self, client: &Client) {
        self.keep("access token", client.token.as_deref().unwrap());
        // The part that makes it one, should the rest be cut.
        self.keep("signature", client.token.as_deref().unwrap().rsplit('.').next().unwrap());
        if !client.refresh_token.is_empty() {
            self.keep("refresh token", &client.refresh_token);
        }
    }

    async fn signs_up(&mut self, app: &TestApp) -> Client {
        let email = "ada.secretive@example.org";
        let register = |password: &str| json!({ "email": email, "password": password, "full_name": "Ada Secretive", "phone": PHONE });
        let stranger = app.stranger();
        stranger.post("/api/v1/auth/register", &register(PASSWORD)).await.expect(201);
        let token = app.mailed_token(email).await;
        self.keep("verification token", &token);
        self.refused(&stranger.post("/api/v1/auth/email/verify", &json!({ "token": PLANTED })).await);
        stranger.post("/api/v1/auth/email/verify", &json!({ "token": token })).await.expect(200);
        self.refused(
            &stranger.post("/api/v1/auth/login", &json!({ "email": email, "password": WRONG })).await,
        );
        let ada = stranger.login(email).await;
        self.keep_tokens(&ada);
        let refreshed = ada
            .post("/api/v1/auth/refresh", &json!({ "refresh_token": ada.refresh_token }))
            .await
            .expect(200);
        let ada = ada.with_token(&refreshed.text("/access_token"));
        self.keep("access token", &refreshed.text("/access_token"));
        self.keep("refresh token", &refreshed.text("/refresh_token"));
        let phone =
            Call::new(Method::PATCH, "/api/v1/auth/profile").json(&json!({ "phone": "+14155550178" }));
        self.keep("second phone", "4155550178");
        ada.send(&phone).await.expect(200);
        ada
    }

    async fn proves_a_second_factor(&mut self, app: &TestApp, ada: Client) -> Client {
        let setup = ada.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200);
        let secret = setup.text("/secret");
        self.keep("app's secret", &secret);
        self.refused(&ada.post("/api/v1/auth/mfa/enable", &json!({ "code": PLANTED })).await);
        let code = json!({ "code": totp_code(&secret, app.services.env.now()) });
        let enabled = ada.post("/api/v1/auth/mfa/enable", &code).await.expect(200).json();
        for code in enabled["backup_codes"].as_array().unwrap() {
            self.keep("backup code", code.as_str().unwrap());
        }
        app.clock.advance_seconds(30);
        let login = json!({ "email": ada.email, "password": PASSWORD });
        let asked = app.stranger().post("/api/v1/auth/login", &login).await.problem(401, "mfa_required");
        let challenge = asked["mfa_token"].as_str().unwrap();
        self.keep("challenge", challenge);
        let wrong = json!({ "mfa_token": challenge, "code": "000000" });
        self.refused(&app.stranger().post("/api/v1/auth/login/2fa", &wrong).await);
        let backup = enabled["backup_codes"][0].as_str().unwrap();
        let step = json!({ "mfa_token": challenge, "backup_code": backup });
        let answer = app.stranger().post("/api/v1/auth/login/2fa", &step).await;
        if !answer.status.is_success() {
            self.refused(&answer);
        }
        app.clock.advance_seconds(30);
        let code = totp_code(&secret, app.services.env.now());
        let body = json!({ "email": ada.email, "password": PASSWORD, "mfa_code": code });
        let answer = app.stranger().post("/api/v1/auth/login", &body).await.expect(200);
        self.keep("access token", &answer.text("/access_token"));
        app.clock.advance_seconds(30);
        let ada = ada.with_token(&answer.text("/access_token"));
        let body = json!({ "code": totp_code(&secret, app.services.env.now()) });
        let stepped = ada.post("/api/v1/auth/step-up", &body).await.expect(200).text("/access_token");
        self.keep("stepped-up token", &stepped);
        ada.with_token(&stepped)
    }

    async fn keeps_keys_and_cards(&mut self, app: &TestApp, ada: &Client) {
        let body = json!({ "name": "till", "scopes": ["accounts:read"], "expires_in_days": 30 });
        let made = ada.post("/api/v1/auth/api-keys", &body).await;
        if made.status.is_success() {
            let key = made.json()["key"].as_str().unwrap_or_default().to_owned();
            self.keep("API key", &key);
            ada.with_token(&key).get("/api/v1/accounts").await;
            let changed = format!("{}x", &key[..key.len() - 1]);
            self.refused(&ada.with_token(&changed).get("/api/v1/accounts").await);
        } else {
            self.refused(&made);
        }
        let owner = florin_kernel::UserId::from_uuid(ada.id.parse().unwrap_or_default());
        let pan: Pan = PAN.parse().unwrap();
        let by = Actor::system("test");
        let kept = app.services.cards.tokenise(&by, owner, pan).await.unwrap();
        let shown = app.services.cards.detokenise(&by, &kept.token, "a test").await.unwrap();
        tracing::info!(card = %shown, printed = ?shown, ?kept, cards = ?app.services.cards, vault = ?app.services.vault, "kept");
        tracing::info!(config = ?app.services.config, "configured");
    }

    async fn uses_a_browser(&mut self, app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.browser();
        let answer = browser.login(&email).await;
        self.keep("session cookie", &browser.secret());
        let csrf = answer.headers.get_all("set-cookie").iter().find_map(|cookie| {
            let cookie = cookie.to_str().ok()?;
            cookie.strip_prefix(&format!("{CSRF_COOKIE}="))?.split(';').next().map(str::to_owned)
        });
        self.keep("CSRF token", &csrf.unwrap());
        browser.post("/api/v1/accounts", &json!({ "kind": "checking", "currency": "EUR" })).await.expect(201);
        let unasked = Call::post("/api/v1/accounts").json(&json!({ "kind": "checking", "currency": "EUR" }));
        let answer = browser.send(unasked).await;
        self.refused(&answer);
        let planted = format!("{SESSION_COOKIE}={PLANTED}");
        let call = Call::get("/api/v1/auth/profile").header("cookie", planted.as_bytes());
        self.refused(&app.stranger().send(&call).await);
    }

    async fn is_served_at_the_counter(&mut self, app: &TestApp) {
        let teller = app.teller().await;
        self.keep_tokens(&teller);
        let form = |tax: &str, number: &str, email: &str| {
            json!({
                "full_name": "Grace Hopper", "email": email, "phone": PHONE, "date_of_birth": "1990-05-17", tax: number,
                "address": { "line1": "1 Main Street", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US" },
            })
        };
        let made = teller.post("/api/v1/customers", &form("ssn", SSN, "grace@example.org")).await.expect(201);
        self.refused(&teller.post("/api/v1/customers", &form("ssn", SSN, "other@example.org")).await);
        self.refused(
            &teller.post("/api/v1/customers", &form("ssn", "4242424242424242", "third@example.org")).await,
        );
        teller.post("/api/v1/customers/search", &json!({ "search_term": SSN })).await.expect(200);
        self.refused(&teller.get(&format!("/api/v1/customers/{}?reveal=tax_id", made.text("/id"))).await);
        let answer = teller.post("/api/v1/customers", &form("sin", SIN, "sin@example.org")).await;
        if !answer.status.is_success() {
            self.refused(&answer);
        }
        let (payer, account) = app.funded_customer("100.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let mut body = Client::transfer_body(&account, &to, "1.00");
        body["description"] = json!(format!("card {PAN}"));
        payer.send(&Call::post("/api/v1/transfers").key("with-a-card").json(&body)).await;
    }

    async fn forgets_the_password(&mut self, app: &TestApp, ada: &Client) {
        let stranger = app.stranger();
        stranger.post("/api/v1/auth/password/forgot", &json!({ "email": ada.email })).await.expect(202);
        let token = app.mailed_token(&ada.email).await;
        self.keep("reset token", &token);
        let weak = json!({ "token": token, "new_password": ada.email });
        self.refused(&stranger.post("/api/v1/auth/password/reset", &weak).await);
        let body = json!({ "token": token, "new_password": NEW });
        stranger.post("/api/v1/auth/password/reset", &body).await.expect(200);
        self.refused(&stranger.post("/api/v1/auth/password/reset", &body).await);
    }

    /// What is no request, with a secret in each of its places.
    async fn sends_nonsense(&mut self, app: &TestApp, ada: &Client) {
        let stranger = app.stranger();
        let login = "/api/v1/auth/login";
        for body in [
            json!({ "email": PLANTED, "password": PASSWORD }),
            json!({ "email": "ada@example.org", "password": { "is": PASSWORD } }),
            json!({ "email": "ada@example.org", "password": [PASSWORD, PAN] }),
            json!({ "email": "ada@example.org", "password": PASSWORD, "mfa_code": PLANTED }),
            json!([PASSWORD]),
            Value::String(PASSWORD.to_owned()),
        ] {
            self.refused(&stranger.post(login, &body).await);
        }
        for text in
            [format!("{{\"password\": \"{PASSWORD}"), format!("{PASSWORD}={PAN}"), format!("\"{PLANTED}\"")]
        {
            let call = Call::post(login).raw("application/json", text.clone());
            self.refused(&stranger.send(&call).await);
            let call = Call::post(login).raw("application/x-www-form-urlencoded", text);
            self.refused(&stranger.send(&call).await);
        }
        for token in [PLANTED, "eyJhbGciOiJub25lIn0.planted-secret-7f3a9c51.planted-secret-7f3a9c51"] {
            self.refused(&stranger.with_token(token).get("/api/v1/auth/profile").await);
        }
        self.refused(&stranger.post("/api/v1/auth/refresh", &json!({ "refresh_token": PLANTED })).await);
        let reused = json!({ "refresh_token": ada.refresh_token });
        app.clock.advance_seconds(600);
        stranger.post("/api/v1/auth/refresh", &reused).await;
        for path in ["/api/v1/auth/profile?token=", "/api/v1/accounts?cursor=", "/nowhere?card="] {
            self.refused(&stranger.get(&format!("{path}{PLANTED}")).await);
        }
        let basic =
            Call::get("/api/v1/auth/profile").header("authorization", format!("Basic {PLANTED}").as_bytes());
        self.refused(&stranger.send(&basic).await);
    }
}
