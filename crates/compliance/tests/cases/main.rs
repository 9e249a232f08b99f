//! The work list over both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod opening;
mod working;
mod world;
