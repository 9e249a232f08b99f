//! Accounts and transfers as rows, and back.

use std::sync::Arc;

use florin_db::{Bulk, DbError, Row, Value};
use florin_kernel::{AccountId, Date, TransferId, UserId, Uuid};
use jiff::civil::date;

use crate::rules::{Account, Accumulators, After, AmountMode, Flags, HoldState, Overdraft, Side, Transfer};
use crate::statements::{EXPECT_REMEMBERED, INSERT_TRANSFER, UPDATE_BALANCE, UPDATE_REMEMBERED};

/// Days since 1970-01-01, as dates are stored here.
pub(crate) fn day_of(on: Date) -> i64 {
    const DAY_SECONDS: i64 = 86_400;
    on.duration_since(date(1970, 1, 1)).as_secs().div_euclid(DAY_SECONDS)
}

/// The date that is `day` days after 1970-01-01.
pub(crate) fn date_of(day: i64) -> Result<Date, DbError> {
    let span = jiff::Span::new().try_days(day).map_err(|error| DbError::Corrupt(error.to_string()))?;
    date(1970, 1, 1).checked_add(span).map_err(|error| DbError::Corrupt(error.to_string()))
}

fn corrupt(what: &str) -> DbError {
    DbError::Corrupt(format!("ledger: {what}"))
}

pub(crate) fn side_code(side: Side) -> &'static str {
    match side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    }
}

pub(crate) fn side_of(text: &str) -> Result<Side, DbError> {
    match text {
        "debit" => Ok(Side::Debit),
        "credit" => Ok(Side::Credit),
        other => Err(corrupt(&format!("no side is called {other}"))),
    }
}

pub(crate) fn hold_state(text: &str) -> Result<HoldState, DbError> {
    match text {
        "open" => Ok(HoldState::Open),
        "posted" => Ok(HoldState::Posted),
        "voided" => Ok(HoldState::Voided),
        "expired" => Ok(HoldState::Expired),
        other => Err(corrupt(&format!("no hold is {other}"))),
    }
}

pub(crate) fn hold_state_code(state: HoldState) -> &'static str {
    match state {
        HoldState::Open => "open",
        HoldState::Posted => "posted",
        HoldState::Voided => "voided",
        HoldState::Expired => "expired",
    }
}

fn mode_code(mode: AmountMode) -> i64 {
    match mode {
        AmountMode::Exact => 0,
        AmountMode::UpTo => 1,
        AmountMode::AllPending => 2,
    }
}

fn mode_of(code: i64) -> Result<AmountMode, DbError> {
    match code {
        0 => Ok(AmountMode::Exact),
        1 => Ok(AmountMode::UpTo),
        2 => Ok(AmountMode::AllPending),
        other => Err(corrupt(&format!("no amount mode is {other}"))),
    }
}

/// The overdraft as it is stored: nothing for none without end.
pub(crate) fn overdraft_value(overdraft: Overdraft) -> Option<i64> {
    match overdraft {
        Overdraft::None => Some(0),
        Overdraft::Limit(limit) => Some(limit),
        Overdraft::Unlimited => None,
    }
}

fn overdraft_of(stored: Option<i64>) -> Overdraft {
    match stored {
        None => Overdraft::Unlimited,
        Some(0) => Overdraft::None,
        Some(limit) => Overdraft::Limit(limit),
    }
}

/// An account from the columns of `LOCK_ACCOUNTS`.
pub(crate) fn account(row: &Row) -> Result<Account, DbError> {
    Ok(Account {
        no: row.get(0)?,
        id: AccountId::from_uuid(row.get(1)?),
        owner: row.get::<Option<Uuid>>(2)?.map(UserId::from_uuid),
        currency: row.get(3)?,
        code: row.get(4)?,
        normal: side_of(&row.get::<String>(5)?)?,
        overdraft: overdraft_of(row.get(6)?),
        ceiling: row.get(7)?,
        frozen_debit: row.get(8)?,
        frozen_credit: row.get(9)?,
        closed: row.get(10)?,
        version: row.get(11)?,
        balance: accumulators(row, 12)?,
        last_seq: row.get(16)?,
        last_at: row.get(17)?,
        day: date_of(row.get(18)?)?,
        day_debits: row.get(19)?,
        day_credits: row.get(20)?,
    })
}

pub(crate) fn accumulators(row: &Row, from: usize) -> Result<Accumulators, DbError> {
    Ok(Accumulators {
        debits_pending: row.get(from)?,
        debits_posted: row.get(from.saturating_add(1))?,
        credits_pending: row.get(from.saturating_add(2))?,
        credits_posted: row.get(from.saturating_add(3))?,
    })
}

/// A transfer from the columns of `FIND_TRANSFERS`.
pub(crate) fn transfer(row: &Row) -> Result<Arc<Transfer>, DbError> {
    let flags: u16 = row.get(9)?;
    Ok(Arc::new(Transfer {
        seq: row.get(0)?,
        id: TransferId::from_uuid(row.get(1)?),
        at: row.get(2)?,
        debit_no: row.get(3)?,
        credit_no: row.get(4)?,
        currency: row.get(5)?,
        amount: row.get(6)?,
        asked: row.get(7)?,
        mode: mode_of(row.get(8)?)?,
        flags: Flags::from_bits(flags).ok_or_else(|| corrupt(&format!("no flags are {flags}")))?,
        code: row.get(10)?,
        pending_id: row.get::<Option<Uuid>>(11)?.map(TransferId::from_uuid),
        timeout_s: row.get(12)?,
        expires_at: row.get(13)?,
        effective_date: date_of(row.get(14)?)?,
        asked_date: row.get::<Option<i64>>(15)?.map(date_of).transpose()?,
        group: row.get(16)?,
        reverses: row.get::<Option<Uuid>>(17)?.map(TransferId::from_uuid),
        debit_after: After { version: row.get(18)?, balance: accumulators(row, 19)? },
        credit_after: After { version: row.get(23)?, balance: accumulators(row, 24)? },
        debit_prev: row.get(28)?,
        credit_prev: row.get(29)?,
        debit: AccountId::from_uuid(row.get(30)?),
        credit: AccountId::from_uuid(row.get(31)?),
    }))
}

/// The rows of new transfers.
pub(crate) fn transfers_bulk<'t>(transfers: impl Iterator<Item = &'t Arc<Transfer>>) -> Bulk {
    let mut bulk = Bulk::new(&INSERT_TRANSFER);
    for t in transfers {
        let (d, c) = (&t.debit_after, &t.credit_after);
        bulk.push([
            Value::Int(t.seq),
            Value::Uuid(t.id.uuid()),
            Value::Int(t.at),
            Value::Int(t.debit_no),
            Value::Int(t.credit_no),
            t.currency.into(),
            Value::Int(t.amount),
            Value::Int(t.asked),
            Value::Int(mode_code(t.mode)),
            t.flags.bits().into(),
            t.code.into(),
            t.pending_id.map(TransferId::uuid).into(),
            t.timeout_s.into(),
            t.expires_at.into(),
            Value::Int(day_of(t.effective_date)),
            t.asked_date.map(day_of).into(),
            t.group.into(),
            t.reverses.map(TransferId::uuid).into(),
            Value::Int(d.version),
            Value::Int(d.balance.debits_pending),
            Value::Int(d.balance.debits_posted),
            Value::Int(d.balance.credits_pending),
            Value::Int(d.balance.credits_posted),
            Value::Int(c.version),
            Value::Int(c.balance.debits_pending),
            Value::Int(c.balance.debits_posted),
            Value::Int(c.balance.credits_pending),
            Value::Int(c.balance.credits_posted),
            Value::Int(t.debit_prev),
            Value::Int(t.credit_prev),
        ]);
    }
    bulk
}

/// The rows of accounts as their last transfer left them.
pub(crate) fn balances_bulk<'a>(accounts: impl Iterator<Item = &'a Account>) -> Bulk {
    let mut bulk = Bulk::new(&UPDATE_BALANCE);
    for account in accounts {
        bulk.push(after(account));
    }
    bulk
}

/// The rows of accounts as their last transfer left them, with what the store is expected to have, its version named
/// beside each account.
pub(crate) fn remembered_bulk(accounts: &[(&Account, i64)]) -> Bulk {
    let mut bulk = Bulk::new(&UPDATE_REMEMBERED);
    for (account, stored_version) in accounts {
        let [no, version, dp, dd, cp, cc, seq, at, day, debits, credits] = after(account);
        let [_, stored, overdraft, ceiling, frozen_debit, frozen_credit, closed] =
            expected(account, *stored_version);
        bulk.push([
            no,
            version,
            dp,
            dd,
            cp,
            cc,
            seq,
            at,
            day,
            debits,
            credits,
            stored,
            overdraft,
            ceiling,
            frozen_debit,
            frozen_credit,
            closed,
        ]);
    }
    bulk
}

/// The rows of accounts that were looked at and not changed.
pub(crate) fn expected_bulk(accounts: &[&Account]) -> Bulk {
    let mut bulk = Bulk::new(&EXPECT_REMEMBERED);
    for account in accounts {
        bulk.push(expected(account, account.version));
    }
    bulk
}

fn after(account: &Account) -> [Value; 11] {
    let sums = &account.balance;
    [
        Value::Int(account.no),
        Value::Int(account.version),
        Value::Int(sums.debits_pending),
        Value::Int(sums.debits_posted),
        Value::Int(sums.credits_pending),
        Value::Int(sums.credits_posted),
        Value::Int(account.last_seq),
        Value::Int(account.last_at),
        Value::Int(day_of(account.day)),
        Value::Int(account.day_debits),
        Value::Int(account.day_credits),
    ]
}

fn expected(account: &Account, stored_version: i64) -> [Value; 7] {
    [
        Value::Int(account.no),
        Value::Int(stored_version),
        overdraft_value(account.overdraft).into(),
        account.ceiling.into(),
        Value::Bool(account.frozen_debit),
        Value::Bool(account.frozen_credit),
        Value::Bool(account.closed),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_back_from_their_days() {
        for on in
            [date(1970, 1, 1), date(1969, 12, 31), date(2026, 2, 28), date(2028, 2, 29), date(1900, 1, 1)]
        {
            assert_eq!(date_of(day_of(on)).unwrap(), on);
        }
        assert_eq!(day_of(date(1969, 12, 31)), -1);
    }
}
