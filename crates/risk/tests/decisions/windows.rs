//! Windows against a model that keeps every attempt and counts them all.

use std::collections::{BTreeMap, HashSet};

use florin_kernel::{Currency, Uuid};
use florin_risk::engine::Engine;
use florin_risk::rules::{RuleSet, starter};
use florin_risk::{Attempt, Kind, Outcome, Rates, Settings};
use proptest::prelude::*;

use crate::world::{DAY, HOUR, MINUTE, NOON, attempt, country, engine, token, value};

const WINDOWS: [(&str, u64, u64); 8] = [
    ("1m", 1, 1),
    ("5m", 1, 5),
    ("10m", 1, 10),
    ("1h", 1, 60),
    ("24h", 60, 24),
    ("7d", 1_440, 7),
    ("30d", 1_440, 30),
    ("90d", 1_440, 90),
];

/// In the midst of an hour, so that buckets of all lengths begin at other times.
const NOW: i64 = NOON + 37 * MINUTE;

/// Whether a minute is within a window of so many grains that ends in another.
fn within(minute: u64, now: u64, grain: u64, grains: u64) -> bool {
    minute <= now && minute / grain + grains > now / grain
}

fn minute(attempt: &Attempt) -> u64 {
    u64::try_from(attempt.at_us / MINUTE).unwrap()
}

fn history() -> impl Strategy<Value = Vec<(Attempt, Outcome)>> {
    let ago = prop_oneof![0..5 * MINUTE, 0..3 * HOUR, 0..60 * HOUR, 0..95 * DAY];
    let one = (ago, 0..4_u64, 0..90_u64, 1..300_000_i64, 0..10_u32);
    prop::collection::vec(one, 0..160).prop_map(|all| {
        let all = all.into_iter().enumerate();
        all.map(|(number, (ago, person, other, minor, outcome))| {
            let number = u64::try_from(number).unwrap();
            let mut made = attempt(person, number, Kind::Transfer, NOW - ago, minor);
            made.account = Some(token("account", 0));
            made.counterparty = Some(token("payee", other));
            made.limit_minor = Some(2_500_00);
            made.country = country(["CA", "US", "GB", "JP"][usize::try_from(other % 4).unwrap()]);
            let outcome = match outcome {
                0 => Outcome::Declined,
                1 => Outcome::Held,
                _ => Outcome::Approved,
            };
            (made, outcome)
        })
        .collect()
    })
}

fn now() -> Attempt {
    let mut now = attempt(0, u64::MAX, Kind::Transfer, NOW, 100_00);
    now.counterparty = Some(token("payee", 7));
    now
}

fn learned(history: impl Iterator<Item = (Attempt, Outcome)>) -> Engine {
    let engine = engine();
    for (attempt, outcome) in history {
        engine.learn(&attempt, outcome);
    }
    engine
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_what_a_model_counts_that_keeps_everything(history in history()) {
        let features = learned(history.iter().cloned()).features(&now());
        let now_minute = minute(&now());

        for (label, grain, grains) in WINDOWS.into_iter().skip(2).filter(|(label, ..)| *label != "90d") {
            // All are from one account, so that the account's windows are those of everybody.
            let inside: Vec<&(Attempt, Outcome)> = history.iter().filter(|(attempt, _)| within(minute(attempt), now_minute, grain, grains)).collect();
            let moved = || inside.iter().filter(|(_, outcome)| *outcome != Outcome::Declined);
            let sum: i64 = moved().map(|(attempt, _)| attempt.amount_minor).sum();
            prop_assert_eq!(value(&features, &format!("account.count.{label}")), inside.len() as f64, "{}", label);
            prop_assert_eq!(value(&features, &format!("account.sum.{label}")), sum as f64, "{}", label);
        }
        for (label, minutes) in [("1h", 60), ("24h", 1_440), ("7d", 7 * 1_440)] {
            let inside = history.iter().filter(|(attempt, outcome)| minute(attempt) + minutes > now_minute && *outcome == Outcome::Approved);
            let payees: HashSet<_> = inside.map(|(attempt, _)| attempt.counterparty).collect();
            let counted = value(&features, &format!("account.payees.{label}"));
            if payees.len() <= 64 {
                prop_assert_eq!(counted, payees.len() as f64, "{}", label);
            } else {
                prop_assert!((counted - payees.len() as f64).abs() <= payees.len() as f64 * 0.6, "{} of {}", counted, payees.len());
            }
        }
        let own = history.iter().filter(|(attempt, outcome)| attempt.user == now().user && *outcome != Outcome::Declined && minute(attempt) + 90 * 1_440 > now_minute);
        let mut amounts: BTreeMap<(u64, i64, Uuid), i64> = own.map(|(attempt, _)| ((minute(attempt), attempt.amount_minor, attempt.id), attempt.amount_minor)).collect();
        while amounts.len() > 60 {
            amounts.pop_first();
        }
        let mut sorted: Vec<i64> = amounts.into_values().collect();
        sorted.sort_unstable();
        prop_assert_eq!(value(&features, "habits.count"), sorted.len() as f64);
        if let Some(median) = sorted.get((sorted.len().max(1) - 1) / 2) {
            prop_assert_eq!(value(&features, "habits.median"), *median as f64);
        }
    }

    #[test]
    fn neither_order_nor_repetition_matters(history in history(), order in prop::collection::vec(any::<u32>(), 160)) {
        let mut shuffled: Vec<_> = history.iter().cloned().zip(order).collect();
        shuffled.sort_by_key(|(_, order)| *order);
        let again: Vec<_> = shuffled.into_iter().map(|(one, _)| one).flat_map(|one| [one.clone(), one]).collect();
        let mut chronological = history;
        chronological.sort_by_key(|(attempt, _)| attempt.at_us);

        let (one, other) = (learned(chronological.into_iter()), learned(again.into_iter()));

        prop_assert_eq!(one.features(&now()), other.features(&now()));
    }

    #[test]
    fn distinct_ones_beyond_the_list_do_not_depend_on_order(seed in any::<u64>()) {
        let mut all: Vec<Attempt> = (0..200_u64).map(|n| {
            let mut made = attempt(0, n, Kind::Transfer, NOON - i64::try_from(n % 97).unwrap() * HOUR, 100);
            made.counterparty = Some(token("payee", n));
            made
        }).collect();
        let there = learned(all.iter().cloned().map(|one| (one, Outcome::Approved)));
        let mut chance = crate::world::Chance(seed);
        all.sort_by_cached_key(|_| chance.below(u64::MAX));
        let back = learned(all.into_iter().map(|one| (one, Outcome::Approved)));

        prop_assert_eq!(there.features(&now()), back.features(&now()));
        let counted = value(&there.features(&now()), "user.payees.7d");
        prop_assert!((130.0..290.0).contains(&counted), "{}", counted);
    }
}

#[test]
fn an_attempt_counts_once_and_a_held_one_makes_nothing_known() {
    let engine = engine();
    let mut made = attempt(1, 1, Kind::Transfer, NOON - HOUR, 50_00);
    made.counterparty = Some(token("payee", 1));
    let mut next = attempt(1, 2, Kind::Transfer, NOON, 10_00);
    next.counterparty = made.counterparty;

    assert!(engine.learn(&made, Outcome::Held));
    assert_eq!(value(&engine.features(&next), "payee.new"), 1.0);
    assert!(!engine.learn(&made, Outcome::Approved), "its money was counted");

    let features = engine.features(&next);
    assert_eq!(value(&features, "payee.new"), 0.0);
    assert_eq!(value(&features, "user.count.24h"), 1.0);
    assert_eq!(value(&features, "user.sum.24h"), 50_00.0);
}

#[test]
fn currencies_do_not_add_up_but_by_their_rates() {
    let mut settings = Settings::new(Currency::USD);
    settings.rates = Rates::new(Currency::USD).with(Currency::JPY, 6_700);
    let engine = Engine::new(settings, RuleSet::parse(&starter(Currency::USD)).unwrap()).unwrap();
    let mut yen = attempt(1, 1, Kind::Transfer, NOON - 5 * MINUTE, 10_000);
    yen.currency = Currency::JPY;
    engine.learn(&yen, Outcome::Approved);
    engine.learn(&attempt(1, 2, Kind::Transfer, NOON - 4 * MINUTE, 10_00), Outcome::Approved);

    let features = engine.features(&attempt(1, 3, Kind::Transfer, NOON, 1_00));

    assert_eq!(value(&features, "user.sum.10m"), 77_00.0);
}

#[test]
fn what_is_idle_longest_goes_when_there_are_too_many() {
    let mut settings = Settings::new(Currency::USD);
    settings.keys_max = 64 * 32;
    let engine = Engine::new(settings, RuleSet::parse(&starter(Currency::USD)).unwrap()).unwrap();
    for person in 0..8_000_u64 {
        let at_us = NOON + i64::try_from(person).unwrap() * 1_000_000;
        engine.learn(&attempt(person, 1, Kind::Transfer, at_us, 1_00), Outcome::Approved);
    }

    let extent = engine.extent();
    assert!(extent.keys.iter().all(|(_, keys)| *keys <= 64 * 33), "{:?}", extent.keys);
    let count = |person| {
        let next = attempt(person, 2, Kind::Transfer, NOON + 8_000 * 1_000_000, 1_00);
        value(&engine.features(&next), "user.count.24h")
    };
    assert_eq!(count(7_999), 1.0);
    assert_eq!(count(0), 0.0);
}

#[test]
fn threads_that_learn_at_once_come_to_the_same() {
    let all: Vec<Attempt> = (0..2_000_u64)
        .map(|n| {
            let mut made =
                attempt(n % 5, n, Kind::Transfer, NOW - i64::try_from(n).unwrap() * 7 * MINUTE, 1_00);
            made.account = Some(token("account", 0));
            made.counterparty = Some(token("payee", n % 90));
            made
        })
        .collect();
    let alone = learned(all.iter().cloned().map(|one| (one, Outcome::Approved)));

    let together = engine();
    // Each attempt is learned by two of four threads.
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (together, all) = (&together, &all);
            scope.spawn(move || {
                for one in all.iter().skip(part / 2).step_by(2) {
                    together.learn(one, Outcome::Approved);
                }
            });
        }
    });

    assert_eq!(alone.features(&now()), together.features(&now()));
    assert_eq!(value(&alone.features(&now()), "account.count.30d"), 2_000.0);
}
