//! Work for the ledger, mostly sensible and often not, the same for the same seed.

use florin_db::idempotency::IdempotencyKey;
use florin_kernel::{AccountId, Currency, TransferId, Uuid};
use florin_ledger::rules::{AmountMode, Event, Flags, Overdraft};
use florin_ledger::{Control, chart, internal_account};

use crate::chance::Chance;

pub const EUR: Currency = Currency::EUR;

/// The customers' accounts, by the numbers of their identifiers.
pub const CUSTOMERS: [u128; 5] = [1, 2, 3, 4, 5];
/// Accounts of people who are paid all at once now and then: more than are simply all written back.
pub const CROWD: std::ops::Range<u128> = 100..250;
/// An account in another currency.
pub const DOLLARS: u128 = 6;

pub fn account(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn cash() -> AccountId {
    internal_account(chart::CASH, EUR)
}

/// A piece of work.
#[derive(Clone, Debug)]
pub enum Work {
    /// Events through the poster, some under an idempotency key.
    Posting { events: Vec<Event>, key: Option<IdempotencyKey> },
    /// Events inside a unit of work, which may think better of it at its end.
    Unit { events: Vec<Event>, thinks_better_of_it: bool },
    /// A change of what an account permits.
    Change { account: AccountId, control: Control },
}

impl Work {
    pub fn events_mut(&mut self) -> &mut [Event] {
        match self {
            Self::Posting { events, .. } | Self::Unit { events, .. } => events,
            Self::Change { .. } => &mut [],
        }
    }
}

/// Makes it.
pub struct Stream {
    pub chance: Chance,
    /// What tells its identifiers from those of other seeds.
    seed: u64,
    made: u32,
    holds: Vec<TransferId>,
    transfers: Vec<TransferId>,
    sent: Vec<Event>,
    keyed: Vec<Work>,
}

impl Stream {
    pub fn new(seed: u64) -> Self {
        let chance = Chance::new(seed);
        Self {
            seed,
            chance,
            made: 0,
            holds: Vec::new(),
            transfers: Vec::new(),
            sent: Vec::new(),
            keyed: Vec::new(),
        }
    }

    /// What gives everybody something to start from.
    pub fn funding(&mut self) -> Work {
        let to =
            |stream: &mut Self, n, amount| Event::transfer(stream.new_id(), cash(), account(n), amount, EUR);
        let events = vec![to(self, 1, 5_000), to(self, 2, 3_000), to(self, 3, 500)];
        Work::Posting { events, key: None }
    }

    pub fn work(&mut self) -> Work {
        match self.chance.below(100) {
            0..=54 => Work::Posting { events: self.events(), key: None },
            55..=69 => self.keyed(),
            70..=84 => Work::Unit { events: self.events(), thinks_better_of_it: false },
            85..=91 => Work::Unit { events: self.events(), thinks_better_of_it: true },
            92..=94 => Work::Posting { events: self.payday(), key: None },
            _ => self.change(),
        }
    }

    fn new_id(&mut self) -> TransferId {
        self.made += 1;
        TransferId::from_uuid(Uuid::from_u128(1 << 100 | u128::from(self.seed) << 32 | u128::from(self.made)))
    }

    /// A request under a key: a new one, one sent before, or another under the same key.
    fn keyed(&mut self) -> Work {
        if !self.keyed.is_empty() && self.chance.once_in(3) {
            let mut work = self.chance.pick(&self.keyed);
            work.events_mut().iter_mut().for_each(|event| event.fresh = false);
            if self.chance.once_in(4)
                && let Work::Posting { key: Some(key), .. } = &mut work
            {
                key.request = Uuid::from_u128(77);
            }
            return work;
        }
        self.made += 1;
        let given = format!("{}-{}", self.seed, self.made);
        let key = IdempotencyKey::new(Uuid::nil(), "POST /transfers", &given, b"request");
        let work = Work::Posting { events: self.events(), key: Some(key) };
        self.keyed.push(work.clone());
        work
    }

    fn change(&mut self) -> Work {
        let account = account(self.chance.pick(&CUSTOMERS));
        let control = match self.chance.below(6) {
            0 => Control::FreezeDebits(true),
            1 | 2 => Control::FreezeDebits(false),
            3 => Control::Overdraft(Overdraft::Limit(self.chance.between(1, 900))),
            4 => Control::Ceiling(Some(self.chance.between(1_000, 9_000))),
            _ => Control::Ceiling(None),
        };
        Work::Change { account, control }
    }

    fn events(&mut self) -> Vec<Event> {
        let length = if self.chance.once_in(5) { 2 + self.chance.below(3) } else { 1 };
        let linked = self.chance.once_in(2);
        let mut events: Vec<Event> = (0..length).map(|_| self.event()).collect();
        let last = events.len() - 1;
        for event in events.iter_mut().take(last).filter(|_| linked) {
            event.flags = event.flags.with(Flags::LINKED);
        }
        for event in &events {
            // Nobody else can know an identifier that was only just made.
            if !event.fresh {
                self.sent.push(event.clone());
            }
            let of = if event.flags.has(Flags::PENDING) { &mut self.holds } else { &mut self.transfers };
            of.push(event.id);
        }
        events
    }

    /// Many are paid, each by a transfer of its own.
    fn payday(&mut self) -> Vec<Event> {
        let first = self.chance.below(60);
        let paid = CROWD.skip(usize::try_from(first).unwrap()).take(90);
        paid.map(|n| {
            let amount = self.chance.between(1, 100);
            Event::transfer(self.new_id(), cash(), account(n), amount, EUR)
        })
        .collect()
    }

    fn event(&mut self) -> Event {
        let (id, amount) = (self.new_id(), self.chance.between(1, 400));
        let (from, to) = (self.account(), self.account());
        let plain = Event { fresh: self.chance.once_in(4), ..Event::transfer(id, from, to, amount, EUR) };
        match self.chance.below(100) {
            0..=49 => plain,
            50..=64 => {
                let timeout_s = self.chance.pick(&[None, Some(5), Some(30), Some(400)]);
                Event { timeout_s, ..Event::hold(id, from, to, amount, EUR) }
            }
            65..=72 => Event::post(id, self.hold(), EUR),
            73..=75 => Event { amount, mode: AmountMode::Exact, ..Event::post(id, self.hold(), EUR) },
            76..=80 => Event::void(id, self.hold(), EUR),
            81..=86 => Event::reversal(id, self.transfer(), amount, EUR),
            87..=90 => {
                let flags = self.chance.pick(&[Flags::BALANCING_DEBIT, Flags::BALANCING_CREDIT]);
                Event { flags, mode: AmountMode::UpTo, ..plain }
            }
            91..=92 => Event { debit: Some(account(DOLLARS)), ..plain },
            93..=94 => Event { amount: 0, ..plain },
            _ if self.sent.is_empty() => plain,
            95 => Event { amount, ..self.chance.pick(&self.sent) },
            _ => self.chance.pick(&self.sent),
        }
    }

    fn account(&mut self) -> AccountId {
        match self.chance.below(12) {
            0 | 1 => cash(),
            2 => account(CROWD.start + u128::from(self.chance.below(150))),
            _ => account(self.chance.pick(&CUSTOMERS)),
        }
    }

    fn hold(&mut self) -> TransferId {
        if self.holds.is_empty() { self.new_id() } else { self.chance.pick(&self.holds) }
    }

    fn transfer(&mut self) -> TransferId {
        if self.transfers.is_empty() { self.new_id() } else { self.chance.pick(&self.transfers) }
    }
}
