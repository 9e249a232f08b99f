//! Reading transfers and entries: an account's entries are a chain, latest first.

use std::sync::Arc;

use florin_db::{DbError, Reader, params};
use florin_kernel::{AccountId, Date, Timestamp, TransferId};

use crate::Ledger;
use crate::rows;
use crate::rules::{Accumulators, HoldState, Side, Transfer};

/// One entry: a transfer as one of its accounts saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The transfer.
    pub transfer: Arc<Transfer>,
    /// The side of the account it stands on.
    pub side: Side,
}

impl Entry {
    /// The number of the entry on its account, without gaps from 1.
    pub fn version(&self) -> i64 {
        self.after().0
    }

    /// The account's sums after it.
    pub fn balance(&self) -> Accumulators {
        self.after().1
    }

    fn after(&self) -> (i64, Accumulators) {
        let after = match self.side {
            Side::Debit => &self.transfer.debit_after,
            Side::Credit => &self.transfer.credit_after,
        };
        (after.version, after.balance)
    }

    /// The row of the account's entry before, 0 for none.
    pub fn previous(&self) -> i64 {
        match self.side {
            Side::Debit => self.transfer.debit_prev,
            Side::Credit => self.transfer.credit_prev,
        }
    }
}

/// A transfer and, if it is a hold, what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferView {
    /// The transfer.
    pub transfer: Arc<Transfer>,
    /// What became of the hold; `None` for transfers that are none.
    pub hold: Option<HoldState>,
    /// How much of it was reversed since.
    pub reversed: i64,
}

const BY_ID: &str = "SELECT t.seq, t.id, t.at_us, t.debit_no, t.credit_no, t.currency, t.amount, t.asked, \
    t.mode, t.flags, t.code, t.pending_id, t.timeout_s, t.expires_at_us, t.effective_day, \
    t.asked_day, t.group_id, t.reverses, t.debit_version, t.debit_debits_pending, \
    t.debit_debits_posted, t.debit_credits_pending, t.debit_credits_posted, \
    t.credit_version, t.credit_debits_pending, t.credit_debits_posted, \
    t.credit_credits_pending, t.credit_credits_posted, t.debit_prev, t.credit_prev, d.id, \
    c.id, h.state, (SELECT CAST(SUM(r.amount) AS BIGINT) FROM ledger_transfer r WHERE r.reverses = t.id) \
    FROM ledger_transfer t JOIN ledger_account d ON d.no = t.debit_no JOIN \
    ledger_account c ON c.no = t.credit_no LEFT JOIN ledger_hold h ON h.id = t.id WHERE t.id = $1";

const CHAIN: &str = "WITH RECURSIVE chain (seq, n) AS ( \
    SELECT CAST($1 AS BIGINT), CAST(1 AS BIGINT) \
    UNION ALL \
    SELECT CASE WHEN p.debit_no = $2 THEN p.debit_prev ELSE p.credit_prev END, chain.n + 1 \
    FROM chain JOIN ledger_transfer p ON p.seq = chain.seq WHERE chain.n < $3) \
    SELECT t.seq, t.id, t.at_us, t.debit_no, t.credit_no, t.currency, t.amount, t.asked, \
    t.mode, t.flags, t.code, t.pending_id, t.timeout_s, t.expires_at_us, t.effective_day, \
    t.asked_day, t.group_id, t.reverses, t.debit_version, t.debit_debits_pending, \
    t.debit_debits_posted, t.debit_credits_pending, t.debit_credits_posted, \
    t.credit_version, t.credit_debits_pending, t.credit_debits_posted, \
    t.credit_credits_pending, t.credit_credits_posted, t.debit_prev, t.credit_prev, d.id, c.id \
    FROM chain JOIN ledger_transfer t ON t.seq = chain.seq JOIN ledger_account d ON d.no = t.debit_no JOIN \
    ledger_account c ON c.no = t.credit_no ORDER BY chain.n";

const LATEST: &str = "SELECT t.seq, t.id, t.at_us, t.debit_no, t.credit_no, t.currency, t.amount, t.asked, \
    t.mode, t.flags, t.code, t.pending_id, t.timeout_s, t.expires_at_us, t.effective_day, \
    t.asked_day, t.group_id, t.reverses, t.debit_version, t.debit_debits_pending, \
    t.debit_debits_posted, t.debit_credits_pending, t.debit_credits_posted, \
    t.credit_version, t.credit_debits_pending, t.credit_debits_posted, \
    t.credit_credits_pending, t.credit_credits_posted, t.debit_prev, t.credit_prev, d.id, c.id \
    FROM ledger_transfer t JOIN ledger_account d ON d.no = t.debit_no JOIN \
    ledger_account c ON c.no = t.credit_no WHERE t.seq < $1 ORDER BY t.seq DESC LIMIT $2";

impl Ledger {
    /// The transfer of this identifier.
    ///
    /// # Errors
    /// What the database says.
    pub fn transfer(&self, reader: &mut Reader<'_>, id: TransferId) -> Result<Option<TransferView>, DbError> {
        let Some(row) = reader.row(BY_ID, &params![id.uuid()])? else { return Ok(None) };
        let hold = row.get::<Option<String>>(32)?.map(|state| rows::hold_state(&state)).transpose()?;
        let reversed = row.get::<Option<i64>>(33)?.unwrap_or(0);
        Ok(Some(TransferView { transfer: rows::transfer(&row)?, hold, reversed }))
    }

    /// Transfers, latest first, before the row `before` (use [`i64::MAX`] for the latest).
    ///
    /// # Errors
    /// What the database says.
    pub fn latest_transfers(
        &self,
        reader: &mut Reader<'_>,
        before: i64,
        limit: usize,
    ) -> Result<Vec<Arc<Transfer>>, DbError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        reader.rows(LATEST, &params![before, limit])?.iter().map(rows::transfer).collect()
    }

    /// Up to `limit` entries of the account number `no`, latest first, beginning with row `from`: the
    /// account's `last_seq`, or the [`Entry::previous`] of the last entry read.
    ///
    /// # Errors
    /// What the database says.
    pub fn entries(
        &self,
        reader: &mut Reader<'_>,
        no: i64,
        from: i64,
        limit: usize,
    ) -> Result<Vec<Entry>, DbError> {
        if from <= 0 || limit == 0 {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut entries = Vec::new();
        for row in reader.rows(CHAIN, &params![from, no, limit])? {
            let transfer = rows::transfer(&row)?;
            let side = if transfer.debit_no == no {
                Side::Debit
            } else if transfer.credit_no == no {
                Side::Credit
            } else {
                // A cursor of another account's list.
                return Ok(Vec::new());
            };
            entries.push(Entry { transfer, side });
        }
        Ok(entries)
    }

    /// Up to `limit` entries of an account made before the place `(at, seq)`, latest first.
    ///
    /// # Errors
    /// What the database says.
    pub fn entries_before(
        &self,
        reader: &mut Reader<'_>,
        view: &crate::AccountView,
        before: (i64, i64),
        limit: usize,
    ) -> Result<Vec<Entry>, DbError> {
        let signpost = signpost_after(reader, view.no, view.account.version, before.0)?;
        let mut from = signpost.unwrap_or(view.account.last_seq);
        let mut found = Vec::new();
        while from > 0 && found.len() < limit {
            let walked = self.entries(reader, view.no, from, limit.max(65))?;
            from = walked.last().map_or(0, Entry::previous);
            found.extend(walked.into_iter().filter(|entry| (entry.transfer.at, entry.transfer.seq) < before));
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The sums of an account as they stood at `instant`; `None` when there is no such account.
    ///
    /// # Errors
    /// What the database says.
    pub fn balance_as_of(
        &self,
        reader: &mut Reader<'_>,
        id: AccountId,
        instant: Timestamp,
    ) -> Result<Option<Accumulators>, DbError> {
        let Some(view) = self.account(reader, id)? else { return Ok(None) };
        let at = instant.as_microsecond();
        let mut from =
            signpost_after(reader, view.no, view.account.version, at)?.unwrap_or(view.account.last_seq);
        loop {
            let walked = self.entries(reader, view.no, from, 65)?;
            if let Some(found) = walked.iter().find(|entry| entry.transfer.at <= at) {
                return Ok(Some(found.balance()));
            }
            match walked.last().map(Entry::previous) {
                Some(previous) if previous > 0 => from = previous,
                _ => return Ok(Some(Accumulators::default())),
            }
        }
    }

    /// The last closed day.
    ///
    /// # Errors
    /// What the database says.
    pub fn closed_through(&self, reader: &mut Reader<'_>) -> Result<Option<Date>, DbError> {
        let found = reader.row("SELECT MAX(day) FROM ledger_period_close", &[])?;
        found.map_or(Ok(None), |row| row.get::<Option<i64>>(0))?.map(rows::date_of).transpose()
    }
}

/// The row of the first signpost after `at` in an account's chain, found by halving.
fn signpost_after(reader: &mut Reader<'_>, no: i64, version: i64, at: i64) -> Result<Option<i64>, DbError> {
    const MARK: &str = "SELECT seq, at_us FROM ledger_mark WHERE account_no = $1 AND version = $2";
    const STEP: i64 = 64;
    let (mut low, mut high) = (0, version.div_euclid(STEP));
    let mut found = None;
    while low < high {
        let middle = low.saturating_add(high.saturating_sub(low).div_euclid(2));
        let number = middle.saturating_add(1).saturating_mul(STEP);
        let Some(row) = reader.row(MARK, &params![no, number])? else {
            return Err(DbError::Corrupt(format!("account number {no} has no signpost {number}")));
        };
        if row.get::<i64>(1)? > at {
            found = Some(row.get(0)?);
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Ok(found)
}
