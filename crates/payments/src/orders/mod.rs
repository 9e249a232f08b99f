//! Payments: what people ask for, what carries it, and what became of it.
//!
//! A payment within the books is one commit and complete. One that a processor carries goes through phases:
//!
//! 1. [`Payments::create`] reserves the money by holds that never expire, writes the record and a job, and freezes the
//!    answer: *pending*.
//! 2. The job ([`SubmitPayments`]) makes it *processing*, commits that, and only then submits. Whoever cancels and
//!    whoever submits lock the same row, so that one of them wins.
//! 3. What the processor says is carried out by one function ([`conclude`](self::conclude)), whether it came as the
//!    answer, by a webhook, by asking again ([`WatchPayments`]), or by two persons' word: *completed* posts the holds,
//!    *failed* voids them, *unknown* keeps them.
//! 4. A return after completion gives back what was posted; a refund does it on purpose ([`Payments::refund`]).
//!
//! No state goes backwards, whatever is told twice, late or out of order.

mod cancel;
mod conclude;
pub(crate) mod create;
mod fees;
pub(crate) mod legs;
mod names;
mod new_orders;
mod outside;
pub(crate) mod plan;
mod preview;
mod read;
mod receive;
mod record;
mod refund;
mod refund_rail;
mod refund_store;
mod review;
mod settle;
mod state;
pub(crate) mod store;
pub(crate) mod submit;
mod undo;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use florin_db::Db;
use florin_kernel::Currency;
use florin_ledger::Ledger;
use florin_vault::Keyring;
use parking_lot::RwLock;
use tokio::sync::Notify;

use crate::ports::LoanDesk;
use crate::rail::{Rails, WebhookReceiver};
use crate::risk::RiskCheck;
use crate::sealing::Sealing;
use crate::step_up::StepUpLimit;

pub(crate) use conclude::Learned;
pub(crate) use new_orders::NewOrders;
pub(crate) use refund_store::find_in as find_refund;
pub(crate) use store::{find, lock as lock_order};
pub(crate) use undo::BankReturn;

pub use create::{Refusal, Render, Taken};
pub use fees::{Fee, Fees, InvalidFee};
pub use names::Names;
pub use outside::{Outside, biller_accounts, outside};
pub use plan::{CreatePayment, From, To};
pub use preview::Preview;
pub use read::{PaymentDetail, unknown};
pub use receive::Received;
pub use record::{Assessed, Carrier, Change, PaymentOrder, Source, Target};
pub use refund::{RefundOrder, RefundRender};
pub use refund_rail::RefundPayments;
pub use refund_store::{Refund, RefundStatus};
pub use settle::{SETTLE_PAYMENT, SettleOrder, Verdict as SettleVerdict};
pub use state::Status;
pub use store::PaymentFilter;
pub use submit::{RecallPayments, SubmitPayments};
pub use watch::WatchPayments;

/// What payments stand on.
pub struct Standing {
    /// The database.
    pub db: Db,
    /// The books.
    pub ledger: Ledger,
    /// The keys that account numbers are sealed with.
    pub vault: Keyring,
    /// Who decides before money moves.
    pub risk: Arc<dyn RiskCheck>,
    /// Who takes money for loans.
    pub loans: Arc<dyn LoanDesk>,
    /// The ways to the world outside.
    pub rails: Rails,
    /// Who reads what processors send.
    pub receivers: Vec<Arc<dyn WebhookReceiver>>,
    /// What is charged.
    pub fees: Fees,
    /// Above how many major units of a currency a fresh factor is asked for.
    pub step_up_above: i64,
    /// How long a processor is waited for; after that nobody can tell what became of a payment.
    pub patience: Duration,
    /// Wakes the workers, so that a payment is submitted at once.
    pub wake: Arc<Notify>,
}

/// Payments. Clones share everything.
#[derive(Clone)]
pub struct Payments {
    pub(crate) db: Db,
    pub(crate) ledger: Ledger,
    pub(crate) sealing: Sealing,
    risk: Arc<dyn RiskCheck>,
    pub(crate) loans: Arc<dyn LoanDesk>,
    rails: Rails,
    receivers: Arc<[Arc<dyn WebhookReceiver>]>,
    fees: Fees,
    pub(crate) step_up: StepUpLimit,
    patience: Duration,
    pub(crate) wake: Arc<Notify>,
    /// The institution's own accounts that are known to be open.
    open: Arc<RwLock<Vec<(u16, Currency)>>>,
}

impl Payments {
    /// Payments that stand on these.
    pub fn new(on: Standing) -> Self {
        Self {
            sealing: Sealing::new(on.vault),
            db: on.db,
            ledger: on.ledger,
            risk: on.risk,
            loans: on.loans,
            rails: on.rails,
            receivers: on.receivers.into(),
            fees: on.fees,
            step_up: StepUpLimit::above(on.step_up_above),
            patience: on.patience,
            wake: on.wake,
            open: Arc::default(),
        }
    }
}
