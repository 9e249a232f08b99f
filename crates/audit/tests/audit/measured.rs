//! How fast it is; run by hand: `cargo test --release -p florin-audit --test audit measured -- --ignored --nocapture`.

use std::time::Instant;

use crate::world::worlds;

const RECORDS: usize = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, over a million records on each engine"]
async fn a_million_records_are_sealed_and_verified() {
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
