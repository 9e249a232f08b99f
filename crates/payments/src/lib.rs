//! Payments: who asked for money to move, why, and what was decided about it.
//!
//! - A **payment** is the record around one transfer of the ledger and bears the same identifier. It is
//!   written in the transfer's own commit, with the audit record, the outbox event and the frozen answer.
//!   A refused transfer leaves a failed payment.
//! - **Transfers** move money between accounts; **cash** moves it in and out at a teller's counter.
//! - A **payment order** pays payees, billers, loans and accounts, by an account or a saved bank account or card
//!   ([`Payments`]). What a processor carries is reserved by holds until it is known what became of it; what nobody can
//!   tell is *unknown*, and never failed.
//! - A **scheduled payment** makes payments when they fall due, each occurrence once ([`Scheduled`]).
//! - Account numbers are sealed, cards are tokens, and both are masked in every answer.
//! - Before money moves a decision is asked for ([`RiskCheck`]) and stored with its reasons.

mod account_search;
mod accounts;
mod activity;
pub mod bank_files;
mod batch;
mod cash;
pub mod checks;
mod desk;
mod error;
pub mod held;
mod lines;
mod listing;
mod methods;
mod migrations;
mod order;
mod orders;
mod payees;
mod payment;
mod ports;
pub mod rail;
mod resolve;
mod risk;
mod scheduled;
mod sealing;
mod step_up;
mod transfers;

pub use accounts::{Accounts, OpenAccount, Product, RenderAccount};
pub use activity::{Activity, Booked};
pub use batch::BatchOrder;
pub use cash::{CashOrder, Direction};
pub use desk::Desk;
pub use error::Error;
pub use lines::{Effect, Line, LineFilter};
pub use listing::Listed;
pub use methods::{KeptCardForm, MethodView, NewMethod, PaymentMethod, PaymentMethods};
pub use migrations::MIGRATIONS;
pub use order::{Asked, Decided, Order, Rendered};
pub use orders::{
    Assessed, Carrier, Change, CreatePayment, Fee, Fees, From, InvalidFee, Names, Outside, PaymentDetail,
    PaymentFilter, PaymentOrder, Payments, Preview, RecallPayments, Received, Refund, RefundOrder,
    RefundPayments, RefundRender, RefundStatus, Refusal, Render, SETTLE_PAYMENT, SettleOrder, SettleVerdict,
    Source, Standing, Status, SubmitPayments, Taken, Target, To, WatchPayments, biller_accounts, outside,
    unknown,
};
pub use payees::{
    Biller, BillerChange, Billers, NewBiller, NewPayee, Payable, Payee, PayeeChange, Payees, ReferenceRule,
};
pub use payment::{Kind, Payment, payment};
pub use ports::{
    CardFacts, CardKeeper, Customers, Holder, HolderCheck, HolderLook, KeeperSilent, KnownHolder, LoanDesk,
    LoanOwed, LoanReceipt, LoanReceived, LoanRefused, PayableLoan,
};
pub use resolve::{Resolution, ResolveOrder};
pub use risk::{
    Assessment, Decision, DecisionRecord, Fate, Moving, ReviewVerdict, RiskCheck, TransferLimit, Verdict,
};
pub use scheduled::{
    FollowScheduled, Missed, NewSchedule, Notices, Payers, RenderSchedule, Retries, Run, RunState,
    ScheduleChange, ScheduleDetail, ScheduleNews, ScheduleState, Scheduled, ScheduledPayment, Sum, What,
    When, WhenForm, Whom, reason_of_denial,
};
pub use sealing::SEALED;
pub use transfers::Transfers;

/// The last digits of an account's number, as every answer shows it; the whole is never shown.
pub fn masked_number(number: i64) -> String {
    florin_vault::Masked::account(number).into_string()
}
