//! Cases: one work list for suspicions of fraud, of laundering and of sanctions.
//!
//! - One case at a time is open for each reference of its kind, however often it is asked for: by [`Cases::open`], within a unit of work by
//!   [`open_within`], or as rows of somebody else's commit by [`Opening`].
//!   A decided case stays decided: where its reference comes back with new evidence, another is opened that names it.
//! - Evidence and notes are appended and never changed.
//! - Whoever changes a case says which version they saw; a case that is decided changes no more.
//! - Nobody works on a case about themselves.
//!
//! What was opened, assigned and decided is published to the outbox as `case.opened`, `case.assigned` and `case.decided`.

mod case;
mod census;
mod closing;
mod deciding;
mod desk;
mod error;
mod migrations;
mod opening;
mod store;

use florin_kernel::Uuid;

pub(crate) use case::text;
pub use case::{
    Case, CaseFile, CaseKind, CasePlace, Decision, Evidence, KeptEvidence, Note, OpenCase, Priority, Status,
    Verdict,
};
pub use census::{Undecided, undecided};
pub use closing::close_within;
pub use deciding::Begun;
pub use desk::{CaseQuery, Cases};
pub use error::Error;
pub use migrations::MIGRATIONS;
pub use opening::{Deadlines, Opening, open_within};

florin_kernel::ids! {
    /// Identifies a case.
    CaseId,
}

/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest note or text of evidence, in characters.
pub const TEXT_CHARS_MAX: usize = 8_000;
/// Longest reference, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 200;

/// The identifier of a row that nobody refers to.
fn row_id(env: &florin_kernel::Env) -> Uuid {
    env.new_uuid()
}
