//! Memory and Redis behave alike.
#![expect(clippy::expect_used, reason = "tests")]

use std::time::Duration;

use florin_kernel::Env;
use florin_volatile::{Volatile, VolatileState, Window};
use secrecy::SecretString;

const WINDOW: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_mins(1);

async fn over_redis() -> Volatile {
    let url = std::env::var("FLORIN_TEST_REDIS_URL")
        .expect("FLORIN_TEST_REDIS_URL must name a Redis: run ./test.sh, or scripts/services.sh start");
    let url = SecretString::from(url);
    let volatile =
        Volatile::connect(&url, Duration::from_secs(10), Env::system()).await.expect("a Redis URL");
    assert_eq!(volatile.state(), VolatileState::Redis, "the Redis of FLORIN_TEST_REDIS_URL must be running");
    volatile
}

/// A key that no other run has used.
fn fresh(name: &str) -> String {
    format!("test:{name}:{}", Env::system().new_uuid())
}

macro_rules! over_both {
    ($($name:ident = $check:ident;)+) => {
        mod memory {
            use super::*;
            $(#[tokio::test] async fn $name() { $check(Volatile::in_memory(Env::system())).await; })+
        }
        mod redis {
            use super::*;
            $(#[tokio::test] async fn $name() { $check(over_redis().await).await; })+
        }
    };
}

over_both! {
    hits_are_counted_until_their_window_ends = counts;
    keys_are_counted_apart = counts_apart;
    many_at_once_are_all_counted = counts_all;
    what_is_remembered_is_known_until_its_time_ends = remembers;
    remembering_again_lengthens_the_time = remembers_longer;
    what_is_forgotten_is_neither_known_nor_counted = forgets;
    any_of_many_keys_is_found = finds_any;
    a_limit_counts_down_exactly_however_many_come_at_once = limits;
    whoever_waits_as_told_is_let_through = waits;
    the_tightest_of_several_windows_decides = tightest;
}

async fn limits(volatile: Volatile) {
    let (key, windows) = (fresh("limit"), ["100/min".parse::<Window>().expect("a window")]);

    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..150 {
        let (volatile, key) = (volatile.clone(), key.clone());
        asking.spawn(async move { volatile.admit(&key, &windows).await.expect("a window") });
    }
    let told = asking.join_all().await;

    let mut remaining: Vec<u32> =
        told.iter().filter(|told| told.admitted).map(|told| told.remaining).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, (0..100).collect::<Vec<_>>(), "each number once");
    let refused = told.iter().filter(|told| !told.admitted);
    assert!(refused.clone().all(|told| told.remaining == 0 && told.retry_in > Duration::from_secs(50)));
    assert_eq!(refused.count(), 50);
    assert!(told.iter().all(|told| told.resets_in <= Duration::from_mins(1)));
}

async fn waits(volatile: Volatile) {
    let (key, windows) = (fresh("wait"), ["3/s".parse::<Window>().expect("a window")]);

    for _ in 0..3 {
        assert!(volatile.admit(&key, &windows).await.is_some_and(|told| told.admitted));
    }
    let refused = volatile.admit(&key, &windows).await.expect("a window");
    assert!(!refused.admitted && refused.retry_in > Duration::from_secs(1), "{refused:?}");
    tokio::time::sleep(refused.retry_in + Duration::from_millis(2)).await;

    assert!(volatile.admit(&key, &windows).await.is_some_and(|told| told.admitted));
    let idle = fresh("idle");
    volatile.forget(&key).await;
    for key in [key, idle] {
        let told = volatile.admit(&key, &windows).await.expect("a window");
        assert_eq!((told.admitted, told.remaining), (true, 2));
    }
}

async fn tightest(volatile: Volatile) {
    let key = fresh("tightest");
    let windows = ["3/min", "4/h"].map(|text| text.parse::<Window>().expect("a window"));

    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(volatile.admit(&key, &windows).await.expect("windows"));
    }

    let left: Vec<_> = told.iter().map(|told| (told.admitted, told.remaining, told.window.limit)).collect();
    assert_eq!(left, [(true, 2, 3), (true, 1, 3), (true, 0, 3), (false, 0, 3)]);
    assert_eq!(volatile.admit(&key, &[]).await, None);
}

async fn counts(volatile: Volatile) {
    let key = fresh("count");

    let first = volatile.hit(&key, WINDOW).await;
    let second = volatile.hit(&key, WINDOW).await;
    tokio::time::sleep(WINDOW + Duration::from_millis(50)).await;
    let anew = volatile.hit(&key, WINDOW).await;

    assert_eq!((first.hits, second.hits, anew.hits), (1, 2, 1));
    assert!(second.resets_in <= WINDOW && second.resets_in > Duration::ZERO, "{second:?}");
}

async fn counts_apart(volatile: Volatile) {
    let (one, other) = (fresh("one"), fresh("other"));

    volatile.hit(&one, LONG).await;

    assert_eq!(volatile.hit(&other, LONG).await.hits, 1);
    assert!(!volatile.knows(&one).await, "a counter is no membership");
}

async fn counts_all(volatile: Volatile) {
    let key = fresh("crowd");
    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let (volatile, key) = (volatile.clone(), key.clone());
            tokio::spawn(async move { volatile.hit(&key, LONG).await.hits })
        })
        .collect();

    let mut hits = Vec::new();
    for one in crowd {
        hits.push(one.await.expect("a count"));
    }

    hits.sort_unstable();
    assert_eq!(hits, (1..=100).collect::<Vec<_>>());
}

async fn remembers(volatile: Volatile) {
    let key = fresh("token");
    assert!(!volatile.knows(&key).await);

    volatile.remember(&key, WINDOW).await;

    assert!(volatile.knows(&key).await);
    tokio::time::sleep(WINDOW + Duration::from_millis(50)).await;
    assert!(!volatile.knows(&key).await);
}

async fn remembers_longer(volatile: Volatile) {
    let key = fresh("token");
    volatile.remember(&key, WINDOW).await;

    volatile.remember(&key, LONG).await;

    tokio::time::sleep(WINDOW + Duration::from_millis(50)).await;
    assert!(volatile.knows(&key).await);
}

async fn forgets(volatile: Volatile) {
    let key = fresh("token");
    volatile.remember(&key, LONG).await;
    volatile.hit(&key, LONG).await;

    volatile.forget(&key).await;

    assert!(!volatile.knows(&key).await);
    assert_eq!(volatile.hit(&key, LONG).await.hits, 1);
}

async fn finds_any(volatile: Volatile) {
    let (known, unknown) = (fresh("known"), fresh("unknown"));
    volatile.remember(&known, LONG).await;

    assert!(volatile.knows_any(&[&unknown, &known]).await);
    assert!(!volatile.knows_any(&[&unknown]).await);
    assert!(!volatile.knows_any(&[]).await);
}

#[tokio::test]
async fn instances_over_one_redis_share_what_they_count_and_know() {
    let (one, other) = (over_redis().await, over_redis().await);
    let key = fresh("shared");

    one.remember(&key, LONG).await;
    one.hit(&key, LONG).await;

    assert!(other.knows(&key).await);
    assert_eq!(other.hit(&key, LONG).await.hits, 2);
    other.forget(&key).await;
    assert!(!one.knows(&key).await);
}
