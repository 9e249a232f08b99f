//! Why monitoring does not go on.

use florin_db::DbError;
use florin_kernel::{Denied, PageError};
use thiserror::Error as ThisError;

use crate::cases::Error as CaseError;
use crate::monitor::BookError;

/// Why something was not done.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No policy allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A page that cannot be asked for.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There is no such alert.
    #[error("there is no such alert")]
    NotFound,
    /// The range holds more than is read into memory.
    #[error(
        "more than {0} movements lie in the range: shorten compliance.monitor_days or raise compliance.monitor_movements_max"
    )]
    TooLarge(u64),
    /// The book makes no sense.
    #[error("the book cannot be monitored: {0}")]
    Book(#[from] BookError),
    /// A case was not opened.
    #[error("no case can be opened: {0}")]
    Case(#[from] CaseError),
    /// Another pass is under way.
    #[error("a pass over the books is under way in this process: its findings will be there when it is done")]
    UnderWay,
    /// The pass ended before its time.
    #[error("the pass over the book was cut off")]
    CutOff,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
