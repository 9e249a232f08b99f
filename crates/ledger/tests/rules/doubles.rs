//! Clients that send everything again, late and in another order, get the answers that they got.

use florin_ledger::rules::{Code, Event, Outcome};
use jiff::ToSpan;

use crate::chance::{Chance, Stream};
use crate::poster::Poster;
use crate::world::accounts;

/// The answer as its sender understands it: that it exists is as good as that it was created.
fn meaning(outcomes: &[Outcome]) -> Vec<Outcome> {
    let same = |outcome: &Outcome| match outcome.code {
        Code::Exists => Outcome { code: Code::Created, ..outcome.clone() },
        _ => outcome.clone(),
    };
    outcomes.iter().map(same).collect()
}

/// Requests, each an event or a chain, that are each delivered two or three times.
fn deliveries(seed: u64) -> (Vec<Vec<Event>>, Vec<usize>) {
    let mut stream = Stream::new(seed);
    let mut requests =
        vec![stream.funding().remove(0)].into_iter().map(|event| vec![event]).collect::<Vec<_>>();
    requests.extend((0..40).map(|_| stream.unit()));
    for event in requests.iter_mut().flatten() {
        event.fresh = false;
    }
    let mut chance = Chance::new(seed ^ 0xabcd);
    let mut order: Vec<(u64, usize)> = Vec::new();
    for request in 0..requests.len() {
        let first = u64::try_from(request).unwrap() * 10;
        order.push((first, request));
        for _ in 0..=chance.below(2) {
            order.push((first + chance.below(200), request));
        }
    }
    // Some requests overtake others, and their first delivery is then the late one of the two.
    for entry in &mut order {
        entry.0 = entry.0.saturating_sub(chance.below(60));
    }
    order.sort_unstable();
    (requests, order.into_iter().map(|(_, request)| request).collect())
}

#[test]
fn everything_sent_again_and_out_of_order_is_answered_as_at_first() {
    for seed in 0..2_500 {
        let (requests, order) = deliveries(seed);
        let (mut doubled, mut single) = (Poster::new(accounts()), Poster::new(accounts()));
        let mut first: Vec<Option<Vec<Outcome>>> = vec![None; requests.len()];
        for (turn, request) in order.into_iter().enumerate() {
            let now = doubled.now + 150_000;
            (doubled.now, single.now) = (now, now);
            if turn % 25 == 24 {
                let tomorrow = doubled.business_date.checked_add(1.days()).unwrap();
                (doubled.business_date, single.business_date) = (tomorrow, tomorrow);
            }
            let events = &requests[request];
            let answer = meaning(&doubled.run(events));
            if let Some(earlier) = &first[request] {
                assert_eq!(answer, *earlier, "seed {seed}, {events:#?}");
            } else {
                assert_eq!(meaning(&single.run(events)), answer, "seed {seed}");
                first[request] = Some(answer);
            }
        }
        assert_eq!(doubled.accounts, single.accounts, "seed {seed}");
        assert_eq!(doubled.transfers, single.transfers, "seed {seed}");
        assert_eq!(doubled.days, single.days, "seed {seed}");
    }
}

#[test]
fn a_batch_that_holds_everything_twice_moves_it_once() {
    for seed in 0..1_500 {
        let (requests, _) = deliveries(seed);
        let (mut doubled, mut single) = (Poster::new(accounts()), Poster::new(accounts()));
        let once: Vec<Event> = requests.iter().flatten().cloned().collect();
        let twice: Vec<Event> = once.iter().chain(&once).cloned().collect();

        let answers = meaning(&doubled.run(&twice));

        assert_eq!(answers[..once.len()], meaning(&single.run(&once)), "seed {seed}");
        assert_eq!(answers[..once.len()], answers[once.len()..], "seed {seed}");
        assert_eq!(doubled.accounts, single.accounts, "seed {seed}");
    }
}
