//! Lending against worked examples, published vectors and properties.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod aprs;
mod loans;
mod replay;
mod schedules;
mod support;
mod vectors;
