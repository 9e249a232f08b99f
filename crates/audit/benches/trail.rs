//! How fast a trail is sealed and verified, over a million records on each engine: `cargo bench -p florin-audit`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark may fail loudly")]

use std::time::Instant;

use world::worlds;

#[path = "../tests/audit/world.rs"]
#[allow(clippy::allow_attributes, dead_code, reason = "the tests use the rest of it")]
mod world;

const RECORDS: usize = 1_000_000;

#[tokio::main]
async fn main() {
    for world in worlds() {
        for _ in 0..RECORDS / 10_000 {
            world.write(10_000).await;
        }
        let began = Instant::now();
        let run = world.seal().await;
        let sealing = began.elapsed();
        let began = Instant::now();
        let report = world.verify().await;
        let verifying = began.elapsed();

        assert!(report.is_intact(), "{:?}", report.faults);
        let rate = run.records * 1_000 / u64::try_from(sealing.as_millis()).unwrap().max(1);
        eprintln!(
            "{}: {} records in {} seals sealed in {sealing:?} ({rate} a second), verified in {verifying:?}",
            world.db.engine().name(),
            run.records,
            run.seals
        );
    }
}
