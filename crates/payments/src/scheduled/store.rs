//! Scheduled payments as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{
    AccountId, Currency, LoanId, Money, PayeeId, PaymentMethodId, ScheduledPaymentId, Timestamp, TransferId,
    UserId, Uuid,
};

use super::{Notices, Retries, Run, RunState, ScheduleState, ScheduledPayment, Sum, When, Whom};
use crate::orders::From;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, source_account, method_id, payee_id, target_account, loan_id, principal_only, amount_kind, \
             amount, currency, description, rhythm, first_on, time_of_day, time_zone, calendar, convention, end_after, end_on, \
             retry_times, retry_hours, notice_days, notice_made, state, state_reason, next_n, next_at_us, notice_n, \
             notice_at_us, count_from, version, created_at_us FROM scheduled_payment ",
            $rest
        )
    };
}
pub(super) use select;

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("scheduled_payment.{column} is not what was written"))
}

/// A schedule of the columns of `select!`.
pub(super) fn schedule(row: &Row) -> Result<ScheduledPayment, DbError> {
    let currency: Currency = row.get(10)?;
    let from = match (row.get::<Option<Uuid>>(2)?, row.get::<Option<Uuid>>(3)?) {
        (Some(account), _) => From::Account(AccountId::from_uuid(account)),
        (None, Some(method)) => From::Method(PaymentMethodId::from_uuid(method)),
        (None, None) => return Err(corrupt("source_account")),
    };
    let whom = match (row.get::<Option<Uuid>>(4)?, row.get::<Option<Uuid>>(5)?, row.get::<Option<Uuid>>(6)?) {
        (Some(payee), ..) => Whom::Payee(PayeeId::from_uuid(payee)),
        (_, Some(account), _) => Whom::Account(AccountId::from_uuid(account)),
        (.., Some(loan)) => Whom::Loan(LoanId::from_uuid(loan), row.get(7)?),
        (None, None, None) => return Err(corrupt("payee_id")),
    };
    let sum = match (row.get::<String>(8)?.as_str(), row.get::<Option<i64>>(9)?) {
        ("fixed", Some(minor)) => Sum::Fixed(Money::new(minor, currency)),
        ("instalment_due", None) => Sum::InstalmentDue,
        ("payoff", None) => Sum::Payoff,
        _ => return Err(corrupt("amount_kind")),
    };
    Ok(ScheduledPayment {
        id: ScheduledPaymentId::from_uuid(row.get(0)?),
        user: UserId::from_uuid(row.get(1)?),
        from,
        whom,
        sum,
        currency,
        description: row.get(11)?,
        when: when(row)?,
        retries: Retries { times: row.get(20)?, hours: row.get(21)? },
        notices: Notices { days_before: row.get(22)?, when_made: row.get(23)? },
        state: ScheduleState::find(&row.get::<String>(24)?).ok_or_else(|| corrupt("state"))?,
        state_reason: row.get(25)?,
        next_n: row.get(26)?,
        next_at: row.get(27)?,
        notice_n: row.get(28)?,
        notice_at: row.get(29)?,
        count_from: row.get(30)?,
        version: row.get(31)?,
        created_at: row.get(32)?,
    })
}

fn when(row: &Row) -> Result<When, DbError> {
    let (rhythm, at, zone): (String, String, String) = (row.get(12)?, row.get(14)?, row.get(15)?);
    let (calendar, convention): (String, String) = (row.get(16)?, row.get(17)?);
    let ends = (row.get(18)?, row.get(19)?);
    When::stored((&rhythm, row.get(13)?), (&at, &zone), (&calendar, &convention), ends)
        .ok_or_else(|| corrupt("rhythm"))
}

pub(super) fn find(
    reader: &mut Reader<'_>,
    id: ScheduledPaymentId,
) -> Result<Option<ScheduledPayment>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(schedule).transpose()
}

/// The schedule, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: ScheduledPaymentId) -> Result<Option<ScheduledPayment>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(schedule).transpose()
}

/// Somebody's schedules, the newest first, older than `before`; in this state alone where one is given.
pub(super) fn list(
    reader: &mut Reader<'_>,
    user: UserId,
    state: Option<ScheduleState>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<ScheduledPayment>, DbError> {
    let rows = reader.rows(
        select!("WHERE user_id = $1 AND id < $2 AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4"),
        &params![user.uuid(), before, state.map_or("", ScheduleState::code), limit],
    )?;
    rows.iter().map(schedule).collect()
}

/// How many schedules of somebody's are active or paused.
pub(super) fn live(tx: &mut Tx<'_>, user: UserId) -> Result<i64, DbError> {
    let row = tx.row(
        "SELECT COUNT(*) FROM scheduled_payment WHERE user_id = $1 AND state IN ('active', 'paused')",
        &params![user.uuid()],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

pub(super) fn insert(tx: &mut Tx<'_>, new: &ScheduledPayment) -> Result<(), DbError> {
    let (account, method) = match new.from {
        From::Account(account) => (Some(account.uuid()), None),
        From::Method(method) => (None, Some(method.uuid())),
    };
    let (payee, target, loan, principal_only) = match new.whom {
        Whom::Payee(payee) => (Some(payee.uuid()), None, None, false),
        Whom::Account(account) => (None, Some(account.uuid()), None, false),
        Whom::Loan(loan, principal_only) => (None, None, Some(loan.uuid()), principal_only),
    };
    let when = &new.when;
    tx.execute(
        "INSERT INTO scheduled_payment (id, user_id, source_account, method_id, payee_id, target_account, loan_id,
             principal_only, amount_kind, amount, currency, description, rhythm, first_on, time_of_day, time_zone, calendar,
             convention, end_after, end_on, retry_times, retry_hours, notice_days, notice_made, state, lane, next_n,
             next_at_us, notice_n, notice_at_us, count_from, version, created_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25, $26, $27, $28, $29, $30, $31, 1, $32, $32)",
        &params![
            new.id.uuid(),
            new.user.uuid(),
            account,
            method,
            payee,
            target,
            loan,
            principal_only,
            new.sum.code(),
            new.sum.fixed().map(Money::minor),
            new.currency,
            new.description.clone(),
            when.rhythm,
            when.first_on,
            when.time_of_day(),
            &when.zone,
            when.calendar,
            when.convention,
            when.end_after,
            when.end_on,
            new.retries.times,
            new.retries.hours,
            new.notices.days_before,
            new.notices.when_made,
            new.state.code(),
            new.lane().code(),
            new.next_n,
            new.next_at,
            new.notice_n,
            new.notice_at,
            new.count_from,
            new.created_at,
        ],
    )?;
    Ok(())
}

/// Writes the next version of a schedule that this unit has locked.
pub(super) fn save(tx: &mut Tx<'_>, changed: &mut ScheduledPayment, now: Timestamp) -> Result<(), DbError> {
    changed.version = changed.version.saturating_add(1);
    tx.execute(
        "UPDATE scheduled_payment SET amount = $2, description = $3, end_after = $4, end_on = $5, retry_times = $6,
             retry_hours = $7, notice_days = $8, notice_made = $9, state = $10, state_reason = $11, next_n = $12,
             next_at_us = $13, notice_n = $14, notice_at_us = $15, count_from = $16, version = $17, changed_at_us = $18
         WHERE id = $1",
        &params![
            changed.id.uuid(),
            changed.sum.fixed().map(Money::minor),
            changed.description.clone(),
            changed.when.end_after,
            changed.when.end_on,
            changed.retries.times,
            changed.retries.hours,
            changed.notices.days_before,
            changed.notices.when_made,
            changed.state.code(),
            changed.state_reason.clone(),
            changed.next_n,
            changed.next_at,
            changed.notice_n,
            changed.notice_at,
            changed.count_from,
            changed.version,
            now,
        ],
    )?;
    Ok(())
}

/// The program stops a schedule until somebody goes on with it; false where it is not active.
pub(super) fn pause(
    tx: &mut Tx<'_>,
    id: ScheduledPaymentId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE scheduled_payment SET state = 'paused', state_reason = $2, version = version + 1, changed_at_us = $3
         WHERE id = $1 AND state = 'active'",
        &params![id.uuid(), reason, now],
    )?;
    Ok(changed == 1)
}

/// Nothing that waits to be tried again is tried any more.
pub(super) fn give_up_retries(
    tx: &mut Tx<'_>,
    id: ScheduledPaymentId,
    reason: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE scheduled_payment_run SET state = 'failed', retry_at_us = NULL, reason = $2, changed_at_us = $3
         WHERE schedule_id = $1 AND state = 'retrying'",
        &params![id.uuid(), reason, now],
    )?;
    Ok(())
}

macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "SELECT n, state, attempts, payment_id, reason, due_at_us, retry_at_us, changed_at_us, schedule_id \
             FROM scheduled_payment_run ",
            $rest
        )
    };
}

fn run(row: &Row) -> Result<Run, DbError> {
    let state: String = row.get(1)?;
    Ok(Run {
        n: row.get(0)?,
        state: RunState::find(&state)
            .ok_or_else(|| DbError::Corrupt("scheduled_payment_run.state is none".to_owned()))?,
        attempts: row.get(2)?,
        payment: row.get::<Option<Uuid>>(3)?.map(TransferId::from_uuid),
        reason: row.get(4)?,
        due_at: row.get(5)?,
        retry_at: row.get(6)?,
        changed_at: row.get(7)?,
    })
}

/// What came of a schedule's occurrences, the latest first.
pub(super) fn runs(reader: &mut Reader<'_>, id: ScheduledPaymentId, limit: i64) -> Result<Vec<Run>, DbError> {
    let rows = reader
        .rows(select_run!("WHERE schedule_id = $1 ORDER BY n DESC LIMIT $2"), &params![id.uuid(), limit])?;
    rows.iter().map(run).collect()
}

/// The schedule that a payment was made by, if it was.
pub(crate) fn schedule_of_payment(
    tx: &mut Tx<'_>,
    payment: TransferId,
) -> Result<Option<ScheduledPaymentId>, DbError> {
    let row = tx.row(
        "SELECT schedule_id FROM scheduled_payment_run WHERE payment_id = $1",
        &params![payment.uuid()],
    )?;
    row.map(|row| row.get(0).map(ScheduledPaymentId::from_uuid)).transpose()
}

/// The run that a payment was made for, locked until the unit ends.
pub(super) fn lock_run_of(tx: &mut Tx<'_>, payment: TransferId) -> Result<Option<Run>, DbError> {
    tx.row(select_run!("WHERE payment_id = $1 FOR UPDATE"), &params![payment.uuid()])?
        .as_ref()
        .map(run)
        .transpose()
}

/// Writes what came of an occurrence that was tried before.
pub(super) fn update_run(tx: &mut Tx<'_>, id: ScheduledPaymentId, run: &Run) -> Result<(), DbError> {
    tx.execute(
        "UPDATE scheduled_payment_run SET state = $3, attempts = $4, payment_id = $5, reason = $6, retry_at_us = $7,
             changed_at_us = $8
         WHERE schedule_id = $1 AND n = $2",
        &params![
            id.uuid(),
            run.n,
            run.state.code(),
            run.attempts,
            run.payment.map(TransferId::uuid),
            run.reason.clone(),
            run.retry_at,
            run.changed_at,
        ],
    )?;
    Ok(())
}

/// Whether the last occurrences, so many of them, all failed.
pub(super) fn all_failed(
    tx: &mut Tx<'_>,
    id: ScheduledPaymentId,
    count_from: u32,
    times: usize,
) -> Result<bool, DbError> {
    let limit = i64::try_from(times).unwrap_or(i64::MAX);
    let rows = tx.rows(
        "SELECT state FROM scheduled_payment_run WHERE schedule_id = $1 AND n >= $2 AND state IN ('made', 'failed')
         ORDER BY n DESC LIMIT $3",
        &params![id.uuid(), count_from, limit],
    )?;
    let mut failed = 0_usize;
    for row in &rows {
        failed = failed.saturating_add(usize::from(row.get::<String>(0)? == RunState::Failed.code()));
    }
    Ok(failed == times)
}
