//! Monitoring as a service, over both databases and a book that the test writes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod book;
mod running;
