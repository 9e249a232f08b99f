//! The rules of the ledger against a naive model, in small worlds exhaustively, and under repetition and undo.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what should not be must fail the test"
)]

mod chance;
mod doubles;
mod model;
mod poster;
mod precedence;
mod promises;
mod properties;
mod small_worlds;
mod streams;
mod undo;
mod world;
