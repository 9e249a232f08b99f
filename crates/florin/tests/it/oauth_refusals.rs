//! What does not sign in through another provider, and what is told of it: nothing.

use axum::http::header::LOCATION;
use florin_testkit::{Answer, Provider, Signing};
use serde_json::{Value, json};

use crate::oauth::{GRACE, Trip, World, come_back, cookie_of, worlds, worlds_with};

/// Asserts that somebody came back in vain, and that no more is told than that.
fn failed(answer: &Answer, what: &str) {
    let mut problem = answer.problem(400, "oauth_failed");
    problem["request_id"].take();
    let told = json!({
        "type": "/problems/oauth_failed", "title": "Signing in through the provider failed", "status": 400,
        "code": "oauth_failed", "request_id": null, "errors": [],
    });
    assert_eq!(problem, told, "{what}");
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "{what}");
}

async fn nobody_came(world: &World) {
    assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_user").await, 0);
    assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_session").await, 0);
}

#[tokio::test]
async fn whoever_did_not_leave_from_here_does_not_come_in() {
    for world in worlds().await {
        let stranger = world.app.stranger();
        let (one, two) = (world.leave("acme", "").await, world.leave("acme", "").await);
        let swapped = one.back.replace("state=", "state=A");
        let stateless = one.back.split("&state=").next().unwrap().to_owned();
        let elsewhere = one.back.replace("/acme/", "/other/");
        for (what, back, cookie) in [
            ("no cookie", &one.back, None),
            ("the cookie of another attempt", &one.back, Some(two.cookie.as_str())),
            ("a cookie that is none", &one.back, Some("x")),
            ("another state", &swapped, Some(one.cookie.as_str())),
            ("no state", &stateless, Some(one.cookie.as_str())),
            ("another provider's callback", &elsewhere, Some(one.cookie.as_str())),
        ] {
            failed(&come_back(&stranger, back, cookie).await, what);
        }
        nobody_came(&world).await;

        // None of that used the attempt up for whoever began it.
        world.come_back(&one).await.expect(200);
        failed(&world.come_back(&one).await, "the same once more");
        let code = |trip: &Trip| trip.back.split(['=', '&']).nth(1).unwrap().to_owned();
        let used = Trip { back: two.back.replace(&code(&two), &code(&one)), cookie: two.cookie.clone() };
        failed(&world.come_back(&used).await, "a used code in another attempt");
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_attempt_lasts_ten_minutes() {
    for world in worlds().await {
        let late = world.leave("acme", "").await;
        world.app.clock.advance_seconds(600);

        failed(&world.come_back(&late).await, "too late");

        nobody_came(&world).await;
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_id_token_that_is_not_for_this_attempt_does_not_count() {
    for world in worlds().await {
        for claims in [
            json!({ "nonce": "another" }),
            json!({ "nonce": null }),
            json!({ "aud": "another" }),
            json!({ "aud": [Provider::CLIENT_ID, "another"] }),
            json!({ "azp": "another" }),
            json!({ "iss": "https://evil.example" }),
            json!({ "exp": 1_795_275_100 }),
            json!({ "iat": 1_795_275_300 }),
            json!({ "sub": null }),
            json!({ "sub": "" }),
        ] {
            world.provider.claims(claims.clone());
            failed(&world.sign_in().await, &claims.to_string());
        }
        world.provider.claims(json!({}));
        for signing in [Signing::AnotherKey, Signing::None, Signing::Confused] {
            world.provider.signs(signing);
            failed(&world.sign_in().await, &format!("{signing:?}"));
        }
        nobody_came(&world).await;
        let told = "SELECT COUNT(*) FROM audit_record WHERE outcome = 'failure' AND error = 'oauth_id_token'";
        assert_eq!(world.app.count(told).await, 12, "each is in the audit trail");

        world.provider.signs(Signing::Honest);
        world.sign_in().await.expect(200);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn a_code_of_another_provider_is_not_redeemed() {
    for world in worlds().await {
        let mixed_up = world.leave("acme", "").await;
        let back = format!("{}&iss=https://evil.example", mixed_up.back);
        failed(&come_back(&world.app.stranger(), &back, Some(&mixed_up.cookie)).await, "another issuer");
        world.app.finish().await;
    }
    for world in worlds().await {
        world.provider.names_itself_as(world.provider.url());
        let silent = world.leave("acme", "").await;
        let back = silent.back.split("&iss=").next().unwrap().to_owned();
        failed(
            &come_back(&world.app.stranger(), &back, Some(&silent.cookie)).await,
            "no issuer, as promised",
        );
        nobody_came(&world).await;

        world.sign_in().await.expect(200);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_told_like_any_other_and_uses_the_attempt_up() {
    for world in worlds().await {
        let trip = world.leave("acme", "").await;
        let (path, query) = trip.back.split_once('?').unwrap();
        let state = query.split("state=").nth(1).unwrap();
        let refused = format!("{path}?error=access_denied&error_description=%0d%0aevil&state={state}");

        failed(&come_back(&world.app.stranger(), &refused, Some(&trip.cookie)).await, "refused");

        failed(&world.come_back(&trip).await, "once more");
        nobody_came(&world).await;
        world.app.finish().await;
    }
}

#[tokio::test]
async fn what_the_provider_did_not_verify_tells_nobody_whether_there_is_an_account() {
    for world in worlds().await {
        let (ada, new) = (world.app.customer().await, world.app.unverified().await);
        let told = async |claims: Value| {
            world.provider.claims(claims);
            let mut problem = world.sign_in().await.problem(409, "oauth_link_required");
            problem["request_id"].take();
            problem
        };
        let nobodys = told(json!({ "email_verified": false })).await;
        for verified in [json!("true"), json!("false"), json!(1), json!(false), Value::Null] {
            let claims = json!({ "email": ada.email, "email_verified": verified });
            assert_eq!(told(claims.clone()).await, nobodys, "{claims}");
            assert_eq!(told(json!({ "email_verified": verified })).await, nobodys);
        }
        assert_eq!(told(json!({ "email": null })).await, nobodys);
        // Nor is an account linked whose own address is not proved: somebody may have taken it in advance.
        assert_eq!(told(json!({ "email": new.email })).await, nobodys);
        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_federation").await, 0);
        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_user").await, 2);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_not_linked_unasked() {
    for world in worlds().await {
        let ada = world.app.customer().await;
        let secret = ada.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200).text("/secret");
        let code = florin_testkit::totp_code(&secret, world.app.services.env.now());
        ada.post("/api/v1/auth/mfa/enable", &json!({ "code": code })).await.expect(200);
        world.provider_knows(&ada.email);

        world.sign_in().await.problem(409, "oauth_link_required");

        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_federation").await, 0);
        world.link(&ada).await.expect(200);
        world.sign_in().await.problem(401, "mfa_required");
        world.app.finish().await;
    }
}

#[tokio::test]
async fn where_registering_is_off_nobody_gets_an_account() {
    for world in worlds_with(&[("oidc.register", "false")]).await {
        world.sign_in().await.problem(409, "oauth_link_required");

        nobody_came(&world).await;
        world.app.finish().await;
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    for world in worlds().await {
        for next in [
            "//evil.example",
            "/%5Cevil.example",
            "%5C/evil.example",
            "https://evil.example",
            "/accounts%0d%0aSet-Cookie:a=b",
            "/%252Fevil.example",
            "/accounts/..//evil.example",
            "/accounts?to=//evil.example",
            "%20/accounts",
            "/unknown",
            "javascript:alert(1)",
            "",
        ] {
            let path = format!("/api/v1/auth/oauth/acme/start?next={}", next.replace('?', "%3F"));
            let answer = world.app.stranger().get(&path).await;
            assert_eq!(answer.problem(422, "validation_failed")["errors"][0]["field"], "next", "{next}");
            assert!(!answer.headers.contains_key(LOCATION));
        }
        world.leave("acme", "?next=/accounts").await;
        world.app.finish().await;
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_of_at_the_start_and_not_at_the_end() {
    for world in worlds().await {
        let stranger = world.app.stranger();
        world.provider.is_up(false);
        stranger.get("/api/v1/auth/oauth/acme/start").await.problem(502, "provider_unavailable");
        world.provider.is_up(true);
        stranger.get("/api/v1/auth/oauth/acme/start").await.problem(502, "provider_unavailable");
        world.app.clock.advance_seconds(5);

        let trip = world.leave("acme", "").await;
        world.provider.is_up(false);
        failed(&world.come_back(&trip).await, "down");

        world.provider.is_up(true);
        world.sign_in().await.expect(200);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn new_keys_are_asked_for_once_a_minute_at_most() {
    for world in worlds().await {
        world.sign_in().await.expect(200);
        world.sign_in().await.expect(200);
        assert_eq!(world.provider.keys_shown(), 1);

        world.provider.rotate();
        for _ in 0..3 {
            failed(&world.sign_in().await, "a key that is not known yet");
        }
        assert_eq!(world.provider.keys_shown(), 1);
        world.app.clock.advance_seconds(60);
        world.sign_in().await.expect(200);
        assert_eq!(world.provider.keys_shown(), 2);
        world.app.finish().await;
    }
}

#[tokio::test]
async fn nothing_that_an_attempt_is_made_of_is_in_the_database() {
    for world in worlds().await {
        let answer = world.app.stranger().get("/api/v1/auth/oauth/acme/start").await.expect(303);
        let location: url::Url = answer.headers[LOCATION].to_str().unwrap().parse().unwrap();
        let secrets = location
            .query_pairs()
            .filter(|(name, _)| matches!(&**name, "state" | "nonce" | "code_challenge"));
        let mut secrets: Vec<String> = secrets.map(|(_, value)| value.into_owned()).collect();
        secrets.push(cookie_of(&answer));
        assert_eq!(secrets.len(), 4);
        assert_eq!(world.app.count("SELECT COUNT(*) FROM identity_federation_attempt").await, 1);
        for file in ["florin.db", "florin.db-wal"] {
            let Ok(bytes) = std::fs::read(world.app.data().join(file)) else { continue };
            for secret in &secrets {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file}");
            }
        }
        world.app.finish().await;
    }
}

#[tokio::test]
async fn somebody_who_is_suspended_does_not_come_in() {
    for world in worlds().await {
        let came = world.sign_in().await.expect(200);
        let suspend = |tx: &mut florin_db::Tx<'_>| {
            tx.execute("UPDATE identity_user SET status = 'suspended'", &[]).map(|_| ())
        };
        world.app.services.db.housekeeping::<_, florin_db::DbError, _>(suspend).await.unwrap();

        world.sign_in().await.problem(401, "invalid_credentials");

        assert_eq!(came.text("/user/email"), GRACE);
        world.app.finish().await;
    }
}
