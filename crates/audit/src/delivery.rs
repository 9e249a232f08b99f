//! Delivering security events from the durable records: each at least once, whatever crashes.
//!
//! Where the reader stands is a row. Lines are written and flushed to the disk before it moves on, so that a crash repeats
//! some and loses none; who reads can tell by `event.id`. Of several processes one delivers at a time, under a lease.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use florin_db::{Db, DbError, Tx, params};
use florin_kernel::Uuid;

use crate::Error;
use crate::events::{self, EventFormat};
use crate::record::Record;
use crate::store;

/// How many records are looked at at once.
const AT_ONCE: i64 = 1_024;
/// How long a process has the deliveries to itself after each of them, in microseconds.
const LEASE_US: i64 = 15_000_000;
const NAME: &str = "events";

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// The standard output.
    Stdout,
    /// A file that is added to.
    File(PathBuf),
}

/// Delivers the events of one database.
pub(crate) struct Delivery {
    pub(crate) db: Db,
    pub(crate) sink: Sink,
    pub(crate) format: EventFormat,
    /// Who this process is, among those that deliver.
    pub(crate) holder: Uuid,
}

impl Delivery {
    /// Delivers what was recorded up to this number; how many events there were.
    pub(crate) async fn run(&self, through: i64) -> Result<u64, Error> {
        let mut delivered = 0_u64;
        while let Some(after) = self.claim().await? {
            if after >= through {
                break;
            }
            let read = self.db.read(move |r| store::rows_after(r, after, through, AT_ONCE)).await;
            let rows = read.map_err(|error: DbError| error)?;
            let Some(last) = rows.last() else { break };
            let reached: i64 = last.get(0)?;
            let mut lines = String::new();
            for row in &rows {
                if let Some(line) = events::line(&Record::read(row)?, self.format) {
                    lines.push_str(&line);
                    lines.push('\n');
                    delivered = delivered.saturating_add(1);
                }
            }
            write(self.sink.clone(), lines).await?;
            if !self.advance(after, reached).await? {
                break;
            }
        }
        Ok(delivered)
    }

    /// Where the reader stands, if this process is the one that delivers.
    async fn claim(&self) -> Result<Option<i64>, DbError> {
        let (holder, now) = (self.holder, self.db.env().now().as_microsecond());
        self.db.housekeeping(move |tx| claim(tx, holder, now)).await
    }

    /// Moves the reader on; false when another process has taken over.
    async fn advance(&self, from: i64, to: i64) -> Result<bool, DbError> {
        const SQL: &str = "UPDATE audit_reader SET seq = $3 WHERE name = $1 AND seq = $2 AND holder = $4";
        let holder = self.holder;
        let moved = self.db.housekeeping(move |tx| tx.execute(SQL, &params![NAME, from, to, holder]));
        Ok(moved.await.map_err(|error: DbError| error)? == 1)
    }
}

fn claim(tx: &mut Tx<'_>, holder: Uuid, now_us: i64) -> Result<Option<i64>, DbError> {
    const MAKE: &str = "INSERT INTO audit_reader (name, seq, holder, held_until_us) VALUES ($1, 0, NULL, 0) \
                        ON CONFLICT (name) DO NOTHING";
    const READ: &str = "SELECT seq, holder, held_until_us FROM audit_reader WHERE name = $1 FOR UPDATE";
    const TAKE: &str = "UPDATE audit_reader SET holder = $2, held_until_us = $3 WHERE name = $1";
    tx.execute(MAKE, &params![NAME])?;
    let Some(row) = tx.row(READ, &params![NAME])? else { return Ok(None) };
    let (seq, held_by, until): (i64, Option<Uuid>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    // A lease that ends too far ahead was given by a clock that went backwards since.
    let is_held = until > now_us && until <= now_us.saturating_add(LEASE_US);
    if is_held && held_by != Some(holder) {
        return Ok(None);
    }
    tx.execute(TAKE, &params![NAME, holder, now_us.saturating_add(LEASE_US)])?;
    Ok(Some(seq))
}

async fn write(sink: Sink, lines: String) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let written = tokio::task::spawn_blocking(move || match &sink {
        Sink::Stdout => {
            let mut out = std::io::stdout().lock();
            let done = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
            done.map_err(|source| Error::Write { path: PathBuf::from("stdout"), source })
        }
        Sink::File(path) => append(path, &lines),
    });
    written.await.unwrap_or_else(|_| Err(Error::Broken("writing events panicked".to_owned())))
}

/// Adds lines to a file that only the program's user may read, down to the disk. A line that a crash left unfinished is ended
/// first, so that what follows stands on lines of its own.
pub(crate) fn append(path: &Path, lines: &str) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    if ends_within_a_line(&mut file).map_err(failed)? {
        file.write_all(b"\n").map_err(failed)?;
    }
    file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(failed)
}

fn ends_within_a_line(file: &mut std::fs::File) -> std::io::Result<bool> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}
