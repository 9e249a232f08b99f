//! What every other crate speaks in: money, identifiers, time, the actor and the permit.
//!
//! The kernel does no I/O, spawns nothing and knows no database. Its invariants:
//!
//! - [`Money`] is an integer count of minor units with its currency; arithmetic that overflows or
//!   mixes currencies is refused. [`Amount`] is money above zero.
//! - A [`Permit`] exists only because [`Actor::permit`] made it, and every write asks for one.
//! - Time and new identifiers come from [`Env`], so tests can hold both still.
#![deny(clippy::arithmetic_side_effects)]

mod action;
mod actor;
mod currency;
mod department;
mod env;
mod fault;
mod ids;
mod iso4217;
pub mod meter;
mod money;
mod page;

pub use action::Action;
pub use actor::{
    Actor, Authority, Denied, FRESH_SECONDS, Operator, Origin, Permit, Principal, Proved, Resource, Role,
};
pub use currency::{Currency, UnknownCurrency};
pub use department::Department;
pub use env::{Clock, Env, IdSource, ManualClock};
pub use fault::Fault;
pub use ids::InvalidId;
pub use jiff::{Timestamp, civil::Date};
pub use money::{Amount, Money, MoneyError, thousands};
pub use page::{Page, PageError, PageRequest};
pub use uuid::Uuid;

ids! {
    /// A person who can sign in.
    UserId,
    /// A session: one sign-in and everything refreshed from it.
    SessionId,
    /// A ledger account.
    AccountId,
    /// A transfer between two ledger accounts.
    TransferId,
    /// A key that a machine signs in with.
    ApiKeyId,
    /// A request for a second person's approval.
    ApprovalId,
    /// A device that a person signs in from.
    DeviceId,
    /// A loan, or a credit card's account.
    LoanId,
    /// A bank account or a card that a person pays with.
    PaymentMethodId,
    /// Somebody whom a person pays.
    PayeeId,
    /// An enterprise that can be paid by all.
    BillerId,
    /// Payments that are made by a schedule.
    ScheduledPaymentId,
    /// A file of payments for a bank.
    BankFileId,
    /// A decision about risk.
    DecisionId,
    /// A case that somebody looks into.
    CaseId,
    /// Something that monitoring for laundering found.
    AlertId,
    /// A person or a name that was screened.
    ScreeningId,
}
