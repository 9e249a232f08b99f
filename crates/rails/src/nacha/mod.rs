//! Files of the Automated Clearing House (Nacha Operating Rules, appendix on file formats).
//!
//! A [`File`] has batches and a [`Batch`] entries; controls (counts, hashes, totals) are computed when it is written and
//! compared when it is read. What a bank sends back is an entry with an [`Addendum`]: a return, or a notification of
//! change. Amounts are cents.

mod answers;
mod model;
mod read;
mod write;

pub use answers::{Answer, Change, Correction, InvalidCorrection, Return, reason_text};
pub use model::{Addendum, Batch, Class, Entry, File, Header, Service, TransactionCode};

/// The characters of a record.
const WIDTH: usize = 94;
/// The records of a block: files are filled with nines to whole blocks.
const BLOCK: usize = 10;
