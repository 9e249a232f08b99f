//! Payments written for the first time, many at once.

use florin_db::{Bulk, BulkStatement, DbError, Kind, Tx, params};
use florin_kernel::{AccountId, BillerId, LoanId, Timestamp, UserId};

use super::record::{PaymentOrder, Source, Target};

/// How much of a detail the history keeps, in characters.
const DETAIL_MAX: usize = 500;

static ORDERS: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO payment_order (id, user_id, created_by, idempotency, source_kind, source_account, method_id,
        target_kind, payee_id, biller_id, target_account, loan_id, principal_only, amount, currency, fee, method_kind,
        method_masked, description, status, processor, decline_code, decision, score, reasons, allocated, created_at_us,
        completed_at_us, reconciled, under_review, refunded_amount, looks, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
        $24, $25, $26, $27, $28, $29, $30, 0, 0, 1)",
    postgres: "INSERT INTO payment_order (id, user_id, created_by, idempotency, source_kind, source_account, method_id,
        target_kind, payee_id, biller_id, target_account, loan_id, principal_only, amount, currency, fee, method_kind,
        method_masked, description, status, processor, decline_code, decision, score, reasons, allocated, created_at_us,
        completed_at_us, reconciled, under_review, refunded_amount, looks, version)
        SELECT *, 0, 0, 1 FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[],
        $8::text[], $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[], $13::boolean[], $14::bigint[], $15::text[],
        $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[],
        $24::bigint[], $25::text[], $26::boolean[], $27::bigint[], $28::bigint[], $29::boolean[], $30::boolean[])",
    columns: &[
        Kind::Uuid, Kind::Uuid, Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Uuid, Kind::Uuid,
        Kind::Uuid, Kind::Uuid, Kind::Bool, Kind::Int, Kind::Text, Kind::Int, Kind::Text, Kind::Text, Kind::Text, Kind::Text,
        Kind::Text, Kind::Text, Kind::Text, Kind::Int, Kind::Text, Kind::Bool, Kind::Int, Kind::Int, Kind::Bool, Kind::Bool,
    ],
};

static HISTORY: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO payment_order_event (payment_id, version, status, cause, detail, refunded_amount, at_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
    postgres: "INSERT INTO payment_order_event (payment_id, version, status, cause, detail, refunded_amount, at_us)
               SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])",
    columns: &[Kind::Uuid, Kind::Int, Kind::Text, Kind::Text, Kind::Text, Kind::Int, Kind::Int],
};

/// Payments to be written, each with the first line of its history.
pub(crate) struct NewOrders {
    orders: Bulk,
    history: Bulk,
}

impl Default for NewOrders {
    fn default() -> Self {
        Self { orders: Bulk::new(&ORDERS), history: history() }
    }
}

impl NewOrders {
    /// Adds a payment, which `cause` brought about.
    pub(crate) fn add(&mut self, order: &PaymentOrder, cause: &str) {
        let (source_kind, account, method) = match order.source {
            Source::Account(account) => ("account", Some(account.uuid()), None),
            Source::Method(method) => ("method", None, Some(method.uuid())),
        };
        let (target_kind, payee, biller) = match order.target {
            Target::Payee(payee, biller) => ("payee", Some(payee.uuid()), biller.map(BillerId::uuid)),
            Target::Account => ("account", None, None),
            Target::Loan(_) => ("loan", None, None),
        };
        let reasons = (!order.risk.reasons.is_empty()).then(|| order.risk.reasons.join(","));
        self.orders.push(params![
            order.id.uuid(),
            order.user.uuid(),
            order.created_by.map(UserId::uuid),
            order.idempotency,
            source_kind,
            account,
            method,
            target_kind,
            payee,
            biller,
            order.credited.map(AccountId::uuid),
            order.loan().map(LoanId::uuid),
            order.principal_only,
            order.amount.minor(),
            order.amount.currency(),
            order.fee.minor(),
            order.carrier.method(),
            order.method_masked.clone(),
            order.description.clone(),
            order.status.code(),
            order.processor.clone(),
            order.decline_code.clone(),
            &order.risk.decision,
            order.risk.score,
            reasons,
            order.allocated,
            order.created_at,
            order.completed_at,
            false,
            order.under_review,
        ]);
        note(&mut self.history, order, cause, order.decline_code.as_deref(), order.created_at);
    }

    /// Writes them.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn write(self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        tx.bulk(self.orders)?;
        tx.bulk(self.history)
    }
}

/// No lines of payments' histories yet.
pub(crate) fn history() -> Bulk {
    Bulk::new(&HISTORY)
}

/// Adds a line to a payment's history.
pub(crate) fn note(
    lines: &mut Bulk,
    order: &PaymentOrder,
    cause: &str,
    detail: Option<&str>,
    now: Timestamp,
) {
    lines.push(params![
        order.id.uuid(),
        order.version,
        order.status.code(),
        cause,
        detail.map(|text| text.chars().take(DETAIL_MAX).collect::<String>()),
        order.refunded.minor(),
        now,
    ]);
}
