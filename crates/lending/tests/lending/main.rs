//! Lending against worked examples, published vectors and properties.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::inconsistent_digit_grouping,
    clippy::mistyped_literal_suffixes,
    reason = "a test may fail loudly, and sums are written as dollars and cents"
)]

mod aprs;
mod cards;
mod loans;
mod products;
mod quotes;
mod replay;
mod schedules;
mod support;
mod vectors;
