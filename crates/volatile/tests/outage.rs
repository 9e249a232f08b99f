//! What happens when Redis goes away and comes back.
#![expect(clippy::expect_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use florin_kernel::Env;
use florin_volatile::testing::Redis;
use florin_volatile::{Volatile, VolatileState};
use secrecy::SecretString;
use support::{LONG, TIMEOUT, wait_for_recovery};

#[tokio::test]
async fn an_outage_forgets_nothing_this_process_was_told() {
    let redis = Redis::up();
    let volatile = support::volatile(&redis).await;
    let mut recovered = volatile.recovered();
    volatile.remember("before", LONG).await;

    redis.kill();

    let started = Instant::now();
    assert!(volatile.knows("before").await);
    volatile.remember("during", LONG).await;
    assert!(volatile.knows("during").await);
    assert_eq!(volatile.hit("counter", LONG).await.hits, 1);
    assert_eq!(volatile.hit("counter", LONG).await.hits, 2);
    for _ in 0..1_000 {
        volatile.knows("nothing").await;
    }
    assert!(started.elapsed() < Duration::from_secs(1), "an outage is not waited for at each call");
    assert!(matches!(volatile.state(), VolatileState::RedisDown { .. }));
    assert!(!recovered.has_changed().expect("a sender"));

    redis.start();
    wait_for_recovery(&volatile).await;

    assert!(recovered.has_changed().expect("a sender"));
    assert_eq!(*recovered.borrow_and_update(), 1);
    assert!(!volatile.knows("before").await, "the new Redis is empty until its owner refills it");
    volatile.remember("before", LONG).await;
    assert!(support::volatile(&redis).await.knows("before").await, "and shared again");
}

#[tokio::test]
async fn a_redis_that_hangs_is_waited_for_once_and_shortly() {
    let redis = Redis::up();
    let volatile = support::volatile(&redis).await;
    volatile.remember("token", LONG).await;
    redis.signal("-STOP");

    let started = Instant::now();
    assert!(volatile.knows("token").await);
    let first = started.elapsed();
    assert!(volatile.knows("token").await);
    let both = started.elapsed();

    assert!(first >= TIMEOUT, "{first:?}");
    assert!(both < first + TIMEOUT, "{both:?}");
    redis.signal("-CONT");
    wait_for_recovery(&volatile).await;
    assert!(volatile.knows("token").await);
}

#[tokio::test]
async fn a_redis_that_is_not_there_at_the_start_is_used_once_it_is() {
    let redis = Redis::down();

    let volatile = support::volatile(&redis).await;

    assert!(matches!(volatile.state(), VolatileState::RedisDown { .. }));
    assert_eq!(volatile.hit("counter", LONG).await.hits, 1);
    redis.start();
    wait_for_recovery(&volatile).await;
    assert_eq!(*volatile.recovered().borrow(), 1);
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_refused_without_repeating_it() {
    let url = SecretString::from("https://user:hunter2@example.com".to_owned());

    let refusal = Volatile::connect(&url, TIMEOUT, Env::system()).await.expect_err("a refusal");

    assert!(!format!("{refusal} {refusal:?}").contains("hunter2"));
}
