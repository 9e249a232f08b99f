//! Learning: what trees find, and what they say of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_types, reason = "scores are no money")]

mod learning;
