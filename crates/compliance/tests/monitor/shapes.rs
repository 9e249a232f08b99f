//! Shapes at their edges: one more or less makes the difference.

use florin_compliance::monitor::{Book, Channel, Finding, Kind, Settings, Typology, watch};
use florin_kernel::AccountId;

use crate::world::{BEGIN, DAY, HOUR, Size, World};

const SMALL: Size = Size { accounts: 200, days: 90, hard: false };

fn named(world: &World, typology: Typology) -> Vec<Finding> {
    let book = Book::try_new(&world.movements, &world.facts, Settings::default()).unwrap();
    watch(&book).into_iter().filter(|finding| finding.typology == typology).collect()
}

/// A cycle of so many hops, each `pause` later and of `share` per cent of the one before.
fn cycle(hops: usize, pause: i64, share: i64) -> usize {
    let mut world = World::calm(3, SMALL);
    let all: Vec<AccountId> = (0..hops).map(|_| world.open(Kind::Person, BEGIN - 300 * DAY)).collect();
    let mut sum = 2_000_000;
    for (place, (from, to)) in (0..).zip(all.iter().zip(all.iter().cycle().skip(1))) {
        world.transfer(BEGIN + 20 * DAY + place * pause, *from, *to, sum);
        sum = sum * share / 100;
    }
    named(&world, Typology::RoundTrip).len()
}

#[test]
fn a_round_trip_has_three_to_eight_hops_in_order_and_in_time() {
    assert_eq!((3..=8).map(|hops| cycle(hops, DAY, 97)).collect::<Vec<_>>(), [1; 6]);
    assert_eq!(cycle(2, DAY, 97), 0, "giving back is no round trip");
    assert_eq!(cycle(9, DAY, 97), 0, "too many hops");
    assert_eq!(cycle(5, -DAY, 97), 0, "money cannot be passed on before it came");
    assert_eq!(cycle(5, 9 * DAY, 97), 0, "too slow");
    assert_eq!(cycle(5, DAY, 60), 0, "another sum is another payment");
}

#[test]
fn structuring_is_seen_over_several_accounts_of_one_customer() {
    let mut world = World::calm(4, SMALL);
    let first = world.people(1)[0];
    let second = world.open_for(world.customer(first), Kind::Person, BEGIN - 300 * DAY);
    for (day, account) in [(10, first), (12, second), (14, first)] {
        world.book(BEGIN + day * DAY + 10 * HOUR, None, Some(account), 900_000, Channel::Cash);
    }

    let found = named(&world, Typology::Structuring);

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].accounts.len(), 2);
    assert_eq!(found[0].amount.minor(), 2_700_000);
    assert!(found[0].explanation.contains("several accounts of one customer"), "{}", found[0].explanation);
}

#[test]
fn a_slow_fan_of_one_amount_is_seen_however_long_it_takes() {
    let mut world = World::calm(6, SMALL);
    let payers = world.people(13);
    for (week, payer) in (0..).zip(&payers[1..]) {
        world.transfer(BEGIN + week * 7 * DAY + HOUR, *payer, payers[0], 23_408);
    }

    let found = named(&world, Typology::FanIn);

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].accounts.len(), 13);
}

#[test]
fn what_rests_on_the_same_movements_is_told_once() {
    let mut world = World::calm(8, SMALL);
    world.add_scheme(Typology::Stack);

    let book = Book::try_new(&world.movements, &world.facts, Settings::default()).unwrap();
    let of_scheme = |finding: &Finding| {
        finding.accounts.iter().any(|named| world.schemes[0].accounts.contains(&named.account))
    };
    let found: Vec<Finding> = watch(&book).into_iter().filter(of_scheme).collect();

    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].typology, Typology::Stack);
    assert!(found[0].also.contains(&Typology::Bipartite));
    assert!(found[0].first_at_us < found[0].last_at_us);
}

#[test]
fn a_hub_of_very_many_large_payments_takes_bounded_time() {
    let mut world = World::calm(9, SMALL);
    let hub = world.open(Kind::Unknown, BEGIN - 300 * DAY);
    // Each is paid or pays once: nothing of it is a habit.
    for number in 0..40_000 {
        let person = world.open(Kind::Person, BEGIN - 300 * DAY);
        let (at, sum) = (BEGIN + number * 3 * HOUR / 60, world.random.between(200_000, 300_000));
        let (from, to) = if number % 2 == 0 { (person, hub) } else { (hub, person) };
        world.transfer(at, from, to, sum);
    }
    let start = std::time::Instant::now();

    named(&world, Typology::RoundTrip);

    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
