//! What findings do not depend on.

use florin_compliance::evaluate::evaluate;
use florin_compliance::monitor::{Finding, Movement, MovementId};
use florin_kernel::Uuid;
use proptest::prelude::*;

use crate::watched;
use crate::world::{Random, Size, World};

fn shuffled<T: Clone>(all: &[T], seed: u64) -> Vec<T> {
    let mut random = Random::new(seed);
    let mut keyed: Vec<(i64, T)> =
        all.iter().map(|one| (random.between(0, i64::MAX - 1), one.clone())).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, one)| one).collect()
}

/// A finding as text, its score bit by bit.
fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{finding:?} {:x}", finding.score.to_bits())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_order_of_the_input_does_not_matter(seed in 1..1_000_u64) {
        let mut world = World::busy(seed, Size { accounts: 700, days: 90, hard: false }, 1);
        let before = told(&watched(&world));

        world.movements = shuffled(&world.movements, seed);
        world.facts = shuffled(&world.facts, seed + 1);

        prop_assert!(!before.is_empty());
        prop_assert_eq!(before, told(&watched(&world)));
    }

    #[test]
    fn unrelated_traffic_loses_no_scheme(seed in 1..1_000_u64) {
        let size = Size { accounts: 700, days: 90, hard: false };
        let mut world = World::busy(seed, size, 1);
        let before = evaluate(&watched(&world), &world.schemes);

        // Another institution's whole customers, under identifiers of their own.
        let other = World::calm(seed + 7, size);
        let apart = |id: Uuid| Uuid::from_u128(id.as_u128() + (1 << 64));
        world.movements.extend(other.movements.iter().map(|each| Movement {
            id: MovementId::from_uuid(apart(each.id.uuid())),
            from: each.from.map(|id| florin_kernel::AccountId::from_uuid(apart(id.uuid()))),
            to: each.to.map(|id| florin_kernel::AccountId::from_uuid(apart(id.uuid()))),
            ..*each
        }));
        let after = evaluate(&watched(&world), &world.schemes);

        for missed in &after.missed {
            prop_assert!(before.missed.contains(missed), "scheme {} is lost", missed);
        }
    }
}

#[test]
fn a_scheme_is_found_under_the_same_reference_the_next_day() {
    let mut world = World::calm(5, Size { accounts: 600, days: 90, hard: false });
    world.add_scheme(florin_compliance::monitor::Typology::RoundTrip);
    let references = |world: &World| -> Vec<String> {
        let found = watched(world);
        found.iter().filter(|one| one.typology.name() == "round_trip").map(Finding::reference).collect()
    };
    let before = references(&world);

    let (from, to) = (world.persons[0], world.persons[1]);
    let last = world.movements.iter().map(|each| each.at_us).max().unwrap();
    world.transfer(last + 1, from, to, 5_000);

    assert_eq!(before.len(), 1);
    assert_eq!(before, references(&world));
}
