//! Payments: who asked for money to move, why, and what was decided about it.
//!
//! - A **payment** is the record around one transfer of the ledger and bears the same identifier. It is
//!   written in the transfer's own commit, with the audit record, the outbox event and the frozen answer.
//!   A refused transfer leaves a failed payment.
//! - **Transfers** move money between accounts; **cash** moves it in and out at a teller's counter.
//! - Before money moves a decision is asked for ([`RiskCheck`]) and stored with its reasons.

mod accounts;
mod activity;
mod batch;
mod cash;
mod desk;
mod error;
mod listing;
mod migrations;
mod order;
mod payment;
mod ports;
mod resolve;
mod step_up;
mod transfers;

pub use accounts::{Accounts, OpenAccount, Product};
pub use activity::{Activity, Booked};
pub use batch::BatchOrder;
pub use cash::{CashOrder, Direction};
pub use desk::Desk;
pub use error::Error;
pub use listing::Listed;
pub use migrations::MIGRATIONS;
pub use order::{Asked, Decided, Order, Rendered};
pub use payment::{Kind, Payment, payment};
pub use ports::{Assessment, Customers, Decision, RiskCheck, TransferLimit, Verdict};
pub use resolve::{Resolution, ResolveOrder};
pub use transfers::Transfers;

/// The last digits of an account's number, as every answer shows it; the whole is never shown.
pub fn masked_number(number: i64) -> String {
    florin_vault::Masked::account(number).into_string()
}
