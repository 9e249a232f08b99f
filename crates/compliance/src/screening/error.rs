//! Why something about screening was not done.

use florin_db::DbError;
use florin_kernel::{Denied, Fault, PageError};
use florin_screening::lists;
use florin_vault::VaultError;
use thiserror::Error as ThisError;

use super::{Source, Status};

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
    /// There is no such screening.
    #[error("there is no such screening")]
    NotFound,
    /// Nobody decides about themselves, or about whom they pay.
    #[error("nobody decides a screening that is about themselves")]
    OwnScreening,
    /// It is not to be decided, or not any more.
    #[error("the screening is {0}, and not to be decided")]
    NotOpen(Status),
    /// Whoever confirmed it cannot take that back; somebody else can.
    #[error("somebody else than who confirmed it must say that it was somebody else")]
    SamePerson,
    /// Files of the list are missing, or there are others.
    #[error("the list {} consists of {}", .0, .0.parts().join(", "))]
    Parts(Source),
    /// A file of the list is not as its format has it; nothing was changed.
    #[error(transparent)]
    List(#[from] lists::Error),
    /// A file is larger than any list; nothing was changed.
    #[error("a file of the list is larger than {0} MiB")]
    TooLarge(u64),
    /// An identifier stands twice on the list; nothing was changed.
    #[error("the entry {0} stands twice on the list")]
    Repeated(String),
    /// The list lost more than half of its entries: a broken download, more likely than a pardon. Nothing was changed.
    #[error(
        "the list would shrink from {before} entries to {after}: load it once more, and insist if it is meant"
    )]
    Shrunk {
        /// How many entries it has.
        before: usize,
        /// How many it would have.
        after: usize,
    },
    /// A case could not be opened or closed.
    #[error(transparent)]
    Case(#[from] crate::cases::Error),
    /// A value cannot be sealed or opened.
    #[error("a value cannot be sealed or opened")]
    Vault(#[from] VaultError),
    /// A file cannot be read.
    #[error("a file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
