//! The program as its users meet it: scenarios over HTTP, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod accounts;
mod bad_input;
mod batches;
mod books;
mod documents;
mod holds;
mod idempotency;
mod identity;
mod outages;
mod permissions;
mod races;
mod transfers;
