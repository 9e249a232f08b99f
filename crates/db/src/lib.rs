//! Reads, units of work, and the evidence they leave: one body of code over SQLite and PostgreSQL.
//!
//! - A **unit of work** ([`Db::write`]) takes a [`Permit`](florin_kernel::Permit) and a closure. All that
//!   the closure writes and the audit record made from the permit become durable in one commit, or
//!   nothing does. The closure is synchronous and runs on a database thread, so no call to the outside
//!   can happen inside a transaction, and it may be run again when another transaction was in the way.
//! - On SQLite the program has one writer. Units that wait share a transaction, each inside its own
//!   savepoint, and are answered after the shared commit. On PostgreSQL every unit is a transaction
//!   of its own; it locks the rows it decides about with `FOR UPDATE`.
//! - A **companion** ([`Companion`]) runs work that comes in batches: the ledger's poster.
//! - The **vault's keys** ([`vault_keys`]) are rows like others, and worth nothing without the master key outside.
//! - What an older key sealed is **sealed anew** ([`resealing`]) in the columns that crates declare ([`SealedColumn`]).
//! - The **token vault** ([`card_tokens`]) is the one place where card numbers lie.
//! - A **read** ([`Db::read`]) sees one committed snapshot and never waits for writers.

pub mod audit;
mod bulk;
pub mod card_tokens;
mod companion;
mod engine;
mod error;
mod faults;
mod horizon;
pub mod idempotency;
mod masking;
mod migrate;
mod pool;
mod postgres;
mod pulse;
pub mod resealing;
mod sealed;
mod sql;
mod sqlite;
mod stats;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod value;
pub mod vault_keys;
mod work;

pub use bulk::{Bulk, BulkStatement, Kind};
pub use companion::{BatchItem, Companion};
pub use engine::{Db, Options};
pub use error::DbError;
pub use masking::MASKED;
pub use migrate::{Applied, Migration, applied};
pub use pool::PoolNow;
pub use sealed::{IndexColumn, SealedColumn, SealedSql};
pub use sql::{Engine, SEQUENCE_BLOCK};
pub use sqlite::{Access, lock_for_serving};
pub use stats::Stats;
pub use tx::{Reader, Tx};
pub use value::{FromValue, Row, Value};

/// Ends the process because the books are not what they must be: nothing may be posted after that.
fn stop_the_process() {
    tracing::error!("an invariant of the books is broken; the process stops");
    std::process::exit(70);
}
