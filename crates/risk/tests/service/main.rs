//! The service over both databases: lists, rules, snoozes and models, taken in while decisions are made.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]
#![expect(clippy::inconsistent_digit_grouping, reason = "minor units are set apart from major ones")]

mod files;
mod lists;
mod models;
mod rules;
mod world;
