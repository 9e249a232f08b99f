//! How an outage of Redis shows in the log; alone in its program, for the log is the whole program's.
#![expect(clippy::expect_used, reason = "tests")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use florin_volatile::testing::Redis;
use support::{LONG, wait_for_recovery};
use tracing::field::{Field, Visit};

/// Counts the lines of the log that begin in a given way.
#[derive(Clone, Default)]
struct Lines {
    lost: Arc<AtomicUsize>,
    back: Arc<AtomicUsize>,
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("florin_volatile")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" && text.starts_with("Redis is out of reach") {
            self.lost.fetch_add(1, Ordering::SeqCst);
        }
        if field.name() == "message" && text.starts_with("Redis is back") {
            self.back.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn an_outage_and_a_recovery_are_each_told_of_once() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).expect("the first subscriber");
    let redis = Redis::up();
    let volatile = support::volatile(&redis).await;

    for outages in 1..=2 {
        redis.kill();
        for _ in 0..100 {
            volatile.knows("nothing").await;
            volatile.hit("counter", LONG).await;
            volatile.remember("token", LONG).await;
        }
        redis.start();
        wait_for_recovery(&volatile).await;

        assert_eq!(lines.lost.load(Ordering::SeqCst), outages);
        assert_eq!(lines.back.load(Ordering::SeqCst), outages);
    }
}
