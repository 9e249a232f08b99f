//! Copies the write-ahead log into the database beside the writer, so that the writer need not.

use std::path::Path;
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

impl Checkpointer {
    const PERIOD: Duration = Duration::from_millis(200);

    pub(crate) fn start(path: &Path) -> Result<Self, DbError> {
        let connection = Connection::open(path).map_err(|error| super::session::failure(&error))?;
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("florin-checkpoint".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(Self::PERIOD) == Err(RecvTimeoutError::Timeout) {
                    // A passive checkpoint waits for nobody; one that could do nothing is not worth a word.
                    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
            })
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
