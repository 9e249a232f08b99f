//! One's sign-ins, the devices they are on, and tokens that are shown from elsewhere.

use axum::http::Method;
use florin_testkit::{Answer, Call, Client, PASSWORD, TestApp, on_both_engines};
use serde_json::json;

const AUTH: &str = "/api/v1/auth";

/// A request of this client that says which device it is from.
async fn from_device(
    client: &Client,
    method: Method,
    path: &str,
    device: Option<&str>,
    agent: &str,
) -> Answer {
    let call = Call::new(method, format!("{AUTH}{path}")).header("user-agent", agent.as_bytes());
    let call = match device {
        Some(device) => call.header("x-device-fingerprint", device.as_bytes()),
        None => call,
    };
    client.send(&call).await
}

/// The answer to a sign-in from a device.
async fn login(app: &TestApp, email: &str, device: Option<&str>, agent: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    let call = Call::post(format!("{AUTH}/login")).header("user-agent", agent.as_bytes()).json(&body);
    let call = match device {
        Some(device) => call.header("x-device-fingerprint", device.as_bytes()),
        None => call,
    };
    app.stranger().send(&call).await
}

async fn delete(client: &Client, path: &str) -> Answer {
    client.send(&Call::new(Method::DELETE, format!("{AUTH}{path}"))).await
}

async fn mails_about(app: &TestApp, email: &str, subject: &str) -> usize {
    app.mails(email).await.iter().filter(|mail| mail.contains(&format!("Subject: {subject}"))).count()
}

on_both_engines! {
    async fn sign_ins_are_listed_and_ended_one_by_one(app: &TestApp) {
        let here = app.customer().await;
        let there = app.stranger().login(&here.email).await;

        let list = here.get("/api/v1/auth/sessions").await.expect(200);
        let data = list.json()["data"].as_array().unwrap().clone();
        assert_eq!(data.len(), 2, "{list:?}");
        let other = data.iter().find(|session| session["current"] == json!(false)).unwrap();
        assert_eq!(other["methods"], json!(["pwd"]));
        assert!(data.iter().any(|session| session["current"] == json!(true)));
        let id = other["id"].as_str().unwrap();

        let stranger = app.customer().await;
        delete(&stranger, &format!("/sessions/{id}")).await.problem(404, "not_found");
        there.get("/api/v1/auth/profile").await.expect(200);
        delete(&here, &format!("/sessions/{id}")).await.expect(204);
        there.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
        delete(&here, &format!("/sessions/{id}")).await.problem(404, "not_found");
        let refresh = json!({ "refresh_token": there.refresh_token });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.expect(401);
        assert_eq!(here.get("/api/v1/auth/sessions").await.expect(200).json()["data"].as_array().unwrap().len(), 1);

        let own = here.get("/api/v1/auth/sessions").await.text("/data/0/id");
        delete(&app.teller().await, &format!("/sessions/{own}")).await.problem(404, "not_found");
        delete(&app.admin().await, &format!("/sessions/{own}")).await.expect(204);
        here.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
    }

    async fn the_time_of_last_use_is_noted(app: &TestApp) {
        let ada = app.customer().await;
        let at = |answer: &Answer| answer.text("/data/0/last_activity_at");
        let before = at(&ada.get("/api/v1/auth/sessions").await.expect(200));

        app.clock.advance_seconds(300);
        ada.get("/api/v1/auth/profile").await.expect(200);
        app.services.identity.note_sign_in_uses().await.unwrap();

        let after = at(&ada.get("/api/v1/auth/sessions").await.expect(200));
        assert!(after > before, "{before} and then {after}");
    }

    async fn a_token_is_taken_from_its_own_device_alone(app: &TestApp) {
        let email = app.customer().await.email;
        let signed_in = login(app, &email, Some("phone-1"), "app/1").await.expect(200);
        let phone = app.stranger().with_token(&signed_in.text("/access_token"));
        from_device(&phone, Method::GET, "/profile", Some("phone-1"), "app/2").await.expect(200);

        from_device(&phone, Method::GET, "/profile", Some("phone-2"), "app/1").await.problem(401, "device_mismatch");

        // The sign-in is over for everybody, and its owner knows.
        from_device(&phone, Method::GET, "/profile", Some("phone-1"), "app/1").await.expect(401);
        assert_eq!(mails_about(app, &email, "We ended a sign-in").await, 1);
        assert_eq!(
            app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'session.end' AND error = 'device_mismatch'").await,
            1
        );
    }

    async fn leaving_the_fingerprint_out_does_not_help_a_thief(app: &TestApp) {
        let email = app.customer().await.email;
        let signed_in = login(app, &email, Some("phone-1"), "app/1").await.expect(200);
        let thief = app.stranger().with_token(&signed_in.text("/access_token"));

        from_device(&thief, Method::GET, "/profile", None, "app/1").await.problem(401, "device_mismatch");

        let again = login(app, &email, Some("phone-1"), "app/1").await.expect(200);
        let refresh = json!({ "refresh_token": again.text("/refresh_token") });
        app.stranger().post("/api/v1/auth/refresh", &refresh).await.problem(401, "device_mismatch");
        let owner = app.stranger().with_token(&again.text("/access_token"));
        from_device(&owner, Method::GET, "/profile", Some("phone-1"), "app/1").await.expect(401);
        assert_eq!(mails_about(app, &email, "We ended a sign-in").await, 2);
    }

    async fn a_sign_in_from_a_new_device_is_told_and_the_first_of_all_is_not(app: &TestApp) {
        let email = app.customer().await.email;
        let told = "A sign-in from a new device";
        login(app, &email, Some("laptop"), "Firefox/131").await.expect(200);
        let before = mails_about(app, &email, told).await;
        login(app, &email, Some("laptop"), "Firefox/132").await.expect(200);
        assert_eq!(mails_about(app, &email, told).await, before);

        let phone = login(app, &email, Some("phone"), "app/1").await.expect(200);
        assert_eq!(mails_about(app, &email, told).await, before + 1);

        let phone = app.stranger().with_token(&phone.text("/access_token"));
        let list = from_device(&phone, Method::GET, "/devices", Some("phone"), "app/1").await.expect(200);
        let devices = list.json()["data"].as_array().unwrap().clone();
        let current = devices.iter().find(|device| device["current"] == json!(true)).unwrap();
        assert_eq!(current["user_agent"], json!("app/1"));
        assert!(devices.iter().any(|device| device["user_agent"] == json!("Firefox/132")), "{list:?}");
    }

    async fn a_device_that_is_forgotten_is_signed_out_and_new_again(app: &TestApp) {
        let ada = app.customer().await;
        login(app, &ada.email, Some("laptop"), "Firefox/131").await.expect(200);
        let phone = login(app, &ada.email, Some("phone"), "app/1").await.expect(200);
        let phone = app.stranger().with_token(&phone.text("/access_token"));
        let list = from_device(&phone, Method::GET, "/devices", Some("phone"), "app/1").await.expect(200);
        let id = list.json()["data"].as_array().unwrap().iter().find(|device| device["current"] == json!(true)).unwrap()["id"]
            .as_str().unwrap().to_owned();
        let told = mails_about(app, &ada.email, "A sign-in from a new device").await;

        delete(&app.customer().await, &format!("/devices/{id}")).await.problem(404, "not_found");
        delete(&ada, &format!("/devices/{id}")).await.expect(204);

        from_device(&phone, Method::GET, "/profile", Some("phone"), "app/1").await.problem(401, "token_revoked");
        ada.get("/api/v1/auth/profile").await.expect(200);
        login(app, &ada.email, Some("phone"), "app/1").await.expect(200);
        assert_eq!(mails_about(app, &ada.email, "A sign-in from a new device").await, told + 1);
    }
}
