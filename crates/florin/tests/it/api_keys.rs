//! Keys that machines sign in with.

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};
use florin_http::Peer;
use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const KEYS: &str = "/api/v1/auth/api-keys";
const SOON: &str = "2027-01-31T00:00:00Z";

fn body(scopes: &[&str]) -> Value {
    json!({ "name": "Nightly export", "scopes": scopes, "expires_at": SOON })
}

/// A machine of `owner`'s with a key for these scopes, and the key's identifier.
async fn machine(owner: &Client, scopes: &[&str]) -> (Client, String) {
    let made = owner.post(KEYS, &body(scopes)).await.expect(201);
    (owner.with_token(&made.text("/secret")), made.text("/id"))
}

async fn delete(client: &Client, key: &str) -> Answer {
    client.send(&Call::new(Method::DELETE, format!("{KEYS}/{key}"))).await
}

/// A request for the profile that comes from this address.
async fn profile_from(client: &Client, address: &str) -> Answer {
    let token = client.token.as_deref().unwrap();
    let mut request = Request::get("/api/v1/auth/profile")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(Peer(address.parse().unwrap()));
    client.send_request(request).await
}

on_both_engines! {
    async fn a_key_acts_for_its_owner_within_its_scopes(app: &TestApp) {
        let (owner, account) = app.funded_customer("100.00").await;
        let other = app.customer().await.open_account("EUR").await;
        let (reader, _) = machine(&owner, &["account.read"]).await;
        let (payer, _) = machine(&owner, &["transfer.create"]).await;

        assert_eq!(reader.balance(&account).await, "100.00");
        reader.get(&format!("/api/v1/accounts/{other}")).await.expect(404);
        reader.transfer(&account, &other, "1.00", "k-1").await.expect(403);
        payer.get(&format!("/api/v1/accounts/{account}")).await.expect(403);
        payer.transfer(&account, &other, "1.00", "k-2").await.expect(201);

        let signed = "SELECT COUNT(*) FROM audit_record a JOIN identity_api_key k ON k.id = a.session_id
                      WHERE a.actor_kind = 'client' AND a.action = 'transfer.create' AND a.user_id = k.user_id";
        assert_eq!(app.count(signed).await, 1);
    }

    async fn what_only_a_person_may_do_no_key_can(app: &TestApp) {
        let admin = app.admin().await;
        let every = ["user.read", "account.read", "account.change", "ledger.read", "audit.read"];
        let (machine, key) = machine(&admin, &every).await;

        machine.get("/api/v1/auth/profile").await.expect(200);
        machine.get(KEYS).await.expect(403);
        machine.post(KEYS, &body(&["user.read"])).await.expect(403);
        delete(&machine, &key).await.expect(403);
        machine.post("/api/v1/auth/logout/all", &json!({})).await.expect(403);
        let change = Call::new(Method::PATCH, "/api/v1/auth/profile").json(&json!({ "full_name": "Eve" }));
        machine.send(&change).await.expect(403);
        for scope in ["session.logout", "user.change", "user.change_roles", "api_key.create", "factor.add", "*", ""] {
            let refused = admin.post(KEYS, &body(&[scope])).await.expect(422);
            assert_eq!(refused.text("/errors/0/field"), "scopes[0]", "{scope}");
        }
    }

    async fn a_key_never_outgrows_its_owner(app: &TestApp) {
        let customer = app.customer().await;
        let refused = customer.post(KEYS, &body(&["user.read", "ledger.read"])).await.expect(422);
        assert_eq!(refused.text("/errors/0/field"), "scopes");

        let teller = app.teller().await;
        let (machine, _) = machine(&teller, &["ledger.read"]).await;
        machine.get("/api/v1/ledger/accounts").await.expect(200);
        let identity = &app.services.identity;
        let system = florin_kernel::Actor::system("test");
        identity.set_roles(&system, teller.id.parse().unwrap(), &[Role::Customer]).await.unwrap();

        machine.get("/api/v1/ledger/accounts").await.expect(403);
    }

    async fn a_key_that_is_revoked_or_over_is_taken_no_more(app: &TestApp) {
        let owner = app.customer().await;
        let (revoked, key) = machine(&owner, &["user.read"]).await;
        let (kept, _) = machine(&owner, &["user.read"]).await;
        revoked.get("/api/v1/auth/profile").await.expect(200);

        delete(&app.customer().await, &key).await.expect(404);
        delete(&owner, &key).await.expect(204);

        revoked.get("/api/v1/auth/profile").await.expect(401);
        delete(&owner, &key).await.expect(404);
        kept.get("/api/v1/auth/profile").await.expect(200);
        assert_eq!(owner.get(KEYS).await.json()["data"].as_array().unwrap().len(), 1);
        app.clock.advance_seconds(71 * 86_400);
        kept.get("/api/v1/auth/profile").await.expect(401);
    }

    async fn an_administrator_revokes_the_keys_of_others(app: &TestApp) {
        let (machine, key) = machine(&app.customer().await, &["user.read"]).await;

        delete(&app.teller().await, &key).await.expect(404);
        delete(&app.admin().await, &key).await.expect(204);

        machine.get("/api/v1/auth/profile").await.expect(401);
    }

    async fn a_key_is_shown_once_and_kept_as_its_hash(app: &TestApp) {
        let owner = app.customer().await;
        let made = owner.post(KEYS, &body(&["user.read"])).await.expect(201);
        let secret = made.text("/secret");

        let listed = owner.get(KEYS).await.expect(200);

        assert!(secret.starts_with("flk_") && secret.len() == 53);
        assert!(!String::from_utf8_lossy(&listed.body).contains(&secret));
        assert_eq!(listed.text("/data/0/prefix"), secret[..8]);
        let stored = "SELECT COUNT(*) FROM identity_api_key WHERE LENGTH(key_hash) = 32 AND LENGTH(prefix) = 8";
        assert_eq!(app.count(stored).await, 1);
        let letters = app.mails(&owner.email).await;
        assert!(letters.iter().any(|letter| letter.contains("An API key was made")));
        assert!(letters.iter().all(|letter| !letter.contains(&secret)));
        let mut wrong = secret.clone();
        wrong.replace_range(20..21, if &secret[20..21] == "x" { "y" } else { "x" });
        owner.with_token(&wrong).get("/api/v1/auth/profile").await.expect(401);
    }

    async fn a_key_that_is_bound_to_networks_works_from_there_alone(app: &TestApp) {
        let owner = app.customer().await;
        let mut wanted = body(&["user.read"]);
        wanted["allowed_networks"] = json!(["203.0.113.0/24", "2001:db8::/32"]);
        let machine = owner.with_token(&owner.post(KEYS, &wanted).await.expect(201).text("/secret"));

        profile_from(&machine, "203.0.113.9:4711").await.expect(200);
        profile_from(&machine, "[2001:db8::9]:4711").await.expect(200);
        profile_from(&machine, "[::ffff:203.0.113.9]:4711").await.expect(200);
        profile_from(&machine, "203.0.114.9:4711").await.expect(401);
        machine.get("/api/v1/auth/profile").await.expect(401);
    }

    async fn a_key_sends_as_many_requests_as_its_quota_says(app: &TestApp) {
        let owner = app.customer().await;
        let mut wanted = body(&["user.read"]);
        wanted["requests_per_minute"] = json!(3);
        let limited = owner.with_token(&owner.post(KEYS, &wanted).await.expect(201).text("/secret"));
        let (free, _) = machine(&owner, &["user.read"]).await;

        for _ in 0..3 {
            limited.get("/api/v1/auth/profile").await.expect(200);
        }
        let refused = limited.get("/api/v1/auth/profile").await.expect(429);

        let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait));
        assert_eq!(refused.text("/code"), "rate_limited");
        let usage = owner.get("/api/v1/gateway/usage").await.expect(200).json();
        let of = |left: serde_json::Value| usage["data"].as_array().unwrap().iter().any(|key| key["left_this_minute"] == left);
        assert!(of(json!(0)) && of(json!(null)), "{usage}");
        free.get("/api/v1/auth/profile").await.expect(200);
    }

    async fn uses_are_counted_and_noted_in_bulk(app: &TestApp) {
        let owner = app.customer().await;
        let (machine, _) = machine(&owner, &["user.read"]).await;
        for _ in 0..5 {
            machine.get("/api/v1/auth/profile").await.expect(200);
        }
        assert_eq!(app.count("SELECT uses FROM identity_api_key").await, 0, "a request writes nothing");

        app.services.identity.note_key_uses().await.unwrap();
        app.services.identity.note_key_uses().await.unwrap();

        let listed = owner.get(KEYS).await.expect(200).json();
        assert_eq!(listed["data"][0]["uses"], 5);
        assert!(listed["data"][0]["last_used_at"].is_string());
    }

    async fn a_key_that_makes_no_sense_is_refused_with_its_field(app: &TestApp) {
        let owner = app.customer().await;
        let cases = [
            ("name", json!("")),
            ("name", json!("x".repeat(65))),
            ("name", json!("a\nb")),
            ("scopes", json!([])),
            ("expires_at", json!("2026-11-20T00:00:00Z")),
            ("expires_at", json!("2027-11-24T00:00:00Z")),
            ("expires_at", json!("soon")),
            ("allowed_networks[0]", json!(["203.0.113.7/24"])),
            ("quota", json!(0)),
        ];
        for (field, value) in cases {
            let mut wanted = body(&["user.read"]);
            let set = if field == "quota" { "requests_per_day" } else { field.trim_end_matches("[0]") };
            wanted[set] = value;
            let refused = owner.post(KEYS, &wanted).await.expect(422);
            assert_eq!(refused.text("/errors/0/field"), field, "{wanted}");
        }
        let mut endless = body(&["user.read"]);
        endless.as_object_mut().unwrap().remove("expires_at");
        owner.post(KEYS, &endless).await.expect(422);
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_api_key").await, 0);
    }

    async fn making_a_key_asks_for_a_recent_proof(app: &TestApp) {
        let owner = app.customer().await;
        app.clock.advance_seconds(301);

        let refused = owner.post(KEYS, &body(&["user.read"])).await.expect(403);

        assert_eq!(refused.text("/code"), "step_up_required");
        app.stranger().login(&owner.email).await.post(KEYS, &body(&["user.read"])).await.expect(201);
    }
}
