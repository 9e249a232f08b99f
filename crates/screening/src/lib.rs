//! Screening: which names on lists of sanctions a name may be, how likely, and why.
//!
//! - [`lists`] reads what authorities publish into one common [`Entry`], whole or not at all.
//! - [`names`] makes tokens of a name: any script, any order of parts, titles and legal forms told apart.
//! - [`compare`] weighs two names against each other, symmetrically, and explains itself.
//! - [`Screener`] finds the entries that a [`Query`] may be among tens of thousands, and lets dates, countries and
//!   identifiers qualify what the names say.
//! - [`evaluate`] measures all this against labelled cases.
//!
//! Pure: no clock, no store, no network. Likenesses are floats between 0 and 1; money is not among them.
#![expect(clippy::disallowed_types, reason = "likenesses of names are no money")]

pub mod compare;
mod entry;
pub mod evaluate;
mod index;
pub mod lists;
pub mod names;

pub use entry::birth::{Agreement, Birth};
pub use entry::country::Country;
pub use entry::{Entry, Gender, Identifier, Kind, List, Name, NameKind, Quality};
pub use index::hit::{Evidence, Explanation, Hit, Query};
pub use index::{Screener, Settings};
