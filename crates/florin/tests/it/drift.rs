//! Sign-ins that are used from elsewhere than they were begun.

use florin_testkit::{Answer, Call, Client, Database, PASSWORD, TestApp, on_both_engines};
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";
const PROFILE: &str = "/api/v1/auth/profile";
const HOME: (&str, &str) = ("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0");
const AWAY: (&str, &str) = ("198.51.100.9", "curl/8.5.0");
const SUBJECT: &str = "Subject: A sign-in is used from elsewhere";

fn seen(call: Call, (ip, agent): (&str, &str)) -> Call {
    call.from(ip).header("user-agent", agent.as_bytes())
}

/// Somebody with money who signed in at home.
struct World {
    ada: Client,
    from: String,
    to: String,
}

async fn world(app: &TestApp) -> World {
    let (customer, from) = app.funded_customer("1000.00").await;
    let (_, to) = app.funded_customer("1.00").await;
    let call = Call::post(LOGIN).json(&json!({ "email": customer.email, "password": PASSWORD }));
    let token = app.stranger().send(&seen(call, HOME)).await.expect(200).text("/access_token");
    World { ada: customer.with_token(&token), from, to }
}

impl World {
    async fn get(&self, place: (&str, &str)) -> Answer {
        self.ada.send(&seen(Call::get(PROFILE), place)).await
    }

    async fn transfer(&self, place: (&str, &str), key: &str) -> Answer {
        let call = Client::transfer_call(&self.from, &self.to, "1.00").key(key);
        self.ada.send(&seen(call, place)).await
    }

    async fn step_up(&self, place: (&str, &str)) -> Client {
        let call = Call::post("/api/v1/auth/step-up").json(&json!({ "password": PASSWORD }));
        let answer = self.ada.send(&seen(call, place)).await.expect(200);
        self.ada.with_token(&answer.text("/access_token"))
    }

    async fn letters(&self, app: &TestApp) -> usize {
        app.mails(&self.ada.email).await.iter().filter(|mail| mail.contains(SUBJECT)).count()
    }
}

async fn drifts(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM audit_record WHERE action = 'session.watch' AND error = 'session_drift'")
        .await
}

on_both_engines! {
    async fn far_from_where_it_began_a_factor_is_asked_for_once_told_and_stepping_up_settles_it(app: &TestApp) {
        let world = world(app).await;
        world.transfer(HOME, "home").await.expect(201);

        world.transfer(AWAY, "away").await.problem(403, "step_up_required");
        world.get(AWAY).await.expect(200);
        world.transfer(AWAY, "away").await.problem(403, "step_up_required");
        world.transfer(HOME, "home-2").await.problem(403, "step_up_required");
        assert_eq!((world.letters(app).await, drifts(app).await), (1, 1));

        let fresh = world.step_up(AWAY).await;
        let call = Client::transfer_call(&world.from, &world.to, "1.00").key("away");
        fresh.send(&seen(call, AWAY)).await.expect(201);
        world.transfer(AWAY, "away-2").await.expect(201);
        assert_eq!((world.letters(app).await, drifts(app).await), (1, 1));

        // Now it belongs there, and where it began is elsewhere.
        world.transfer(HOME, "home-3").await.problem(403, "step_up_required");
        assert_eq!((world.letters(app).await, drifts(app).await), (2, 2));
    }

    async fn what_changes_security_is_closed_too_and_leaving_is_not(app: &TestApp) {
        let world = world(app).await;
        world.get(AWAY).await.expect(200);
        for (path, body) in [
            ("/api/v1/auth/password/change", json!({ "current_password": PASSWORD, "new_password": "another tundra orbit lantern" })),
            ("/api/v1/auth/mfa/setup", json!({})),
            ("/api/v1/auth/api-keys", json!({ "name": "x", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" })),
        ] {
            let call = seen(Call::post(path).json(&body), AWAY);
            world.ada.send(&call).await.problem(403, "step_up_required");
        }
        let sessions = seen(Call::get("/api/v1/auth/sessions"), AWAY);
        world.ada.send(&sessions).await.expect(200);
        world.ada.send(&seen(Call::post("/api/v1/auth/logout").json(&json!({})), AWAY)).await.expect(200);
    }

    async fn a_thief_with_a_fresh_token_is_asked_again(app: &TestApp) {
        let world = world(app).await;
        let fresh = world.step_up(HOME).await;
        let call = Client::transfer_call(&world.from, &world.to, "1.00").key("stolen");

        fresh.send(&seen(call, AWAY)).await.problem(403, "step_up_required");
    }

    async fn an_update_another_lease_another_network_or_another_client_alone_ask_for_nothing(app: &TestApp) {
        let world = world(app).await;
        let (ip, agent) = HOME;
        for (number, place) in [
            (ip, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
            ("203.0.113.200", agent),
            (AWAY.0, agent),
            (ip, AWAY.1),
        ].into_iter().enumerate() {
            world.transfer(place, &format!("near-{number}")).await.expect(201);
        }
        assert_eq!((world.letters(app).await, drifts(app).await), (0, 0));
    }

    async fn a_browser_is_watched_as_well(app: &TestApp) {
        let (customer, _) = app.funded_customer("10.00").await;
        let mut browser = app.browser();
        let call = Call::post(LOGIN).header("x-session", b"cookie");
        let call = call.json(&json!({ "email": customer.email, "password": PASSWORD })).from(HOME.0);
        browser.csrf_token = browser.send(call).await.expect(200).text("/csrf_token");
        let open = || Call::post("/api/v1/accounts").json(&json!({ "kind": "checking", "currency": "EUR" }));
        browser.send_from_page(open().from(HOME.0)).await.expect(201);

        browser.agent = "curl/8.5.0";
        browser.send_from_page(open().from(AWAY.0)).await.problem(403, "step_up_required");
        let call = Call::post("/api/v1/auth/step-up").json(&json!({ "password": PASSWORD })).from(AWAY.0);
        browser.csrf_token = browser.send_from_page(call).await.expect(200).text("/csrf_token");
        browser.send_from_page(open().from(AWAY.0)).await.expect(201);
    }

    async fn of_many_requests_at_once_one_is_told(app: &TestApp) {
        let world = world(app).await;
        let get = || world.get(AWAY);

        let (one, two, three, four) = tokio::join!(get(), get(), get(), get());

        for answer in [one, two, three, four] {
            answer.expect(200);
        }

        assert_eq!((world.letters(app).await, drifts(app).await), (1, 1));
    }
}

#[tokio::test]
async fn the_threshold_is_a_setting_and_a_country_counts_where_a_proxy_that_is_named_tells_it() {
    let settings = [
        ("sessions.drift_threshold", "40"),
        ("sessions.country_header", "CF-IPCountry"),
        ("server.trusted_proxies", "203.0.113.0/24"),
    ];
    let app = TestApp::start_with(Database::Sqlite, &settings).await;
    let customer = app.customer().await;
    let ask = |call: Call, ip: &str, country: &str| {
        call.from(ip).header("user-agent", b"app/1").header("cf-ipcountry", country.as_bytes())
    };
    let login = Call::post(LOGIN).json(&json!({ "email": customer.email, "password": PASSWORD }));
    let token = app.stranger().send(&ask(login, "203.0.113.1", "CA")).await.expect(200).text("/access_token");
    let ada = customer.with_token(&token);
    let open = || Call::post("/api/v1/accounts").json(&json!({ "kind": "checking", "currency": "EUR" }));

    // A header from elsewhere counts for nothing, and another network alone weighs 20.
    ada.send(&ask(open(), "198.51.100.1", "NG")).await.expect(201);
    ada.send(&ask(open(), "203.0.113.2", "CA")).await.expect(201);
    ada.send(&ask(open(), "203.0.113.2", "NG")).await.problem(403, "step_up_required");
    app.finish().await;
}

#[tokio::test]
async fn a_threshold_of_0_never_asks() {
    let app = TestApp::start_with(Database::Sqlite, &[("sessions.drift_threshold", "0")]).await;
    let world = world(&app).await;

    world.transfer(AWAY, "away").await.expect(201);

    assert_eq!((world.letters(&app).await, drifts(&app).await), (0, 0));
    app.finish().await;
}

#[tokio::test]
async fn another_process_asks_too_and_both_take_the_factor() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let world = world(&one).await;
    let there = World { ada: world.ada.at(&two.stranger()), from: world.from.clone(), to: world.to.clone() };
    there.transfer(HOME, "first").await.expect(201);
    world.transfer(AWAY, "away").await.problem(403, "step_up_required");

    there.transfer(AWAY, "there").await.problem(403, "step_up_required");
    world.step_up(AWAY).await;

    there.transfer(AWAY, "there").await.expect(201);
    assert_eq!((world.letters(&one).await, drifts(&one).await), (1, 1));
    one.finish().await;
}
