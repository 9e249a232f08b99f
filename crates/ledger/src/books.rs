//! The books while they are written: what a transaction loads, decides and stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use florin_db::{Bulk, DbError, Engine, SEQUENCE_BLOCK, Tx, Value};
use florin_kernel::{AccountId, Date, Env, Timestamp, TransferId, Uuid};
use jiff::tz::TimeZone;
use parking_lot::Mutex;

use crate::published::Published;
use crate::rows;
use crate::rules::{
    self, BatchHeader, Broken, Code, Event, Fingerprint, Flags, Hold, Known, Needs, Outcome, WorkingSet,
};
use crate::statements::{
    ADD_DAY, EXPECT_PERIOD, FIND_BURNED, FIND_TRANSFERS, INSERT_BURNED, INSERT_HOLD, INSERT_MARK,
    LOAD_ACCOUNTS, LOCK_ACCOUNTS, LOCK_HOLDS, RESOLVE_HOLD, SUM_REVERSED,
};
use crate::stats::Stats;

/// What all that posts in this process shares.
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) engine: Engine,
    /// The time zone that business dates belong to.
    pub(crate) zone: TimeZone,
    pub(crate) published: Published,
    numbers: Mutex<Numbers>,
    last_at: AtomicI64,
    pub(crate) stats: Arc<Stats>,
}

/// Sequence numbers in hand: of a block of the database's sequence, or simply the next on SQLite.
struct Numbers {
    next: i64,
    end: i64,
}

impl Shared {
    pub(crate) fn new(env: Env, engine: Engine, zone: TimeZone) -> Self {
        Self {
            env,
            engine,
            zone,
            published: Published::default(),
            numbers: Mutex::new(Numbers { next: 0, end: 0 }),
            last_at: AtomicI64::new(0),
            stats: Arc::default(),
        }
    }

    /// Starts numbers and times after what the store has (SQLite, which has no one else to ask).
    pub(crate) fn continue_after(&self, seq: i64, at: i64) {
        *self.numbers.lock() = Numbers { next: seq.saturating_add(1), end: i64::MAX };
        self.last_at.store(at, Ordering::Relaxed);
    }

    /// The first of `count` numbers that nobody else has.
    fn reserve(&self, tx: &mut Tx<'_>, count: i64) -> Result<i64, DbError> {
        let mut numbers = self.numbers.lock();
        if self.engine == Engine::Postgres && numbers.end.saturating_sub(numbers.next) < count {
            let block = tx.row("SELECT nextval('ledger_transfer_block')", &[])?;
            let first: i64 = block.map_or(Ok(1), |row| row.get(0))?;
            *numbers = Numbers { next: first, end: first.saturating_add(SEQUENCE_BLOCK) };
        }
        let first = numbers.next;
        numbers.next = first.saturating_add(count);
        Ok(first)
    }

    /// Gives back the numbers from `next` on, where they are kept without gaps.
    pub(crate) fn give_back(&self, next: i64) {
        if self.engine == Engine::Sqlite {
            self.numbers.lock().next = next;
        }
    }

    pub(crate) fn next_number(&self) -> i64 {
        self.numbers.lock().next
    }

    pub(crate) fn business_date(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }
}

/// The books as one transaction sees them.
pub(crate) struct Books {
    pub(crate) shared: Arc<Shared>,
    pub(crate) set: WorkingSet,
    pub(crate) closed_through: Option<Date>,
    /// Whether this transaction decides about what is remembered and has the store compare it, instead of locking
    /// what it reads (PostgreSQL).
    remembers: bool,
}

impl Books {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let set = WorkingSet::new(shared.last_at.load(Ordering::Relaxed));
        Self { shared, set, closed_through: None, remembers: false }
    }

    /// Begins a transaction: nobody closes a period until it ends.
    pub(crate) fn begin(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        if self.shared.engine == Engine::Sqlite {
            self.set.begin_batch();
            return Ok(());
        }
        self.remembers = false;
        self.set.clear();
        self.begin_shared(tx)
    }

    /// Begins a transaction that decides about accounts and periods as the last one left them (PostgreSQL).
    pub(crate) fn begin_remembering(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        self.remembers = true;
        self.set.begin_batch();
        self.set.forget_holds();
        self.begin_shared(tx)
    }

    fn begin_shared(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        self.set.continue_after(self.shared.last_at.load(Ordering::Relaxed));
        tx.command(crate::periods::SHARE_PERIODS)
    }

    /// Loads what `needs` names, and answers what else was asked for in the same round trip.
    pub(crate) fn load(
        &mut self,
        tx: &mut Tx<'_>,
        needs: &Needs,
        extra: Bulk,
    ) -> Result<Vec<florin_db::Row>, DbError> {
        let transfers = [&needs.ids, &needs.holds, &needs.reversed].into_iter().flatten().copied();
        let asked = vec![
            keys(self.accounts_statement(), needs.accounts.iter().map(|id| id.uuid())),
            keys(&FIND_TRANSFERS, transfers.map(TransferId::uuid)),
            keys(&FIND_BURNED, needs.ids.iter().map(|id| id.uuid())),
            keys(&LOCK_HOLDS, needs.holds.iter().map(|id| id.uuid())),
            keys(&SUM_REVERSED, needs.reversed.iter().map(|id| id.uuid())),
            extra,
        ];
        if asked.iter().all(Bulk::is_empty) {
            return Ok(Vec::new());
        }
        let mut answers = tx.fetch(asked)?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        for row in next() {
            self.set.insert_account(rows::account(&row)?);
        }
        let (found, burned, holds, reversed) = (next(), next(), next(), next());
        self.insert_transfers(needs, &found, &holds, &reversed)?;
        for row in burned {
            let code: String = row.get(1)?;
            let code: Code =
                code.parse().map_err(|_| DbError::Corrupt(format!("no outcome is called {code}")))?;
            let known = Known::Refused { code, fingerprint: Fingerprint(row.get(2)?) };
            self.set.insert_known(TransferId::from_uuid(row.get(0)?), known);
        }
        Ok(next())
    }

    fn insert_transfers(
        &mut self,
        needs: &Needs,
        found: &[florin_db::Row],
        holds: &[florin_db::Row],
        reversed: &[florin_db::Row],
    ) -> Result<(), DbError> {
        for row in found {
            let transfer = rows::transfer(row)?;
            let id = transfer.id;
            if needs.ids.binary_search(&id).is_ok() {
                self.set.insert_known(id, Known::Created(Arc::clone(&transfer)));
            }
            if needs.holds.binary_search(&id).is_ok() {
                let state =
                    match holds.iter().find(|row| row.get::<Uuid>(0).is_ok_and(|held| held == id.uuid())) {
                        Some(row) => rows::hold_state(&row.get::<String>(1)?)?,
                        None => rules::HoldState::Open,
                    };
                self.set.insert_hold(Hold { transfer: Arc::clone(&transfer), state });
            }
            if needs.reversed.binary_search(&id).is_ok() {
                let so_far = reversed.iter().find(|row| row.get::<Uuid>(0).is_ok_and(|of| of == id.uuid()));
                self.set.insert_reversible(transfer, so_far.map_or(Ok(0), |row| row.get(1))?);
            }
        }
        Ok(())
    }

    fn accounts_statement(&self) -> &'static florin_db::BulkStatement {
        if self.remembers { &LOAD_ACCOUNTS } else { &LOCK_ACCOUNTS }
    }

    /// Loads the accounts that holds and reversed transfers brought in.
    pub(crate) fn load_references(&mut self, tx: &mut Tx<'_>, accounts: &[AccountId]) -> Result<(), DbError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let found = tx.fetch(vec![keys(self.accounts_statement(), accounts.iter().map(|id| id.uuid()))])?;
        for row in found.into_iter().flatten() {
            self.set.insert_account(rows::account(&row)?);
        }
        Ok(())
    }

    /// Reads which periods are closed, or has the store compare what is remembered of them; on SQLite only who
    /// closes one changes it.
    pub(crate) fn load_periods(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        if self.remembers {
            let mut expected = Bulk::new(&EXPECT_PERIOD);
            expected.push([self.closed_through.map(rows::day_of).into()]);
            return tx.bulk(expected);
        }
        self.closed_through = crate::periods::closed_through(tx)?;
        Ok(())
    }

    pub(crate) fn set_closed_through(&mut self, date: Date) {
        self.closed_through = Some(date);
    }

    /// Decides events whose needs are loaded.
    pub(crate) fn apply(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        events: &[Event],
    ) -> Result<Vec<Outcome>, DbError> {
        let count = i64::try_from(events.len()).map_err(|_| DbError::Overloaded)?;
        let header = BatchHeader {
            now: now.as_microsecond(),
            business_date: self.shared.business_date(now),
            closed_through: self.closed_through,
            first_seq: self.shared.reserve(tx, count)?,
        };
        let before = self.set.changes().transfers.len();
        let outcomes = rules::apply(&mut self.set, &header, events).map_err(|error| {
            // What is remembered of an account need not fit a hold that was loaded: nothing is wrong with the books.
            if self.remembers { tx.taken_wrongly(&error) } else { broken(&error) }
        })?;
        let created = self.set.changes().transfers.len().saturating_sub(before);
        let created = i64::try_from(created).map_err(|_| DbError::Overloaded)?;
        self.shared.give_back(header.first_seq.saturating_add(created));
        Ok(outcomes)
    }

    /// Loads, decides and leaves to be stored, for a caller who knows all events at once.
    pub(crate) fn post(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        events: &[Event],
    ) -> Result<Vec<Outcome>, DbError> {
        let needs = self.set.needs(events);
        self.load(tx, &needs, Bulk::new(&LOCK_ACCOUNTS))?;
        let referenced = self.set.needs_of_references(events);
        self.load_references(tx, &referenced)?;
        self.apply(tx, now, events)
    }

    /// Writes what was decided, but for the balances themselves.
    pub(crate) fn store(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        self.shared.last_at.fetch_max(self.set.last_at(), Ordering::Relaxed);
        let changes = self.set.changes();
        tx.bulk(rows::transfers_bulk(changes.transfers.iter()))?;
        let mut marks = Bulk::new(&INSERT_MARK);
        for mark in &changes.marks {
            marks.push([
                Value::Int(mark.account_no),
                Value::Int(mark.version),
                Value::Int(mark.seq),
                Value::Int(mark.at),
            ]);
        }
        tx.bulk(marks)?;
        let mut holds = Bulk::new(&INSERT_HOLD);
        for hold in changes.transfers.iter().filter(|transfer| transfer.flags.has(Flags::PENDING)) {
            holds.push([
                Value::Uuid(hold.id.uuid()),
                Value::Int(hold.seq),
                Value::Int(hold.debit_no),
                Value::Int(hold.credit_no),
                Value::Int(hold.amount),
                hold.expires_at.into(),
            ]);
        }
        tx.bulk(holds)?;
        let mut resolved = Bulk::new(&RESOLVE_HOLD);
        for resolution in &changes.resolved {
            let state = Value::Text(rows::hold_state_code(resolution.state).into());
            resolved.push([Value::Uuid(resolution.hold.uuid()), state, Value::Int(resolution.by_seq)]);
        }
        tx.bulk(resolved)?;
        let mut burned = Bulk::new(&INSERT_BURNED);
        for refusal in &changes.burned {
            let code = Value::Text(refusal.code.as_str().into());
            burned.push([
                Value::Uuid(refusal.id.uuid()),
                code,
                Value::Int(refusal.fingerprint.0),
                Value::Int(refusal.at),
            ]);
        }
        tx.bulk(burned)?;
        let mut days = Bulk::new(&ADD_DAY);
        for day in &changes.days {
            let on = Value::Int(rows::day_of(day.date));
            days.push([Value::Int(day.account_no), on, Value::Int(day.debits), Value::Int(day.credits)]);
        }
        tx.bulk(days)
    }

    /// Writes the balances of all accounts that were touched.
    pub(crate) fn store_balances(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        if self.remembers {
            return tx.bulk(rows::remembered_bulk(&self.set.touched_in_order()));
        }
        tx.bulk(rows::balances_bulk(self.set.touched()))
    }

    /// Has the store compare what was remembered of accounts that these events only looked at.
    pub(crate) fn expect_untouched<'e>(
        &self,
        tx: &mut Tx<'_>,
        events: impl Iterator<Item = &'e Event>,
    ) -> Result<(), DbError> {
        if !self.remembers {
            return Ok(());
        }
        tx.bulk(rows::expected_bulk(&self.set.untouched_of(events)))
    }
}

pub(crate) fn broken(error: &Broken) -> DbError {
    DbError::Broken(error.to_string())
}

/// Keys to look up with a statement that takes one.
pub(crate) fn keys(statement: &'static florin_db::BulkStatement, ids: impl Iterator<Item = Uuid>) -> Bulk {
    let mut bulk = Bulk::new(statement);
    for id in ids {
        bulk.push([Value::Uuid(id)]);
    }
    bulk
}
