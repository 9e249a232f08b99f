//! The payment record.

use std::borrow::Cow;

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Reader, Value, params};
use florin_kernel::{AccountId, Currency, Money, Timestamp, TransferId, UserId, Uuid};
use florin_ledger::rules::Code;

use crate::risk::Decision;

/// What kind of payment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From an account to another.
    Transfer,
    /// Cash in.
    Deposit,
    /// Cash out.
    Withdrawal,
    /// A pending transfer went through.
    Post,
    /// A pending transfer was released.
    Void,
    /// A transfer was given back.
    Reversal,
}

impl Kind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
            Self::Post => "post",
            Self::Void => "void",
            Self::Reversal => "reversal",
        }
    }

    /// The outbox topic of a payment of this kind that went through.
    pub(crate) const fn topic(self) -> &'static str {
        match self {
            Self::Transfer => "transfer.created",
            Self::Deposit => "deposit.created",
            Self::Withdrawal => "withdrawal.created",
            Self::Post => "transfer.posted",
            Self::Void => "transfer.voided",
            Self::Reversal => "transfer.reversed",
        }
    }
}

/// A payment as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its identifier, which is the transfer's.
    pub id: TransferId,
    /// What kind it is, by its stable name.
    pub kind: String,
    /// Who asked for it.
    pub user: Option<UserId>,
    /// What the payer wrote.
    pub description: Option<String>,
    /// The refusal, if it failed.
    pub error: Option<String>,
    /// The decision's name, score and reasons.
    pub decision: String,
    /// From 0 to 1000.
    pub score: i64,
    /// Stable codes, separated by commas.
    pub reasons: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO payment (id, kind, user_id, from_account, to_account, amount, currency, description, status, error, \
             decision, score, reasons, created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    postgres: "INSERT INTO payment (id, kind, user_id, from_account, to_account, amount, currency, description, status, error, \
               decision, score, reasons, created_at_us) \
               SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[], \
               $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::text[], $14::bigint[])",
    columns: &[
        Column::Uuid,
        Column::Text,
        Column::Uuid,
        Column::Uuid,
        Column::Uuid,
        Column::Int,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Int,
        Column::Text,
        Column::Int,
    ],
};

pub(crate) fn statement() -> &'static BulkStatement {
    &INSERT
}

/// What is recorded of one payment.
pub(crate) struct Record<'a> {
    pub(crate) id: TransferId,
    pub(crate) kind: Kind,
    pub(crate) user: Option<UserId>,
    pub(crate) from: Option<AccountId>,
    pub(crate) to: Option<AccountId>,
    pub(crate) amount: Money,
    pub(crate) description: Option<&'a str>,
    pub(crate) pending: bool,
    pub(crate) outcome: Code,
    pub(crate) decision: &'a Decision,
    pub(crate) now_us: i64,
}

/// Adds the payment's row to those to write.
pub(crate) fn add(bulk: &mut Bulk, record: &Record<'_>) {
    let fixed = |text: &'static str| Value::Text(Cow::Borrowed(text));
    let (status, error) = match (record.outcome.is_success(), record.pending) {
        (true, true) => ("pending", Value::Null),
        (true, false) => ("completed", Value::Null),
        (false, _) => ("failed", fixed(record.outcome.as_str())),
    };
    let reasons = match record.decision.reasons.as_slice() {
        [] => Value::Null,
        [only] => Value::Text(only.clone()),
        several => Value::from(several.join(",")),
    };
    bulk.push([
        Value::Uuid(record.id.uuid()),
        fixed(record.kind.code()),
        record.user.map(UserId::uuid).into(),
        record.from.map(AccountId::uuid).into(),
        record.to.map(AccountId::uuid).into(),
        Value::Int(record.amount.minor()),
        record.amount.currency().into(),
        record.description.into(),
        fixed(status),
        error,
        fixed(record.decision.verdict.code()),
        record.decision.score.into(),
        reasons,
        Value::Int(record.now_us),
    ]);
}

/// The payment of this identifier, with its amount.
///
/// # Errors
/// What the database says.
pub fn payment(reader: &mut Reader<'_>, id: TransferId) -> Result<Option<(Payment, Money)>, DbError> {
    const SQL: &str = "SELECT kind, user_id, description, error, decision, score, reasons, created_at_us, amount, currency \
                       FROM payment WHERE id = $1";
    let Some(row) = reader.row(SQL, &params![id.uuid()])? else { return Ok(None) };
    let payment = Payment {
        id,
        kind: row.get(0)?,
        user: row.get::<Option<Uuid>>(1)?.map(UserId::from_uuid),
        description: row.get(2)?,
        error: row.get(3)?,
        decision: row.get(4)?,
        score: row.get(5)?,
        reasons: row.get(6)?,
        created_at: row.get(7)?,
    };
    Ok(Some((payment, Money::new(row.get(8)?, row.get::<Currency>(9)?))))
}
