//! What can go wrong between Florin and its database.

use thiserror::Error;

/// A failure of the database; what a caller cannot act on is told apart only for the log.
#[derive(Debug, Error)]
pub enum DbError {
    /// More work is waiting than the queue takes; nothing was done.
    #[error("the database has more work waiting than it takes")]
    Overloaded,
    /// The database cannot be reached or was shut down; nothing was done.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The connection broke during the commit: it may or may not have happened.
    #[error("the connection broke during the commit, whose result is not known: {0}")]
    CommitUnknown(String),
    /// Another transaction was in the way, and still was after several tries; nothing was done.
    #[error("another transaction was in the way: {0}")]
    Contended(String),
    /// A unique constraint refused the write.
    #[error("a unique constraint was violated: {constraint}")]
    Unique {
        /// The constraint's name on PostgreSQL, `table.column` on SQLite.
        constraint: String,
    },
    /// There is no room left on the disk; nothing was done.
    #[error("there is no room left on the database's disk")]
    DiskFull,
    /// A stored value is not what the program wrote.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// The database was written by a newer program.
    #[error(
        "the database has migrations this program does not know ({0}): it was written by a newer version of Florin"
    )]
    SchemaNewer(String),
    /// Another process serves this SQLite file.
    #[error("another process has {0} open for serving; stop it first, or use another --data directory")]
    AlreadyServed(String),
    /// Something that must always hold does not; the process stops rather than go on.
    #[error("an invariant of the books is broken: {0}")]
    Broken(String),
    /// Anything else the database said.
    #[error("the database refused: {0}")]
    Other(String),
}

impl DbError {
    /// The violated unique constraint, when that is what happened.
    pub fn unique_violation(&self) -> Option<&str> {
        match self {
            Self::Unique { constraint } => Some(constraint),
            _ => None,
        }
    }

    /// Whether the same work may succeed when it is simply tried again later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Overloaded
                | Self::Unavailable(_)
                | Self::CommitUnknown(_)
                | Self::Contended(_)
                | Self::DiskFull
        )
    }

    /// The same failure once more, for another caller of the same group commit.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Overloaded => Self::Overloaded,
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::CommitUnknown(why) => Self::CommitUnknown(why.clone()),
            Self::Contended(why) => Self::Contended(why.clone()),
            Self::Unique { constraint } => Self::Unique { constraint: constraint.clone() },
            Self::DiskFull => Self::DiskFull,
            Self::Corrupt(what) => Self::Corrupt(what.clone()),
            Self::SchemaNewer(what) => Self::SchemaNewer(what.clone()),
            Self::AlreadyServed(path) => Self::AlreadyServed(path.clone()),
            Self::Broken(what) => Self::Broken(what.clone()),
            Self::Other(what) => Self::Other(what.clone()),
        }
    }
}
