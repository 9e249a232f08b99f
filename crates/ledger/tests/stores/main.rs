//! Both stores alike: the same stream has the same outcomes, and neither loses what it answered.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "../shared/bank.rs"]
mod bank;
#[path = "../shared/chance.rs"]
mod chance;
mod kill;
mod same_stream;
#[path = "../shared/stream.rs"]
mod stream;
