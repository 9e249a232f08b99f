//! A copy of the database as it is committed, taken beside whoever writes.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::session::failure;
use crate::DbError;

/// How often a database that is locked for a moment is tried again.
const ATTEMPTS_MAX: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// Copies one committed snapshot of `source` to `target`, which is then a database of one file.
pub(crate) fn copy_to(source: &Path, target: &Path) -> Result<(), DbError> {
    let source = super::connect_reader(source)?;
    let mut copy = Connection::open(target).map_err(|error| failure(&error))?;
    copy_all(source.connection(), &mut copy)?;
    copy.execute_batch("PRAGMA journal_mode = DELETE").map_err(|error| failure(&error))?;
    copy.close().map_err(|(_, error)| failure(&error))
}

/// All pages in one step, so that they are of one snapshot and no commit in between makes it begin again.
fn copy_all(source: &Connection, copy: &mut Connection) -> Result<(), DbError> {
    let backup = Backup::new(source, copy).map_err(|error| failure(&error))?;
    for _ in 0..ATTEMPTS_MAX {
        match backup.step(-1).map_err(|error| failure(&error))? {
            StepResult::Done => return Ok(()),
            _ => thread::sleep(PAUSE),
        }
    }
    Err(DbError::Contended("the database was locked all the time that a copy of it was tried".to_owned()))
}
