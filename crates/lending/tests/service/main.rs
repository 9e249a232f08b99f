//! The service over both databases: the books have of every loan what happened to it, whoever comes when.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]
#![expect(clippy::inconsistent_digit_grouping, reason = "sums of tests are written as dollars and cents")]

mod cards;
mod days;
mod external;
mod granting;
mod receipts;
mod world;
