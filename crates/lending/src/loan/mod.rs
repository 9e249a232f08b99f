//! A loan in instalments as a fold over what happened to it.
//!
//! The terms, the servicing rules and the events decide everything; nothing else is remembered. So an event that becomes
//! known late is put where it belongs and the fold is done again, and what differs is what there is to post.

mod allocation;
mod apply;
mod book;
mod event;
mod figures;
mod parts;
mod plan;
mod servicing;
mod state;

pub use allocation::{Bucket, Direction, Due, InvalidOrder, Order, Step};
pub use book::{Delinquency, EVENTS_MAX, Loan, NotRecorded, Payoff};
pub use event::{Event, Happening, LoanEventId, Rescheduling};
pub use figures::Figures;
pub use parts::{Component, Parts};
pub use servicing::{AfterPrepayment, Excess, LateAmount, LateFee, Servicing};
pub use state::{LoanState, Standing};
