//! Payments over both databases, with a small lender and a processor of the test's own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod desk;
mod loans;
mod processors;
mod races;
mod scheduled;
mod world;
