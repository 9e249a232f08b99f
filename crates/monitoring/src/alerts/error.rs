//! Refusals about alerts.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};

/// Why something about alerts was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such alert, or no such silence.
    #[error("there is no such alert or silence")]
    NotFound,
    /// It was resolved before.
    #[error("the alert is resolved already")]
    Resolved,
    /// A field cannot be used.
    #[error("a field cannot be used")]
    Invalid(Vec<Fault>),
    /// The page cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}
