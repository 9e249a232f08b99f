//! Compliance: monitoring for laundering over the same books that the ledger keeps, and the cases that people decide.
//!
//! - [`monitor`] looks through a book of movements for the known shapes of laundering and says what it found, where, and why.
//! - [`evaluate`] tells how good that is, against schemes that are known.
//! - [`screening`] looks for customers and payees on lists of sanctions, and holds their money until somebody decided.
//! - [`cases`] is the one work list for suspicions of fraud, of laundering and of sanctions: evidence, notes, a deadline, a decision.
//! - [`consents`] keeps to what people agreed, to which words, and what they took back.
//! - [`alerts`] monitors the books at night, over the port [`Movements`](ports::Movements), and keeps what it finds.
//!
//! The first two are pure: no clock, no store, no randomness; the order of the input does not matter. Money is integer; scores,
//! expectations and ratios are floats, and no money is made of them.
#![expect(clippy::disallowed_types, reason = "scores, ratios and expectations are no money")]

pub mod alerts;
pub mod cases;
pub mod consents;
pub mod evaluate;
pub mod monitor;
pub mod ports;
pub mod screening;
