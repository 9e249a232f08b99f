//! Files as others made them, files of our own, and files that somebody damaged.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cpa005;
mod nacha;
