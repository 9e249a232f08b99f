//! Seeded streams of events: mostly sensible, often not, the same in every run.

use florin_kernel::{AccountId, Currency, TransferId, Uuid};
use florin_ledger::rules::{AmountMode, Code, Event, Flags};
use jiff::ToSpan;

use crate::world::{ALICE, BANK, BOB, CAROL, EUR, LOAN, NOBODY, TODAY, YEN, account_id, person, transfer_id};

/// A stream of numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap();
        from[at].clone()
    }
}

/// Makes events, and remembers them to refer to and to repeat.
#[derive(Clone, Debug)]
pub struct Stream {
    pub chance: Chance,
    ids: u128,
    sent: Vec<Event>,
    holds: Vec<Event>,
}

impl Stream {
    pub fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), ids: 0, sent: Vec::new(), holds: Vec::new() }
    }

    /// What gives everybody something to start from.
    pub fn funding(&mut self) -> Vec<Event> {
        let mut fund = |to: u128, amount: i64| {
            self.ids += 1;
            Event::transfer(transfer_id(self.ids), account_id(BANK), account_id(to), amount, EUR)
        };
        vec![fund(ALICE, 600), fund(BOB, 400), fund(CAROL, 100)]
    }

    /// A handful of events, with chains and repetitions among them.
    pub fn batch(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..=self.chance.below(6) {
            if self.chance.once_in(12) && !self.sent.is_empty() {
                events.push(self.repetition());
                continue;
            }
            events.extend(self.unit());
        }
        if self.chance.once_in(60)
            && let Some(last) = events.last_mut()
        {
            last.flags = last.flags.with(Flags::LINKED);
        }
        events
    }

    /// One event, or one whole chain.
    pub fn unit(&mut self) -> Vec<Event> {
        let length = if self.chance.once_in(10) { 2 + self.chance.below(3) } else { 1 };
        let mut chain: Vec<Event> = Vec::new();
        for place in 1..=length {
            let mut event = self.event();
            if place < length {
                event.flags = event.flags.with(Flags::LINKED);
            }
            if event.flags.has(Flags::PENDING) {
                self.holds.push(event.clone());
            }
            self.sent.push(event.clone());
            chain.push(event);
        }
        chain
    }

    /// An event that was sent before, in most cases as it was.
    fn repetition(&mut self) -> Event {
        let mut event = self.chance.pick(&self.sent);
        match self.chance.below(16) {
            0 => event.amount = event.amount.saturating_add(1),
            1 => event.code = Some(77),
            2 => event.group = Some(Uuid::from_u128(5)),
            3 => event.timeout_s = Some(9),
            4 => event.effective_date = Some(TODAY),
            5 => event.debit = Some(self.account()),
            6 => event.reverses = Some(transfer_id(1)),
            7 => event.pending_id = Some(transfer_id(1)),
            8 => event.flags = event.flags.without(Flags::LINKED),
            9 => event.credit = Some(self.account()),
            _ => {}
        }
        event.fresh = false;
        event
    }

    fn account(&mut self) -> AccountId {
        let n = match self.chance.below(40) {
            0 => NOBODY,
            1 => YEN,
            2..9 => BANK,
            9..18 => ALICE,
            18..26 => BOB,
            26..34 => CAROL,
            _ => LOAN,
        };
        account_id(n)
    }

    fn two_accounts(&mut self) -> (AccountId, AccountId) {
        let debit = self.account();
        let mut credit = self.account();
        while credit == debit && !self.chance.once_in(30) {
            credit = self.account();
        }
        (debit, credit)
    }

    fn amount(&mut self) -> i64 {
        match self.chance.below(60) {
            0 if self.chance.once_in(2) => 0,
            1 => i64::MAX,
            2 => i64::MAX / 2 + 1,
            3 if self.chance.once_in(2) => -1,
            4..40 => i64::try_from(self.chance.below(4)).unwrap() + 1,
            _ => i64::try_from(self.chance.below(90)).unwrap() + 1,
        }
    }

    fn event(&mut self) -> Event {
        self.ids += 1;
        let id = transfer_id(self.ids);
        let (debit, credit) = self.two_accounts();
        let amount = self.amount();
        let mut event = match self.chance.below(20) {
            0..6 => Event::transfer(id, debit, credit, amount, EUR),
            6..10 => {
                let timeout_s = self.timeout();
                Event { timeout_s, ..Event::hold(id, debit, credit, amount, EUR) }
            }
            10 | 11 => {
                let flags = self.chance.pick(&[
                    Flags::BALANCING_DEBIT,
                    Flags::BALANCING_CREDIT,
                    Flags::BALANCING_DEBIT.with(Flags::BALANCING_CREDIT),
                    Flags::BALANCING_DEBIT.with(Flags::PENDING),
                ]);
                Event { flags, mode: AmountMode::UpTo, ..Event::transfer(id, debit, credit, amount, EUR) }
            }
            12..14 => self.reversal(id, amount),
            _ => self.resolution(id, amount),
        };
        self.spoil(&mut event);
        event
    }

    fn timeout(&mut self) -> Option<u32> {
        match self.chance.below(30) {
            0 => Some(u32::MAX),
            1..12 => Some(u32::try_from(self.chance.below(4)).unwrap()),
            _ => None,
        }
    }

    fn reversal(&mut self, id: TransferId, amount: i64) -> Event {
        let of = transfer_id(u128::from(self.chance.below(u64::try_from(self.ids).unwrap())) + 1);
        let mode = self.chance.pick(&[AmountMode::Exact, AmountMode::UpTo]);
        Event { mode, ..Event::reversal(id, of, amount, EUR) }
    }

    fn resolution(&mut self, id: TransferId, amount: i64) -> Event {
        let chosen = if self.holds.is_empty() || self.chance.once_in(20) {
            transfer_id(u128::from(self.chance.below(u64::try_from(self.ids).unwrap() + 3)))
        } else {
            // The latest ones are the likeliest to be open.
            let reach = self.holds.len().min(6);
            self.chance.pick(&self.holds[self.holds.len() - reach..]).id
        };
        match self.chance.below(9) {
            0..3 => Event::post(id, chosen, EUR),
            3..5 => Event { amount, mode: AmountMode::Exact, ..Event::post(id, chosen, EUR) },
            5..7 => Event::void(id, chosen, EUR),
            _ => Event::expire(id, chosen, EUR),
        }
    }

    /// Adds the rarer fields, right or wrong.
    fn spoil(&mut self, event: &mut Event) {
        match self.chance.below(150) {
            0 => event.flags = Flags::from_bits(u16::try_from(self.chance.below(64)).unwrap() * 2).unwrap(),
            1 => {
                event.mode = self.chance.pick(&[AmountMode::Exact, AmountMode::UpTo, AmountMode::AllPending]);
            }
            2 => event.currency = Currency::JPY,
            3 => event.pending_id = Some(transfer_id(1)),
            4 => event.pending_id = None,
            5 => event.timeout_s = Some(1),
            6 => event.debit = None,
            7 => event.debit = Some(self.account()),
            8 => event.credit = Some(self.account()),
            9 | 10 => {
                event.policy = Some(self.chance.pick(&[
                    Code::VelocityExceeded,
                    Code::ApprovalRequired,
                    Code::DeclinedByRisk,
                ]));
            }
            11..15 => event.reach = Some(person(self.chance.pick(&[ALICE, BOB]))),
            15..18 => event.code = Some(3),
            18 => event.group = Some(Uuid::from_u128(2)),
            19 => event.reverses = Some(transfer_id(1)),
            20 => event.fresh = true,
            21..26 => {
                let days = i64::try_from(self.chance.below(5)).unwrap() - 3;
                event.effective_date = Some(TODAY.checked_add(days.days()).unwrap());
            }
            26 => event.effective_date = Some(TODAY.checked_sub(3_662.days()).unwrap()),
            _ => {}
        }
    }
}
