//! Everything that a batch can touch, held in memory while it is decided.
//!
//! A batch goes through it in four phases: [`WorkingSet::begin_batch`] forgets the last batch, the caller loads
//! what [`WorkingSet::needs`] and then [`WorkingSet::needs_of_references`] name, `apply` decides, and the caller
//! stores [`WorkingSet::changes`] and [`WorkingSet::touched`]. The accounts and the open holds stay for the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use florin_kernel::{AccountId, TransferId};
use foldhash::fast::RandomState;

use super::broken::Broken;
use super::changes::Changes;
use super::journal::{Journal, Saved, Undo};
use super::nets::Nets;
use super::types::{Account, Event, Hold, HoldState, Known, Transfer};

/// A map that is only looked up in, never walked: the hasher's seed cannot show.
type Map<K, V> = HashMap<K, V, RandomState>;

/// The accounts, holds and identifiers that batches can touch, and what the running batch changed.
#[derive(Debug, Default)]
pub struct WorkingSet {
    pub(super) slots: Vec<Slot>,
    index: Map<AccountId, usize>,
    ids: Map<TransferId, Trace>,
    holds: Map<TransferId, Hold>,
    reversible: Map<TransferId, Reversible>,
    settled: Vec<TransferId>,
    pub(super) touched: Vec<usize>,
    pub(super) changes: Changes,
    pub(super) last_at: i64,
    pub(super) journal: Journal,
    pub(super) nets: Nets,
}

/// An account, its version in the store, and whether the batch touched it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) account: Account,
    pub(super) touched: bool,
    stored_version: i64,
}

/// What is known under an identifier.
#[derive(Clone, Debug)]
pub(super) enum Trace {
    /// Created by this batch, at this place among its transfers.
    New(usize),
    /// Known from before, or refused by this batch.
    Old(Known),
}

/// A transfer and how much of it was reversed.
#[derive(Clone, Debug)]
pub(super) struct Reversible {
    pub(super) transfer: Arc<Transfer>,
    pub(super) reversed: i64,
}

/// What must be loaded before a batch can be applied; each list is sorted and names nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Accounts to load with [`WorkingSet::insert_account`].
    pub accounts: Vec<AccountId>,
    /// Identifiers to look up and report with [`WorkingSet::insert_known`].
    pub ids: Vec<TransferId>,
    /// Transfers to load, whether holds or not, with [`WorkingSet::insert_hold`].
    pub holds: Vec<TransferId>,
    /// Transfers to load with [`WorkingSet::insert_reversible`].
    pub reversed: Vec<TransferId>,
}

impl WorkingSet {
    /// An empty working set whose timestamps come after `last_at`, in microseconds.
    pub fn new(last_at: i64) -> Self {
        Self { last_at, ..Self::default() }
    }

    /// Adds an account, or replaces what is held of it.
    pub fn insert_account(&mut self, account: Account) {
        let held = self.find(account.id);
        if let Some((at, slot)) = held.and_then(|at| Some((at, self.slots.get_mut(at)?))) {
            slot.stored_version = account.version;
            let before = std::mem::replace(&mut slot.account, account);
            self.journal.record(|| Undo::Replaced(at, Box::new(before)));
        } else {
            self.index.insert(account.id, self.slots.len());
            let stored_version = account.version;
            self.slots.push(Slot { account, touched: false, stored_version });
            self.journal.record(|| Undo::Added);
        }
    }

    /// Whether the account is held.
    pub fn has_account(&self, id: &AccountId) -> bool {
        self.index.contains_key(id)
    }

    /// The account, if it is held.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.slots.get(self.find(*id)?).map(|slot| &slot.account)
    }

    /// How many accounts are held.
    pub fn accounts_len(&self) -> usize {
        self.slots.len()
    }

    /// Tells what the store has under an identifier.
    pub fn insert_known(&mut self, id: TransferId, known: Known) {
        self.set_trace(id, Trace::Old(known));
    }

    /// Tells of a transfer that events name as a hold; without the pending flag it is known not to be one.
    pub fn insert_hold(&mut self, hold: Hold) {
        let id = hold.transfer.id;
        self.set_hold(id, hold);
    }

    /// Whether the hold is held, so that it need not be loaded.
    pub fn has_hold(&self, id: &TransferId) -> bool {
        self.holds.contains_key(id)
    }

    /// The hold, if it is held.
    pub fn hold(&self, id: &TransferId) -> Option<&Hold> {
        self.holds.get(id)
    }

    /// Tells of a transfer that events reverse, and how much of it was reversed before.
    pub fn insert_reversible(&mut self, transfer: Arc<Transfer>, reversed_so_far: i64) {
        self.set_reversible(Reversible { transfer, reversed: reversed_so_far });
    }

    /// What these events name and the set does not hold.
    pub fn needs(&self, events: &[Event]) -> Needs {
        let mut needs = Needs::default();
        for event in events {
            needs.accounts.extend([event.debit, event.credit].into_iter().flatten());
            needs.ids.extend(Some(event.id).filter(|_| !event.fresh));
            needs.holds.extend(event.pending_id);
            needs.reversed.extend(event.reverses);
        }
        keep_missing(&mut needs.accounts, &self.index);
        keep_missing(&mut needs.ids, &self.ids);
        keep_missing(&mut needs.holds, &self.holds);
        keep_missing(&mut needs.reversed, &self.reversible);
        needs
    }

    /// The accounts that the loaded holds and reversed transfers of these events bring in and the set does not hold.
    pub fn needs_of_references(&self, events: &[Event]) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        for transfer in events.iter().flat_map(|event| self.references(event)) {
            accounts.extend([transfer.debit, transfer.credit]);
        }
        keep_missing(&mut accounts, &self.index);
        accounts
    }

    /// Starts a batch: forgets identifiers, reversals, resolved holds, marks and changes.
    ///
    /// The last batch must have been stored. The accounts and open holds that it keeps are good only while nobody else
    /// writes to the store; where others do, the caller forgets the holds and has the store compare the accounts, or
    /// [`WorkingSet::clear`] takes its place.
    pub fn begin_batch(&mut self) {
        for id in self.settled.drain(..) {
            if self.holds.get(&id).is_some_and(|hold| !is_open(hold)) {
                self.holds.remove(&id);
            }
        }
        for at in self.touched.drain(..) {
            if let Some(slot) = self.slots.get_mut(at) {
                slot.touched = false;
                slot.stored_version = slot.account.version;
            }
        }
        self.ids.clear();
        self.reversible.clear();
        self.changes.clear();
        self.journal.clear();
        self.nets.clear();
    }

    /// Forgets everything but the time of the last transfer.
    pub fn clear(&mut self) {
        *self = Self::new(self.last_at);
    }

    /// Forgets all holds.
    pub fn forget_holds(&mut self) {
        self.holds.clear();
        self.settled.clear();
    }

    /// Makes what comes next come after `last_at` too, in microseconds.
    pub fn continue_after(&mut self, last_at: i64) {
        self.last_at = self.last_at.max(last_at);
    }

    /// What the batch is to store besides [`WorkingSet::touched`].
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The accounts with new entries, each once, in the order of their first.
    pub fn touched(&self) -> impl Iterator<Item = &Account> {
        self.touched.iter().filter_map(|&at| self.slots.get(at)).map(|slot| &slot.account)
    }

    /// The accounts with new entries, in the order of their numbers, each with its version in the store.
    pub fn touched_in_order(&self) -> Vec<(&Account, i64)> {
        let slots = self.touched.iter().filter_map(|&at| self.slots.get(at));
        let mut touched: Vec<_> = slots.map(|slot| (&slot.account, slot.stored_version)).collect();
        touched.sort_unstable_by_key(|(account, _)| account.no);
        touched
    }

    /// The held accounts that these events look at, themselves or through what they refer to, and that have no new
    /// entry; in the order of their numbers.
    pub fn untouched_of<'e>(&self, events: impl Iterator<Item = &'e Event>) -> Vec<&Account> {
        let mut slots = Vec::new();
        let mut look_at = |id: AccountId| slots.extend(self.find(id).and_then(|at| self.slots.get(at)));
        for event in events {
            [event.debit, event.credit].into_iter().flatten().for_each(&mut look_at);
            for transfer in self.references(event) {
                [transfer.debit, transfer.credit].into_iter().for_each(&mut look_at);
            }
        }
        let mut accounts: Vec<_> =
            slots.into_iter().filter(|slot| !slot.touched).map(|slot| &slot.account).collect();
        accounts.sort_unstable_by_key(|account| account.no);
        accounts.dedup_by_key(|account| account.no);
        accounts
    }

    /// The hold and the reversed transfer that an event names, where they are held.
    fn references(&self, event: &Event) -> impl Iterator<Item = &Arc<Transfer>> {
        let hold = event.pending_id.and_then(|id| self.holds.get(&id)).map(|hold| &hold.transfer);
        let original = event.reverses.and_then(|id| self.reversible.get(&id)).map(|found| &found.transfer);
        [hold, original].into_iter().flatten()
    }

    /// When the last transfer was made, in microseconds.
    pub fn last_at(&self) -> i64 {
        self.last_at
    }

    pub(super) fn find(&self, id: AccountId) -> Option<usize> {
        self.index.get(&id).copied()
    }

    pub(super) fn at(&self, at: usize) -> Result<&Account, Broken> {
        self.slots.get(at).map(|slot| &slot.account).ok_or(Broken::WorkingSet)
    }

    pub(super) fn trace(&self, id: TransferId) -> Option<&Trace> {
        self.ids.get(&id)
    }

    /// The transfer of this batch that has this identifier.
    pub(super) fn created(&self, id: TransferId) -> Option<&Arc<Transfer>> {
        match self.ids.get(&id)? {
            Trace::New(place) => self.changes.transfers.get(*place),
            Trace::Old(_) => None,
        }
    }

    /// The transfer that an event names as a hold.
    pub(super) fn referred_hold(&self, id: TransferId) -> Option<Hold> {
        let created = || Some(Hold { transfer: Arc::clone(self.created(id)?), state: HoldState::Open });
        self.holds.get(&id).cloned().or_else(created)
    }

    /// The transfer that an event names as reversed.
    pub(super) fn referred_original(&self, id: TransferId) -> Option<Reversible> {
        let created = || Some(Reversible { transfer: Arc::clone(self.created(id)?), reversed: 0 });
        self.reversible.get(&id).cloned().or_else(created)
    }

    /// Sets what is known under an identifier, and returns what was before.
    pub(super) fn set_trace(&mut self, id: TransferId, trace: Trace) -> Option<Trace> {
        let before = self.ids.insert(id, trace);
        self.journal.record(|| Undo::Trace(id, before.clone()));
        before
    }

    pub(super) fn set_hold(&mut self, id: TransferId, hold: Hold) {
        if !is_open(&hold) {
            self.settled.push(id);
        }
        let before = self.holds.insert(id, hold);
        self.journal.record(|| Undo::Hold(id, before));
    }

    pub(super) fn set_reversible(&mut self, reversible: Reversible) {
        let id = reversible.transfer.id;
        let before = self.reversible.insert(id, reversible);
        self.journal.record(|| Undo::Reversible(id, before));
    }

    /// Takes back one recorded step.
    pub(super) fn undo(&mut self, step: Undo) -> Result<(), Broken> {
        match step {
            Undo::Entry(at, saved) => self.restore(at, &saved)?,
            Undo::Replaced(at, account) => {
                self.slots.get_mut(at).ok_or(Broken::WorkingSet)?.account = *account;
            }
            Undo::Added => {
                let slot = self.slots.pop().ok_or(Broken::WorkingSet)?;
                self.index.remove(&slot.account.id);
            }
            Undo::Trace(id, before) => put_back(&mut self.ids, id, before),
            Undo::Hold(id, before) => put_back(&mut self.holds, id, before),
            Undo::Reversible(id, before) => put_back(&mut self.reversible, id, before),
        }
        Ok(())
    }

    fn restore(&mut self, at: usize, saved: &Saved) -> Result<(), Broken> {
        let account = &mut self.slots.get_mut(at).ok_or(Broken::WorkingSet)?.account;
        self.nets.moved(account.currency, &account.balance, &saved.balance)?;
        saved.restore(account);
        Ok(())
    }

    /// Forgets that accounts were touched after the first `kept`.
    pub(super) fn untouch(&mut self, kept: usize) {
        for at in self.touched.drain(kept.min(self.touched.len())..) {
            if let Some(slot) = self.slots.get_mut(at) {
                slot.touched = false;
            }
        }
    }
}

fn is_open(hold: &Hold) -> bool {
    hold.state == HoldState::Open && hold.transfer.flags.has(super::types::Flags::PENDING)
}

fn keep_missing<K: Ord + Hash, V>(keys: &mut Vec<K>, held: &Map<K, V>) {
    keys.retain(|key| !held.contains_key(key));
    keys.sort_unstable();
    keys.dedup();
}

fn put_back<K: Eq + Hash, V>(map: &mut Map<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
