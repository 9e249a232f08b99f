//! A poster over a store of maps: it loads what a batch needs, applies it, and keeps what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use florin_kernel::{AccountId, Date, TransferId};
use florin_ledger::rules::{
    Account, BatchHeader, Code, Event, Fingerprint, Flags, Hold, HoldState, Known, Outcome, Transfer,
    WorkingSet, apply,
};

use crate::world::TODAY;

/// The ledger as a client of the rules runs it.
#[derive(Debug)]
pub struct Poster {
    pub ws: WorkingSet,
    pub now: i64,
    pub business_date: Date,
    pub closed_through: Option<Date>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub transfers: BTreeMap<TransferId, Arc<Transfer>>,
    pub holds: BTreeMap<TransferId, HoldState>,
    pub refused: BTreeMap<TransferId, (Code, Fingerprint)>,
    pub reversed: BTreeMap<TransferId, i64>,
    pub days: BTreeMap<(i64, Date), (i64, i64)>,
    /// Entries that have a signpost, by account number and version.
    pub marks: BTreeMap<(i64, i64), i64>,
    pub last_seq: i64,
}

impl Poster {
    pub fn new(accounts: Vec<Account>) -> Self {
        Self {
            ws: WorkingSet::new(0),
            now: 1_000_000_000,
            business_date: TODAY,
            closed_through: None,
            accounts: accounts.into_iter().map(|account| (account.id, account)).collect(),
            transfers: BTreeMap::new(),
            holds: BTreeMap::new(),
            refused: BTreeMap::new(),
            reversed: BTreeMap::new(),
            days: BTreeMap::new(),
            marks: BTreeMap::new(),
            last_seq: 0,
        }
    }

    pub fn header(&self) -> BatchHeader {
        BatchHeader {
            now: self.now,
            business_date: self.business_date,
            closed_through: self.closed_through,
            first_seq: self.last_seq + 1,
        }
    }

    /// Starts a batch and loads what the events need.
    pub fn begin(&mut self, events: &[Event]) {
        self.ws.begin_batch();
        self.load(events);
    }

    /// Loads what the events need into the running batch.
    pub fn load(&mut self, events: &[Event]) {
        let needs = self.ws.needs(events);
        for id in needs.ids {
            if let Some(transfer) = self.transfers.get(&id) {
                self.ws.insert_known(id, Known::Created(Arc::clone(transfer)));
            } else if let Some(&(code, fingerprint)) = self.refused.get(&id) {
                self.ws.insert_known(id, Known::Refused { code, fingerprint });
            }
        }
        for id in needs.holds {
            if let Some(transfer) = self.transfers.get(&id) {
                let state = self.holds.get(&id).copied().unwrap_or(HoldState::Open);
                self.ws.insert_hold(Hold { transfer: Arc::clone(transfer), state });
            }
        }
        for id in needs.reversed {
            if let Some(transfer) = self.transfers.get(&id) {
                let reversed = self.reversed.get(&id).copied().unwrap_or(0);
                self.ws.insert_reversible(Arc::clone(transfer), reversed);
            }
        }
        let referred = self.ws.needs_of_references(events);
        for id in needs.accounts.into_iter().chain(referred) {
            if let Some(account) = self.accounts.get(&id) {
                self.ws.insert_account(account.clone());
            }
        }
    }

    /// Keeps what the batch changed.
    pub fn keep(&mut self) {
        let changes = self.ws.changes();
        for transfer in &changes.transfers {
            assert!(transfer.seq > self.last_seq, "sequence numbers increase");
            self.last_seq = transfer.seq;
            assert!(
                self.transfers.insert(transfer.id, Arc::clone(transfer)).is_none(),
                "identifiers are unique"
            );
            assert!(!self.refused.contains_key(&transfer.id), "a used up identifier is never created");
            if transfer.flags.has(Flags::PENDING) {
                self.holds.insert(transfer.id, HoldState::Open);
            }
            if let Some(original) = transfer.reverses {
                *self.reversed.entry(original).or_default() += transfer.amount;
            }
        }
        for resolution in &changes.resolved {
            let before = self.holds.insert(resolution.hold, resolution.state);
            assert_eq!(before, Some(HoldState::Open), "a hold is resolved once");
        }
        for burned in &changes.burned {
            let before = self.refused.insert(burned.id, (burned.code, burned.fingerprint));
            assert!(
                before.is_none() && !self.transfers.contains_key(&burned.id),
                "an identifier is used up once"
            );
        }
        for day in &changes.days {
            let sums = self.days.entry((day.account_no, day.date)).or_default();
            sums.0 += day.debits;
            sums.1 += day.credits;
        }
        self.marks.extend(changes.marks.iter().map(|mark| ((mark.account_no, mark.version), mark.seq)));
        for account in self.ws.touched() {
            self.accounts.insert(account.id, account.clone());
        }
    }

    /// One batch from loading to keeping.
    pub fn run(&mut self, events: &[Event]) -> Vec<Outcome> {
        self.begin(events);
        let header = self.header();
        let outcomes = apply(&mut self.ws, &header, events).expect("the invariants hold");
        self.keep();
        outcomes
    }

    /// Changes the terms of an account between batches.
    pub fn change(&mut self, id: AccountId, change: impl FnOnce(&mut Account)) {
        let account = self.accounts.get_mut(&id).unwrap();
        change(account);
        if self.ws.has_account(&id) {
            self.ws.insert_account(account.clone());
        }
    }

    /// What an account posted on each value date: the stored days and its running one.
    pub fn days_of(&self, account: &Account) -> BTreeMap<Date, (i64, i64)> {
        let mut days: BTreeMap<Date, (i64, i64)> = BTreeMap::new();
        for ((no, date), sums) in &self.days {
            if *no == account.no {
                days.insert(*date, *sums);
            }
        }
        let running = days.entry(account.day).or_default();
        running.0 += account.day_debits;
        running.1 += account.day_credits;
        days.retain(|_, sums| *sums != (0, 0));
        days
    }
}
