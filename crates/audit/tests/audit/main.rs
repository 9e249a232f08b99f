//! What the sealed trail promises, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod events;
mod proofs;
mod retention;
mod sealing;
mod searching;
mod tampering;
mod world;
