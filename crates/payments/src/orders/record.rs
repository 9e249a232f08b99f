//! The record of a payment.

use florin_kernel::{
    AccountId, BillerId, LoanId, Money, MoneyError, PayeeId, PaymentMethodId, Timestamp, TransferId, UserId,
    Uuid,
};

use super::Status;
use crate::rail::{Flow, MeansKind};

/// Where the money of a payment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An account here.
    Account(AccountId),
    /// A saved bank account or card.
    Method(PaymentMethodId),
}

/// Whom a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A payee, and its biller if it is one.
    Payee(PayeeId, Option<BillerId>),
    /// An account here.
    Account,
    /// A loan.
    Loan(LoanId),
}

/// What carries a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The books alone.
    Internal,
    /// A processor.
    Rail(Flow, MeansKind),
}

impl Carrier {
    /// The stable name of the method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Rail(_, means) => means.code(),
        }
    }
}

/// The decision about a payment, as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    /// `approve`, `review` or `decline`.
    pub decision: String,
    /// From 0, nothing to fear, to 1000.
    pub score: i64,
    /// Stable codes of what contributed.
    pub reasons: Vec<String>,
}

/// A payment: what was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOrder {
    /// Its identifier, which is that of the transfer or hold that it is made of.
    pub id: TransferId,
    /// Whose payment it is.
    pub user: UserId,
    /// Who asked for it; the program itself is nobody.
    pub created_by: Option<UserId>,
    /// The key under which its answer was frozen.
    pub idempotency: Option<Uuid>,
    /// Where the money comes from.
    pub source: Source,
    /// Whom it is for.
    pub target: Target,
    /// The account here that is credited; none for loans and bank accounts elsewhere.
    pub credited: Option<AccountId>,
    /// Whether a loan's principal alone is to be lowered.
    pub principal_only: bool,
    /// How much.
    pub amount: Money,
    /// What the institution charges for it, besides.
    pub fee: Money,
    /// What carries it.
    pub carrier: Carrier,
    /// What may be shown of the bank account or card.
    pub method_masked: Option<String>,
    /// What the payer wrote.
    pub description: Option<String>,
    /// What became of it so far.
    pub status: Status,
    /// How much of it was given back.
    pub refunded: Money,
    /// The processor that has it.
    pub processor: Option<String>,
    /// The processor's identifier.
    pub processor_id: Option<String>,
    /// What the processor charges the institution.
    pub processor_fee: Option<Money>,
    /// Why it failed: a code of the ledger's, of the processor's or of a return.
    pub decline_code: Option<String>,
    /// The decision about it.
    pub risk: Assessed,
    /// Whether a loan took it.
    pub allocated: bool,
    /// Whether its money is reserved until somebody looked at it.
    pub under_review: bool,
    /// How often the processor was asked what became of it.
    pub looks: i64,
    /// When it is asked next.
    pub look_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was submitted.
    pub processed_at: Option<Timestamp>,
    /// When it went through, for good or not.
    pub completed_at: Option<Timestamp>,
    /// When a bank's statement was found to say the same.
    pub reconciled_at: Option<Timestamp>,
    /// From 1; one more with each change.
    pub version: i64,
}

impl PaymentOrder {
    /// How much passes through whatever carries it: what is charged for a payment comes in with the amount, and stays here
    /// when it goes out.
    ///
    /// # Errors
    /// [`MoneyError`] where both together are beyond all money.
    pub fn charged(&self) -> Result<Money, MoneyError> {
        match self.source {
            Source::Method(_) => self.amount.plus(self.fee),
            Source::Account(_) => Ok(self.amount),
        }
    }

    /// What is left to give back.
    pub(crate) fn left(&self) -> i64 {
        self.amount.minor().saturating_sub(self.refunded.minor())
    }

    /// The loan that it is for.
    pub fn loan(&self) -> Option<LoanId> {
        match self.target {
            Target::Loan(loan) => Some(loan),
            Target::Payee(..) | Target::Account => None,
        }
    }
}

/// A change of a payment's state, as the history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version that the payment had from then on.
    pub version: i64,
    /// The state.
    pub status: Status,
    /// A stable code of what brought it about: `created`, `submitted`, `webhook`, `look_up`, `override`.
    pub cause: String,
    /// More about it.
    pub detail: Option<String>,
    /// How much had been given back by then.
    pub refunded_minor: i64,
    /// When.
    pub at: Timestamp,
}
