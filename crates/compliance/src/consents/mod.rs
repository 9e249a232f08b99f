//! Consents: to what people agreed, to which words, when, and what they took back.
//!
//! - What somebody is asked is a [`Purpose`]: data that the institution writes, with a text and its version.
//! - Records are only ever added, each with the text it is about, by its SHA-256. How it stands now is the newest record
//!   of a person and a purpose.
//! - Saying again what was said of the same text adds nothing. A text that changed is told as such: what was given to an
//!   older one stays given, and says so.
//! - Every text that somebody agreed to or refused is kept as long as the record of it.
//! - Nobody takes back what the service needs; that ends with the accounts.
//!
//! Words: to *give* is to agree, to *withdraw* is to take that back or never to have agreed; a purpose is *required* where
//! there is no service without it.

mod error;
mod migrations;
mod purposes;
mod record;
mod service;
mod store;

pub use error::Error;
pub use migrations::MIGRATIONS;
pub use purposes::{InvalidPurposes, Purpose, Purposes};
pub use record::{ConsentRecord, ConsentState, Standing};
pub use service::{ConsentFile, Consents, People, RecordConsent, RenderStanding};

/// Longest reason that staff give, in characters.
pub const REASON_CHARS_MAX: usize = 500;
