//! The database goes away, and comes back; Redis does; the disk is full, and has room again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use florin_db::testing::{Fault, Faults, Moment, Step};
use florin_testkit::{Client, Cluster, Database, TestApp};
use florin_volatile::VolatileState;
use florin_volatile::testing::Redis;

/// What one client has sent: the keys that were acknowledged, and those that were not.
#[derive(Default)]
struct Sent {
    acknowledged: Vec<(String, String)>,
    refused: Vec<String>,
}

async fn keep_sending(client: Client, from: String, to: String, name: usize, stop: Arc<AtomicBool>) -> Sent {
    let mut sent = Sent::default();
    let mut n = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("client-{name}-{n}");
        n += 1;
        let answer = client.transfer(&from, &to, "0.01", &key).await;
        if answer.status == 201 {
            sent.acknowledged.push((key, answer.text("/id")));
        } else {
            answer.problem(503, "overloaded");
            assert!(answer.headers.contains_key("retry-after"));
            sent.refused.push(key);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_crash_of_the_database_under_load() {
    if Database::postgres().is_none() {
        return;
    }
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    let app = TestApp::start(Database::Postgres(cluster.url().to_owned())).await;
    let (ada, from) = app.funded_customer("900000.00").await;
    let (ben, to) = app.funded_customer("1.00").await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|name| {
            tokio::spawn(keep_sending(ada.clone(), from.clone(), to.clone(), name, Arc::clone(&stop)))
        })
        .collect();

    let pause = |millis| tokio::time::sleep(Duration::from_millis(millis));
    pause(500).await;
    let cluster = Arc::new(cluster);
    for _ in 0..2 {
        let crashing = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || crashing.crash()).await.unwrap();
        app.stranger().get("/health/live").await.expect(200);
        app.stranger().get("/health/ready").await.expect(503);
        pause(500).await;
        let reviving = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || reviving.revive()).await.unwrap();
        pause(1_000).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut all = Sent::default();
    for client in clients {
        let sent = client.await.unwrap();
        all.acknowledged.extend(sent.acknowledged);
        all.refused.extend(sent.refused);
    }

    assert!(all.acknowledged.len() > 100, "only {} went through", all.acknowledged.len());
    for (_, id) in &all.acknowledged {
        ada.get(&format!("/api/v1/transfers/{id}")).await.expect(200);
    }
    // Whether those without an answer went through is found out by asking again.
    for key in &all.refused {
        ada.transfer(&from, &to, "0.01", key).await.expect(201);
    }
    let moved = i64::try_from(all.acknowledged.len() + all.refused.len()).unwrap();
    let received = ben.balance(&to).await.replace('.', "").parse::<i64>().unwrap();
    assert_eq!(received, 100 + moved, "each request moved its cent once");
    for (key, id) in all.acknowledged.iter().take(50) {
        let again = ada.transfer(&from, &to, "0.01", key).await.expect(201);
        assert!(again.is_replayed() && again.text("/id") == *id);
    }
    app.finish().await;
}

/// A disk without room while it is said to be full.
#[derive(Default)]
struct FullDisk(AtomicBool);

impl Faults for FullDisk {
    fn gathering(&self) {}

    fn at(&self, step: Step, moment: Moment) -> Fault {
        let full = self.0.load(Ordering::SeqCst) && (step, moment) == (Step::Begin, Moment::Before);
        if full { Fault::Full } else { Fault::None }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_changes_nothing() {
    let disk = Arc::new(FullDisk::default());
    let app = TestApp::start_on_faulty_disk(disk.clone()).await;
    let (ada, from) = app.funded_customer("100.00").await;
    let (_, to) = app.funded_customer("1.00").await;
    let before = app.everything().await;

    disk.0.store(true, Ordering::SeqCst);
    // The pages there are have room for a few more rows; then there is none.
    let mut accepted = 0_i64;
    let mut refused = Vec::new();
    for n in 0..200 {
        let key = format!("full-{n}");
        let answer = ada.transfer(&from, &to, "0.01", &key).await;
        if answer.status == 201 {
            accepted += 1;
        } else {
            answer.problem(503, "overloaded");
            assert!(answer.headers.contains_key("retry-after"));
            refused.push(key);
        }
    }
    assert!(refused.len() > 100, "only {} were refused", refused.len());
    ada.get(&format!("/api/v1/accounts/{from}")).await.expect(200);
    let full = app.everything().await;
    assert_eq!(
        (full[2], full[4]),
        (before[2] + accepted, before[4] + accepted),
        "half of a transfer is there"
    );

    disk.0.store(false, Ordering::SeqCst);
    for key in &refused {
        ada.transfer(&from, &to, "0.01", key).await.expect(201);
    }
    assert_eq!(ada.balance(&from).await, "98.00");
    app.finish().await;
}

/// Asks on, with a sign-in that is good or with one that ended; how often.
async fn keep_asking(client: Client, good: bool, stop: Arc<AtomicBool>) -> u32 {
    let mut asked = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = client.get("/api/v1/auth/profile").await;
        if good {
            answer.expect(200);
        } else {
            answer.problem(401, "token_revoked");
        }
        asked += 1;
        tokio::task::yield_now().await;
    }
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_gone_no_request_fails_and_no_sign_in_that_ended_comes_back() {
    let redis = Arc::new(tokio::task::spawn_blocking(Redis::up).await.unwrap());
    let url = redis.url();
    let settings = [
        ("redis.url", url.as_str()),
        ("redis.timeout_ms", "1000"),
        ("rate_limits.enabled", "true"),
        ("rate_limits.general", "1000000/min"),
        ("rate_limits.profile", "1000000/min"),
        ("rate_limits.login", "1000000/min"),
        ("rate_limits.register", "1000000/min"),
    ];
    let app = TestApp::start_with(Database::Sqlite, &settings).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut asking = Vec::new();
    let mut begin =
        |client: Client, good: bool| asking.push(tokio::spawn(keep_asking(client, good, Arc::clone(&stop))));
    let log_out = async |client: &Client| {
        client.post("/api/v1/auth/logout", &serde_json::json!({})).await.expect(200);
    };
    let shared_state = async || app.stranger().get("/health").await.expect(200).json();
    let pause = || tokio::time::sleep(Duration::from_millis(300));
    let email = app.customer().await.email;
    for _ in 0..3 {
        begin(app.stranger().login(&email).await, true);
    }

    let before = app.stranger().login(&email).await;
    log_out(&before).await;
    begin(before, false);
    pause().await;
    assert_eq!(shared_state().await["components"]["shared_state"], "redis");

    for _ in 0..2 {
        redis.kill();
        let during = app.stranger().login(&email).await;
        log_out(&during).await;
        begin(during, false);
        pause().await;
        let told = shared_state().await;
        assert_eq!(
            (&told["status"], &told["components"]["shared_state"]),
            (&"degraded".into(), &"redis_down".into())
        );

        let starting = Arc::clone(&redis);
        tokio::task::spawn_blocking(move || starting.start()).await.unwrap();
        let after = app.stranger().login(&email).await;
        log_out(&after).await;
        begin(after, false);
        let mut states = app.services.volatile.state_changes();
        states.wait_for(|state| *state == VolatileState::Redis).await.unwrap();
        pause().await;
        assert_eq!(shared_state().await["status"], "ok");
    }

    stop.store(true, Ordering::Relaxed);
    for asked in asking {
        assert!(asked.await.unwrap() > 10);
    }
    app.finish().await;
}
