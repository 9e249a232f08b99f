//! Every story that two or three accounts can have with small amounts and up to four events.
//!
//! After every event or chain the rules say what the naive model says, and the books are added up anew. A story
//! that a refusal leaves where it was is not told further: what follows was told without the refused event.

use florin_kernel::AccountId;
use florin_ledger::rules::{
    Account, AmountMode, BatchHeader, Event, Flags, Hold, HoldState, Overdraft, Side, WorkingSet, apply,
};

use crate::model::Model;
use crate::poster::Poster;
use crate::world::{ALICE, BANK, BOB, EUR, TODAY, account, account_id, transfer_id};

/// How far the stories go, and what can happen in them.
struct World {
    accounts: Vec<Account>,
    pairs: &'static [(u128, u128)],
    amounts: &'static [i64],
    length: usize,
}

/// One path through the tree of stories.
struct Walk<'a> {
    world: &'a World,
    ws: WorkingSet,
    told: usize,
}

impl World {
    /// Every event that can stand at this place, counted from one.
    fn events(&self, place: usize) -> Vec<Event> {
        let id = transfer_id(u128::try_from(place).unwrap());
        let balancing = Flags::BALANCING_DEBIT.with(Flags::BALANCING_CREDIT);
        let mut events = Vec::new();
        for (debit, credit) in
            self.pairs.iter().map(|(debit, credit)| (account_id(*debit), account_id(*credit)))
        {
            for &amount in self.amounts {
                events.push(Event::transfer(id, debit, credit, amount, EUR));
                events.push(Event::hold(id, debit, credit, amount, EUR));
            }
            events.push(Event { timeout_s: Some(0), ..Event::hold(id, debit, credit, 2, EUR) });
            let most = Event { mode: AmountMode::UpTo, ..Event::transfer(id, debit, credit, 3, EUR) };
            for flags in
                [Flags::BALANCING_DEBIT, Flags::BALANCING_CREDIT, balancing, balancing.with(Flags::PENDING)]
            {
                events.push(Event { flags, ..most.clone() });
            }
        }
        for earlier in 1..place {
            let earlier = transfer_id(u128::try_from(earlier).unwrap());
            events.push(Event::post(id, earlier, EUR));
            events.push(Event { amount: 1, mode: AmountMode::Exact, ..Event::post(id, earlier, EUR) });
            events.push(Event { amount: 3, mode: AmountMode::Exact, ..Event::post(id, earlier, EUR) });
            events.push(Event::void(id, earlier, EUR));
            events.push(Event::expire(id, earlier, EUR));
            events.push(Event::reversal(id, earlier, 2, EUR));
            events.push(Event { mode: AmountMode::UpTo, ..Event::reversal(id, earlier, 3, EUR) });
        }
        events
    }

    /// Tells every story, and returns how many there were.
    fn tell(&self) -> usize {
        let mut ws = WorkingSet::new(0);
        self.accounts.iter().for_each(|account| ws.insert_account(account.clone()));
        let mut walk = Walk { world: self, ws, told: 0 };
        walk.go_on(&Model::new(self.accounts.clone()), &mut Vec::new(), 1);
        walk.told
    }
}

impl Walk<'_> {
    /// Goes on from here with every event that can come next, ending the chain with it or not.
    fn go_on(&mut self, model: &Model, chain: &mut Vec<Event>, place: usize) {
        for event in self.world.events(place) {
            chain.push(event);
            self.end_chain(model, chain, place);
            let event = chain.last_mut().unwrap();
            if place < self.world.length && !event.flags.has(Flags::EXPIRE) {
                event.flags = event.flags.with(Flags::LINKED);
                self.go_on(model, chain, place + 1);
            }
            chain.pop();
        }
    }

    fn end_chain(&mut self, model: &Model, chain: &[Event], place: usize) {
        self.told += 1;
        let created = model.log.len();
        let first_seq = i64::try_from(created).unwrap() + 1;
        // Each event has a microsecond, and a hold without a timeout to speak of is due at once.
        let now = i64::try_from(place).unwrap() * 10;
        let header = BatchHeader { now, business_date: TODAY, closed_through: None, first_seq };
        let mut after = model.clone();
        let mark = self.ws.mark();

        let expected = after.run(&header, chain);
        let outcomes = apply(&mut self.ws, &header, chain).expect("the invariants hold");

        for (outcome, (code, row)) in outcomes.iter().zip(&expected) {
            assert_eq!(
                (outcome.code, outcome.transfer.as_deref()),
                (*code, row.as_ref()),
                "{:#?} {chain:#?}",
                model.log
            );
        }
        self.check_books(&after);
        if after.log.len() > created && place < self.world.length {
            self.go_on(&after, &mut Vec::new(), place + 1);
        }
        self.ws.rollback_to(mark).expect("the mark is good");
    }

    /// Adds up the books from the transfers, and compares.
    fn check_books(&self, model: &Model) {
        let mut open = [0_i64; 2];
        let mut sums = [0_i64; 4];
        for start in &self.world.accounts {
            let account = self.ws.account(&start.id).unwrap();
            let after = model.after(account.id);
            assert_eq!((account.version, account.balance), (after.version, after.balance));
            assert_eq!(
                self.held(account.id),
                (account.balance.debits_pending, account.balance.credits_pending)
            );
            let balance = account.balance;
            let all = [
                balance.debits_pending,
                balance.debits_posted,
                balance.credits_pending,
                balance.credits_posted,
            ];
            assert!(all.iter().all(|sum| *sum >= 0));
            assert!(account.available().is_none_or(|left| left >= 0), "{account:?}");
            assert!(account.headroom().is_none_or(|left| left >= 0), "{account:?}");
            sums.iter_mut().zip(all).for_each(|(sum, part)| *sum += part);
            let (debits, credits) = self.held(account.id);
            open[0] += debits;
            open[1] += credits;
        }
        assert_eq!((sums[0], sums[1]), (sums[2], sums[3]), "what is debited is credited");
        assert_eq!(open[0], open[1]);
    }

    /// What the open holds reserve on an account's two sides.
    fn held(&self, id: AccountId) -> (i64, i64) {
        let holds =
            (1..=self.world.length).filter_map(|n| self.ws.hold(&transfer_id(u128::try_from(n).unwrap())));
        let open = holds.filter(|hold| hold.state == HoldState::Open);
        open.fold((0, 0), |(debits, credits), Hold { transfer, .. }| {
            let on = |account: AccountId| if account == id { transfer.amount } else { 0 };
            (debits + on(transfer.debit), credits + on(transfer.credit))
        })
    }
}

fn bank() -> Account {
    account(BANK, Side::Debit, Overdraft::Unlimited)
}

#[test]
fn two_accounts_in_four_events() {
    let customer = Account { ceiling: Some(4), ..account(ALICE, Side::Credit, Overdraft::None) };
    let accounts = vec![bank(), customer];

    let told =
        World { accounts, pairs: &[(BANK, ALICE), (ALICE, BANK)], amounts: &[0, 1, 2, 3], length: 4 }.tell();

    assert!(told > 4_000_000, "{told}");
}

#[test]
fn three_accounts_in_three_events() {
    let customer = account(ALICE, Side::Credit, Overdraft::None);
    let debtor = Account { ceiling: Some(3), ..account(BOB, Side::Debit, Overdraft::Limit(1)) };
    let pairs = &[(BANK, ALICE), (ALICE, BANK), (ALICE, BOB), (BOB, ALICE), (BANK, BOB), (BOB, BANK)];

    let told =
        World { accounts: vec![bank(), customer, debtor], pairs, amounts: &[0, 1, 2, 3], length: 3 }.tell();

    assert!(told > 1_000_000, "{told}");
}

#[test]
fn three_accounts_in_four_events() {
    let customer = account(ALICE, Side::Credit, Overdraft::None);
    let receiver = Account { ceiling: Some(3), ..account(BOB, Side::Credit, Overdraft::Limit(1)) };
    let pairs = &[(BANK, ALICE), (ALICE, BOB), (BOB, ALICE)];

    let told = World { accounts: vec![bank(), customer, receiver], pairs, amounts: &[2], length: 4 }.tell();

    assert!(told > 2_000_000, "{told}");
}

#[test]
fn every_set_of_flags_with_every_other_field() {
    let accounts = || vec![bank(), account(ALICE, Side::Credit, Overdraft::None)];
    let (first, hold, subject) = (transfer_id(1), transfer_id(2), transfer_id(3));
    let start = [
        Event::transfer(first, account_id(BANK), account_id(ALICE), 3, EUR),
        Event::hold(hold, account_id(ALICE), account_id(BANK), 1, EUR),
    ];
    let references = [None, Some(first), Some(hold)];
    let sides = [None, Some(account_id(BANK)), Some(account_id(ALICE))];
    let (mut poster, mut model) = (Poster::new(accounts()), Model::new(accounts()));
    model.run(&poster.header(), &start);
    poster.run(&start);
    let header = poster.header();
    let mut told = 0;
    for bits in 0..128 {
        let flags = Flags::from_bits(bits).unwrap();
        for mode in [AmountMode::Exact, AmountMode::UpTo, AmountMode::AllPending] {
            for amount in 0..4 {
                for (pending_id, reverses) in
                    references.iter().flat_map(|a| references.iter().map(move |b| (*a, *b)))
                {
                    for (debit, credit) in sides.iter().flat_map(|a| sides.iter().map(move |b| (*a, *b))) {
                        let timeout_s = Some(1).filter(|_| amount == 2);
                        let plain =
                            Event::transfer(subject, account_id(BANK), account_id(ALICE), amount, EUR);
                        let event =
                            Event { flags, mode, pending_id, reverses, debit, credit, timeout_s, ..plain };

                        poster.begin(std::slice::from_ref(&event));
                        let mark = poster.ws.mark();
                        let outcome =
                            apply(&mut poster.ws, &header, std::slice::from_ref(&event)).unwrap().remove(0);
                        let (code, row) = model.clone().run(&header, std::slice::from_ref(&event)).remove(0);

                        assert_eq!(
                            (outcome.code, outcome.transfer.as_deref()),
                            (code, row.as_ref()),
                            "{event:#?}"
                        );
                        poster.ws.rollback_to(mark).unwrap();
                        told += 1;
                    }
                }
            }
        }
    }
    assert_eq!(told, 128 * 3 * 4 * 81);
}
