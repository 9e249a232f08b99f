//! How long a nightly pass takes, over a world of some hundred thousand movements.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use florin_compliance::monitor::{Book, Settings, watch};

#[path = "../tests/monitor/world/mod.rs"]
mod world;

use world::{Size, World};

fn nightly(c: &mut Criterion) {
    let world = World::busy(1, Size { accounts: 3_000, days: 120, hard: false }, 8);
    let mut group = c.benchmark_group("monitor");
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::try_from(world.movements.len()).unwrap()));
    group.bench_function("order", |b| {
        b.iter_batched(
            Settings::default,
            |settings| Book::try_new(&world.movements, &world.facts, settings).unwrap(),
            BatchSize::PerIteration,
        );
    });
    let book = Book::try_new(&world.movements, &world.facts, Settings::default()).unwrap();
    group.bench_function("watch", |b| b.iter(|| watch(&book)));
    group.finish();
}

criterion_group!(benches, nightly);
criterion_main!(benches);
