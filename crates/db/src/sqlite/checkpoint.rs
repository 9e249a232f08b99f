//! Copies the write-ahead log into the database beside the writer, so that the writer need not.
//!
//! A checkpoint that lets the writer go on never reaches the end of a log that keeps growing, and only a
//! log that was copied to its end is begun anew. So when the log has grown large, this thread copies until
//! little is left and then asks the writer to copy the rest between two transactions.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use crate::DbError;

/// The thread; dropping it ends it.
pub(crate) struct Checkpointer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How often the log is copied.
const PERIOD: Duration = Duration::from_millis(200);
/// The size in pages past which the log is to begin anew: 128 MiB.
const LOG_PAGES_MAX: i64 = 32_768;
/// How much the writer may be left to copy, in pages: a few milliseconds' work.
const REST_PAGES_MAX: i64 = 1_024;

impl Checkpointer {
    /// Starts the thread, which sets `restart` when the writer should begin the log anew.
    pub(crate) fn start(path: &Path, restart: Arc<AtomicBool>) -> Result<Self, DbError> {
        let connection = Connection::open(path).map_err(|error| super::session::failure(&error))?;
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("florin-checkpoint".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                    if copy(&connection) {
                        restart.store(true, Ordering::Release);
                    }
                }
            })
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// Copies what is there; true when the log is large and little of it is left to copy.
fn copy(connection: &Connection) -> bool {
    let mut before = 0;
    for _ in 0..8 {
        // One that could do nothing, since a reader needs the old pages, is tried again at the next time.
        let pages =
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)));
        let Ok((log, copied)) = pages else { return false };
        let (log, copied): (i64, i64) = (log, copied);
        if log < LOG_PAGES_MAX || copied < log {
            return false;
        }
        // What was written while the last round copied is what a round more has to copy.
        if log.saturating_sub(before) <= REST_PAGES_MAX {
            return true;
        }
        before = log;
    }
    true
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
