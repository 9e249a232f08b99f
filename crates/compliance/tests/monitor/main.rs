//! Monitoring: what it finds, what it leaves alone, and what it does not depend on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod judging;
mod properties;
mod refusals;
mod shapes;
mod typologies;
mod world;

use florin_compliance::monitor::{Book, Finding, Settings, watch};

use world::World;

/// What monitoring finds in a world, by default settings.
fn watched(world: &World) -> Vec<Finding> {
    watch(&Book::try_new(&world.movements, &world.facts, Settings::default()).unwrap())
}
