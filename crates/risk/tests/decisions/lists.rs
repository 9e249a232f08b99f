//! Lists, snoozes, and what happens when something fails.

use std::cell::Cell;

use florin_kernel::Uuid;
use florin_risk::engine::{Champion, Effect, ListEntry, ListValue, Lists, Models, Snooze};
use florin_risk::{Degraded, Kind, ListDimension, ReasonSource, Verdict};

use crate::world::{DAY, HOUR, LONDON, NOON, attempt, country, engine, fired, go, settled, token};

fn entry(dimension: ListDimension, value: ListValue, effect: Effect) -> ListEntry {
    ListEntry {
        id: Uuid::from_u128(1),
        dimension,
        value,
        effect,
        expires_at_us: None,
        reason: "reported by a bank".into(),
    }
}

#[test]
fn whatever_is_blocked_is_declined_until_the_entry_expires() {
    let shop = attempt(1, 3, Kind::CardAuthorization, NOON, 10_00);
    let network = |text: &str| ListValue::Network(text.parse().unwrap());
    let values = [
        (ListDimension::Merchant, ListValue::Token(shop.merchant.unwrap())),
        (ListDimension::Country, ListValue::Country(shop.country.unwrap())),
        (ListDimension::Device, ListValue::Token(shop.device.unwrap())),
        (ListDimension::Ip, network("203.0.0.0/24")),
        (ListDimension::Ip, network("203.0.0.1/32")),
        (ListDimension::Ip, network("0.0.0.0/0")),
    ];
    for (dimension, value) in values {
        let engine = engine();
        let mut block = entry(dimension, value, Effect::Block);
        engine.use_lists(Lists::new(vec![block.clone()]));

        let ruling = engine.assess(&shop);

        assert_eq!((ruling.verdict, ruling.score), (Verdict::Decline, 1_000), "{dimension:?}");
        assert_eq!(ruling.reasons[0].source, ReasonSource::List);
        assert!(ruling.reasons[0].text.ends_with("is blocked: reported by a bank"));
        block.expires_at_us = Some(NOON);
        engine.use_lists(Lists::new(vec![block]));
        assert_eq!(engine.assess(&shop).verdict, Verdict::Approve);
    }
}

#[test]
fn networks_meet_their_own_addresses_alone() {
    let lists = |text: &str| {
        Lists::new(vec![entry(ListDimension::Ip, ListValue::Network(text.parse().unwrap()), Effect::Block)])
    };
    let met = |network: &str, ip: &str| {
        let mut made = attempt(1, 1, Kind::Login, NOON, 0);
        made.ip = Some(ip.parse().unwrap());
        !lists(network).meet(&made).blocks.is_empty()
    };

    assert!(met("10.1.2.3/8", "10.255.0.1"));
    assert!(!met("10.0.0.0/8", "11.0.0.1"));
    assert!(met("10.0.0.0/8", "::ffff:10.0.0.1"));
    assert!(met("2001:db8::/32", "2001:db8:1::1"));
    assert!(!met("2001:db8::/32", "2001:db9::1"));
    assert!(!met("::/0", "10.0.0.1"));
}

#[test]
fn what_is_allowed_is_not_held_for_points_but_for_a_block_or_a_floor() {
    let engine = engine();
    settled(&engine, 1);
    go(&engine, &attempt(1, 1, Kind::CardAuthorization, NOON, 20_00));
    let mut there = attempt(1, 2, Kind::CardAuthorization, NOON + 2 * HOUR, 80_00);
    (there.place, there.country, there.device) = (Some(LONDON), country("GB"), Some(token("device", 666)));
    let allow = entry(ListDimension::User, ListValue::Token(there.user.unwrap()), Effect::Allow);
    let block = entry(ListDimension::Device, ListValue::Token(there.device.unwrap()), Effect::Block);

    assert_eq!(engine.assess(&there).verdict, Verdict::Decline);
    engine.use_lists(Lists::new(vec![allow.clone()]));
    assert_eq!(engine.assess(&there).verdict, Verdict::Review, "the floor of a rule stands");
    engine.use_lists(Lists::new(vec![allow, block]));
    assert_eq!(engine.assess(&there).verdict, Verdict::Decline);
}

#[test]
fn a_snoozed_rule_counts_for_nothing_until_it_wakes() {
    let engine = engine();
    let login = |n: u64, at_us| attempt(1, n, Kind::Login, at_us, 0);
    (0..6).for_each(|n| {
        engine.learn(&login(n, NOON), florin_risk::Outcome::FailedLogin);
    });
    let snooze = Snooze { rule: "ip-with-failures".into(), user: token("user", 1), until_us: NOON + 1 };
    engine.use_snoozes(vec![snooze]);

    let asleep = engine.assess(&login(10, NOON));
    let awake = engine.assess(&login(11, NOON + 1));

    assert_eq!((asleep.verdict, fired(&asleep)), (Verdict::Approve, vec![]));
    assert_eq!(asleep.shadow[0].rule, "ip-with-failures");
    assert_eq!(awake.verdict, Verdict::Review);
}

#[test]
fn what_fails_is_told_and_never_lets_anything_through_in_silence() {
    let engine = engine();
    let made = attempt(1, 1, Kind::Payment, NOON - DAY, 10_00);

    let late = engine.assess_within(&made, &|| true);
    assert_eq!(late.verdict, Verdict::Review, "without rules a person has to look");
    assert_eq!(late.circumstances.degraded, [Degraded::NoTimeForRules]);

    engine.use_models(Models { champion: Champion::Missing, challenger: None });
    let without = engine.assess(&made);
    assert_eq!(without.verdict, Verdict::Approve);
    assert_eq!(without.circumstances.degraded, [Degraded::ModelMissing]);
    assert!(without.reasons.iter().any(|reason| reason.source == ReasonSource::Degraded));

    let asked = Cell::new(0);
    let first_time = || asked.replace(asked.get() + 1) > 0;
    engine.use_models(Models {
        champion: Champion::Ready(Box::new(crate::replay::scorer())),
        challenger: None,
    });
    let rules_alone = engine.assess_within(&made, &first_time);
    assert_eq!(rules_alone.circumstances.degraded, [Degraded::NoTimeForModel]);
    assert_eq!((rules_alone.model_score, rules_alone.model), (None, None));
}
