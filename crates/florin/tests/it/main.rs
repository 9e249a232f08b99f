//! The program as its users meet it: scenarios over HTTP, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod accounts;
mod api_keys;
mod bad_input;
mod batches;
mod books;
mod devices;
mod documents;
mod edge;
mod factors;
mod holds;
mod idempotency;
mod identity;
mod loans;
mod oauth;
mod oauth_refusals;
mod outages;
mod passkeys;
mod passwords;
mod permissions;
mod races;
mod staff;
mod transfers;
mod vault;
