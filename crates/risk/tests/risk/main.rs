//! Learning: what trees find, and what they say of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod learning;
