//! Sealing anew what an older key sealed, a page at a time.
//!
//! Each sealed column has a row in `vault_reseal` that says how far its present *pass* came. Whoever works a page locks
//! that row, so that processes which work at once take turns and none does the work of another. A value is replaced only
//! as it was read: what somebody changes meanwhile is theirs, and was sealed by a key that was active then.
//!
//! A process may seal with the key before for a moment longer, until it reads the keys again. So a column is done only
//! when a pass that began after that moment finds nothing to do.

use florin_kernel::{Timestamp, Uuid};
use florin_vault::{Keyring, Place, VaultError};

use crate::migrate::Migration;
use crate::{DbError, Reader, Row, SealedColumn, Tx, params};

/// How far each column came.
pub(crate) const MIGRATION: Migration = Migration::new(
    "db_0003_vault_reseal",
    "CREATE TABLE vault_reseal (
        place TEXT PRIMARY KEY,
        target TEXT NOT NULL,
        pass BIGINT NOT NULL CHECK (pass >= 1),
        pass_began_at_us BIGINT NOT NULL,
        after_row {uuid} NOT NULL,
        seen BIGINT NOT NULL CHECK (seen >= 0),
        total BIGINT NOT NULL CHECK (total >= 0),
        changed BIGINT NOT NULL CHECK (changed >= 0),
        unreadable BIGINT NOT NULL CHECK (unreadable >= 0),
        finished_at_us BIGINT
     ) {strict};",
);

/// How many values are worked in one unit.
const PAGE: i64 = 64;

/// What a unit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is more to do.
    More,
    /// Nothing can be done until every process, this one included, seals with the active key.
    Waits,
    /// Everything is sealed with the active key: [`finish`] may say so.
    Ready,
    /// And it is said.
    Done,
}

/// How far a column came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The column, `table.column`.
    pub place: String,
    /// What it is sealed as when this is over: [`Keyring::target`].
    pub target: String,
    /// How many values were looked at.
    pub done: u64,
    /// How many there were when it began.
    pub total: u64,
    /// How many do not open: they stay as they are.
    pub unreadable: u64,
    /// When it was over, if it is.
    pub finished_at: Option<Timestamp>,
}

/// How far each column came, as far as any was begun.
///
/// # Errors
/// What the database says.
pub fn progress(reader: &mut Reader<'_>) -> Result<Vec<Progress>, DbError> {
    const SQL: &str = "SELECT place, target, pass, seen, total, unreadable, finished_at_us FROM vault_reseal ORDER BY place";
    reader.rows(SQL, &[])?.iter().map(told).collect()
}

fn told(row: &Row) -> Result<Progress, DbError> {
    let (pass, seen, total): (i64, u64, u64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let finished_at: Option<Timestamp> = row.get(6)?;
    // Every pass after the first looks whether all of it is done.
    let done = if pass > 1 || finished_at.is_some() { total } else { seen.min(total) };
    Ok(Progress {
        place: row.get(0)?,
        target: row.get(1)?,
        done,
        total,
        unreadable: row.get(5)?,
        finished_at,
    })
}

/// How many values of a column begin as `prefix` says.
///
/// # Errors
/// What the database says.
pub fn count_sealed_as(tx: &mut Tx<'_>, column: &SealedColumn, prefix: &str) -> Result<i64, DbError> {
    let row = tx.row(column.sql.like, &params![format!("{prefix}%")])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// How many values a column has.
///
/// # Errors
/// What the database says.
pub fn count(reader: &mut Reader<'_>, column: &SealedColumn) -> Result<u64, DbError> {
    reader.row(column.sql.count, &[])?.map_or(Ok(0), |row| row.get(0))
}

struct State {
    target: String,
    pass_began_at: Timestamp,
    after: Uuid,
    changed: i64,
    finished: bool,
}

/// Seals the next page of a column anew. `settled_at` is when every process seals with the active key at the latest.
///
/// # Errors
/// What the database says; [`DbError::Other`] when nothing can be sealed at all.
pub fn step(
    tx: &mut Tx<'_>,
    keyring: &Keyring,
    column: &SealedColumn,
    settled_at: Timestamp,
    now: Timestamp,
) -> Result<Step, DbError> {
    let (place, target) = (column.name(), keyring.target());
    let state = lock(tx, &place)?.filter(|state| state.target == target);
    let Some(state) = state else {
        begin(tx, column, &place, &target, now)?;
        return Ok(Step::More);
    };
    if state.finished {
        return Ok(Step::Done);
    }
    let rows = tx.rows(column.sql.page, &params![state.after, PAGE])?;
    let Some(last) = rows.last() else {
        return if state.changed == 0 && state.pass_began_at >= settled_at {
            Ok(Step::Ready)
        } else if now >= settled_at {
            begin_again(tx, &place, now)?;
            Ok(Step::More)
        } else {
            Ok(Step::Waits)
        };
    };
    let last: Uuid = last.get(0)?;
    let worked = work(tx, keyring, column, &rows)?;
    tx.execute(
        "UPDATE vault_reseal SET after_row = $2, seen = seen + $3, changed = changed + $4, unreadable = unreadable + $5
         WHERE place = $1",
        &params![place, last, worked.seen, worked.changed, worked.unreadable],
    )?;
    Ok(Step::More)
}

/// Says that everything is sealed with the active key; `None` when that is not so any more, or somebody said it before.
///
/// # Errors
/// What the database says.
pub fn finish(
    tx: &mut Tx<'_>,
    column: &SealedColumn,
    target: &str,
    now: Timestamp,
) -> Result<Option<Progress>, DbError> {
    const SQL: &str = "SELECT place, target, pass, seen, total, unreadable, finished_at_us FROM vault_reseal \
                       WHERE place = $1";
    let place = column.name();
    let changed = tx.execute(
        "UPDATE vault_reseal SET finished_at_us = $3
         WHERE place = $1 AND target = $2 AND changed = 0 AND finished_at_us IS NULL",
        &params![&place, target, now],
    )?;
    if changed == 0 { Ok(None) } else { tx.row(SQL, &params![place])?.as_ref().map(told).transpose() }
}

/// The row of a column, locked until the unit ends.
fn lock(tx: &mut Tx<'_>, place: &str) -> Result<Option<State>, DbError> {
    const SQL: &str = "SELECT target, pass_began_at_us, after_row, changed, finished_at_us FROM vault_reseal \
                       WHERE place = $1 FOR UPDATE";
    let Some(row) = tx.row(SQL, &params![place])? else { return Ok(None) };
    Ok(Some(State {
        target: row.get(0)?,
        pass_began_at: row.get(1)?,
        after: row.get(2)?,
        changed: row.get(3)?,
        finished: row.get::<Option<Timestamp>>(4)?.is_some(),
    }))
}

/// Begins a column's first pass towards another target.
fn begin(
    tx: &mut Tx<'_>,
    column: &SealedColumn,
    place: &str,
    target: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let total: i64 = tx.row(column.sql.count, &[])?.map_or(Ok(0), |row| row.get(0))?;
    tx.execute(
        "INSERT INTO vault_reseal (place, target, pass, pass_began_at_us, after_row, seen, total, changed, unreadable)
         VALUES ($1, $2, 1, $3, $4, 0, $5, 0, 0)
         ON CONFLICT (place) DO UPDATE SET target = excluded.target, pass = 1,
             pass_began_at_us = excluded.pass_began_at_us, after_row = excluded.after_row, seen = 0,
             total = excluded.total, changed = 0, unreadable = 0, finished_at_us = NULL",
        &params![place, target, now, Uuid::nil(), total],
    )?;
    Ok(())
}

/// Begins a pass that looks whether everything is done.
fn begin_again(tx: &mut Tx<'_>, place: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE vault_reseal SET pass = pass + 1, pass_began_at_us = $2, after_row = $3, seen = 0, changed = 0,
             unreadable = 0 WHERE place = $1",
        &params![place, now, Uuid::nil()],
    )?;
    Ok(())
}

#[derive(Default)]
struct Worked {
    seen: i64,
    changed: i64,
    unreadable: i64,
}

fn work(tx: &mut Tx<'_>, keyring: &Keyring, column: &SealedColumn, rows: &[Row]) -> Result<Worked, DbError> {
    let mut worked = Worked::default();
    for row in rows {
        let (id, sealed, beside): (Uuid, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        worked.seen = worked.seen.saturating_add(1);
        match reseal(tx, keyring, column, id, &sealed, beside.as_deref()) {
            Ok(true) => worked.changed = worked.changed.saturating_add(1),
            Ok(false) => {}
            Err(Trouble::Row(error)) => {
                worked.unreadable = worked.unreadable.saturating_add(1);
                tracing::error!(table = column.table, column = column.column, row = %id, %error, "a sealed value does not open");
            }
            Err(Trouble::All(error)) => return Err(error),
        }
    }
    Ok(worked)
}

/// What stops one value, or all of them.
enum Trouble {
    Row(VaultError),
    All(DbError),
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::WornOut | VaultError::Randomness => Self::All(DbError::Other(error.to_string())),
            other => Self::Row(other),
        }
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::All(error)
    }
}

/// Seals one value anew and makes its indexes again; whether anything was to be done.
fn reseal(
    tx: &mut Tx<'_>,
    keyring: &Keyring,
    column: &SealedColumn,
    row: Uuid,
    sealed: &str,
    beside: Option<&str>,
) -> Result<bool, Trouble> {
    let place = Place::new(column.table, column.column, row);
    let anew = keyring.reseal(&place, sealed)?;
    if let Some(anew) = &anew
        && tx.execute(column.sql.replace, &params![row, sealed, anew])? == 0
    {
        // Somebody changed it; the next pass looks at what they left.
        return Ok(true);
    }
    if column.indexes.is_empty() {
        return Ok(anew.is_some());
    }
    let present = anew.as_deref().unwrap_or(sealed);
    let plain = keyring.open(&place, present)?;
    let mut changed = anew.is_some();
    for index in column.indexes {
        let made = (index.of)(keyring, beside, plain.expose_str()?).ok_or(VaultError::NotText)?;
        changed |= tx.execute(index.replace, &params![row, present, made])? > 0;
    }
    Ok(changed)
}
