//! Requests that another site makes a browser send.

use axum::http::Method;
use florin_testkit::{Browser, CSRF_COOKIE, Call, PASSWORD, SESSION_COOKIE, TestApp, on_both_engines};
use serde_json::json;

const PROFILE: &str = "/api/v1/auth/profile";
const TOKEN: &str = "/api/v1/csrf-token";

/// A request that changes something, still without a token.
fn change() -> Call {
    Call::new(Method::PATCH, PROFILE).json(&json!({ "full_name": "Eve Example" }))
}

/// A request that shows these two cookies and this header, whichever of them there are.
async fn forged(app: &TestApp, session: &Browser, kept: Option<&str>, header: Option<&str>) -> u16 {
    let cookies = match kept {
        Some(kept) => format!("{SESSION_COOKIE}={}; {CSRF_COOKIE}={kept}", session.secret()),
        None => format!("{SESSION_COOKIE}={}", session.secret()),
    };
    let call = change().header("cookie", cookies.as_bytes());
    let call = match header {
        Some(token) => call.header("x-csrf-token", token.as_bytes()),
        None => call,
    };
    let answer = app.stranger().send(&call).await;
    if answer.status != 200 {
        answer.problem(403, "csrf_failed");
    }
    answer.status.as_u16()
}

async fn two(app: &TestApp) -> (Browser, Browser) {
    let (ada, eve) = (app.customer().await.email, app.customer().await.email);
    (app.signed_in_browser(&ada).await, app.signed_in_browser(&eve).await)
}

on_both_engines! {
    async fn a_change_by_cookie_needs_the_token_of_this_sign_in_in_both_places(app: &TestApp) {
        let (ada, eve) = two(app).await;
        let (own, foreign) = (ada.csrf_token.as_str(), eve.csrf_token.as_str());

        assert_eq!(forged(app, &ada, Some(own), Some(own)).await, 200);
        for (name, kept, header) in [
            ("nothing", None, None),
            ("the cookie alone", Some(own), None),
            ("the header alone", None, Some(own)),
            ("another's in the header", Some(own), Some(foreign)),
            ("another's in the cookie", Some(foreign), Some(own)),
            ("another's in both, as a cookie that was tossed", Some(foreign), Some(foreign)),
            ("nothing in both", Some(""), Some("")),
            ("the same words in both", Some("token"), Some("token")),
        ] {
            assert_eq!(forged(app, &ada, kept, header).await, 403, "{name}");
        }
        // One more of the same sign-in is good as well, and both places must have the same one.
        let mut browser = ada.clone();
        let another = browser.get(TOKEN).await.expect(200).text("/csrf_token");
        assert_ne!(another, own);
        assert_eq!(forged(app, &ada, Some(&another), Some(&another)).await, 200);
        assert_eq!(forged(app, &ada, Some(&another), Some(own)).await, 403);
        assert_eq!(forged(app, &ada, Some(own), Some(own)).await, 200);
    }

    async fn a_refused_change_changes_nothing(app: &TestApp) {
        let (ada, _) = two(app).await;
        forged(app, &ada, None, None).await;

        let name = ada.clone().get(PROFILE).await.expect(200).text("/full_name");

        assert_eq!(name, "Ada Example");
    }

    async fn a_token_dies_with_the_secret_that_it_was_bound_to(app: &TestApp) {
        let (mut ada, _) = two(app).await;
        let before = ada.csrf_token.clone();
        ada.step_up().await;

        assert_eq!(forged(app, &ada, Some(&before), Some(&before)).await, 403);
        assert_eq!(forged(app, &ada, Some(&ada.csrf_token), Some(&ada.csrf_token)).await, 200);

        let email = ada.get(PROFILE).await.expect(200).text("/email");
        let of_before = ada.csrf_token.clone();
        ada.login(&email).await;
        assert_eq!(forged(app, &ada, Some(&of_before), Some(&of_before)).await, 403);
    }

    async fn two_csrf_cookies_and_two_headers_are_none(app: &TestApp) {
        let (ada, eve) = two(app).await;
        let own = ada.csrf_token.as_str();
        let session = format!("{SESSION_COOKIE}={}", ada.secret());
        let tossed = format!("{session}; {CSRF_COOKIE}={own}; {CSRF_COOKIE}={}", eve.csrf_token);
        let tossed = change().header("cookie", tossed.as_bytes()).header("x-csrf-token", own.as_bytes());
        let twice = format!("{session}; {CSRF_COOKIE}={own}");
        let twice = change().header("cookie", twice.as_bytes()).header("x-csrf-token", own.as_bytes());
        let twice = twice.header("x-csrf-token", own.as_bytes());

        app.stranger().send(&tossed).await.problem(403, "csrf_failed");
        app.stranger().send(&twice).await.problem(403, "csrf_failed");
    }

    async fn what_a_browser_says_of_another_site_is_believed(app: &TestApp) {
        let (mut ada, _) = two(app).await;
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://bank.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let token = ada.csrf_token.clone();
            let call = change().header("x-csrf-token", token.as_bytes()).header(header, value.as_bytes());
            ada.send(call).await.problem(403, "csrf_failed");
        }
        ada.send_from_page(change()).await.expect(200);
    }

    async fn reading_needs_no_token(app: &TestApp) {
        let (mut ada, _) = two(app).await;

        ada.get(PROFILE).await.expect(200);
        ada.get("/api/v1/accounts").await.expect(200);
    }

    async fn tokens_and_keys_in_a_header_need_none(app: &TestApp) {
        let customer = app.customer().await;
        customer.send(&change().header("origin", b"https://app.example")).await.expect(200);

        let (owner, account) = app.funded_customer("10.00").await;
        let (_, other) = app.funded_customer("1.00").await;
        let body = json!({ "name": "export", "scopes": ["transfer.create"], "expires_at": "2027-01-31T00:00:00Z" });
        let key = owner.post("/api/v1/auth/api-keys", &body).await.expect(201).text("/secret");
        owner.with_token(&key).transfer(&account, &other, "1.00", "by-key").await.expect(201);
    }

    async fn money_moves_by_cookie_with_the_token_and_not_without(app: &TestApp) {
        let (customer, account) = app.funded_customer("100.00").await;
        let (_, other) = app.funded_customer("1.00").await;
        let mut browser = app.signed_in_browser(&customer.email).await;
        let transfer = |key: &str| florin_testkit::Client::transfer_call(&account, &other, "10.00").key(key);

        browser.send(transfer("one")).await.problem(403, "csrf_failed");
        assert_eq!(customer.balance(&account).await, "100.00");
        browser.send_from_page(transfer("one")).await.expect(201);
        assert_eq!(customer.balance(&account).await, "90.00");
    }

    async fn nobody_can_be_signed_in_or_out_by_another_site(app: &TestApp) {
        let (mut ada, _) = two(app).await;
        let email = ada.get(PROFILE).await.expect(200).text("/email");

        ada.send(Call::post("/api/v1/auth/logout").json(&json!({}))).await.problem(403, "csrf_failed");
        ada.get(PROFILE).await.expect(200);
        // A form of another site cannot ask for a cookie: it sets no header of ours, and sends no JSON.
        let body = json!({ "email": email, "password": PASSWORD }).to_string();
        let form = Call::post("/api/v1/auth/login").raw("text/plain", body.clone());
        app.stranger().send(&form).await.problem(415, "unsupported_media_type");
        let plain = Call::post("/api/v1/auth/login").raw("application/json", body);
        let answer = app.stranger().send(&plain).await.expect(200);
        assert!(answer.headers.get("set-cookie").is_none());
    }

    async fn a_stranger_is_given_a_token_that_opens_nothing(app: &TestApp) {
        let (ada, _) = two(app).await;
        let mut stranger = app.browser();

        let token = stranger.get(TOKEN).await.expect(200).text("/csrf_token");

        assert_eq!(stranger.cookies[CSRF_COOKIE], token);
        assert_eq!(forged(app, &ada, Some(&token), Some(&token)).await, 403);
    }

    async fn a_browser_whose_sign_in_is_over_is_a_stranger_where_strangers_may_ask(app: &TestApp) {
        let (mut ada, _) = two(app).await;
        app.clock.advance_seconds(1_800);

        ada.get(TOKEN).await.expect(200);
        ada.get(PROFILE).await.problem(401, "token_revoked");
    }
}
