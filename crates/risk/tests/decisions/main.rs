//! Decisions: what windows count, what conditions mean, what the starter rules catch, and that a ruling can be repeated.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]
#![expect(
    clippy::disallowed_types,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    reason = "scores are no money, and are compared bit by bit"
)]
#![expect(clippy::inconsistent_digit_grouping, reason = "minor units are set apart from major ones")]

mod expressions;
mod lists;
mod people;
mod replay;
mod typologies;
mod windows;
mod world;
