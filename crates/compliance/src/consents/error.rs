//! Why something was not done about a consent.

use florin_db::DbError;
use florin_kernel::{Denied, Fault};
use thiserror::Error as ThisError;

/// Why something was not done.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields that cannot be taken.
    #[error("some values are not acceptable")]
    Invalid(Vec<Fault>),
    /// There is no such person that whoever asks may know of.
    #[error("there is no such person")]
    NotFound,
    /// The service cannot be had without it.
    #[error("this cannot be withdrawn: the service needs it for as long as there are accounts")]
    Required,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
