//! What stands between the network and the services: how often somebody may ask.

use axum::http::Method;
use florin_testkit::{Answer, Call, Client, Database, PASSWORD, TestApp};
use florin_volatile::testing::Redis;
use serde_json::json;
use tokio::task::JoinSet;

async fn limited(settings: &[(&'static str, &str)]) -> TestApp {
    let mut all = vec![("rate_limits.enabled", "true")];
    all.extend_from_slice(settings);
    TestApp::start_with(Database::Sqlite, &all).await
}

fn number(answer: &Answer, header: &str) -> i64 {
    answer.headers[header].to_str().unwrap().parse().unwrap()
}

fn policy(answer: &Answer) -> &str {
    answer.headers["ratelimit-policy"].to_str().unwrap()
}

/// Sends a request from this address.
async fn from(client: &Client, address: &str, call: &Call) -> Answer {
    client.send(&call.clone().from(address)).await
}

fn login(email: &str, password: &str) -> Call {
    Call::post("/api/v1/auth/login").json(&json!({ "email": email, "password": password }))
}

/// Asks 150 times at once, over these processes in turn; how many were answered and what they were told was left.
async fn ask_at_once(clients: &[Client]) -> (Vec<i64>, Vec<Answer>) {
    let mut asking = JoinSet::new();
    for n in 0..150 {
        let client = clients[n % clients.len()].clone();
        asking.spawn(async move { client.get("/api/v1/accounts").await });
    }
    let (answered, refused): (Vec<_>, Vec<_>) =
        asking.join_all().await.into_iter().partition(|answer| answer.status == 200);
    let mut remaining: Vec<i64> = answered.iter().map(|one| number(one, "x-ratelimit-remaining")).collect();
    remaining.sort_unstable();
    (remaining, refused)
}

fn assert_told(app: &TestApp, refused: &[Answer]) {
    for answer in refused {
        answer.problem(429, "rate_limited");
        assert_eq!(number(answer, "x-ratelimit-limit"), 100);
        assert_eq!(number(answer, "x-ratelimit-remaining"), 0);
        let now = app.services.env.now().as_second();
        let reset = number(answer, "x-ratelimit-reset") - now;
        assert!((1..=60).contains(&reset), "{reset}");
        assert!(number(answer, "retry-after") >= reset, "whoever waits that long finds room");
        assert_eq!(policy(answer), "\"general\";q=100;w=60");
    }
}

#[tokio::test]
async fn the_headers_count_down_exactly_however_many_ask_at_once() {
    let app = limited(&[("rate_limits.general", "100/min")]).await;
    let customer = app.customer().await;

    let (remaining, refused) = ask_at_once(std::slice::from_ref(&customer)).await;

    assert_eq!(remaining, (0..100).collect::<Vec<_>>());
    assert_eq!(refused.len(), 50);
    assert_told(&app, &refused);
    app.customer().await.get("/api/v1/accounts").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn two_processes_count_together_over_one_redis() {
    let Some(database) = Database::postgres() else { return };
    // One of its own: what is counted in it outlives a test.
    let redis = tokio::task::spawn_blocking(Redis::up).await.unwrap();
    let url = redis.url();
    let settings = [
        ("rate_limits.enabled", "true"),
        ("rate_limits.general", "100/min"),
        ("redis.url", url.as_str()),
        // A busy machine is no outage.
        ("redis.timeout_ms", "10000"),
    ];
    let app = TestApp::start_with(database, &settings).await;
    let other = app.second().await;
    let here = app.customer().await;
    let there = here.at(&other.stranger());

    let (remaining, refused) = ask_at_once(&[here, there]).await;

    assert_eq!(remaining, (0..100).collect::<Vec<_>>());
    assert_eq!(refused.len(), 50);
    assert_told(&app, &refused);
    app.finish().await;
}

#[tokio::test]
async fn an_address_may_register_and_guess_so_often_and_no_header_makes_it_another() {
    let app = limited(&[]).await;
    let stranger = app.stranger();
    let register = |n: u32| {
        let body = json!({ "email": format!("eve-{n}@example.org"), "password": PASSWORD, "full_name": "Eve Example" });
        Call::post("/api/v1/auth/register")
            .json(&body)
            .header("x-forwarded-for", format!("198.51.100.{n}").as_bytes())
    };

    for n in 0..5 {
        let answer = from(&stranger, "203.0.113.9", &register(n)).await.expect(201);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), i64::from(4 - n));
    }
    let refused = from(&stranger, "203.0.113.9", &register(5)).await;
    refused.problem(429, "rate_limited");
    assert_eq!(policy(&refused), "\"register\";q=5;w=3600");
    from(&stranger, "203.0.113.10", &register(6)).await.expect(201);

    for n in 0..10 {
        from(&stranger, "203.0.113.9", &login(&format!("nobody-{n}@example.org"), PASSWORD))
            .await
            .expect(401);
    }
    let good = login("eve-0@example.org", PASSWORD);
    from(&stranger, "203.0.113.9", &good).await.problem(429, "rate_limited");
    from(&stranger, "2001:db8:1:2::1", &good).await.expect(200);
    for n in 2..11 {
        from(&stranger, &format!("2001:db8:1:2::{n}"), &good).await.expect(200);
    }
    from(&stranger, "2001:db8:1:2:ffff::1", &good).await.problem(429, "rate_limited");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_client_has_a_limit_of_its_own() {
    let app = limited(&[("server.trusted_proxies", "10.0.0.0/8"), ("rate_limits.login", "2/min")]).await;
    let customer = app.customer().await;
    let forwarded =
        |address: &str| login(&customer.email, PASSWORD).header("x-forwarded-for", address.as_bytes());

    from(&customer, "10.0.0.1", &forwarded("198.51.100.1")).await.expect(200);
    for _ in 0..2 {
        from(&customer, "10.0.0.1", &forwarded("198.51.100.2")).await.expect(200);
    }
    from(&customer, "10.0.0.1", &forwarded("6.6.6.6, 198.51.100.2")).await.problem(429, "rate_limited");
    let sessions = customer.get("/api/v1/auth/sessions").await.expect(200).json();
    let addresses: Vec<_> =
        sessions["data"].as_array().unwrap().iter().map(|one| one["ip_address"].clone()).collect();
    assert!(addresses.contains(&json!("198.51.100.2")), "{addresses:?}");
    app.finish().await;
}

#[tokio::test]
async fn whoever_shows_a_bad_token_may_not_try_for_ever() {
    let app = limited(&[("rate_limits.general", "3/min")]).await;
    let forged = app.stranger().with_token("eyJhbGciOiJub25lIn0.e30.");

    for _ in 0..3 {
        forged.get("/api/v1/accounts").await.problem(401, "unauthenticated");
    }
    forged.get("/api/v1/accounts").await.problem(429, "rate_limited");
    app.stranger().get("/health").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn each_preset_has_the_limits_of_the_system_that_it_stands_for() {
    for (preset, register, login_policy, profile, payments, applications, general) in [
        ("biller", (5, 3600), (10, 300), (30, 60), (100, 3600), (100, 60), (100, 60)),
        ("investing", (5, 60), (5, 60), (60, 60), (30, 60), (60, 60), (60, 60)),
        ("embedded", (100, 60), (100, 60), (100, 60), (100, 60), (100, 60), (100, 60)),
        ("bank", (10, 60), (5, 300), (50, 3600), (20, 60), (10, 60), (50, 3600)),
    ] {
        let settings = [("rate_limits.enabled", "true"), ("passwords.classes_min", "0")];
        let app = TestApp::start_preset(Database::Sqlite, preset, &settings).await;
        let stranger = app.stranger();
        let nobody = json!({ "email": "nobody@example.org", "password": PASSWORD });
        let unfit = Call::post("/api/v1/auth/register").json(&json!({}));
        let transfer = Call::post("/api/v1/transfers").json(&json!({}));
        let customer = app.customer().await;
        for (class, (limit, seconds), answer) in [
            ("register", register, stranger.send(&unfit).await),
            ("login", login_policy, stranger.post("/api/v1/auth/login", &nobody).await),
            ("profile", profile, customer.get("/api/v1/auth/profile").await),
            ("payments", payments, customer.send(&transfer).await),
            ("applications", applications, customer.post("/api/loans/apply", &json!({})).await),
            ("general", general, customer.get("/api/v1/accounts").await),
        ] {
            assert_eq!(policy(&answer), format!("\"{class}\";q={limit};w={seconds}"), "{preset}");
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn a_limit_that_is_none_keeps_the_program_from_starting() {
    for (key, value) in [("rate_limits.login", "ten/min"), ("server.trusted_proxies", "10.0.0.0/99")] {
        let settings = [("rate_limits.enabled", "true".to_owned()), (key, value.to_owned())];
        let refusal = TestApp::try_start(Database::Sqlite, &settings).await.err().unwrap();
        assert!(refusal.to_string().contains(key), "{refusal}");
    }
}

#[tokio::test]
async fn methods_that_no_route_has_are_no_way_around() {
    let app = limited(&[("rate_limits.general", "1/min")]).await;
    let customer = app.customer().await;
    customer.get("/api/v1/accounts").await.expect(200);
    let head = Call::new(Method::HEAD, "/api/v1/accounts");
    assert_eq!(customer.send(&head).await.status, 429);
    app.finish().await;
}

#[tokio::test]
async fn the_paths_of_the_old_systems_name_their_successors_and_their_end() {
    let app = TestApp::start(Database::Sqlite).await;
    let customer = app.customer().await;

    let old = customer.get("/api/auth/profile").await.expect(200);
    assert_eq!(old.headers["deprecation"], "@1795219200");
    assert_eq!(old.headers["sunset"], "Sun, 31 Dec 2028 00:00:00 GMT");
    assert!(
        old.headers["link"]
            .to_str()
            .unwrap()
            .starts_with("</api/v1/auth/profile>; rel=\"successor-version\"")
    );
    let refused = app.stranger().post("/api/accounts/transfer", &json!({})).await;
    assert!(refused.headers["link"].to_str().unwrap().starts_with("</api/v1/transfers>"));
    let new = customer.get("/api/v1/auth/profile").await.expect(200);
    assert!(!new.headers.contains_key("deprecation") && !new.headers.contains_key("link"));
    app.finish().await;
}

#[tokio::test]
async fn secrets_are_never_packed() {
    let app = TestApp::start(Database::Sqlite).await;
    let email = app.customer().await.email;
    let packing = |call: Call| call.header("accept-encoding", b"gzip");

    let tokens = app.stranger().send(&packing(login(&email, PASSWORD))).await.expect(200);
    assert!(!tokens.headers.contains_key("content-encoding"));
    let reference = app.stranger().send(&packing(Call::get("/api/v1/openapi.json"))).await.expect(200);
    assert_eq!(reference.headers["content-encoding"], "gzip");
    app.finish().await;
}
