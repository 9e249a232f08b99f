//! Sign-ins that a browser keeps: how long they last, what they are worth, and how they end.

use florin_identity::Identity;
use florin_kernel::{Action, Actor, Resource, Role};
use florin_testkit::{
    Browser, CSRF_COOKIE, Call, Database, PASSWORD, SESSION_COOKIE, TestApp, on_both_engines,
};
use serde_json::json;

const AUTH: &str = "/api/v1/auth";
const PROFILE: &str = "/api/v1/auth/profile";
const SESSIONS: &str = "/api/v1/auth/sessions";

/// A browser that shows this secret and nothing else.
fn showing(app: &TestApp, secret: &str) -> Browser {
    let mut browser = app.browser();
    browser.cookies.insert(SESSION_COOKIE.to_owned(), secret.to_owned());
    browser
}

on_both_engines! {
    async fn a_browser_keeps_a_cookie_and_sees_no_token(app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.browser();

        let answer = browser.login(&email).await;

        let body = answer.json();
        assert!(body["access_token"].is_null() && body["refresh_token"].is_null(), "{body}");
        assert_eq!((body["expires_in"].as_u64(), body["idle_timeout"].as_u64()), (Some(86_400), Some(1_800)));
        assert_eq!(body["user"]["email"], json!(email));
        let set: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(set.len(), 2, "{set:?}");
        for (name, line) in [(SESSION_COOKIE, set[0]), (CSRF_COOKIE, set[1])] {
            let (pair, terms) = line.split_once("; ").unwrap();
            assert!(pair.starts_with(&format!("{name}=")), "{line}");
            assert_eq!(terms, "Path=/; Secure; HttpOnly; SameSite=Strict");
        }
        assert!(browser.secret().starts_with("fls_") && browser.secret().len() == 47);
        assert_eq!(browser.get(PROFILE).await.expect(200).text("/email"), email);
        assert!(!answer.text("/csrf_token").contains(&browser.secret()));
    }

    async fn what_lies_in_the_database_signs_nobody_in(app: &TestApp) {
        let email = app.customer().await.email;
        let browser = app.signed_in_browser(&email).await;

        let kept = app.services.db.read(|r| {
            r.row("SELECT cookie_hash FROM identity_session WHERE cookie_hash IS NOT NULL", &[])?
                .map_or(Ok(Vec::new()), |row| row.get::<Vec<u8>>(0))
        });
        let kept: Result<Vec<u8>, florin_db::DbError> = kept.await;

        let kept = kept.unwrap();
        assert_eq!(kept.len(), 32);
        assert!(!kept.windows(8).any(|bytes| browser.secret().as_bytes().windows(8).any(|other| other == bytes)));
    }

    async fn a_cookie_that_came_along_before_the_sign_in_is_never_adopted(app: &TestApp) {
        let email = app.customer().await.email;
        let fixed = format!("fls_{}", "A".repeat(43));
        let mut browser = showing(app, &fixed);

        browser.login(&email).await;

        assert_ne!(browser.secret(), fixed);
        showing(app, &fixed).get(PROFILE).await.problem(401, "unauthenticated");
        browser.get(PROFILE).await.expect(200);
    }

    async fn another_sign_in_in_the_same_browser_ends_the_one_before(app: &TestApp) {
        let (ada, bob) = (app.customer().await.email, app.customer().await.email);
        let mut browser = app.signed_in_browser(&ada).await;
        let before = browser.secret();

        browser.login(&bob).await;

        showing(app, &before).get(PROFILE).await.problem(401, "token_revoked");
        assert_eq!(browser.get(PROFILE).await.expect(200).text("/email"), bob);
    }

    async fn signing_out_forgets_both_cookies_and_the_sign_in_is_over(app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.signed_in_browser(&email).await;
        let secret = browser.secret();

        let answer = browser.post(&format!("{AUTH}/logout"), &json!({})).await.expect(200);

        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
        assert_eq!(answer.headers["clear-site-data"], r#""cache", "storage""#);
        showing(app, &secret).get(PROFILE).await.problem(401, "token_revoked");
    }

    async fn it_lasts_for_half_an_hour_without_a_request_and_a_day_at_most(app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.signed_in_browser(&email).await;
        app.clock.advance_seconds(1_799);
        browser.get(PROFILE).await.expect(200);
        app.clock.advance_seconds(1_800);
        browser.get(PROFILE).await.problem(401, "token_revoked");
        browser.get(PROFILE).await.problem(401, "token_revoked");

        browser.login(&email).await;
        for _ in 0..53 {
            app.clock.advance_seconds(1_620);
            browser.get(PROFILE).await.expect(200);
        }
        app.clock.advance_seconds(24 * 3_600 - 53 * 1_620 - 1);
        browser.get(PROFILE).await.expect(200);
        app.clock.advance_seconds(1);
        browser.get(PROFILE).await.problem(401, "token_revoked");
    }

    async fn staff_are_given_a_quarter_of_an_hour_and_twelve_hours(app: &TestApp) {
        let email = app.teller().await.email;
        let mut browser = app.signed_in_browser(&email).await;
        app.clock.advance_seconds(899);
        browser.get(PROFILE).await.expect(200);
        app.clock.advance_seconds(900);
        browser.get(PROFILE).await.problem(401, "token_revoked");

        let answer = browser.login(&email).await;
        assert_eq!(answer.json()["expires_in"], json!(43_200));
        for _ in 0..53 {
            app.clock.advance_seconds(810);
            browser.get(PROFILE).await.expect(200);
        }
        app.clock.advance_seconds(43_200 - 53 * 810);
        browser.get(PROFILE).await.problem(401, "token_revoked");
    }

    async fn whoever_becomes_staff_has_the_limits_of_staff_at_once(app: &TestApp) {
        let customer = app.customer().await;
        let mut browser = app.signed_in_browser(&customer.email).await;
        app.clock.advance_seconds(1_000);
        browser.get(PROFILE).await.expect(200);

        let user = customer.id.parse().unwrap();
        let permit = Actor::system("test").permit(Action::ChangeRoles, Resource::kind("user")).unwrap();
        let now = app.services.env.now();
        let changed = app.services.db.write(permit, move |tx| {
            Identity::write_roles(tx, user, &[Role::Customer, Role::Teller], now)
        });
        app.services.identity.roles_changed(&changed.await.unwrap().unwrap());

        browser.get(PROFILE).await.expect(200);
        app.clock.advance_seconds(900);
        browser.get(PROFILE).await.problem(401, "token_revoked");
    }

    async fn the_time_of_last_use_outlives_the_process(app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.signed_in_browser(&email).await;
        app.clock.advance_seconds(1_200);
        browser.get(PROFILE).await.expect(200);
        app.services.identity.note_sign_in_uses().await.unwrap();
        app.clock.advance_seconds(1_200);

        // The row says when it was used, so that whoever reads it next knows.
        let seen = app.count("SELECT MAX(last_seen_at_us) - MIN(created_at_us) FROM identity_session WHERE cookie_hash IS NOT NULL").await;
        assert_eq!(seen, 1_200_000_000);
        browser.get(PROFILE).await.expect(200);
    }

    async fn stepping_up_puts_another_secret_in_its_place_and_the_old_one_is_refused_at_once(app: &TestApp) {
        let email = app.customer().await.email;
        let mut browser = app.signed_in_browser(&email).await;
        let (before, token) = (browser.secret(), browser.csrf_token.clone());

        browser.step_up().await;

        assert_ne!(browser.secret(), before);
        assert_ne!(browser.csrf_token, token);
        browser.get(PROFILE).await.expect(200);
        showing(app, &before).get(PROFILE).await.problem(401, "unauthenticated");
        // What asks for a fresh factor is open for five minutes.
        let keys = format!("{AUTH}/api-keys");
        let body = json!({ "name": "export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" });
        app.clock.advance_seconds(299);
        browser.post(&keys, &body).await.expect(201);
        app.clock.advance_seconds(2);
        browser.post(&keys, &body).await.problem(403, "step_up_required");
    }

    async fn of_two_that_step_up_with_one_secret_one_does(app: &TestApp) {
        let email = app.customer().await.email;
        let browser = app.signed_in_browser(&email).await;
        let (mut one, mut other) = (browser.clone(), browser);
        let body = json!({ "password": PASSWORD });
        let path = format!("{AUTH}/step-up");

        let (first, second) = tokio::join!(one.post(&path, &body), other.post(&path, &body));

        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
        let mut winner = if first.status == 200 { one } else { other };
        winner.get(PROFILE).await.expect(200);
    }

    async fn it_is_listed_and_ended_like_any_other_and_gone_from_the_list_when_it_is_idle(app: &TestApp) {
        let customer = app.customer().await;
        let mut browser = app.signed_in_browser(&customer.email).await;

        let list = browser.get(SESSIONS).await.expect(200).json();
        let own = list["data"].as_array().unwrap().iter().find(|one| one["current"] == json!(true)).unwrap().clone();
        assert_eq!((own["kind"].as_str(), own["methods"].clone()), (Some("cookie"), json!(["pwd"])));
        assert_eq!(list["data"].as_array().unwrap().len(), 2);
        let id = own["id"].as_str().unwrap();
        let end = Call::new(axum::http::Method::DELETE, format!("{SESSIONS}/{id}"));
        customer.send(&end).await.expect(204);
        browser.get(PROFILE).await.problem(401, "token_revoked");

        browser.login(&customer.email).await;
        app.clock.advance_seconds(1_800);
        let token = app.stranger().login(&customer.email).await;
        let list = token.get(SESSIONS).await.expect(200).json();
        assert!(list["data"].as_array().unwrap().iter().all(|one| one["kind"] == json!("token")), "{list}");
    }

    async fn a_suspended_person_and_a_changed_password_end_it(app: &TestApp) {
        let customer = app.customer().await;
        let (mut here, mut there) =
            (app.signed_in_browser(&customer.email).await, app.signed_in_browser(&customer.email).await);
        let new = "another tundra orbit lantern";
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        here.post(&format!("{AUTH}/password/change"), &body).await.expect(200);
        there.get(PROFILE).await.problem(401, "token_revoked");
        here.get(PROFILE).await.expect(200);

        let admin = app.admin().await.stepped_up().await;
        admin.post(&format!("/api/v1/users/{}/suspend", customer.id), &json!({})).await.expect(204);
        here.get(PROFILE).await.problem(401, "token_revoked");
    }

    async fn a_secret_is_taken_from_its_cookie_and_a_token_from_its_header_and_not_the_other_way_round(app: &TestApp) {
        let customer = app.customer().await;
        let browser = app.signed_in_browser(&customer.email).await;
        let token = customer.token.clone().unwrap();

        app.stranger().with_token(&browser.secret()).get(PROFILE).await.problem(401, "unauthenticated");
        showing(app, &token).get(PROFILE).await.problem(401, "unauthenticated");
        for wrong in ["", "fls_", "x", &browser.secret()[..46], &format!("{}A", browser.secret())] {
            showing(app, wrong).get(PROFILE).await.problem(401, "unauthenticated");
        }
        // Before the cookie was ever shown, and after.
        let mut browser = browser;
        browser.get(PROFILE).await.expect(200);
        app.stranger().with_token(&browser.secret()).get(PROFILE).await.problem(401, "unauthenticated");
    }

    async fn where_both_come_along_the_header_counts_alone(app: &TestApp) {
        let (ada, bob) = (app.customer().await, app.customer().await);
        let mut browser = app.signed_in_browser(&ada.email).await;
        let bearer = format!("Bearer {}", bob.token.clone().unwrap());
        let with = |value: &str| Call::get(PROFILE).header("authorization", value.as_bytes());

        assert_eq!(browser.send(with(&bearer)).await.expect(200).text("/email"), bob.email);
        browser.send(with("Bearer nonsense")).await.problem(401, "unauthenticated");
    }

    async fn two_cookies_of_one_name_are_none(app: &TestApp) {
        let (ada, eve) = (app.customer().await.email, app.customer().await.email);
        let (ada, eve) = (app.signed_in_browser(&ada).await, app.signed_in_browser(&eve).await);
        let name = SESSION_COOKIE;
        let both = format!("{name}={}; {name}={}", ada.secret(), eve.secret());

        let answer = app.stranger().send(&Call::get(PROFILE).header("cookie", both.as_bytes())).await;

        answer.problem(401, "unauthenticated");
    }

    async fn the_second_factor_comes_before_the_cookie(app: &TestApp) {
        let customer = app.customer().await.stepped_up().await;
        let setup = customer.post(&format!("{AUTH}/mfa/setup"), &json!({})).await.expect(200);
        let secret = setup.text("/secret");
        let code = florin_testkit::totp_code(&secret, app.services.env.now());
        customer.post(&format!("{AUTH}/mfa/enable"), &json!({ "code": code })).await.expect(200);
        app.clock.advance_seconds(60);
        let mut browser = app.browser();
        let login = Call::post(format!("{AUTH}/login")).header("x-session", b"cookie");

        let asked = browser.send(login.json(&json!({ "email": customer.email, "password": PASSWORD }))).await;
        let mfa_token = asked.problem(401, "mfa_required")["mfa_token"].clone();
        assert!(browser.cookies.is_empty());

        let code = florin_testkit::totp_code(&secret, app.services.env.now());
        let second = Call::post(format!("{AUTH}/login/2fa")).header("x-session", b"cookie");
        browser.send(second.json(&json!({ "mfa_token": mfa_token, "code": code }))).await.expect(200);
        browser.get(PROFILE).await.expect(200);
    }

    async fn how_it_is_held_is_said_in_one_of_two_words(app: &TestApp) {
        let email = app.customer().await.email;
        let body = json!({ "email": email, "password": PASSWORD });
        for wrong in [&b"Cookie"[..], b"", b"both"] {
            let call = Call::post(format!("{AUTH}/login")).header("x-session", wrong).json(&body);
            app.stranger().send(&call).await.problem(400, "invalid_request");
        }
        let call = Call::post(format!("{AUTH}/login")).header("x-session", b"token").json(&body);
        app.stranger().send(&call).await.expect(200).text("/access_token");
    }
}

#[tokio::test]
async fn several_processes_know_the_same_browsers() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let email = one.customer().await.email;
    let mut here = one.signed_in_browser(&email).await;

    let mut there = here.at(&two.stranger());
    there.get(PROFILE).await.expect(200);
    let before = there.clone();
    there.step_up().await;

    // The other process has read the sign-in already, and learns of the new secret with the first request that shows it.
    here.cookies.clone_from(&there.cookies);
    here.csrf_token.clone_from(&there.csrf_token);
    here.get(PROFILE).await.expect(200);
    before.at(&one.stranger()).get(PROFILE).await.problem(401, "unauthenticated");
    here.post(&format!("{AUTH}/logout"), &json!({})).await.expect(200);
    one.clock.advance_seconds(5);
    there.get(PROFILE).await.problem(401, "token_revoked");
    one.finish().await;
}

#[tokio::test]
async fn a_use_in_one_process_counts_in_the_other_once_it_is_noted() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let email = one.customer().await.email;
    let mut here = one.signed_in_browser(&email).await;
    let mut there = here.at(&two.stranger());

    there.get(PROFILE).await.expect(200);
    one.clock.advance_seconds(1_500);
    here.get(PROFILE).await.expect(200);
    one.services.identity.note_sign_in_uses().await.unwrap();
    one.clock.advance_seconds(1_500);

    there.get(PROFILE).await.expect(200);
    one.clock.advance_seconds(1_800);
    there.get(PROFILE).await.problem(401, "token_revoked");
    here.get(PROFILE).await.problem(401, "token_revoked");
    one.finish().await;
}

#[tokio::test]
async fn whoever_comes_from_a_provider_can_be_kept_by_the_browser_and_link_from_there() {
    const START: &str = "/api/v1/auth/oauth/acme/start";
    for world in crate::oauth::worlds().await {
        let app = &world.app;
        let mut browser = app.browser();
        let departure = browser.get(&format!("{START}?session=cookie")).await.expect(303);
        let back = world.provider.consent(departure.headers["location"].to_str().unwrap());

        let answer = browser.get(&back).await.expect(200);

        assert!(answer.json().get("access_token").is_none(), "{answer:?}");
        assert_eq!(browser.cookies.len(), 2, "the attempt's cookie is gone: {:?}", browser.cookies);
        browser.csrf_token = answer.text("/csrf_token");
        assert_eq!(browser.get(PROFILE).await.expect(200).text("/email"), crate::oauth::GRACE);
        browser.post(&format!("{AUTH}/logout"), &json!({})).await.expect(200);
        app.stranger().get(&format!("{START}?session=both")).await.problem(422, "validation_failed");

        let email = app.customer().await.email;
        let mut owner = app.signed_in_browser(&email).await;
        let departure = owner.get(START).await.expect(303);
        let back = world.provider.consent(departure.headers["location"].to_str().unwrap());
        // It is somebody else's already, and so it was asked for in the name of whoever is signed in here.
        owner.get(&back).await.problem(409, "conflict");
        world.app.finish().await;
    }
}
