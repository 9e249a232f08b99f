//! The rules of the ledger: a pure function from accounts and events to transfers and outcomes.
//!
//! Nothing here reads a clock, a store or a random number, and no outcome depends on the order of a map: the same
//! working set and the same events give the same outcomes, everywhere and for ever. What it upholds:
//!
//! - Every unit debited is credited, in one currency; no sum leaves 0 to 2⁶³−1, and posted sums never shrink.
//! - A transfer is one entry on both its accounts, with the sums after it; an account's entries are numbered
//!   without gaps, and its timestamps increase.
//! - A hold is resolved once. From its time on it only expires; before, it does not.
//! - Linked events are carried out together or not at all.
//! - An identifier stands for one request for ever, whether that was carried out or refused.
//!
//! [`apply`] asserts these while it works: a [`Broken`] one stops the process rather than the books.
#![deny(clippy::arithmetic_side_effects)]

mod apply;
mod broken;
mod case;
mod changes;
mod codes;
mod entry;
mod form;
mod identity;
mod journal;
mod measure;
mod nets;
mod types;
mod working_set;

pub use apply::{BATCH_MAX, CHAIN_MAX, apply};
pub use broken::Broken;
pub use changes::{Burned, ChainMark, Changes, DayDelta, Resolution};
pub use codes::{Code, Group, UnknownCode};
pub use journal::Mark;
pub use measure::TIMEOUT_MAX_S;
pub use types::{
    Account, Accumulators, After, AmountMode, BatchHeader, Event, Fingerprint, Flags, Hold, HoldState, Known,
    Outcome, Overdraft, Side, Transfer,
};
pub use working_set::{Needs, WorkingSet};
