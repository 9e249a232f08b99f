//! Why something was not done about notices.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};
use thiserror::Error;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum NoticeError {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields that cannot be taken.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// A page that cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
