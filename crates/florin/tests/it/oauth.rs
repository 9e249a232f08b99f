//! Signing in through another provider, linking it, unlinking it.

use axum::http::header::{LOCATION, SET_COOKIE};
use florin_testkit::{
    Answer, Call, Client, Database, PASSWORD, Provider, TestApp, test_databases, totp_code,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// When the instances of the tests begin, in seconds since 1970.
const BEGIN: i64 = 1_795_275_200;
/// The email of whoever signs in at the provider.
pub const GRACE: &str = "grace@example.org";
const COOKIE: &str = "__Host-florin-oauth";

/// An instance, and a provider that people sign in through: as `acme` and, by another name, as `other`.
pub struct World {
    pub app: TestApp,
    pub provider: Provider,
}

/// Somebody on the way: where they are sent back to, and what their browser keeps.
pub struct Trip {
    pub back: String,
    pub cookie: String,
}

/// A fresh world on each engine.
pub async fn worlds() -> Vec<World> {
    worlds_with(&[]).await
}

/// The same with more settings.
pub async fn worlds_with(settings: &[(&'static str, &str)]) -> Vec<World> {
    let mut worlds = Vec::new();
    for database in test_databases() {
        let provider = Provider::start(BEGIN).await;
        let mut all = vec![("oidc.acme.issuer", provider.url()), ("oidc.other.issuer", provider.url())];
        for name in ["oidc.acme.client_id", "oidc.other.client_id", "oidc.github.client_id"] {
            all.push((name, Provider::CLIENT_ID));
        }
        for name in ["oidc.acme.client_secret", "oidc.other.client_secret", "oidc.github.client_secret"] {
            all.push((name, Provider::CLIENT_SECRET));
        }
        all.push(("oidc.github.issuer", provider.url()));
        all.extend_from_slice(settings);
        let app = TestApp::start_with(database, &all).await;
        worlds.push(World { app, provider });
    }
    worlds
}

/// The value of the cookie that an answer sets.
pub fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    let (value, terms) = cookie.strip_prefix(&format!("{COOKIE}=")).unwrap().split_once(';').unwrap();
    assert_eq!(terms, " Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax");
    value.to_owned()
}

/// Comes back with this cookie, or without one.
pub async fn come_back(client: &Client, back: &str, cookie: Option<&str>) -> Answer {
    let call = Call::get(back);
    let call = match cookie {
        Some(cookie) => call.header("cookie", format!("a=b; {COOKIE}={cookie}").as_bytes()),
        None => call,
    };
    client.send(&call).await
}

impl World {
    /// Goes to the provider by this name and signs in there.
    pub async fn leave(&self, name: &str, query: &str) -> Trip {
        let start = format!("/api/v1/auth/oauth/{name}/start{query}");
        let answer = self.app.stranger().get(&start).await.expect(303);
        let back = self.provider.consent(answer.headers[LOCATION].to_str().unwrap());
        Trip { back, cookie: cookie_of(&answer) }
    }

    /// The same as somebody who is signed in.
    pub async fn leave_to_link(&self, client: &Client) -> Trip {
        let answer = client.get("/api/v1/auth/oauth/acme/start").await.expect(200);
        Trip { back: self.provider.consent(&answer.text("/authorization_url")), cookie: cookie_of(&answer) }
    }

    pub async fn come_back(&self, trip: &Trip) -> Answer {
        come_back(&self.app.stranger(), &trip.back, Some(&trip.cookie)).await
    }

    /// There and back.
    pub async fn sign_in(&self) -> Answer {
        let trip = self.leave("acme", "").await;
        self.come_back(&trip).await
    }

    /// Makes the provider say that whoever signs in has this email.
    pub fn provider_knows(&self, email: &str) {
        self.provider.claims(json!({ "email": email }));
    }

    /// Links what the provider says to somebody who is signed in.
    pub async fn link(&self, client: &Client) -> Answer {
        let trip = self.leave_to_link(client).await;
        self.come_back(&trip).await
    }
}

/// The person who signed in.
pub fn client_of(app: &TestApp, answer: &Answer) -> Client {
    app.stranger().with_token(&answer.text("/access_token"))
}

fn subjects(mails: &[String]) -> Vec<&str> {
    mails.iter().map(|mail| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap()).collect()
}

async fn stepped_up(client: &Client) -> Client {
    let step = client.post("/api/v1/auth/step-up", &json!({ "password": PASSWORD })).await.expect(200);
    client.with_token(&step.text("/access_token"))
}

fn claims(answer: &Answer) -> Value {
    use base64::Engine as _;
    let token = answer.text("/access_token");
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

#[tokio::test]
async fn whoever_is_new_gets_an_account_and_comes_in_again_by_the_same_identity() {
    for world in worlds().await {
        let World { app, provider } = &world;

        let trip = world.leave("acme", "?next=/accounts").await;
        let first = world.come_back(&trip).await.expect(200);

        let user = first.json()["user"].clone();
        assert_eq!(user["email"], GRACE);
        assert_eq!(user["full_name"], "Grace Hopper");
        assert_eq!((&user["is_verified"], &user["roles"]), (&json!(true), &json!(["customer"])));
        assert_eq!(first.json()["next"], "/accounts");
        assert_eq!(claims(&first)["amr"], json!(["fed"]));
        assert_eq!(first.headers["referrer-policy"], "no-referrer");
        assert_eq!(first.headers["cache-control"], "no-store");
        assert!(first.headers[SET_COOKIE].to_str().unwrap().starts_with(&format!("{COOKIE}=; Max-Age=0;")));
        client_of(app, &first).open_account("EUR").await;
        let refresh = json!({ "refresh_token": first.text("/refresh_token") });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.expect(200);

        // Who they are is the subject: another email, or none, changes nothing.
        provider.claims(json!({ "email": "hopper@example.org", "email_verified": null, "name": null }));
        let again = world.sign_in().await.expect(200);
        assert_eq!(again.text("/user/id"), first.text("/user/id"));
        assert_eq!(again.json().get("next"), None);
        // Another subject with the same email is somebody else, who has to say so here.
        provider.claims(json!({ "sub": "another", "email": GRACE, "email_verified": false }));
        world.sign_in().await.problem(409, "oauth_link_required");
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_user").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_federation_attempt").await, 0);
        assert_eq!(subjects(&app.mails(GRACE).await), ["Your email address is confirmed"]);
        let registered =
            "SELECT COUNT(*) FROM audit_record WHERE action = 'user.register' AND outcome = 'success'";
        assert_eq!(app.count(registered).await, 1);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_of_the_provider() {
    for world in worlds().await {
        world.provider.claims(json!({ "email": null, "email_verified": null, "name": null }));
        world.provider.tells(json!({
            "sub": Provider::SUBJECT, "email": GRACE, "email_verified": true, "name": "Grace Hopper",
        }));

        let user = world.sign_in().await.expect(200).json()["user"].clone();

        assert_eq!((&user["email"], &user["full_name"]), (&json!(GRACE), &json!("Grace Hopper")));
        world.app.finish().await;
    }
    for world in worlds().await {
        world.provider.claims(json!({ "email": null, "email_verified": null }));
        world.provider.tells(json!({ "sub": "another", "email": GRACE, "email_verified": true }));

        world.sign_in().await.problem(400, "oauth_failed");

        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_user").await, 0);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn the_way_to_the_provider_is_as_the_standards_have_it() {
    for world in worlds().await {
        let call = Call::get("/api/auth/oauth/acme/start")
            .header("host", b"evil.example")
            .header("x-forwarded-host", b"evil.example");
        let answer = world.app.stranger().send(&call).await.expect(303);

        let location: url::Url = answer.headers[LOCATION].to_str().unwrap().parse().unwrap();
        let asked: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(asked["tenant"], "1", "the provider's own query is kept");
        assert_eq!(asked["redirect_uri"], "https://bank.example/api/v1/auth/oauth/acme/callback");
        assert_eq!(asked["scope"], "openid email profile");
        for secret in ["state", "nonce", "code_challenge"] {
            assert_eq!(asked[secret].len(), 43, "{secret} has 256 bits");
        }
        let kept = cookie_of(&answer);
        assert_eq!(kept.len(), 43);
        assert!(!asked.values().any(|value| *value == kept), "what the browser keeps goes to nobody");
        let json = Call::get("/api/v1/auth/oauth/acme/start").header("accept", b"application/json");
        let told = world.app.stranger().send(&json).await.expect(200);
        assert_eq!(told.json()["expires_in"], 600);
        assert_ne!(cookie_of(&told), kept);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_account_is_linked_unasked_where_both_sides_proved_the_address() {
    for world in worlds().await {
        let ada = world.app.customer().await;
        world.provider_knows(&ada.email);

        let came = world.sign_in().await.expect(200);

        assert_eq!(came.text("/user/id"), ada.id);
        let mails = world.app.mails(&ada.email).await;
        assert_eq!(subjects(&mails).last().unwrap(), &"Another way to sign in was added");
        world.sign_in().await.expect(200);
        let linked = ada.get("/api/v1/auth/linked-identities").await.expect(200).json();
        assert_eq!(linked["data"].as_array().unwrap().len(), 1);
        assert_eq!(linked["data"][0]["provider"], "acme");
        assert!(linked["data"][0]["last_used_at"].is_string());
        world.app.finish().await;
    }
}

#[tokio::test]
async fn who_is_signed_in_links_whatever_email_the_provider_has() {
    for world in worlds().await {
        let app = &world.app;
        let ada = app.customer().await;

        let linked = world.link(&ada).await.expect(200);

        assert_eq!(linked.text("/linked_identity/provider"), "acme");
        assert_eq!(linked.json().get("access_token"), None);
        assert_eq!(
            world.link(&ada).await.expect(200).json()["linked_identity"],
            linked.json()["linked_identity"]
        );
        assert_eq!(world.sign_in().await.expect(200).text("/user/id"), ada.id);
        let mails = app.mails(&ada.email).await;
        assert_eq!(subjects(&mails).iter().filter(|s| **s == "Another way to sign in was added").count(), 1);

        let eve = app.customer().await;
        world.link(&eve).await.problem(409, "conflict");
        assert_eq!(world.sign_in().await.expect(200).text("/user/id"), ada.id);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn linking_takes_a_recent_sign_in_that_lasts_until_the_end() {
    for world in worlds().await {
        let app = &world.app;
        let ada = app.customer().await;
        let trip = world.leave_to_link(&ada).await;
        ada.post("/api/v1/auth/logout", &json!({})).await.expect(200);

        world.come_back(&trip).await.problem(401, "token_revoked");

        let ada = app.stranger().login(&ada.email).await;
        app.clock.advance_seconds(300);
        ada.get("/api/v1/auth/oauth/acme/start").await.problem(403, "step_up_required");
        ada.with_token("nonsense").get("/api/v1/auth/oauth/acme/start").await.problem(401, "unauthenticated");
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_federation").await, 0);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_identity_is_unlinked_with_a_fresh_factor() {
    for world in worlds().await {
        let app = &world.app;
        let ada = app.customer().await;
        let id = world.link(&ada).await.expect(200).text("/linked_identity/id");
        let path = format!("/api/v1/auth/linked-identities/{id}");
        let elsewhere = client_of(app, &world.sign_in().await.expect(200));

        ada.send(&Call::new(axum::http::Method::DELETE, &path)).await.problem(403, "step_up_required");
        let eve = stepped_up(&app.customer().await).await;
        eve.send(&Call::new(axum::http::Method::DELETE, &path)).await.problem(404, "not_found");
        let fresh = stepped_up(&ada).await;
        fresh.send(&Call::new(axum::http::Method::DELETE, &path)).await.expect(204);

        elsewhere.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        ada.get("/api/v1/auth/profile").await.expect(200);
        let mails = app.mails(&ada.email).await;
        assert_eq!(subjects(&mails).last().unwrap(), &"A way to sign in was removed");
        assert_ne!(world.sign_in().await.expect(200).text("/user/id"), ada.id);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn the_last_way_in_stays() {
    for world in worlds().await {
        let app = &world.app;
        let grace = client_of(app, &world.sign_in().await.expect(200));
        let linked = grace.get("/api/v1/auth/linked-identities").await.expect(200);
        let path = format!("/api/v1/auth/linked-identities/{}", linked.text("/data/0/id"));
        let unlink = Call::new(axum::http::Method::DELETE, &path);
        // An app steps up where there is no password; it is no way in by itself.
        let enrolment = grace.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200);
        let secret = enrolment.text("/secret");
        let code = |app: &TestApp| json!({ "code": totp_code(&secret, app.services.env.now()) });
        grace.post("/api/v1/auth/mfa/enable", &code(app)).await.expect(200);
        let fresh = async || {
            app.clock.advance_seconds(30);
            let step = grace.post("/api/v1/auth/step-up", &code(app)).await.expect(200);
            grace.with_token(&step.text("/access_token"))
        };

        fresh().await.send(&unlink).await.problem(409, "conflict");

        app.stranger().post("/api/v1/auth/password/forgot", &json!({ "email": GRACE })).await.expect(202);
        app.run_jobs().await;
        let token = app.mailed_token(GRACE).await;
        let reset = json!({ "token": token, "new_password": PASSWORD });
        app.stranger().post("/api/v1/auth/password/reset", &reset).await.expect(200);
        app.clock.advance_seconds(30);
        let login = json!({ "email": GRACE, "password": PASSWORD, "mfa_code": code(app)["code"] });
        let signed_in = app.stranger().post("/api/v1/auth/login", &login).await.expect(200);
        let grace = client_of(app, &signed_in);
        app.clock.advance_seconds(30);
        let step = grace.post("/api/v1/auth/step-up", &code(app)).await.expect(200);
        grace.with_token(&step.text("/access_token")).send(&unlink).await.expect(204);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn the_second_factor_is_asked_for_as_after_a_password() {
    for world in worlds().await {
        let app = &world.app;
        let ada = app.customer().await;
        world.link(&ada).await.expect(200);
        let secret = ada.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200).text("/secret");
        let code = |app: &TestApp| totp_code(&secret, app.services.env.now());
        ada.post("/api/v1/auth/mfa/enable", &json!({ "code": code(app) })).await.expect(200);
        app.clock.advance_seconds(30);

        let trip = world.leave("acme", "?next=/accounts").await;
        let asked = world.come_back(&trip).await.problem(401, "mfa_required");

        assert_eq!(asked["next"], "/accounts");
        assert_eq!(asked["methods"], json!(["totp", "backup_code"]));
        assert_eq!(asked.get("access_token"), None);
        let step = json!({ "mfa_token": asked["mfa_token"], "code": code(app) });
        let came = app.stranger().post("/api/v1/auth/login/2fa", &step).await.expect(200);
        assert_eq!(came.text("/user/id"), ada.id);
        assert_eq!(claims(&came)["amr"], json!(["fed", "otp", "mfa"]));
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_attempt_is_finished_once_however_many_try_at_once() {
    for world in worlds().await {
        let trip = world.leave("acme", "").await;
        let mut running = JoinSet::new();
        for _ in 0..12 {
            let (client, back, cookie) = (world.app.stranger(), trip.back.clone(), trip.cookie.clone());
            running.spawn(async move { come_back(&client, &back, Some(&cookie)).await });
        }

        let answers = running.join_all().await;

        let (came, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(came.len(), 1);
        for answer in refused {
            answer.problem(400, "oauth_failed");
        }
        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_session").await, 1);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn github_vouches_by_its_number_and_its_verified_primary_email() {
    for world in worlds().await {
        let address = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified, "visibility": null });
        let sign_in = async || {
            let trip = world.leave("github", "").await;
            world.come_back(&trip).await
        };
        for emails in [
            json!([]),
            json!([address(GRACE, true, false)]),
            json!([address(GRACE, false, true), address("second@example.org", true, false)]),
        ] {
            world.provider.emails(emails);
            sign_in().await.problem(409, "oauth_link_required");
        }
        world.provider.emails(json!([{ "email": GRACE, "primary": true, "verified": "true" }]));
        sign_in().await.problem(400, "oauth_failed");

        world.provider.emails(json!([address("a@example.org", false, true), address(GRACE, true, true)]));
        let came = sign_in().await.expect(200);

        assert_eq!(
            (came.text("/user/email"), came.text("/user/full_name")),
            (GRACE.to_owned(), "octocat".to_owned())
        );
        world.provider.emails(json!([]));
        assert_eq!(sign_in().await.expect(200).text("/user/id"), came.text("/user/id"));
        world.app.finish().await;
    }
}

#[tokio::test]
async fn without_a_provider_there_is_nothing_here() {
    let app = TestApp::start(Database::Sqlite).await;
    for name in ["google", "github", "acme"] {
        for what in ["start", "callback", "start?next=//evil.example", "callback?state=1&state=2"] {
            let path = format!("/api/v1/auth/oauth/{name}/{what}");
            app.stranger().get(&path).await.problem(404, "not_found");
        }
    }
    app.finish().await;
}
