//! The poster: batches of postings, decided in order and written at once.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use florin_db::idempotency::{self, Frozen, Replay};
use florin_db::{BatchItem, Bulk, Companion, DbError, Engine, Tx, Value, audit};
use florin_jobs::outbox;
use florin_kernel::{Action, Actor, Date, Resource, Timestamp, TransferId, Uuid};

use crate::books::{Books, Shared, broken, keys};
use crate::memory::Memory;
use crate::posting::{Evidence, Item};
use crate::rows;
use crate::rules::{Event, Mark, Needs};
use crate::statements::{FIND_KEYS, FIND_TRANSFERS};
use crate::stats::Tally;
use crate::sweep::Sweep;

/// How many due holds one batch expires.
const EXPIRE_MAX: i64 = 256;
/// How often the next expiry is asked of the database, where others may have made holds too.
const EXPIRY_LOOK_US: i64 = 1_000_000;

/// Where a unit began, to go back to.
struct Savepoint {
    mark: Mark,
    next_number: i64,
    closed_through: Option<Date>,
}

/// Runs the postings' batches; on SQLite it also keeps the accounts in memory between them.
pub(crate) struct Poster {
    pub(crate) books: Books,
    /// What the embedded database's rows lag behind by; none on PostgreSQL.
    pub(crate) sweep: Option<Sweep>,
    /// Whether the accounts in memory are relied on; none on SQLite, where they are what counts.
    memory: Option<Memory>,
    savepoints: Vec<Savepoint>,
    next_expiry: Option<i64>,
    looked_at: i64,
}

impl Poster {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let sweep = (shared.engine == Engine::Sqlite).then(Sweep::default);
        let memory = (shared.engine == Engine::Postgres).then(Memory::default);
        let books = Books::new(shared);
        Self { books, sweep, memory, savepoints: Vec::new(), next_expiry: None, looked_at: 0 }
    }

    fn now(&self) -> Timestamp {
        self.books.shared.env.now()
    }

    /// Loads what all items need, in as few round trips as there are kinds of need.
    fn prefetch(
        &mut self,
        tx: &mut Tx<'_>,
        items: &mut [Box<dyn BatchItem>],
    ) -> Result<HashMap<Uuid, (Uuid, Frozen)>, DbError> {
        // A key that was used before makes the commit fail, and the next try looks the keys up.
        let looks_up_keys = !self.memory.as_ref().is_some_and(Memory::is_relied_on);
        let mut needs = Needs::default();
        let mut asked = Vec::new();
        for item in items.iter_mut() {
            let Some(item) = item.as_any().downcast_mut::<Item>() else { continue };
            let more = self.books.set.needs(&item.posting.events);
            needs.accounts.extend(more.accounts);
            needs.ids.extend(more.ids);
            needs.holds.extend(more.holds);
            needs.reversed.extend(more.reversed);
            if looks_up_keys {
                asked.extend(item.posting.key.as_ref().map(|key| key.key));
            }
        }
        needs.accounts.sort_unstable();
        needs.accounts.dedup();
        for ids in [&mut needs.ids, &mut needs.holds, &mut needs.reversed] {
            ids.sort_unstable();
            ids.dedup();
        }
        asked.sort_unstable();
        asked.dedup();
        let found = self.books.load(tx, &needs, keys(&FIND_KEYS, asked.into_iter()))?;
        if !(needs.holds.is_empty() && needs.reversed.is_empty()) {
            let mut referenced = Vec::new();
            for item in items.iter_mut() {
                let Some(item) = item.as_any().downcast_mut::<Item>() else { continue };
                referenced.extend(self.books.set.needs_of_references(&item.posting.events));
            }
            referenced.sort_unstable();
            referenced.dedup();
            self.books.load_references(tx, &referenced)?;
        }
        let mut answered = HashMap::with_capacity(found.len());
        for row in found {
            answered.insert(row.get(0)?, (row.get(1)?, Frozen { status: row.get(2)?, body: row.get(3)? }));
        }
        Ok(answered)
    }

    /// Releases holds whose time is over.
    fn expire_due(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        evidence: &mut Evidence,
    ) -> Result<(), DbError> {
        const DUE: &str = "SELECT id FROM ledger_hold WHERE state = 'open' AND expires_at_us <= $1 ORDER BY expires_at_us, id LIMIT $2";
        const NEXT: &str =
            "SELECT MIN(expires_at_us) FROM ledger_hold WHERE state = 'open' AND expires_at_us IS NOT NULL";
        let now_us = now.as_microsecond();
        if self.looked_at.saturating_add(EXPIRY_LOOK_US) <= now_us {
            self.next_expiry = tx.row(NEXT, &[])?.map_or(Ok(None), |row| row.get(0))?;
            self.looked_at = now_us;
        }
        if self.next_expiry.is_none_or(|at| at > now_us) {
            return Ok(());
        }
        let due: Vec<Uuid> = tx
            .rows(DUE, &[Value::Int(now_us), Value::Int(EXPIRE_MAX)])?
            .iter()
            .map(|row| row.get(0))
            .collect::<Result<_, _>>()?;
        let found = tx.fetch(vec![keys(&FIND_TRANSFERS, due.into_iter())])?.into_iter().flatten();
        let mut holds = found.map(|row| rows::transfer(&row)).collect::<Result<Vec<_>, _>>()?;
        // PostgreSQL gives them in any order.
        holds.sort_unstable_by_key(|hold| (hold.expires_at, hold.id));
        let mut events = Vec::with_capacity(holds.len());
        for hold in holds {
            let id = TransferId::from_uuid(self.books.shared.env.new_uuid());
            events.push(Event::expire(id, hold.id, hold.currency));
        }
        for outcome in self.books.post(tx, now, &events)? {
            if let (true, Some(transfer)) = (outcome.code.is_success(), outcome.transfer) {
                outbox::add(
                    evidence.rows(outbox::statement()),
                    "transfer.expired",
                    transfer.id.uuid(),
                    transfer.at,
                );
                let permit = Actor::system("ledger.expiry")
                    .permit(Action::ResolveTransfer, Resource::kind("transfer"));
                let permit = permit.map_err(|error| DbError::Other(error.to_string()))?;
                let record =
                    audit::AuditRecord::of(&permit.about(transfer.pending_id.unwrap_or(transfer.id).uuid()));
                evidence.add(audit::bulk_of(transfer.at, [record]));
            }
        }
        self.looked_at = 0; // more may be due: look again in the next batch
        Ok(())
    }

    fn run_item(
        &mut self,
        tx: &mut Tx<'_>,
        item: &mut Item,
        answered: &mut HashMap<Uuid, (Uuid, Frozen)>,
        evidence: &mut Evidence,
        now: Timestamp,
    ) -> Result<(), DbError> {
        if let Some(key) = &item.posting.key
            && let Some((request, frozen)) = answered.get(&key.key)
        {
            let same = *request == key.request;
            item.replay(if same { Replay::Same(frozen.clone()) } else { Replay::Reused });
            return Ok(());
        }
        let outcomes = self.books.apply(tx, now, &item.posting.events)?;
        item.tally = Tally::of(&item.posting.events, &outcomes);
        (item.posting.record)(&outcomes, evidence);
        let answer = std::mem::replace(&mut evidence.answer, Frozen { status: 0, body: Vec::new() });
        if let Some(key) = &item.posting.key {
            let now_us = evidence.now_us;
            idempotency::freeze_into(evidence.rows(idempotency::bulk().statement()), key, &answer, now_us);
            answered.insert(key.key, (key.request, answer.clone()));
        }
        item.answer = Some(crate::posting::Posted::Now(answer));
        Ok(())
    }
}

impl Companion for Poster {
    fn begin(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        self.savepoints.clear();
        if let Some(sweep) = &mut self.sweep
            && sweep.is_stale()
        {
            sweep.recover(tx, &mut self.books)?;
            self.books.load_periods(tx)?;
            self.looked_at = 0;
        }
        let remembers = self.memory.as_mut().is_some_and(|memory| memory.begin(&self.books.set));
        if remembers { self.books.begin_remembering(tx) } else { self.books.begin(tx) }
    }

    fn savepoint(&mut self) {
        self.savepoints.push(Savepoint {
            mark: self.books.set.mark(),
            next_number: self.books.shared.next_number(),
            closed_through: self.books.closed_through,
        });
    }

    fn keep(&mut self) {
        if let Some(Savepoint { mark, .. }) = self.savepoints.pop() {
            // A mark that cannot be released is found broken by the next batch's own checks.
            let _ = self.books.set.release(mark);
        }
    }

    fn undo(&mut self) {
        if let Some(Savepoint { mark, next_number, closed_through }) = self.savepoints.pop() {
            self.books.closed_through = closed_through;
            let undone = self.books.set.rollback_to(mark).and_then(|()| self.books.set.release(mark));
            self.books.shared.give_back(next_number);
            if let Err(error) = undone {
                tracing::error!(error = %broken(&error), "a unit could not be undone in memory");
                if let Some(sweep) = &mut self.sweep {
                    sweep.doubt();
                }
            }
        }
    }

    fn run(
        &mut self,
        tx: &mut Tx<'_>,
        items: &mut [Box<dyn BatchItem>],
        doubtful: bool,
    ) -> Result<(), DbError> {
        let now = self.now();
        let mut evidence = Evidence::new(now.as_microsecond());
        for item in items.iter_mut() {
            let Some(item) = item.as_any().downcast_mut::<Item>() else { continue };
            item.answer = None;
            item.tally = Tally::default();
            if doubtful {
                item.posting.events.iter_mut().for_each(|event| event.fresh = false);
            }
        }
        if self.books.shared.engine == Engine::Postgres {
            self.books.load_periods(tx)?;
        }
        let mut answered = self.prefetch(tx, items)?;
        self.expire_due(tx, now, &mut evidence)?;
        for item in items.iter_mut() {
            let Some(item) = item.as_any().downcast_mut::<Item>() else {
                return Err(DbError::Other("an item is not a posting".to_owned()));
            };
            self.run_item(tx, item, &mut answered, &mut evidence, now)?;
        }
        if self.memory.is_some() {
            // Balances come first: their rows are what two processes wait for, always in the same order.
            let items = items.iter_mut().filter_map(|item| item.as_any().downcast_ref::<Item>());
            self.books.expect_untouched(tx, items.flat_map(|item| &item.posting.events))?;
            self.books.store_balances(tx)?;
        }
        for rows in evidence.take_rows() {
            tx.bulk(rows)?;
        }
        Ok(())
    }

    fn before_commit(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let expiries = self.books.set.changes().transfers.iter().filter_map(|transfer| transfer.expires_at);
        self.next_expiry = expiries.chain(self.next_expiry).min();
        self.books.store(tx)?;
        self.sweep.as_mut().map_or(Ok(()), |sweep| sweep.before_commit(tx, &self.books))
    }

    fn committed(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.committed();
        }
        if let Some(sweep) = &mut self.sweep {
            sweep.committed(&self.books.shared.published);
        }
    }

    fn aborted(&mut self) {
        if let Some(memory) = &mut self.memory {
            memory.aborted();
        }
        if let Some(sweep) = &mut self.sweep {
            sweep.doubt();
        }
    }

    fn is_idle_work_waiting(&self) -> bool {
        self.sweep.as_ref().is_some_and(Sweep::is_behind)
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// No rows of keys; for callers who ask for nothing besides their needs.
pub(crate) fn nothing() -> Bulk {
    Bulk::new(&FIND_KEYS)
}
