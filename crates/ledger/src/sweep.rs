//! Writing balances back (SQLite).
//!
//! The transfers are the durable truth: each carries both accounts as it left them. The rows of
//! `ledger_balance` are written a little later, in the order of their numbers, so that many changes of
//! neighbouring rows become one changed page. Each commit writes the changed rows of the next stretch of
//! numbers; when the end is reached, every balance includes all transfers made before that round began,
//! and that sequence number is stored as `balances_include`. After a crash the transfers after it are
//! read again, and memory is as it was.

use std::collections::{BTreeMap, HashMap};

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{AccountId, Date};

use crate::books::Books;
use crate::published::{Published, Snapshot};
use crate::rows;
use crate::rules::{Account, Accumulators, Flags};

/// Up to so many changed balances are simply all written.
const WRITE_ALL_MAX: usize = 64;
/// How many transfers a round may last, at the least: recovery reads no more than two rounds.
const ROUND_TRANSFERS: i64 = 65_536;
/// How many transfers recovery reads at a time.
const RECOVERY_PAGE: i64 = 20_000;
/// How many balances an idle moment writes.
const IDLE_STRETCH: i64 = 8_192;

/// What the rows of balances lag behind by.
pub(crate) struct Sweep {
    stale: bool,
    changed: BTreeMap<i64, AccountId>,
    cursor: i64,
    highest: i64,
    round_began_at: i64,
    last_seq: i64,
    stored_include: i64,
    touched_now: Vec<(i64, Snapshot)>,
    written_now: Vec<i64>,
}

impl Default for Sweep {
    fn default() -> Self {
        Self {
            stale: true,
            changed: BTreeMap::new(),
            cursor: 0,
            highest: 0,
            round_began_at: 0,
            last_seq: 0,
            stored_include: 0,
            touched_now: Vec::new(),
            written_now: Vec::new(),
        }
    }
}

impl Sweep {
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// What memory holds may not be what is committed: it is read anew before anything else.
    pub(crate) fn doubt(&mut self) {
        self.stale = true;
    }

    /// Whether rows lag behind.
    pub(crate) fn is_behind(&self) -> bool {
        self.stale || !self.changed.is_empty() || self.stored_include != self.last_seq
    }

    /// Writes the next stretch of changed balances.
    pub(crate) fn before_commit(&mut self, tx: &mut Tx<'_>, books: &Books) -> Result<(), DbError> {
        let transfers = books.set.changes().transfers.len();
        for account in books.set.touched() {
            self.changed.insert(account.no, account.id);
            self.touched_now.push((account.no, Snapshot::from(account)));
            self.highest = self.highest.max(account.no);
        }
        if let Some(last) = books.set.changes().transfers.last() {
            self.last_seq = last.seq;
        }
        let end = self.end_of_stretch(i64::try_from(transfers).unwrap_or(i64::MAX));
        let stretch: Vec<(i64, AccountId)> =
            self.changed.range(self.cursor..end).map(|(no, id)| (*no, *id)).collect();
        let accounts = stretch.iter().filter_map(|(_, id)| books.set.account(id));
        tx.bulk(rows::balances_bulk(accounts))?;
        for (no, _) in &stretch {
            self.changed.remove(no);
            self.written_now.push(*no);
        }
        self.cursor = end;
        if self.changed.is_empty() {
            self.cursor = 0;
            self.round_began_at = self.last_seq;
            self.store_include(tx, self.last_seq)
        } else if end > self.highest {
            let include = self.round_began_at;
            self.cursor = 0;
            self.round_began_at = self.last_seq;
            self.store_include(tx, include)
        } else {
            Ok(())
        }
    }

    /// Where this commit's stretch ends: the more transfers, the longer it is.
    fn end_of_stretch(&mut self, transfers: i64) -> i64 {
        if self.changed.len() <= WRITE_ALL_MAX {
            self.cursor = 0;
            return i64::MAX;
        }
        if transfers == 0 {
            return self.cursor.saturating_add(IDLE_STRETCH);
        }
        let share = self.highest.saturating_mul(transfers).saturating_div(ROUND_TRANSFERS);
        let stretch = share.min(transfers.saturating_mul(2)).max(64);
        self.cursor.saturating_add(stretch)
    }

    fn store_include(&mut self, tx: &mut Tx<'_>, seq: i64) -> Result<(), DbError> {
        if seq != self.stored_include {
            tx.execute("UPDATE ledger_progress SET seq = $1 WHERE name = 'balances_include'", &params![seq])?;
            self.stored_include = seq;
        }
        Ok(())
    }

    /// Shows readers what was committed.
    pub(crate) fn committed(&mut self, published: &Published) {
        for (no, snapshot) in self.touched_now.drain(..) {
            if self.changed.contains_key(&no) {
                published.put(no, snapshot);
            }
        }
        for no in self.written_now.drain(..) {
            published.written(no);
        }
        published.tidy();
    }

    /// Reads anew what the rows lag behind by.
    pub(crate) fn recover(&mut self, tx: &mut Tx<'_>, books: &mut Books) -> Result<(), DbError> {
        let shared = books.shared.clone();
        let (seq, at) =
            match tx.row("SELECT seq, at_us FROM ledger_transfer ORDER BY seq DESC LIMIT 1", &[])? {
                Some(row) => (row.get(0)?, row.get(1)?),
                None => (0, 0),
            };
        shared.continue_after(seq, at);
        *books = Books::new(shared.clone());
        let lagging = lagging(&mut |sql, values| tx.rows(sql, values))?;
        *self = Self {
            stale: false,
            last_seq: seq,
            round_began_at: lagging.include,
            stored_include: lagging.include,
            ..Self::default()
        };
        for account in lagging.accounts.into_values() {
            self.changed.insert(account.no, account.id);
            self.highest = self.highest.max(account.no);
            shared.published.put(account.no, Snapshot::from(&account));
            books.set.insert_account(account);
        }
        Ok(())
    }
}

/// Accounts whose rows lag behind their transfers, as their transfers left them.
pub(crate) struct Lagging {
    pub(crate) include: i64,
    pub(crate) accounts: HashMap<i64, Account>,
}

/// A way to ask the database.
pub(crate) type Ask<'a> = &'a mut dyn FnMut(&'static str, &[florin_db::Value]) -> Result<Vec<Row>, DbError>;

/// Finds them: the transfers after `balances_include`, laid over the rows.
pub(crate) fn lagging(ask: Ask<'_>) -> Result<Lagging, DbError> {
    const INCLUDE: &str = "SELECT seq FROM ledger_progress WHERE name = 'balances_include'";
    const AFTER: &str = "SELECT seq, at_us, debit_no, credit_no, amount, flags, effective_day, \
         debit_version, debit_debits_pending, debit_debits_posted, debit_credits_pending, debit_credits_posted, \
         credit_version, credit_debits_pending, credit_debits_posted, credit_credits_pending, credit_credits_posted \
         FROM ledger_transfer WHERE seq > $1 ORDER BY seq LIMIT $2";
    let include: i64 = ask(INCLUDE, &[])?.first().map_or(Ok(0), |row| row.get(0))?;
    let mut accounts: HashMap<i64, Account> = HashMap::new();
    let mut from = include;
    loop {
        let page = ask(AFTER, &params![from, RECOVERY_PAGE])?;
        for row in &page {
            from = row.get(0)?;
            let moved = Moved::read(row)?;
            for (no, version, after, debit) in [
                (row.get(2)?, row.get(7)?, rows::accumulators(row, 8)?, true),
                (row.get(3)?, row.get(12)?, rows::accumulators(row, 13)?, false),
            ] {
                let account = match accounts.entry(no) {
                    std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
                    std::collections::hash_map::Entry::Vacant(empty) => {
                        empty.insert(account_by_number(ask, no)?)
                    }
                };
                moved.lay_over(account, version, after, debit);
            }
        }
        if i64::try_from(page.len()).unwrap_or(0) < RECOVERY_PAGE {
            return Ok(Lagging { include, accounts });
        }
    }
}

fn account_by_number(ask: Ask<'_>, no: i64) -> Result<Account, DbError> {
    let found = ask(crate::accounts::BY_NUMBER, &params![no])?;
    let row = found.first().ok_or_else(|| DbError::Corrupt(format!("there is no account number {no}")))?;
    rows::account(row)
}

/// What one transfer did.
struct Moved {
    seq: i64,
    at: i64,
    posted: i64,
    on: Date,
}

impl Moved {
    fn read(row: &Row) -> Result<Self, DbError> {
        let flags: u16 = row.get(5)?;
        let flags =
            Flags::from_bits(flags).ok_or_else(|| DbError::Corrupt(format!("no flags are {flags}")))?;
        let moves = !flags.has_any(Flags::PENDING.with(Flags::VOID).with(Flags::EXPIRE));
        let amount: i64 = row.get(4)?;
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            posted: if moves { amount } else { 0 },
            on: rows::date_of(row.get(6)?)?,
        })
    }

    fn lay_over(&self, account: &mut Account, version: i64, after: Accumulators, debit: bool) {
        if self.seq <= account.last_seq {
            return;
        }
        account.version = version;
        account.balance = after;
        account.last_seq = self.seq;
        account.last_at = self.at;
        if self.posted == 0 || self.on < account.day {
            return;
        }
        if self.on > account.day {
            // The sums of the day before were stored with the transfer that ended it.
            account.day = self.on;
            (account.day_debits, account.day_credits) = (0, 0);
        }
        let sum = if debit { &mut account.day_debits } else { &mut account.day_credits };
        *sum = sum.saturating_add(self.posted);
    }
}
