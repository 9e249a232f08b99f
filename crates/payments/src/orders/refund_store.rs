//! Refunds as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Currency, Money, Timestamp, TransferId, UserId, Uuid};

/// What became of a refund so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// The processor has it, or will.
    Pending,
    /// The money was given back.
    Completed,
    /// It was not.
    Failed,
    /// Nobody can tell yet.
    Unknown,
}

impl RefundStatus {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether its end is still to come.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unknown)
    }

    fn find(code: &str) -> Option<Self> {
        [Self::Pending, Self::Completed, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|status| status.code() == code)
    }
}

/// Money that is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its identifier.
    pub id: TransferId,
    /// The payment that it is of.
    pub payment: TransferId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<String>,
    /// What became of it.
    pub status: RefundStatus,
    /// The hold under it, while a processor has it.
    pub hold: Option<TransferId>,
    /// The processor's identifier.
    pub processor_id: Option<String>,
    /// Why it failed.
    pub decline_code: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<UserId>,
    /// How often the processor was asked.
    pub looks: i64,
    /// When it is asked next.
    pub look_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was made, or failed.
    pub completed_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.payment_id, f.amount, f.reason, f.status, f.hold_id, f.processor_id, f.decline_code, \
             f.requested_by, f.looks, f.look_at_us, f.created_at_us, f.completed_at_us, o.currency \
             FROM payment_refund f JOIN payment_order o ON o.id = f.payment_id ",
            $rest
        )
    };
}

fn refund(row: &Row) -> Result<Refund, DbError> {
    let status: String = row.get(4)?;
    Ok(Refund {
        id: TransferId::from_uuid(row.get(0)?),
        payment: TransferId::from_uuid(row.get(1)?),
        amount: Money::new(row.get(2)?, row.get::<Currency>(13)?),
        reason: row.get(3)?,
        status: RefundStatus::find(&status)
            .ok_or_else(|| DbError::Corrupt("payment_refund.status is no status".to_owned()))?,
        hold: row.get::<Option<Uuid>>(5)?.map(TransferId::from_uuid),
        processor_id: row.get(6)?,
        decline_code: row.get(7)?,
        requested_by: row.get::<Option<Uuid>>(8)?.map(UserId::from_uuid),
        looks: row.get(9)?,
        look_at: row.get(10)?,
        created_at: row.get(11)?,
        completed_at: row.get(12)?,
    })
}

/// The refunds of a payment, from the first.
pub(crate) fn of(reader: &mut Reader<'_>, payment: TransferId) -> Result<Vec<Refund>, DbError> {
    let rows = reader.rows(select!("WHERE f.payment_id = $1 ORDER BY f.id"), &params![payment.uuid()])?;
    rows.iter().map(refund).collect()
}

/// The refund of this identifier. Whoever changes it has locked its payment.
pub(crate) fn find_in(tx: &mut Tx<'_>, id: TransferId) -> Result<Option<Refund>, DbError> {
    tx.row(select!("WHERE f.id = $1"), &params![id.uuid()])?.as_ref().map(refund).transpose()
}

/// What refunds of a payment have still to give back, in minor units.
pub(crate) fn open_total(tx: &mut Tx<'_>, payment: TransferId) -> Result<i64, DbError> {
    let row = tx.row(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment_refund
         WHERE payment_id = $1 AND status IN ('pending', 'unknown')",
        &params![payment.uuid()],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Refunds that the processor is to be asked about by `now`, at most a hundred, with their payments.
pub(crate) fn to_look_at(
    reader: &mut Reader<'_>,
    now: Timestamp,
) -> Result<Vec<(TransferId, TransferId)>, DbError> {
    let rows = reader.rows(
        "SELECT payment_id, id FROM payment_refund WHERE look_at_us IS NOT NULL AND look_at_us <= $1
         ORDER BY look_at_us LIMIT 100",
        &params![now],
    )?;
    let ids = |row: &Row| Ok((TransferId::from_uuid(row.get(0)?), TransferId::from_uuid(row.get(1)?)));
    rows.iter().map(ids).collect()
}

pub(crate) fn insert(tx: &mut Tx<'_>, refund: &Refund) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payment_refund (id, payment_id, amount, reason, status, hold_id, requested_by, looks, created_at_us,
                                     completed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)",
        &params![
            refund.id.uuid(),
            refund.payment.uuid(),
            refund.amount.minor(),
            refund.reason.clone(),
            refund.status.code(),
            refund.hold.map(TransferId::uuid),
            refund.requested_by.map(UserId::uuid),
            refund.created_at,
            refund.completed_at,
        ],
    )?;
    Ok(())
}

pub(crate) fn save(tx: &mut Tx<'_>, refund: &Refund) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_refund SET status = $2, processor_id = $3, decline_code = $4, looks = $5, look_at_us = $6,
             completed_at_us = $7 WHERE id = $1",
        &params![
            refund.id.uuid(),
            refund.status.code(),
            refund.processor_id.clone(),
            refund.decline_code.clone(),
            refund.looks,
            refund.look_at,
            refund.completed_at,
        ],
    )?;
    Ok(())
}
