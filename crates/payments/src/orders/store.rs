//! Payments as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{
    AccountId, BillerId, Currency, LoanId, Money, PayeeId, PaymentMethodId, Timestamp, TransferId, UserId,
    Uuid,
};

use super::Status;
use super::new_orders::{self, NewOrders};
use super::record::{Assessed, Carrier, Change, PaymentOrder, Source, Target};
use crate::rail::{Flow, MeansKind};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, created_by, idempotency, source_account, method_id, target_kind, payee_id, biller_id, \
             target_account, loan_id, principal_only, amount, currency, fee, method_kind, method_masked, description, \
             status, refunded_amount, processor, processor_id, processor_fee, decline_code, decision, score, reasons, \
             allocated, looks, look_at_us, created_at_us, processed_at_us, completed_at_us, reconciled_at_us, version, under_review \
             FROM payment_order ",
            $rest
        )
    };
}

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("payment_order.{column} is not what was written"))
}

fn order(row: &Row) -> Result<PaymentOrder, DbError> {
    let currency: Currency = row.get(13)?;
    let source = match (row.get::<Option<Uuid>>(4)?, row.get::<Option<Uuid>>(5)?) {
        (Some(account), _) => Source::Account(AccountId::from_uuid(account)),
        (None, Some(method)) => Source::Method(PaymentMethodId::from_uuid(method)),
        (None, None) => return Err(corrupt("source_kind")),
    };
    let status: String = row.get(18)?;
    let reasons: Option<String> = row.get(26)?;
    Ok(PaymentOrder {
        id: TransferId::from_uuid(row.get(0)?),
        user: UserId::from_uuid(row.get(1)?),
        created_by: row.get::<Option<Uuid>>(2)?.map(UserId::from_uuid),
        idempotency: row.get(3)?,
        source,
        target: target(row)?,
        credited: row.get::<Option<Uuid>>(9)?.map(AccountId::from_uuid),
        principal_only: row.get(11)?,
        amount: Money::new(row.get(12)?, currency),
        fee: Money::new(row.get(14)?, currency),
        carrier: carrier(&row.get::<String>(15)?, source)?,
        method_masked: row.get(16)?,
        description: row.get(17)?,
        status: Status::find(&status).ok_or_else(|| corrupt("status"))?,
        refunded: Money::new(row.get(19)?, currency),
        processor: row.get(20)?,
        processor_id: row.get(21)?,
        processor_fee: row.get::<Option<i64>>(22)?.map(|minor| Money::new(minor, currency)),
        decline_code: row.get(23)?,
        risk: Assessed {
            decision: row.get(24)?,
            score: row.get(25)?,
            reasons: reasons.map_or_else(Vec::new, |all| all.split(',').map(str::to_owned).collect()),
        },
        allocated: row.get(27)?,
        looks: row.get(28)?,
        look_at: row.get(29)?,
        created_at: row.get(30)?,
        processed_at: row.get(31)?,
        completed_at: row.get(32)?,
        reconciled_at: row.get(33)?,
        version: row.get(34)?,
        under_review: row.get(35)?,
    })
}

fn target(row: &Row) -> Result<Target, DbError> {
    let biller = row.get::<Option<Uuid>>(8)?.map(BillerId::from_uuid);
    match row.get::<String>(6)?.as_str() {
        "payee" => Ok(Target::Payee(PayeeId::from_uuid(row.get(7)?), biller)),
        "account" => Ok(Target::Account),
        "loan" => Ok(Target::Loan(LoanId::from_uuid(row.get(10)?))),
        _ => Err(corrupt("target_kind")),
    }
}

/// Money of a saved method comes in, and goes out to bank accounts.
fn carrier(method: &str, source: Source) -> Result<Carrier, DbError> {
    let flow = if matches!(source, Source::Method(_)) { Flow::In } else { Flow::Out };
    match method {
        "internal" => Ok(Carrier::Internal),
        "bank_account" => Ok(Carrier::Rail(flow, MeansKind::BankAccount)),
        "card" => Ok(Carrier::Rail(flow, MeansKind::Card)),
        _ => Err(corrupt("method_kind")),
    }
}

/// The payment of this identifier.
pub(crate) fn find(reader: &mut Reader<'_>, id: TransferId) -> Result<Option<PaymentOrder>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(order).transpose()
}

/// The payment that this processor knows by its own identifier.
pub(crate) fn by_processor(
    reader: &mut Reader<'_>,
    processor: &str,
    processor_id: &str,
) -> Result<Option<TransferId>, DbError> {
    let row = reader.row(
        "SELECT id FROM payment_order WHERE processor_id = $2 AND processor = $1 ORDER BY id LIMIT 1",
        &params![processor, processor_id],
    )?;
    row.map(|row| row.get(0).map(TransferId::from_uuid)).transpose()
}

/// The payment of this identifier, locked until the unit ends.
pub(crate) fn lock(tx: &mut Tx<'_>, id: TransferId) -> Result<Option<PaymentOrder>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(order).transpose()
}

/// Which payments a list shows.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// In this state alone.
    pub status: Option<Status>,
    /// Of this loan alone.
    pub loan: Option<LoanId>,
    /// Asked for at this instant or later.
    pub from: Option<Timestamp>,
    /// Asked for before this instant.
    pub to: Option<Timestamp>,
}

/// Payments, the latest first, older than `before`; of one person, or all.
pub(crate) fn list(
    reader: &mut Reader<'_>,
    user: Option<UserId>,
    filter: &PaymentFilter,
    before: Option<TransferId>,
    limit: i64,
) -> Result<Vec<PaymentOrder>, DbError> {
    // One statement serves every filter: what is not asked for is true of all rows.
    let rows = reader.rows(
        select!(
            "WHERE id < $1 AND ($2 OR user_id = $3) AND ($4 = '' OR status = $4) AND ($5 OR loan_id = $6) \
             AND created_at_us >= $7 AND created_at_us < $8 ORDER BY id DESC LIMIT $9"
        ),
        &params![
            before.map_or(Uuid::max(), TransferId::uuid),
            user.is_none(),
            user.map_or(Uuid::nil(), UserId::uuid),
            filter.status.map_or("", Status::code),
            filter.loan.is_none(),
            filter.loan.map_or(Uuid::nil(), LoanId::uuid),
            filter.from.map_or(i64::MIN, Timestamp::as_microsecond),
            filter.to.map_or(i64::MAX, Timestamp::as_microsecond),
            limit,
        ],
    )?;
    rows.iter().map(order).collect()
}

/// Payments that the processor is to be asked about by `now`, at most a hundred.
pub(crate) fn to_look_at(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<TransferId>, DbError> {
    let rows = reader.rows(
        "SELECT id FROM payment_order WHERE look_at_us IS NOT NULL AND look_at_us <= $1 ORDER BY look_at_us LIMIT 100",
        &params![now],
    )?;
    rows.iter().map(|row| row.get(0).map(TransferId::from_uuid)).collect()
}

/// Writes a payment for the first time, and the first line of its history.
pub(crate) fn insert(tx: &mut Tx<'_>, order: &PaymentOrder, cause: &str) -> Result<(), DbError> {
    let mut rows = NewOrders::default();
    rows.add(order, cause);
    rows.write(tx)
}

/// Writes the next version of a payment that this unit has locked, and a line of its history.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    order: &mut PaymentOrder,
    cause: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    order.version = order.version.saturating_add(1);
    let changed = tx.execute(
        "UPDATE payment_order SET status = $2, refunded_amount = $3, processor_id = $4, processor_fee = $5, decline_code = $6,
             allocated = $7, looks = $8, look_at_us = $9, processed_at_us = $10, completed_at_us = $11, version = $12, under_review = $13
         WHERE id = $1 AND version = $12 - 1",
        &params![
            order.id.uuid(),
            order.status.code(),
            order.refunded.minor(),
            order.processor_id.clone(),
            order.processor_fee.map(Money::minor),
            order.decline_code.clone(),
            order.allocated,
            order.looks,
            order.look_at,
            order.processed_at,
            order.completed_at,
            order.version,
            order.under_review,
        ],
    )?;
    if changed != 1 {
        return Err(DbError::Contended(format!("payment {} was changed by another", order.id)));
    }
    note(tx, order, cause, detail, now)
}

/// Puts off when the processor is asked next; nothing else is new, and the history says nothing of it.
pub(crate) fn put_off(tx: &mut Tx<'_>, order: &PaymentOrder) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_order SET looks = $2, look_at_us = $3 WHERE id = $1",
        &params![order.id.uuid(), order.looks, order.look_at],
    )?;
    Ok(())
}

fn note(
    tx: &mut Tx<'_>,
    order: &PaymentOrder,
    cause: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut line = new_orders::history();
    new_orders::note(&mut line, order, cause, detail, now);
    tx.bulk(line)
}

/// The history of a payment, from its beginning.
pub(crate) fn history(reader: &mut Reader<'_>, id: TransferId) -> Result<Vec<Change>, DbError> {
    let rows = reader.rows(
        "SELECT version, status, cause, detail, refunded_amount, at_us FROM payment_order_event \
         WHERE payment_id = $1 ORDER BY version",
        &params![id.uuid()],
    )?;
    let change = |row: &Row| {
        Ok(Change {
            version: row.get(0)?,
            status: Status::find(&row.get::<String>(1)?).ok_or_else(|| corrupt("status"))?,
            cause: row.get(2)?,
            detail: row.get(3)?,
            refunded_minor: row.get(4)?,
            at: row.get(5)?,
        })
    };
    rows.iter().map(change).collect()
}
