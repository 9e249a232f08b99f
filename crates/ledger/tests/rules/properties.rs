//! Properties that shrink to the smallest story that breaks them.

use florin_kernel::Currency;
use florin_ledger::rules::{Account, AmountMode, Code, Event, Flags, Outcome};
use proptest::prelude::*;

use crate::poster::Poster;
use crate::world::{ALICE, BANK, BOB, CAROL, EUR, LOAN, account_id, accounts, transfer_id};

const PARTIES: [u128; 5] = [BANK, ALICE, BOB, CAROL, LOAN];

/// An event whose identifier is its place, referring to an earlier place.
#[derive(Clone, Debug)]
struct Draft {
    kind: u8,
    debit: usize,
    credit: usize,
    amount: i64,
    back: usize,
    linked: bool,
}

fn draft() -> impl Strategy<Value = Draft> {
    (0..8_u8, 0..5_usize, 0..5_usize, 1..100_i64, 1..6_usize, prop::bool::weighted(0.3)).prop_map(
        |(kind, debit, credit, amount, back, linked)| Draft { kind, debit, credit, amount, back, linked },
    )
}

fn events(drafts: &[Draft]) -> Vec<Event> {
    let mut events: Vec<Event> = (0..).zip(drafts).map(|(place, draft)| event(place, draft)).collect();
    if let Some(last) = events.last_mut() {
        last.flags = last.flags.without(Flags::LINKED);
    }
    events
}

fn event(place: usize, draft: &Draft) -> Event {
    let id = transfer_id(u128::try_from(place).unwrap());
    let earlier = transfer_id(u128::try_from(place.saturating_sub(draft.back)).unwrap());
    let (debit, credit) = (account_id(PARTIES[draft.debit]), account_id(PARTIES[draft.credit]));
    let plain = Event::transfer(id, debit, credit, draft.amount, EUR);
    let event = match draft.kind {
        0 | 1 => plain,
        2 => Event { flags: Flags::PENDING, ..plain },
        3 => Event::post(id, earlier, EUR),
        4 => Event { amount: draft.amount, mode: AmountMode::Exact, ..Event::post(id, earlier, EUR) },
        5 => Event::void(id, earlier, EUR),
        6 => Event { flags: Flags::BALANCING_DEBIT, mode: AmountMode::UpTo, ..plain },
        _ => Event::reversal(id, earlier, draft.amount, EUR),
    };
    let linked = if draft.linked { Flags::LINKED } else { Flags::NONE };
    Event { flags: event.flags.with(linked), ..event }
}

fn funded() -> Poster {
    let mut poster = Poster::new(accounts());
    let fund = |n: u128, to: u128| {
        Event::transfer(transfer_id(10_000 + n), account_id(BANK), account_id(to), 100, EUR)
    };
    poster.run(&[fund(1, ALICE), fund(2, BOB), fund(3, CAROL)]);
    poster
}

fn chains<'a>(events: &'a [Event], outcomes: &'a [Outcome]) -> Vec<&'a [Outcome]> {
    let mut chains = Vec::new();
    let mut start = 0;
    for (place, event) in events.iter().enumerate() {
        if !event.flags.has(Flags::LINKED) {
            chains.push(&outcomes[start..=place]);
            start = place + 1;
        }
    }
    chains
}

fn total(poster: &Poster, of: fn(&Account) -> i64) -> i128 {
    poster
        .accounts
        .values()
        .filter(|account| account.currency == Currency::EUR)
        .map(|a| i128::from(of(a)))
        .sum()
}

proptest! {
    #[test]
    fn what_is_debited_is_credited(drafts in prop::collection::vec(draft(), 0..40)) {
        let mut poster = funded();

        poster.run(&events(&drafts));

        let posted = total(&poster, |account| account.balance.debits_posted);
        prop_assert_eq!(posted, total(&poster, |account| account.balance.credits_posted));
        let pending = total(&poster, |account| account.balance.debits_pending);
        prop_assert_eq!(pending, total(&poster, |account| account.balance.credits_pending));
    }

    #[test]
    fn nobody_goes_past_a_limit(drafts in prop::collection::vec(draft(), 0..40)) {
        let mut poster = funded();

        poster.run(&events(&drafts));

        for account in poster.accounts.values() {
            prop_assert!(account.available().is_none_or(|left| left >= 0), "{account:?}");
            prop_assert!(account.headroom().is_none_or(|left| left >= 0), "{account:?}");
        }
    }

    #[test]
    fn a_chain_goes_through_or_leaves_nothing(drafts in prop::collection::vec(draft(), 0..24)) {
        let mut poster = funded();
        let events = events(&drafts);

        let outcomes = poster.run(&events);

        for chain in chains(&events, &outcomes) {
            let created = chain.iter().filter(|outcome| outcome.code == Code::Created).count();
            prop_assert!(created == 0 || created == chain.len(), "{chain:?}");
            let reasons = chain.iter().filter(|outcome| outcome.code != Code::LinkedFailed).count();
            prop_assert!(created > 0 || reasons == 1, "a failed chain has one reason: {chain:?}");
        }
        // Without the failed chains, everything else comes to the same.
        let kept: Vec<Event> = events.iter().zip(&outcomes).filter(|(_, o)| o.code == Code::Created).map(|(e, _)| e.clone()).collect();
        let mut other = funded();
        other.run(&kept);
        prop_assert_eq!(&poster.accounts, &other.accounts);
        prop_assert_eq!(&poster.transfers, &other.transfers);
    }

    #[test]
    fn a_batch_cut_anywhere_comes_to_the_same(drafts in prop::collection::vec(draft(), 1..24), cut in 0..24_usize) {
        let (mut whole, mut halves) = (funded(), funded());
        let events = events(&drafts);
        let mut cut = cut.min(events.len());
        while cut > 0 && events[cut - 1].flags.has(Flags::LINKED) {
            cut -= 1;
        }

        let outcomes = whole.run(&events);
        let mut parts = halves.run(&events[..cut]);
        parts.extend(halves.run(&events[cut..]));

        prop_assert_eq!(outcomes, parts);
        prop_assert_eq!(&whole.accounts, &halves.accounts);
    }
}
