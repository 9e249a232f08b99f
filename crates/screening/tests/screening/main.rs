//! Screening from the outside: lists, comparisons, the index, and how good it is on a small sample.
#![expect(clippy::disallowed_types, reason = "likenesses of names are no money")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod comparing;
mod lists;
mod quality;
mod screening;
