//! The rules against the naive model: two million events, and after each batch the same outcomes.

use std::collections::BTreeMap;

use florin_ledger::rules::{Code, Overdraft};
use jiff::ToSpan;

use crate::chance::Stream;
use crate::model::Model;
use crate::poster::Poster;
use crate::world::{ALICE, BOB, CAROL, LOAN, account_id, accounts};

/// Runs one stream to its end, and counts the outcomes.
fn run(seed: u64, events_wanted: usize, met: &mut BTreeMap<Code, usize>) -> usize {
    let mut stream = Stream::new(seed);
    let (mut poster, mut model) = (Poster::new(accounts()), Model::new(accounts()));
    let funding = stream.funding();
    model.run(&poster.header(), &funding);
    poster.run(&funding);
    let mut count = 0;
    while count < events_wanted {
        pass_time(&mut stream, &mut poster);
        change_terms(&mut stream, &mut poster, &mut model);
        if stream.chance.once_in(3) {
            poster.ws.clear();
        }

        let events = stream.batch();
        let expected = model.run(&poster.header(), &events);
        let outcomes = poster.run(&events);

        assert_eq!(outcomes.len(), expected.len());
        for ((event, outcome), (code, row)) in events.iter().zip(&outcomes).zip(&expected) {
            let transfer = outcome.transfer.as_deref();
            assert_eq!((outcome.code, transfer), (*code, row.as_ref()), "seed {seed}, {event:#?}");
            *met.entry(outcome.code).or_default() += 1;
        }
        count += events.len();
    }
    for account in poster.accounts.values() {
        let after = model.after(account.id);
        assert_eq!((account.version, account.balance), (after.version, after.balance), "seed {seed}");
        assert_eq!(poster.days_of(account), model.days(account.id), "seed {seed}");
    }
    count
}

fn pass_time(stream: &mut Stream, poster: &mut Poster) {
    poster.now += i64::try_from(stream.chance.below(1_500_000)).unwrap();
    if stream.chance.once_in(40) {
        poster.business_date = poster.business_date.checked_add(1.days()).unwrap();
    }
    if stream.chance.once_in(60) {
        poster.closed_through = Some(poster.business_date.checked_sub(2.days()).unwrap());
    }
}

fn change_terms(stream: &mut Stream, poster: &mut Poster, model: &mut Model) {
    if !stream.chance.once_in(8) {
        return;
    }
    let id = account_id(stream.chance.pick(&[ALICE, BOB, CAROL, LOAN]));
    let kind = stream.chance.below(9);
    let change = |account: &mut florin_ledger::rules::Account| match kind {
        0 => account.frozen_debit = true,
        1 => account.frozen_credit = true,
        2 => account.closed = true,
        3 => account.overdraft = Overdraft::Limit(30),
        4 => account.ceiling = Some(90),
        _ => {
            account.frozen_debit = false;
            account.frozen_credit = false;
            account.closed = false;
        }
    };
    poster.change(id, change);
    change(model.accounts.get_mut(&id).unwrap());
}

fn run_share(share: u64) -> BTreeMap<Code, usize> {
    let mut met = BTreeMap::new();
    let mut count = 0;
    let mut seed = share << 32;
    while count < 1_000_000 {
        count += run(seed, 200, &mut met);
        seed += 1;
    }
    met
}

#[test]
fn a_million_events_end_as_the_naive_model_says() {
    let met = run_share(1);

    // What needs a batch or a chain of a length that no stream has.
    let rare = [Code::BatchTooLarge, Code::ChainTooLong];
    let missing: Vec<_> =
        Code::ALL.iter().filter(|code| !met.contains_key(code) && !rare.contains(code)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}

#[test]
fn another_million_events_end_as_the_naive_model_says() {
    let met = run_share(2);

    assert!(met[&Code::Created] > 250_000, "{met:?}");
}
