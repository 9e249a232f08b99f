//! Documents of every kind in every format they have.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod formats;
mod interop;
mod pdf;
mod samples;
