//! How many transfers one core decides per second: uniform over few and many accounts, and through one hot account.
#![expect(clippy::expect_used, reason = "a benchmark may fail loudly")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use florin_kernel::{AccountId, Currency, Date, TransferId, Uuid};
use florin_ledger::rules::{
    Account, Accumulators, BatchHeader, Event, Flags, Outcome, Overdraft, Side, WorkingSet, apply,
};

const BATCH: usize = 1_024;
const TODAY: Date = Date::constant(2026, 3, 31);

fn account_id(n: u64) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(u128::from(n) | 7 << 76))
}

fn account(n: u64) -> Account {
    Account {
        no: n.cast_signed(),
        id: account_id(n),
        currency: Currency::EUR,
        code: 1,
        owner: None,
        normal: Side::Credit,
        overdraft: Overdraft::None,
        ceiling: None,
        frozen_debit: false,
        frozen_credit: false,
        closed: false,
        version: 0,
        balance: Accumulators { credits_posted: 1_000_000_000_000, ..Accumulators::default() },
        last_seq: 0,
        last_at: 0,
        day: TODAY,
        day_debits: 0,
        day_credits: 0,
    }
}

/// A stream of numbers, the same in every run (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// A poster without a store: it hands out identifiers and sequence numbers and keeps the accounts.
struct Bench {
    ws: WorkingSet,
    numbers: Numbers,
    seq: i64,
    accounts: u64,
    hot: bool,
    linked: bool,
}

impl Bench {
    fn new(accounts: u64, hot: bool, linked: bool) -> Self {
        let mut ws = WorkingSet::new(0);
        (0..accounts).for_each(|n| ws.insert_account(account(n)));
        Self { ws, numbers: Numbers(1), seq: 0, accounts, hot, linked }
    }

    fn events(&mut self) -> Vec<Event> {
        let event = |place: usize| {
            let debit = self.numbers.next(self.accounts - 1) + 1;
            let other = if self.hot { 0 } else { self.numbers.next(self.accounts) };
            let credit = if other == debit { 0 } else { other };
            let id = u128::from(self.numbers.next(u64::MAX)) << 64 | u128::from(self.numbers.next(u64::MAX));
            let id = TransferId::from_uuid(Uuid::from_u128(id));
            let event = Event::transfer(id, account_id(debit), account_id(credit), 1, Currency::EUR);
            let flags = if self.linked && place % 4 != 3 { Flags::LINKED } else { Flags::NONE };
            Event { flags, ..event }
        };
        (0..BATCH).map(event).collect()
    }

    fn apply(&mut self, events: &[Event]) -> Vec<Outcome> {
        let header =
            BatchHeader { now: 1, business_date: TODAY, closed_through: None, first_seq: self.seq + 1 };
        self.ws.begin_batch();
        let outcomes = apply(&mut self.ws, &header, events).expect("invariants hold");
        self.seq += BATCH.cast_signed() as i64;
        assert_eq!(self.ws.changes().transfers.len(), BATCH);
        outcomes
    }
}

fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group("apply");
    group.throughput(Throughput::Elements(BATCH as u64));
    let cases = [
        ("uniform/10k", 10_000, false, false),
        ("uniform/1M", 1_000_000, false, false),
        ("hot/10k", 10_000, true, false),
        ("chains/10k", 10_000, false, true),
    ];
    for (name, accounts, hot, linked) in cases {
        let mut bench = Bench::new(accounts, hot, linked);
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            // Events are made outside of the measurement; dropping the outcomes is inside.
            b.iter_custom(|batches| {
                let mut spent = Duration::ZERO;
                for _ in 0..batches {
                    let events = bench.events();
                    let start = Instant::now();
                    drop(bench.apply(&events));
                    spent += start.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
