//! Each pattern of fraud that the starter rules are for, as it happens.

use florin_risk::{Attempt, Kind, Outcome, Verdict};

use crate::world::{DAY, HOUR, LONDON, MINUTE, NOON, attempt, country, engine, fired, go, settled, token};

fn to(payee: u64, mut attempt: Attempt) -> Attempt {
    attempt.counterparty = Some(token("stranger", payee));
    attempt
}

#[test]
fn a_structured_burst_is_held() {
    let engine = engine();
    settled(&engine, 1);
    let pieces = (0..5_i64).map(|n| {
        let mut piece = attempt(1, n.unsigned_abs(), Kind::Transfer, NOON + n * 2 * MINUTE, 2_950_00);
        piece.limit_minor = Some(3_000_00);
        piece.available_minor = Some(100_000_00);
        to(n.unsigned_abs(), piece)
    });

    let rulings: Vec<_> = pieces.map(|piece| go(&engine, &piece)).collect();

    assert!(fired(&rulings[3]).contains(&"structured-burst"), "{:?}", fired(&rulings[3]));
    assert!(rulings[3..].iter().all(|ruling| ruling.verdict >= Verdict::Review));
    let reason = &rulings[4].reasons[0];
    assert!(
        rulings[4].reasons.iter().any(|reason| reason.text == "4 payments just under a limit within an hour"),
        "{reason:?}"
    );
}

#[test]
fn many_small_transfers_that_are_much_together_are_held() {
    let engine = engine();
    settled(&engine, 1);
    let last = (0..10_i64).map(|n| {
        go(
            &engine,
            &to(
                n.unsigned_abs(),
                attempt(1, n.unsigned_abs(), Kind::Transfer, NOON + n * 30_000_000, 290_00),
            ),
        )
    });

    let last = last.last().unwrap();

    assert_eq!(last.verdict, Verdict::Review);
    assert!(fired(&last).contains(&"many-small-transfers"));
}

#[test]
fn card_testing_is_declined_before_it_gets_far() {
    let engine = engine();
    settled(&engine, 1);
    let tries = (0..12_i64).map(|n| {
        go(&engine, &attempt(1, n.unsigned_abs(), Kind::CardAuthorization, NOON + n * 20_000_000, 1_00))
    });

    let verdicts: Vec<Verdict> = tries.map(|ruling| ruling.verdict).collect();

    assert_eq!(verdicts[..3], [Verdict::Approve; 3]);
    assert_eq!(verdicts[3..6], [Verdict::Review; 3]);
    assert!(verdicts[6..].iter().all(|verdict| *verdict == Verdict::Decline), "{verdicts:?}");
}

#[test]
fn an_impossible_trip_is_held_and_with_a_strange_device_declined() {
    let engine = engine();
    settled(&engine, 1);
    go(&engine, &attempt(1, 1, Kind::CardAuthorization, NOON, 20_00));
    let mut there = attempt(1, 2, Kind::CardAuthorization, NOON + 2 * HOUR, 80_00);
    (there.place, there.country) = (Some(LONDON), country("GB"));

    let held = engine.assess(&there);
    there.device = Some(token("device", 666));
    let declined = engine.assess(&there);

    assert_eq!((held.verdict, fired(&held)), (Verdict::Review, vec!["impossible-travel"]));
    assert_eq!(declined.verdict, Verdict::Decline);
    assert!(held.reasons[0].text.starts_with("57"), "{}", held.reasons[0].text);
}

#[test]
fn a_drained_new_account_is_held() {
    let engine = engine();
    let mut drained = to(1, attempt(2, 1, Kind::Transfer, NOON, 950_00));
    drained.account_opened_at_us = Some(NOON - 3 * DAY);
    drained.available_minor = Some(1_000_00);

    let ruling = engine.assess(&drained);

    assert_eq!(ruling.verdict, Verdict::Review);
    assert!(
        ruling.reasons.iter().any(|reason| reason.text.ends_with("opened 3 days ago")),
        "{:?}",
        ruling.reasons
    );
}

#[test]
fn much_money_to_a_new_payee_from_a_new_device_is_held_and_if_nothing_is_left_declined() {
    let engine = engine();
    settled(&engine, 1);
    let mut taken = to(1, attempt(1, 1, Kind::Transfer, NOON, 2_400_00));
    taken.device = Some(token("device", 666));

    let held = engine.assess(&taken);
    taken.amount_minor = 9_900_00;
    let declined = engine.assess(&taken);

    assert_eq!(held.verdict, Verdict::Review);
    assert!(fired(&held).contains(&"new-payee-new-device-large"));
    assert_eq!(declined.verdict, Verdict::Decline);
}

#[test]
fn money_after_long_silence_is_held() {
    let engine = engine();
    engine.learn(&to(1, attempt(3, 1, Kind::Payment, NOON - 250 * DAY, 50_00)), Outcome::Approved);
    engine.learn(&attempt(4, 1, Kind::Payment, NOON, 50_00), Outcome::Approved);

    let ruling = engine.assess(&to(1, attempt(3, 2, Kind::Withdrawal, NOON, 3_000_00)));

    assert_eq!(ruling.verdict, Verdict::Review);
    assert!(ruling.reasons.iter().any(|reason| reason.text == "3000.00 USD after 250 days of silence"));
}

#[test]
fn a_mule_is_held_when_the_money_leaves() {
    let engine = engine();
    for payer in 10..15_u64 {
        let mut paid = attempt(payer, 1, Kind::Transfer, NOON - 20 * HOUR, 1_000_00);
        paid.counterparty = Some(token("account", 5));
        engine.learn(&paid, Outcome::Approved);
    }
    engine.learn(&attempt(5, 2, Kind::Login, NOON - HOUR, 0), Outcome::Approved);
    let mut out = to(1, attempt(5, 1, Kind::Payment, NOON, 4_800_00));
    out.account_opened_at_us = Some(NOON - 20 * DAY);
    out.available_minor = Some(5_000_00);

    let ruling = engine.assess(&out);

    assert_eq!((ruling.verdict, fired(&ruling)), (Verdict::Review, vec!["mule"]));
}

#[test]
fn far_more_than_ever_to_a_stranger_is_held() {
    let engine = engine();
    settled(&engine, 1);

    let ruling = engine.assess(&to(1, attempt(1, 1, Kind::Transfer, NOON, 6_000_00)));

    assert_eq!(ruling.verdict, Verdict::Review);
    assert!(fired(&ruling).contains(&"far-above-own-pattern-to-stranger"));
}

#[test]
fn five_failures_in_five_minutes_are_enough_of_a_network() {
    let engine = engine();
    for n in 0..5_u64 {
        let login = attempt(1, n, Kind::Login, NOON + i64::try_from(n).unwrap() * 40_000_000, 0);
        assert_eq!(engine.assess(&login).verdict, Verdict::Approve);
        engine.learn(&login, Outcome::FailedLogin);
    }

    let ruling = engine.assess(&attempt(1, 9, Kind::Login, NOON + 4 * MINUTE, 0));

    assert_eq!((ruling.verdict, fired(&ruling)), (Verdict::Review, vec!["ip-with-failures"]));
}

#[test]
fn credential_stuffing_is_declined() {
    let engine = engine();
    for n in 0..30_u64 {
        let mut login = attempt(100 + n, 1, Kind::Login, NOON + i64::try_from(n).unwrap() * 60_000_000, 0);
        login.ip = Some("198.51.100.9".parse().unwrap());
        engine.learn(&login, Outcome::FailedLogin);
    }
    let mut next = attempt(1, 1, Kind::Login, NOON + 31 * MINUTE, 0);
    next.ip = Some("::ffff:198.51.100.9".parse().unwrap());

    let ruling = engine.assess(&next);

    assert_eq!(ruling.verdict, Verdict::Decline);
    assert!(fired(&ruling).contains(&"credential-stuffing"));
}

#[test]
fn an_unusual_night_alone_is_no_reason_to_hold_anything() {
    let engine = engine();
    settled(&engine, 1);
    // Four in the morning in Toronto.
    let ruling = engine.assess(&attempt(1, 1, Kind::CardAuthorization, NOON - 3 * HOUR, 900_00));

    assert_eq!(ruling.verdict, Verdict::Approve);
    assert_eq!(fired(&ruling), ["unusual-night"]);
    assert_eq!(ruling.score, 250);
}
