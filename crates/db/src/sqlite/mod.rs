//! SQLite: one writer thread that shares commits, a few reader threads, checkpoints off the hot path.

mod backup;
mod checkpoint;
mod session;
mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub(crate) use backup::copy_to;
pub(crate) use checkpoint::Checkpointer;
pub(crate) use session::SqliteSession;
pub(crate) use writer::Writer;

use crate::DbError;

/// How the file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To serve: no second process may, and the ledger may be posted to.
    Serve,
    /// For one command beside a process that may be serving; the ledger is not posted to.
    Command,
}

/// Takes the lock of this SQLite file that only one serving process can hold, until the answer is dropped.
///
/// # Errors
/// [`DbError::AlreadyServed`], or [`DbError::Unavailable`] when there is no telling.
pub fn lock_for_serving(path: &Path) -> Result<File, DbError> {
    let lock_path = lock_path(path);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(|error| DbError::Unavailable(format!("{}: {error}", lock_path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DbError::AlreadyServed(path.display().to_string())),
        Err(TryLockError::Error(error)) => {
            Err(DbError::Unavailable(format!("{}: {error}", lock_path.display())))
        }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Opens a connection that writes.
pub(crate) fn connect_writer(path: &Path) -> Result<SqliteSession, DbError> {
    let connection = Connection::open(path).map_err(|error| session::failure(&error))?;
    let session = SqliteSession::new(connection);
    session.pragmas(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; \
         PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
    )?;
    Ok(session)
}

/// Opens a connection that only reads.
pub(crate) fn connect_reader(path: &Path) -> Result<SqliteSession, DbError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| session::failure(&error))?;
    let session = SqliteSession::new(connection);
    session.pragmas("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY")?;
    Ok(session)
}
