//! Becoming known, signing in, staying signed in, signing out.

use axum::http::Method;
use florin_testkit::{Call, PASSWORD, TestApp, on_both_engines};
use serde_json::json;

on_both_engines! {
    async fn a_person_registers_confirms_signs_in_stays_signed_in_and_signs_out(app: &TestApp) {
        let stranger = app.stranger();
        let registration = json!({
            "email": "Ada@Example.org", "password": PASSWORD, "full_name": "Ada Example", "phone": "+14165550100",
        });
        let registered = stranger.post("/api/v1/auth/register", &registration).await.expect(201).json();
        assert_eq!(registered["user"]["is_verified"], false);

        let token = app.mailed_token("Ada@example.org").await;
        let proof = json!({ "token": token });
        stranger.post("/api/v1/auth/email/verify", &proof).await.expect(200);
        let again = stranger.post("/api/v1/auth/email/verify", &proof).await;
        assert_eq!(again.problem(422, "validation_failed")["errors"][0]["field"], "token");

        let ada = stranger.login("ada@example.org").await;
        let profile = ada.get("/api/v1/auth/profile").await.expect(200).json();
        assert_eq!(profile["id"], registered["user"]["id"]);
        assert_eq!((&profile["is_verified"], &profile["roles"]), (&json!(true), &json!(["customer"])));
        assert!(profile["phone"].as_str().unwrap().ends_with("0100") && !profile.to_string().contains("416555"));

        let refresh = json!({ "refresh_token": ada.refresh_token });
        let refreshed = stranger.post("/api/v1/auth/refresh", &refresh).await.expect(200);
        assert_ne!(refreshed.text("/refresh_token"), ada.refresh_token);
        let ada = ada.with_token(&refreshed.text("/access_token"));
        ada.get("/api/v1/auth/profile").await.expect(200);

        ada.post("/api/v1/auth/logout", &json!({})).await.expect(200);
        ada.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        let refresh = json!({ "refresh_token": refreshed.text("/refresh_token") });
        stranger.post("/api/v1/auth/refresh", &refresh).await.problem(401, "token_revoked");
    }

    async fn a_refresh_token_shown_long_after_its_use_ends_the_sign_in(app: &TestApp) {
        let ada = app.customer().await;
        let used = json!({ "refresh_token": ada.refresh_token });
        let successor = app.stranger().post("/api/v1/auth/refresh", &used).await.expect(200);

        let at_once = app.stranger().post("/api/v1/auth/refresh", &used).await.expect(200);
        app.clock.advance_seconds(60);
        let late = app.stranger().post("/api/v1/auth/refresh", &used).await;

        assert_eq!(at_once.text("/refresh_token"), successor.text("/refresh_token"));
        late.problem(401, "token_revoked");
        let thief = json!({ "refresh_token": successor.text("/refresh_token") });
        app.stranger().post("/api/v1/auth/refresh", &thief).await.problem(401, "token_revoked");
        ada.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
    }

    async fn an_access_token_ends_with_its_time(app: &TestApp) {
        let ada = app.customer().await;

        app.clock.advance_seconds(14 * 60);
        ada.get("/api/v1/auth/profile").await.expect(200);
        app.clock.advance_seconds(2 * 60);

        ada.get("/api/v1/auth/profile").await.problem(401, "unauthenticated");
    }

    async fn signing_out_everywhere_ends_every_sign_in(app: &TestApp) {
        let ada = app.customer().await;
        let elsewhere = app.stranger().login(&ada.email).await;

        ada.post("/api/v1/auth/logout/all", &json!({})).await.expect(200);

        for client in [ada, elsewhere] {
            client.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        }
    }

    async fn who_has_not_confirmed_the_address_signs_in_and_moves_no_money(app: &TestApp) {
        let (_, to) = app.funded_customer("1.00").await;
        let unverified = app.unverified().await;
        let from = unverified.open_account("EUR").await;

        let refused = unverified.transfer(&from, &to, "1.00", "k").await;

        refused.problem(403, "email_unverified");
    }

    async fn a_stranger_learns_of_no_email_whether_it_has_an_account(app: &TestApp) {
        let ada = app.customer().await;
        let stranger = app.stranger();
        let register = async |email: &str| {
            let body = json!({ "email": email, "password": PASSWORD, "full_name": "Eve Example" });
            stranger.post("/api/v1/auth/register", &body).await.expect(201).json()
        };
        let mut taken = register(&ada.email).await;
        let mut free = register("free@example.org").await;
        assert_ne!(taken["user"]["id"], ada.id);
        for answer in [&mut taken, &mut free] {
            answer["user"]["id"].take();
            answer["user"]["email"].take();
        }
        assert_eq!(taken, free);

        let login = async |email: &str| {
            let body = json!({ "email": email, "password": "another tundra orbit lantern" });
            let mut problem = stranger.post("/api/v1/auth/login", &body).await.problem(401, "invalid_credentials");
            problem["request_id"].take();
            problem
        };
        assert_eq!(login(&ada.email).await, login("nobody@example.org").await);

        let resend = async |email: &str| {
            stranger.post("/api/v1/auth/email/resend", &json!({ "email": email })).await.expect(202).json()
        };
        assert_eq!(resend(&ada.email).await, resend("nobody@example.org").await);

        let told = app.mails(&ada.email).await;
        assert!(told.last().unwrap().contains("Subject: You already have an account"), "the owner is told");
    }

    async fn a_profile_is_changed_by_its_owner(app: &TestApp) {
        let ada = app.customer().await;
        let change = Call::new(Method::PATCH, "/api/v1/auth/profile");

        let changed = ada.send(&change.clone().json(&json!({ "full_name": "Ada King" }))).await.expect(200).json();
        let taken = ada.send(&change.json(&json!({ "roles": ["admin"] }))).await;

        assert_eq!(changed["full_name"], "Ada King");
        assert_eq!(taken.problem(422, "validation_failed")["errors"][0]["code"], "unknown_field");
        assert_eq!(ada.get("/api/v1/auth/profile").await.json()["roles"], json!(["customer"]));
    }

    async fn the_old_paths_of_identity_are_the_same(app: &TestApp) {
        let ada = app.customer().await;

        assert_eq!(ada.get("/api/auth/profile").await.expect(200).body, ada.get("/api/v1/auth/profile").await.body);
    }

    async fn secrets_are_nowhere_in_the_database(app: &TestApp) {
        let ada = app.customer().await;
        let texts = app.services.db.read(|r| {
            let mut texts = Vec::new();
            for sql in [
                "SELECT password_hash FROM identity_user",
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

        assert!(texts.iter().any(|text| text.starts_with("$argon2id$")));
        let token = ada.token.as_deref().unwrap();
        for secret in [PASSWORD, ada.refresh_token.as_str(), token] {
            assert!(texts.iter().all(|text| !text.contains(secret)));
        }
    }
}
