//! Promises told one by one, with figures.

use florin_kernel::AccountId;
use florin_ledger::rules::{
    Account, AmountMode, Broken, Code, Event, Fingerprint, Flags, Hold, HoldState, Overdraft, Side,
    TIMEOUT_MAX_S, WorkingSet, apply,
};
use jiff::ToSpan;

use crate::poster::Poster;
use crate::world::{
    ALICE, BANK, BOB, CAROL, EUR, LOAN, POOL, RESERVE, TODAY, account, account_id, accounts, transfer_id,
};

fn pay(id: u128, debit: u128, credit: u128, amount: i64) -> Event {
    Event::transfer(transfer_id(id), account_id(debit), account_id(credit), amount, EUR)
}

fn linked(mut event: Event) -> Event {
    event.flags = event.flags.with(Flags::LINKED);
    event
}

fn balancing(mut event: Event, flags: Flags) -> Event {
    event.flags = event.flags.with(flags);
    event.mode = AmountMode::UpTo;
    event
}

fn codes(poster: &mut Poster, events: &[Event]) -> Vec<Code> {
    poster.run(events).into_iter().map(|outcome| outcome.code).collect()
}

fn own(poster: &Poster, n: u128) -> i128 {
    poster.accounts[&account_id(n)].own()
}

#[test]
fn a_waterfall_leaves_the_suspense_account_at_zero() {
    let mut poster = Poster::new(accounts());
    // Alice owes 40 and 30 in two buckets and pays 100.
    let (fees, principal, suspense, overpaid) = (LOAN, RESERVE, POOL, BOB);
    poster.run(&[pay(1, fees, BANK, 40), pay(2, principal, BANK, 30), pay(3, BANK, ALICE, 100)]);
    let both = Flags::BALANCING_DEBIT.with(Flags::BALANCING_CREDIT);

    let outcomes = poster.run(&[
        linked(pay(4, ALICE, suspense, 100)),
        linked(balancing(pay(5, suspense, fees, i64::MAX), both)),
        linked(balancing(pay(6, suspense, principal, i64::MAX), both)),
        balancing(pay(7, suspense, overpaid, i64::MAX), Flags::BALANCING_DEBIT),
    ]);

    let moved: Vec<i64> = outcomes.iter().map(|outcome| outcome.transfer.as_ref().unwrap().amount).collect();
    assert_eq!(moved, [100, 40, 30, 30]);
    assert_eq!([fees, principal, suspense, overpaid].map(|n| own(&poster, n)), [0, 0, 0, 30]);
}

#[test]
fn a_hold_is_captured_in_parts_by_a_chain() {
    let mut poster = Poster::new(accounts());
    let hold = |id, amount| Event::hold(transfer_id(id), account_id(ALICE), account_id(BOB), amount, EUR);
    poster.run(&[pay(1, BANK, ALICE, 100), hold(2, 100)]);

    let chain = [
        linked(Event::void(transfer_id(3), transfer_id(2), EUR)),
        linked(pay(4, ALICE, BOB, 60)),
        hold(5, 40),
    ];

    assert_eq!(codes(&mut poster, &chain), [Code::Created; 3]);
    assert_eq!(poster.accounts[&account_id(ALICE)].available(), Some(0));
    assert_eq!(poster.holds[&transfer_id(2)], HoldState::Voided);
    assert_eq!(own(&poster, BOB), 60);
}

#[test]
fn what_a_hold_was_granted_is_posted_though_the_limit_was_lowered_since() {
    let mut poster = Poster::new(accounts());
    poster.run(&[Event::hold(transfer_id(1), account_id(CAROL), account_id(BOB), 50, EUR)]);
    poster.change(account_id(CAROL), |account| account.overdraft = Overdraft::None);

    let outcome =
        codes(&mut poster, &[pay(2, CAROL, BOB, 1), Event::post(transfer_id(3), transfer_id(1), EUR)]);

    assert_eq!(outcome, [Code::InsufficientFunds, Code::Created]);
    assert_eq!(own(&poster, CAROL), -50);
}

#[test]
fn a_closed_account_still_releases_its_holds() {
    let mut poster = Poster::new(accounts());
    let hold = |id| Event::hold(transfer_id(id), account_id(CAROL), account_id(BOB), 20, EUR);
    poster.run(&[hold(1), Event { timeout_s: Some(1), ..hold(2) }]);
    poster.change(account_id(CAROL), |account| account.closed = true);
    poster.now += 2_000_000;

    let post = Event::post(transfer_id(3), transfer_id(1), EUR);
    let void = Event::void(transfer_id(4), transfer_id(1), EUR);
    let expire = Event::expire(transfer_id(5), transfer_id(2), EUR);

    let expected = [Code::DebitAccountClosed, Code::Created, Code::Created];
    assert_eq!(codes(&mut poster, &[post, void, expire]), expected);
}

#[test]
fn a_refusal_stands_when_the_money_has_come_since() {
    let mut poster = Poster::new(accounts());
    let early = pay(1, ALICE, BOB, 10);
    assert_eq!(codes(&mut poster, std::slice::from_ref(&early)), [Code::InsufficientFunds]);
    poster.run(&[pay(2, BANK, ALICE, 100)]);

    assert_eq!(codes(&mut poster, std::slice::from_ref(&early)), [Code::InsufficientFunds]);
    assert_eq!(codes(&mut poster, &[Event { amount: 9, ..early.clone() }]), [Code::IdAlreadyFailed]);
    assert_eq!(codes(&mut poster, &[Event { id: transfer_id(3), ..early }]), [Code::Created]);
}

#[test]
fn a_date_that_was_too_early_to_ask_for_is_refused_for_ever() {
    let mut poster = Poster::new(accounts());
    let tomorrow = TODAY.checked_add(1.days()).unwrap();
    let event = Event { effective_date: Some(tomorrow), ..pay(1, BANK, ALICE, 10) };
    assert_eq!(codes(&mut poster, std::slice::from_ref(&event)), [Code::EffectiveDateOutOfRange]);

    poster.business_date = tomorrow;

    assert_eq!(codes(&mut poster, &[event]), [Code::EffectiveDateOutOfRange]);
}

#[test]
fn of_a_failed_chain_only_the_event_that_failed_uses_its_identifier_up() {
    let mut poster = Poster::new(accounts());
    let chain = [linked(pay(1, BANK, BOB, 5)), linked(pay(2, ALICE, BOB, 5)), pay(3, BANK, BOB, 5)];
    let failed = [Code::LinkedFailed, Code::InsufficientFunds, Code::LinkedFailed];

    assert_eq!(codes(&mut poster, &chain), failed);
    assert_eq!(codes(&mut poster, &chain), failed);

    let alone = [pay(1, BANK, BOB, 5), pay(2, BANK, BOB, 5), pay(3, BANK, BOB, 5)];
    assert_eq!(codes(&mut poster, &alone), [Code::Created, Code::IdAlreadyFailed, Code::Created]);
}

#[test]
fn a_stranger_cannot_tell_a_foreign_hold_from_none() {
    let mut poster = Poster::new(accounts());
    let hold = Event::hold(transfer_id(2), account_id(ALICE), account_id(BOB), 10, EUR);
    poster.run(&[pay(1, BANK, ALICE, 100), hold, pay(3, ALICE, BOB, 10)]);
    let stranger = Some(crate::world::person(BOB));
    let by_stranger = |event: Event| Event { reach: stranger, ..event };

    let outcome = codes(
        &mut poster,
        &[
            by_stranger(Event::void(transfer_id(4), transfer_id(2), EUR)),
            by_stranger(Event::reversal(transfer_id(5), transfer_id(3), 10, EUR)),
            by_stranger(pay(6, ALICE, BOB, 10)),
        ],
    );

    assert_eq!(outcome, [Code::PendingNotFound, Code::ReversesNotFound, Code::DebitAccountNotFound]);
}

#[test]
fn every_sixty_fourth_entry_of_an_account_has_a_signpost() {
    let mut poster = Poster::new(accounts());
    for id in 1..=130 {
        poster.run(&[pay(id, BANK, if id % 2 == 0 { ALICE } else { BOB }, 1)]);
    }

    let marks: Vec<_> = poster.marks.into_iter().collect();
    let (bank, alice, bob) = (1, 2, 3);
    assert_eq!(marks, [((bank, 64), 64), ((bank, 128), 128), ((alice, 64), 128), ((bob, 64), 127)]);
}

#[test]
fn time_goes_on_though_the_clock_goes_back() {
    let mut poster = Poster::new(accounts());
    let first = poster.run(&[pay(1, BANK, ALICE, 5), pay(2, BANK, BOB, 5)]);
    // Another process, whose clock is behind, meets the same accounts.
    poster.ws = WorkingSet::new(0);
    poster.now -= 1_000_000;

    let second = poster.run(&[pay(3, RESERVE, POOL, 5), pay(4, ALICE, POOL, 5)]);

    let at = |outcomes: &[florin_ledger::rules::Outcome], n: usize| outcomes[n].transfer.as_ref().unwrap().at;
    assert_eq!(at(&first, 1), at(&first, 0) + 1);
    assert_eq!(at(&second, 0), poster.now);
    assert_eq!(at(&second, 1), at(&first, 0) + 1);
}

#[test]
fn a_sequence_number_that_was_used_stops_the_ledger() {
    let mut poster = Poster::new(accounts());
    poster.run(&[pay(1, BANK, ALICE, 5)]);
    poster.last_seq = 0;
    let events = [pay(2, ALICE, BOB, 5)];
    poster.begin(&events);
    let header = poster.header();

    assert_eq!(apply(&mut poster.ws, &header, &events), Err(Broken::Order(transfer_id(2))));
}

#[test]
fn a_hold_without_its_accounts_stops_the_ledger() {
    let mut poster = Poster::new(accounts());
    poster.run(&[Event::hold(transfer_id(1), account_id(BANK), account_id(ALICE), 5, EUR)]);
    let mut ws = WorkingSet::new(0);
    let transfer = poster.transfers[&transfer_id(1)].clone();
    ws.insert_hold(Hold { transfer, state: HoldState::Open });

    let done = apply(&mut ws, &poster.header(), &[Event::void(transfer_id(2), transfer_id(1), EUR)]);

    assert_eq!(done, Err(Broken::NotLoaded(account_id(BANK))));
}

#[test]
fn a_hold_larger_than_what_its_account_has_pending_stops_the_ledger() {
    let mut poster = Poster::new(accounts());
    poster.run(&[Event::hold(transfer_id(1), account_id(BANK), account_id(ALICE), 5, EUR)]);
    poster.change(account_id(ALICE), |account| account.balance.credits_pending = 4);
    let events = [Event::void(transfer_id(2), transfer_id(1), EUR)];
    poster.begin(&events);
    let header = poster.header();

    assert_eq!(apply(&mut poster.ws, &header, &events), Err(Broken::Sum(account_id(ALICE))));
}

#[test]
fn a_day_larger_than_everything_its_account_posted_stops_the_ledger() {
    let mut poster = Poster::new(accounts());
    poster.change(account_id(ALICE), |account| account.day_credits = 4);
    let events = [Event { flags: Flags::PENDING, ..pay(1, BANK, ALICE, 3) }];
    poster.begin(&events);
    let header = poster.header();

    assert_eq!(apply(&mut poster.ws, &header, &events), Err(Broken::Sum(account_id(ALICE))));
}

#[test]
fn the_largest_sums_do_not_wrap() {
    let fill = |id, amount| pay(id, RESERVE, POOL, amount);
    let mut poster = Poster::new(accounts());

    assert_eq!(codes(&mut poster, &[fill(1, i64::MAX)]), [Code::Created]);
    assert_eq!(codes(&mut poster, &[fill(2, 1)]), [Code::OverflowsDebitsPosted]);
    assert_eq!(codes(&mut poster, &[pay(3, BANK, POOL, 1)]), [Code::OverflowsCreditsPosted]);
    let hold = Event { flags: Flags::PENDING, ..fill(4, 1) };
    assert_eq!(codes(&mut poster, &[hold]), [Code::OverflowsDebits]);
    assert_eq!((own(&poster, RESERVE), own(&poster, POOL)), (i128::from(i64::MAX), i128::from(i64::MAX)));
}

#[test]
fn available_counts_holds_against_an_account_and_never_for_it() {
    let id = |n| -> AccountId { account_id(n) };
    let mut poster = Poster::new(vec![
        account(BANK, Side::Debit, Overdraft::Unlimited),
        Account { ceiling: Some(90), ..account(ALICE, Side::Credit, Overdraft::Limit(10)) },
    ]);
    let hold = |n, debit, credit| Event::hold(transfer_id(n), id(debit), id(credit), 20, EUR);
    poster.run(&[pay(1, BANK, ALICE, 50), hold(2, ALICE, BANK), hold(3, BANK, ALICE)]);

    let account = &poster.accounts[&id(ALICE)];

    assert_eq!((account.own(), account.available(), account.headroom()), (50, Some(40), Some(20)));
    assert_eq!(poster.accounts[&id(BANK)].available(), None);
}

#[test]
fn needs_name_everything_once_and_only_what_is_missing() {
    let mut poster = Poster::new(accounts());
    let hold = Event::hold(transfer_id(1), account_id(BANK), account_id(ALICE), 5, EUR);
    poster.run(std::slice::from_ref(&hold));
    let events = [
        Event::void(transfer_id(2), transfer_id(1), EUR),
        Event { fresh: true, ..pay(3, BOB, ALICE, 1) },
        Event::reversal(transfer_id(4), transfer_id(9), 1, EUR),
        Event::reversal(transfer_id(4), transfer_id(9), 1, EUR),
    ];

    poster.ws.begin_batch();
    let needs = poster.ws.needs(&events);
    assert_eq!(
        (needs.accounts, needs.holds),
        (vec![account_id(BOB)], vec![]),
        "accounts and open holds are kept"
    );
    assert_eq!((needs.ids, needs.reversed), (vec![transfer_id(2), transfer_id(4)], vec![transfer_id(9)]));

    poster.ws.clear();
    assert_eq!(poster.ws.needs(&events).holds, [transfer_id(1)]);
    let transfer = poster.transfers[&transfer_id(1)].clone();
    poster.ws.insert_hold(Hold { transfer, state: HoldState::Open });
    assert_eq!(poster.ws.needs_of_references(&events), [account_id(BANK), account_id(ALICE)]);
    assert_ne!(Fingerprint::of(&events[0]), Fingerprint::of(&hold));
}

#[test]
fn dates_and_timeouts_reach_as_far_as_promised_and_no_further() {
    let mut poster = Poster::new(accounts());
    let back = |id, days: i64| Event {
        effective_date: Some(TODAY.checked_sub(days.days()).unwrap()),
        ..pay(id, BANK, ALICE, 5)
    };
    let hold = |id, timeout_s| Event {
        timeout_s: Some(timeout_s),
        flags: Flags::PENDING,
        ..pay(id, BANK, ALICE, 5)
    };

    let dates = codes(&mut poster, &[back(1, 0), back(2, 3_660), back(3, 3_661)]);
    assert_eq!(dates, [Code::Created, Code::Created, Code::EffectiveDateOutOfRange]);
    let timeouts = codes(&mut poster, &[hold(4, TIMEOUT_MAX_S), hold(5, TIMEOUT_MAX_S + 1)]);
    assert_eq!(timeouts, [Code::Created, Code::OverflowsTimeout]);
}

#[test]
fn a_new_batch_forgets_what_another_could_have_changed() {
    let mut poster = Poster::new(accounts());
    let hold = Event { flags: Flags::PENDING, ..pay(1, BANK, ALICE, 5) };
    poster.run(&[hold, pay(2, BANK, ALICE, 5)]);
    let events = [
        Event::void(transfer_id(3), transfer_id(1), EUR),
        Event::reversal(transfer_id(4), transfer_id(2), 1, EUR),
    ];
    poster.run(&events);
    assert_eq!(poster.ws.changes().transfers.len(), 2);

    poster.ws.begin_batch();

    let needs = poster.ws.needs(&events);
    assert_eq!(
        (needs.ids.len(), needs.holds.len(), needs.reversed.len(), needs.accounts.len()),
        (2, 1, 1, 0)
    );
    assert_eq!(poster.ws.touched().count(), 0);
    assert!(poster.ws.changes().transfers.is_empty());
}
