//! What can go wrong with the trail.

use std::io;
use std::path::PathBuf;

use florin_db::DbError;
use florin_kernel::Denied;
use thiserror::Error;

/// Why something about the trail was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such record, or it was removed when its time was over.
    #[error("there is no such record")]
    RecordNotFound,
    /// The record is not sealed yet.
    #[error("the record is not sealed yet")]
    NotSealed,
    /// The trail is not what was sealed, so nothing is built on it.
    #[error("the trail is not what was sealed: {0}")]
    Broken(String),
    /// The trail is being verified for somebody else.
    #[error("the trail is being verified already")]
    Busy,
    /// There is more than one request verifies.
    #[error("there are more than {0} records: verify a part, or all with `florin audit verify`")]
    TooMuch(i64),
    /// The keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Events or anchors cannot be written.
    #[error("{} cannot be written", .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why the keys that seal cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// A file or the directory cannot be read or written.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the program's user may read or write it.
    #[error("{} is open to other users: run `chmod 600` on it", .0.display())]
    Exposed(PathBuf),
    /// It holds no Ed25519 key.
    #[error("{} holds no Ed25519 key in PEM form", .0.display())]
    Malformed(PathBuf),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}
