//! The audit trail: sealed, verified, proved, searched, told, and removed when its time is over.
//!
//! Records are written by `db`, in the commit of what they tell of, and cost that commit one row. Everything else is done
//! afterwards, here:
//!
//! - A **seal** covers the records of a range of numbers: the root of the Merkle tree over them, the hash of the seal before,
//!   the range, the time. It is a leaf of the **log**, a second tree, and signed together with the log's root ([`Seal`]).
//! - **Verifying** ([`Report`]) reckons everything anew and names each record that was changed, deleted, inserted or moved.
//! - A **proof** ([`Document`]) shows that a record is sealed, or that one log is a beginning of another, without a database.
//!   An **anchor** is a seal kept elsewhere: against it even whoever has the database and the key cannot write the trail anew.
//! - **Events** are the records that are about security, told to a file or the standard output, each at least once.
//! - **Retention** removes whole seals' records and leaves a signed stub.
//!
//! Invariants: a record is sealed once, in the order of numbers, and only when no smaller number can appear any more;
//! nothing is built on a seal that does not stand; reading the trail is itself recorded.

mod content;
mod delivery;
mod encoding;
mod error;
mod events;
mod export;
mod hex;
mod keeper;
mod keys;
pub mod merkle;
mod migrations;
mod proof;
mod record;
mod retention;
mod seal;
mod sealing;
mod search;
mod service;
mod store;
mod verify;

pub use delivery::Sink;
pub use error::{Error, KeyError};
pub use events::{EventFormat, line as event_line};
pub use export::{Format, Line};
pub use keeper::RemoveOldRecords;
pub use keys::{KeyId, Keys, PublicKey, Trusted};
pub use migrations::MIGRATIONS;
pub use proof::{Anchor, ConsistencyProof, Document, InclusionProof, ProofError};
pub use record::Record;
pub use retention::Removed as RetentionRun;
pub use seal::{Removal, Seal};
pub use sealing::{BATCH_MAX, Run};
pub use search::{Filter, Found, moment};
pub use service::{Audit, Settings};
pub use verify::{FAULTS_NAMED, Fault, FaultKind, Removed, Report, Scope, verify};
