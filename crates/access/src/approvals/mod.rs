//! Four eyes: commands that wait for a second person.
//!
//! Whoever asks for such a command has been permitted it; it is written down with all it needs and nothing happens.
//! Somebody else who is permitted the same, and to decide at all, approves it, and it is carried out in the same unit
//! of work as the approval; or rejects it. Nobody decides about what they asked for, and no machine decides.
//!
//! A *held command* is of a kind, which the crate that owns the command names and carries out.

mod desk;
mod schema;
mod store;

use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_kernel::{Action, ApprovalId, Denied, Resource, Timestamp, UserId, Uuid};
use serde_json::Value;
use thiserror::Error;

pub use desk::Approvals;
pub use schema::MIGRATIONS;

/// How long a command waits, in seconds: seven days.
const WAITS_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How many characters a note has at most.
const NOTE_CHARS_MAX: usize = 500;

/// What is done after the commit, in this process alone: telling memories that something changed.
pub type Afterwards = Box<dyn FnOnce() + Send>;

/// A kind of command that can be held.
pub trait HeldCommand: Send + Sync {
    /// Its stable name.
    fn kind(&self) -> &'static str;

    /// What whoever decides must be permitted themselves.
    fn action(&self) -> Action;

    /// What it is done to: nobody decides about what they might not do themselves, such as change their own roles.
    fn resource(&self, held: &Held) -> Resource;

    /// Does it, in the unit of work of its approval.
    ///
    /// # Errors
    /// The refusal as a sentence when it cannot be done any more; what the database says.
    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        now: Timestamp,
    ) -> Result<Result<Afterwards, String>, DbError>;
}

/// A command that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its kind.
    pub kind: String,
    /// What it is about.
    pub subject: Uuid,
    /// All else that it needs. It is shown to whoever decides, and holds no secrets.
    pub payload: Value,
}

/// What became of a command that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody decided yet.
    Waiting,
    /// It was approved and carried out.
    Approved,
    /// It was rejected.
    Rejected,
    /// Nobody decided in time.
    Expired,
}

impl State {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// A request for a second person's approval.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// The identifier.
    pub id: ApprovalId,
    /// What waits.
    pub held: Held,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    pub asked_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: State,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What they noted.
    pub note: Option<String>,
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum ApprovalError {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such request.
    #[error("there is no such request for approval")]
    NotFound,
    /// Somebody would decide about what they asked for.
    #[error("nobody decides about their own request")]
    OwnRequest,
    /// It was decided, or expired.
    #[error("the request was decided already, or waited too long")]
    NotWaiting,
    /// The note is too long, or has control characters.
    #[error("a note has 500 characters at most, and no control characters")]
    Note,
    /// What was held cannot be done any more.
    #[error("it cannot be done any more: {0}")]
    CannotBeDone(String),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The kinds that an installation knows.
pub(crate) type Commands = Arc<[Arc<dyn HeldCommand>]>;
