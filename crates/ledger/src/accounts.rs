//! Opening accounts, and changing what they permit.

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{AccountId, Currency, Timestamp, UserId};

use crate::Ledger;
use crate::chart;
use crate::published::{Horizon, Snapshot};
use crate::rows;
use crate::rules::{Account, Accumulators, Overdraft};

/// An account to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Its identifier.
    pub id: AccountId,
    /// Whose it is; the institution's own have nobody.
    pub owner: Option<UserId>,
    /// Which product: `checking`, `savings`, `internal`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Its code in the chart of accounts.
    pub code: u16,
    /// How far it may go below zero.
    pub overdraft: Overdraft,
    /// How much it may hold at most, in minor units.
    pub ceiling: Option<i64>,
}

/// What an account permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// No more debits.
    FreezeDebits(bool),
    /// No more credits.
    FreezeCredits(bool),
    /// How far it may go below zero from now on.
    Overdraft(Overdraft),
    /// How much it may hold from now on.
    Ceiling(Option<i64>),
    /// Nothing more, for good; refused unless it is empty.
    Close,
}

/// Why a control was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlRefused {
    /// There is no such account.
    NotFound,
    /// The account still holds money or open holds.
    NotEmpty,
    /// The account is closed, which is for good.
    Closed,
}

/// An account as readers see it: one committed moment of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Its identifier.
    pub id: AccountId,
    /// Its number in the books, from which customers' account numbers are made.
    pub no: i64,
    /// Whose it is.
    pub owner: Option<UserId>,
    /// Which product.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Its code in the chart of accounts.
    pub code: u16,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Its state in the books.
    pub account: Account,
}

const BY_ID: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
    b.day_credits, a.kind, a.name, a.opened_at_us \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no WHERE a.id = $1";
const BY_OWNER: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
    b.day_credits, a.kind, a.name, a.opened_at_us \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no \
    WHERE a.owner = $1 AND a.no > $2 ORDER BY a.no LIMIT $3";
const ALL: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
    b.day_credits, a.kind, a.name, a.opened_at_us \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no \
    WHERE a.no > $1 ORDER BY a.no LIMIT $2";
const BY_DIGITS: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
    b.day_credits, a.kind, a.name, a.opened_at_us \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no \
    WHERE a.owner IS NOT NULL AND a.no % $1 = $2 ORDER BY a.no LIMIT $3";
/// One account by its number, in the columns of `LOCK_ACCOUNTS`.
pub(crate) const BY_NUMBER: &str = "SELECT a.no, a.id, a.owner, a.currency, a.code, a.normal, b.overdraft, b.ceiling, \
    b.frozen_debit, b.frozen_credit, b.closed, b.version, b.debits_pending, b.debits_posted, \
    b.credits_pending, b.credits_posted, b.last_seq, b.last_at_us, b.day, b.day_debits, \
    b.day_credits \
    FROM ledger_account a JOIN ledger_balance b ON b.account_no = a.no WHERE a.no = $1";

impl Ledger {
    /// Opens an account in this unit of work and gives its number.
    ///
    /// # Errors
    /// [`DbError::Unique`] when the identifier is taken; what the database says.
    pub fn open_account(&self, tx: &mut Tx<'_>, new: &NewAccount) -> Result<i64, DbError> {
        const INSERT: &str = "INSERT INTO ledger_account (id, owner, kind, name, currency, code, normal, opened_at_us) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING no";
        const BALANCE: &str = "INSERT INTO ledger_balance (account_no, overdraft, ceiling, frozen_debit, frozen_credit, closed, \
             version, debits_pending, debits_posted, credits_pending, credits_posted, last_seq, last_at_us, day, day_debits, \
             day_credits) VALUES ($1, $2, $3, $4, $4, $4, 0, 0, 0, 0, 0, 0, 0, $5, 0, 0)";
        let now = self.shared.env.now();
        let line = chart::find(new.code)
            .ok_or_else(|| DbError::Other(format!("the chart has no code {}", new.code)))?;
        let owner = new.owner.map(UserId::uuid);
        let normal = rows::side_code(line.class.normal());
        let values = params![new.id.uuid(), owner, new.kind, &new.name, new.currency, new.code, normal, now];
        let no: i64 = match tx.row(INSERT, &values)? {
            Some(row) => row.get(0)?,
            None => return Err(DbError::Other("an account got no number".to_owned())),
        };
        let day = rows::day_of(self.shared.business_date(now));
        tx.execute(BALANCE, &params![no, rows::overdraft_value(new.overdraft), new.ceiling, false, day])?;
        Ok(no)
    }

    /// Opens the institution's own account of this code and currency unless it is open; its identifier
    /// follows from both, so that two who open it at once open one.
    ///
    /// # Errors
    /// What the database says.
    pub fn ensure_internal(
        &self,
        tx: &mut Tx<'_>,
        code: u16,
        currency: Currency,
    ) -> Result<AccountId, DbError> {
        let id = internal_account(code, currency);
        if tx.row("SELECT no FROM ledger_account WHERE id = $1", &params![id.uuid()])?.is_some() {
            return Ok(id);
        }
        let name = chart::find(code).map_or("Internal", |line| line.name);
        self.open_account(
            tx,
            &NewAccount {
                id,
                owner: None,
                kind: "internal",
                name: format!("{name} {currency}"),
                currency,
                code,
                overdraft: Overdraft::Unlimited,
                ceiling: None,
            },
        )?;
        Ok(id)
    }

    /// Changes what an account permits, in this unit of work; transfers decided after it obey.
    ///
    /// # Errors
    /// What the database says; the refusal is the answer's own.
    pub fn change_control(
        &self,
        tx: &mut Tx<'_>,
        id: AccountId,
        control: Control,
    ) -> Result<Result<(), ControlRefused>, DbError> {
        const UPDATE: &str = "UPDATE ledger_balance SET overdraft = $2, ceiling = $3, frozen_debit = $4, frozen_credit = $5, \
                              closed = $6 WHERE account_no = $1";
        self.with_books(tx, |books, tx| {
            let needs = crate::rules::Needs {
                accounts: missing(books.set.has_account(&id), id),
                ..Default::default()
            };
            books.load(tx, &needs, crate::poster::nothing())?;
            let Some(mut account) = books.set.account(&id).cloned() else {
                return Ok(Err(ControlRefused::NotFound));
            };
            if account.closed {
                return Ok(Err(ControlRefused::Closed));
            }
            match control {
                Control::FreezeDebits(frozen) => account.frozen_debit = frozen,
                Control::FreezeCredits(frozen) => account.frozen_credit = frozen,
                Control::Overdraft(overdraft) => account.overdraft = overdraft,
                Control::Ceiling(ceiling) => account.ceiling = ceiling,
                Control::Close if !is_empty(&account) => return Ok(Err(ControlRefused::NotEmpty)),
                Control::Close => account.closed = true,
            }
            let overdraft = rows::overdraft_value(account.overdraft);
            let values = params![
                account.no,
                overdraft,
                account.ceiling,
                account.frozen_debit,
                account.frozen_credit,
                account.closed
            ];
            tx.execute(UPDATE, &values)?;
            books.set.insert_account(account);
            Ok(Ok(()))
        })
    }

    /// The account, as it is committed.
    ///
    /// # Errors
    /// What the database says.
    pub fn account(
        &self,
        reader: &mut florin_db::Reader<'_>,
        id: AccountId,
    ) -> Result<Option<AccountView>, DbError> {
        let horizon = Horizon::of(reader)?;
        let found = reader.row(BY_ID, &params![id.uuid()])?;
        found.map(|row| self.view_at(horizon, &row)).transpose()
    }

    /// Accounts of a person, in the order they were opened, after number `after`.
    ///
    /// # Errors
    /// What the database says.
    pub fn accounts_of(
        &self,
        reader: &mut florin_db::Reader<'_>,
        owner: UserId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<AccountView>, DbError> {
        let horizon = Horizon::of(reader)?;
        let rows = reader.rows(BY_OWNER, &params![owner.uuid(), after, count(limit)])?;
        rows.iter().map(|row| self.view_at(horizon, row)).collect()
    }

    /// Customers' accounts whose numbers leave `rest` when divided by `modulus`: those that end in certain digits.
    ///
    /// # Errors
    /// What the database says.
    pub fn accounts_ending_in(
        &self,
        reader: &mut florin_db::Reader<'_>,
        modulus: i64,
        rest: i64,
        limit: usize,
    ) -> Result<Vec<AccountView>, DbError> {
        let horizon = Horizon::of(reader)?;
        let rows = reader.rows(BY_DIGITS, &params![modulus.max(1), rest, count(limit)])?;
        rows.iter().map(|row| self.view_at(horizon, row)).collect()
    }

    /// All accounts, after number `after`.
    ///
    /// # Errors
    /// What the database says.
    pub fn accounts(
        &self,
        reader: &mut florin_db::Reader<'_>,
        after: i64,
        limit: usize,
    ) -> Result<Vec<AccountView>, DbError> {
        let horizon = Horizon::of(reader)?;
        let rows = reader.rows(ALL, &params![after, count(limit)])?;
        rows.iter().map(|row| self.view_at(horizon, row)).collect()
    }

    fn view_at(&self, horizon: Horizon, row: &Row) -> Result<AccountView, DbError> {
        view(row, self.shared.published.get(row.get(0)?, horizon))
    }
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn missing(held: bool, id: AccountId) -> Vec<AccountId> {
    if held { Vec::new() } else { vec![id] }
}

fn is_empty(account: &Account) -> bool {
    let Accumulators { debits_pending, credits_pending, .. } = account.balance;
    account.own() == 0 && debits_pending == 0 && credits_pending == 0
}

fn view(row: &Row, snapshot: Option<Snapshot>) -> Result<AccountView, DbError> {
    let mut account = rows::account(row)?;
    // A snapshot is older than the row when the row was written since: the later one is shown.
    if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.version > account.version) {
        account.balance = snapshot.balance;
        account.version = snapshot.version;
        account.last_seq = snapshot.last_seq;
    }
    Ok(AccountView {
        id: account.id,
        no: account.no,
        owner: account.owner,
        kind: row.get(21)?,
        name: row.get(22)?,
        currency: account.currency,
        code: account.code,
        opened_at: row.get(23)?,
        account,
    })
}

/// The identifier of the institution's own account of this code and currency.
pub fn internal_account(code: u16, currency: Currency) -> AccountId {
    // A name-based identifier (UUIDv8): the words, and what makes them this.
    let mut bytes = *b"florin-acct\0\0\0\0\0";
    let numeric = currency.numeric().to_be_bytes();
    let code = code.to_be_bytes();
    for (slot, byte) in bytes.iter_mut().skip(12).zip(code.into_iter().chain(numeric)) {
        *slot = byte;
    }
    AccountId::from_uuid(florin_kernel::Uuid::new_v8(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_accounts_are_told_apart_by_code_and_currency() {
        let one = internal_account(1_000, Currency::EUR);
        assert_eq!(one, internal_account(1_000, Currency::EUR));
        assert_ne!(one, internal_account(1_000, Currency::USD));
        assert_ne!(one, internal_account(1_100, Currency::EUR));
    }
}
