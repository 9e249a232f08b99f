//! Payments as the world sees them.

use florin_kernel::{Money, Timestamp};
use florin_lending::LoanSeen;
use florin_payments::{LoanReceived, PaymentDetail, PaymentOrder, Refund, Source, Target};
use serde::Serialize;
use utoipa::ToSchema;

use crate::loan_views::LoanView;
use crate::money::MoneyView;

/// The decision about a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentRiskView {
    /// `approve`, `review` or `decline`.
    decision: String,
    /// From 0, nothing to fear, to 1000.
    score: i64,
    /// Stable codes of what contributed.
    reasons: Vec<String>,
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView {
    /// Its identifier, which is that of its transfer.
    pub id: String,
    /// `pending`, `processing`, `completed`, `failed`, `unknown`, `refunded` or `cancelled`.
    status: &'static str,
    /// How much.
    amount: MoneyView,
    /// What was charged for it, besides.
    fee: MoneyView,
    /// How much was given back.
    refunded_amount: MoneyView,
    /// The account that it comes from.
    from_account_id: Option<String>,
    /// The saved bank account or card that it comes from.
    payment_method_id: Option<String>,
    /// The payee.
    payee_id: Option<String>,
    /// The biller behind the payee.
    biller_id: Option<String>,
    /// The loan.
    loan_id: Option<String>,
    /// The account that it goes to.
    to_account_id: Option<String>,
    /// `internal`, `bank_account` or `card`.
    method: &'static str,
    /// What may be shown of the bank account or card.
    #[schema(example = "****5678")]
    method_details: Option<String>,
    /// What the payer wrote.
    description: Option<String>,
    /// The processor that carries it.
    processor: Option<String>,
    /// The processor's identifier.
    processor_id: Option<String>,
    /// Why it failed.
    decline_code: Option<String>,
    /// The decision about it.
    risk: PaymentRiskView,
    /// When it was asked for.
    created_at: String,
    /// When it was submitted.
    processed_at: Option<String>,
    /// When it was over.
    completed_at: Option<String>,
    /// Whether a statement of a bank was found to say the same.
    reconciled: bool,
    /// When that was.
    reconciled_at: Option<String>,
    /// From 1; one more with each change.
    version: i64,
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl From<&PaymentOrder> for PaymentView {
    fn from(order: &PaymentOrder) -> Self {
        let (account, method) = match order.source {
            Source::Account(account) => (Some(account.to_string()), None),
            Source::Method(method) => (None, Some(method.to_string())),
        };
        let (payee, biller) = match order.target {
            Target::Payee(payee, biller) => (Some(payee.to_string()), biller.map(|id| id.to_string())),
            Target::Account | Target::Loan(_) => (None, None),
        };
        Self {
            id: order.id.to_string(),
            status: order.status.code(),
            amount: order.amount.into(),
            fee: order.fee.into(),
            refunded_amount: order.refunded.into(),
            from_account_id: account,
            payment_method_id: method,
            payee_id: payee,
            biller_id: biller,
            loan_id: order.loan().map(|loan| loan.to_string()),
            to_account_id: order
                .credited
                .filter(|_| order.target == Target::Account)
                .map(|account| account.to_string()),
            method: order.carrier.method(),
            method_details: order.method_masked.clone(),
            description: order.description.clone(),
            processor: order.processor.clone(),
            processor_id: order.processor_id.clone(),
            decline_code: order.decline_code.clone(),
            risk: PaymentRiskView {
                decision: order.risk.decision.clone(),
                score: order.risk.score,
                reasons: order.risk.reasons.clone(),
            },
            created_at: order.created_at.to_string(),
            processed_at: text(order.processed_at),
            completed_at: text(order.completed_at),
            reconciled: order.reconciled_at.is_some(),
            reconciled_at: text(order.reconciled_at),
            version: order.version,
        }
    }
}

/// A line of a payment's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentEventView {
    /// The payment's version from then on.
    version: i64,
    /// The payment's state from then on.
    status: &'static str,
    /// What brought it about, by a stable code.
    cause: String,
    /// More about it.
    detail: Option<String>,
    /// How much had been given back by then.
    refunded_amount: MoneyView,
    /// When.
    at: String,
}

/// Money that is given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    /// Its identifier.
    id: String,
    /// The payment that it is of.
    payment_id: String,
    /// How much.
    amount: MoneyView,
    /// `pending`, `completed`, `failed` or `unknown`.
    status: &'static str,
    /// Why it is given back.
    reason: Option<String>,
    /// Why it failed.
    decline_code: Option<String>,
    /// When it was asked for.
    created_at: String,
    /// When it was over.
    completed_at: Option<String>,
}

impl From<&Refund> for RefundView {
    fn from(refund: &Refund) -> Self {
        Self {
            id: refund.id.to_string(),
            payment_id: refund.payment.to_string(),
            amount: refund.amount.into(),
            status: refund.status.code(),
            reason: refund.reason.clone(),
            decline_code: refund.decline_code.clone(),
            created_at: refund.created_at.to_string(),
            completed_at: text(refund.completed_at),
        }
    }
}

/// A payment with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentDetailView {
    /// The payment.
    #[serde(flatten)]
    payment: PaymentView,
    /// What became of it, from the beginning.
    history: Vec<PaymentEventView>,
    /// What was, or is to be, given back of it.
    refunds: Vec<RefundView>,
}

impl From<&PaymentDetail> for PaymentDetailView {
    fn from(detail: &PaymentDetail) -> Self {
        let currency = detail.order.amount.currency();
        let history = detail.history.iter().map(|change| PaymentEventView {
            version: change.version,
            status: change.status.code(),
            cause: change.cause.clone(),
            detail: change.detail.clone(),
            refunded_amount: Money::new(change.refunded_minor, currency).into(),
            at: change.at.to_string(),
        });
        Self {
            payment: (&detail.order).into(),
            history: history.collect(),
            refunds: detail.refunds.iter().map(Into::into).collect(),
        }
    }
}

/// What a loan did with a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllocationView {
    /// Fees and charges that it settled.
    fees: MoneyView,
    /// Interest.
    interest: MoneyView,
    /// Principal.
    principal: MoneyView,
    /// Taxes and insurance.
    escrow: MoneyView,
    /// What is above all that is owed, held for the borrower.
    held: MoneyView,
}

/// A payment of a loan.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoanPaymentView {
    /// The payment.
    payment: PaymentView,
    /// What it settled; `null` until it went through.
    allocation: Option<AllocationView>,
    /// The loan after it; `null` until it went through.
    loan: Option<LoanView>,
}

impl LoanPaymentView {
    pub fn of(order: &PaymentOrder, received: Option<&LoanReceived>) -> Self {
        Self {
            payment: order.into(),
            allocation: received.map(|received| AllocationView {
                fees: received.fees.into(),
                interest: received.interest.into(),
                principal: received.principal.into(),
                escrow: received.escrow.into(),
                held: received.held.into(),
            }),
            loan: received.and_then(|received| received.loan.downcast_ref::<LoanSeen>()).map(LoanView::from),
        }
    }
}
