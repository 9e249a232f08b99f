//! Going back to a mark is as if nothing had happened since.

use florin_kernel::TransferId;
use florin_ledger::rules::{Account, Broken, Changes, Hold, apply};

use crate::chance::Stream;
use crate::poster::Poster;
use crate::world::{POOL, account_id, accounts, transfer_id};

/// Everything that a working set shows.
#[derive(Debug, PartialEq)]
struct Seen {
    accounts: Vec<Option<Account>>,
    holds: Vec<(TransferId, Option<Hold>)>,
    changes: Changes,
    touched: Vec<Account>,
    last_at: i64,
}

fn seen(poster: &Poster) -> Seen {
    Seen {
        accounts: (0..12).map(|n| poster.ws.account(&account_id(n)).cloned()).collect(),
        holds: (0..200).map(transfer_id).map(|id| (id, poster.ws.hold(&id).cloned())).collect(),
        changes: poster.ws.changes().clone(),
        touched: poster.ws.touched().cloned().collect(),
        last_at: poster.ws.last_at(),
    }
}

/// Does things that will be taken back: events of a branch of the stream, new terms, marks within marks.
fn stray(poster: &mut Poster, stream: &Stream, depth: u32) {
    let mut branch = stream.clone();
    let header = poster.header();
    let mark = poster.ws.mark();
    let events = branch.batch();
    poster.load(&events);
    apply(&mut poster.ws, &header, &events).unwrap();
    if branch.chance.once_in(2) {
        let pool = poster.accounts[&account_id(POOL)].clone();
        poster.ws.insert_account(Account { closed: true, ..pool });
    }
    if depth > 0 {
        let inner = poster.ws.mark();
        let first_seq = header.first_seq + i64::try_from(poster.ws.changes().transfers.len()).unwrap();
        let more = branch.batch();
        poster.load(&more);
        apply(&mut poster.ws, &florin_ledger::rules::BatchHeader { first_seq, ..header }, &more).unwrap();
        if branch.chance.once_in(2) {
            poster.ws.release(inner).unwrap();
        } else {
            let before_inner = poster.ws.changes().transfers.len();
            poster.ws.rollback_to(inner).unwrap();
            assert!(poster.ws.changes().transfers.len() <= before_inner);
        }
    }
    poster.ws.rollback_to(mark).unwrap();
}

#[test]
fn what_is_taken_back_leaves_no_trace() {
    for seed in 0..1_500 {
        let mut stream = Stream::new(seed ^ 0xdead_beef);
        let (mut straying, mut straight) = (Poster::new(accounts()), Poster::new(accounts()));
        let funding = stream.funding();
        straying.run(&funding);
        straight.run(&funding);
        for _ in 0..12 {
            let ahead = stream.clone();
            let events = stream.batch();
            let now = straight.now + i64::try_from(stream.chance.below(900_000)).unwrap();
            (straying.now, straight.now) = (now, now);

            straying.begin(&events);
            straight.begin(&events);
            let before = seen(&straying);
            stray(&mut straying, &ahead, u32::from(seed % 2 == 0));
            assert_eq!(seen(&straying), before, "seed {seed}");

            let header = straight.header();
            let outcomes = apply(&mut straying.ws, &header, &events).unwrap();
            assert_eq!(outcomes, apply(&mut straight.ws, &header, &events).unwrap(), "seed {seed}");
            assert_eq!(seen(&straying), seen(&straight), "seed {seed}");
            straying.keep();
            straight.keep();
        }
    }
}

#[test]
fn a_mark_given_up_is_good_no_more() {
    let mut poster = Poster::new(accounts());
    let outer = poster.ws.mark();
    let inner = poster.ws.mark();

    poster.ws.rollback_to(outer).unwrap();
    assert_eq!(poster.ws.rollback_to(inner), Err(Broken::Mark));
    poster.ws.rollback_to(outer).unwrap();
    poster.ws.begin_batch();
    assert_eq!(poster.ws.rollback_to(outer), Err(Broken::Mark));
}
