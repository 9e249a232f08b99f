//! Why something was not done about a case.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};
use thiserror::Error as ThisError;

use super::{CaseKind, Decision};

/// Why something was not done.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields that cannot be taken.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// A page that cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There is no such case.
    #[error("there is no such case")]
    NotFound,
    /// Somebody else changed it meanwhile.
    #[error("it was changed meanwhile, and is of version {present} now: read it again")]
    Changed {
        /// The version that there is.
        present: u32,
    },
    /// It is decided, and changes no more.
    #[error("the case is closed")]
    Closed,
    /// Something else is being decided, and money may have moved because of it.
    #[error("it is being decided as {0}: decide that, or wait until it is known whether it can be")]
    BeingDecided(Decision),
    /// Nobody works on a case about themselves.
    #[error("nobody works on a case about themselves")]
    OwnCase,
    /// The decision is not one about such a case.
    #[error("a case of {0} is not decided like this")]
    WrongDecision(CaseKind),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
