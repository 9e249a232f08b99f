//! Monitoring: the shapes of laundering in a book of movements.
//!
//! One pass, in five steps:
//!
//! 1. [`Book::try_new`] orders the movements, numbers the accounts, and tells what is *usual* (`usual.rs`): what a pair does
//!    again and again, pay days, payments between accounts of one customer, amounts that such payees are commonly paid.
//!    What is left is *plain*; and *salient* where the amount stands out among the payee's peers and the payee's own past.
//! 2. The detectors (`detect/`) look for one typology each, in sliding windows. None knows of another.
//! 3. Counts are held against what the account's own past leads one to expect (`window.rs`).
//! 4. Findings that rest on the same movements become one, under the most specific name (`merge.rs`).
//! 5. [`watch`] gives them in the order of their scores.
//!
//! Words: a *finding* is a suspected scheme; its *evidence* are movements; a *typology* is a known way to launder.

mod book;
mod detect;
mod facts;
mod finding;
mod merge;
mod settings;
mod usual;
mod window;

pub use book::{Book, BookError};
pub use facts::{AccountFacts, Channel, Country, Kind, Movement, MovementId};
pub use finding::{Finding, Named, Role, Typology};
pub use settings::{Settings, SettingsError};

/// Everything suspicious in a book, the highest score first.
///
/// The same movements and facts give the same findings, whatever their order was. Time grows with the movements times the
/// logarithm of their number; the searches for paths have budgets ([`Settings`]), and memory is a few hundred bytes a movement.
pub fn watch(book: &Book) -> Vec<Finding> {
    merge::merged(detect::all(book), book)
}
