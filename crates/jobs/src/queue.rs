//! The rows of the queue.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::Timestamp;

const INSERT: &str = "INSERT INTO job (kind, payload, unique_key, state, run_at_us, attempts, created_at_us) \
                      VALUES ($1, $2, $3, 'waiting', $4, 0, $4) ON CONFLICT (unique_key) DO NOTHING";

/// Adds a job of this kind to the unit of work, to run at `run_at` or soon after.
///
/// # Errors
/// What the database says.
pub fn enqueue(tx: &mut Tx<'_>, kind: &'static str, payload: &str, run_at: Timestamp) -> Result<(), DbError> {
    tx.execute(INSERT, &params![kind, payload, None::<&str>, run_at]).map(|_| ())
}

/// Adds a job unless one of this unique key was ever added; says whether it was.
///
/// # Errors
/// What the database says.
pub fn enqueue_once(
    tx: &mut Tx<'_>,
    kind: &str,
    payload: &str,
    unique_key: &str,
    run_at: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.execute(INSERT, &params![kind, payload, unique_key, run_at])? == 1)
}

/// A job as a worker holds it.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) attempts: i64,
    pub(crate) created_at: Timestamp,
}

/// Claims the next due job until `lease_until`: one whose lease ran out is due again.
pub(crate) fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Claimed>, DbError> {
    const DUE: &str = "SELECT seq, kind, payload, attempts, created_at_us FROM job WHERE state IN ('waiting', 'running') AND run_at_us <= $1 \
                       ORDER BY run_at_us, seq LIMIT 1 FOR UPDATE SKIP LOCKED";
    const CLAIM: &str =
        "UPDATE job SET state = 'running', run_at_us = $2, attempts = attempts + 1 WHERE seq = $1";
    let Some(row) = tx.row(DUE, &params![now])? else { return Ok(None) };
    let attempts: i64 = row.get(3)?;
    let job = Claimed {
        seq: row.get(0)?,
        kind: row.get(1)?,
        payload: row.get(2)?,
        attempts: attempts.saturating_add(1),
        created_at: row.get(4)?,
    };
    tx.execute(CLAIM, &params![job.seq, lease_until])?;
    Ok(Some(job))
}

/// Forgets a job that is done; one with a unique key stays, so that it is never added again.
pub(crate) fn done(tx: &mut Tx<'_>, seq: i64) -> Result<(), DbError> {
    tx.execute("DELETE FROM job WHERE seq = $1 AND unique_key IS NULL", &params![seq])?;
    tx.execute("UPDATE job SET state = 'done' WHERE seq = $1", &params![seq])?;
    Ok(())
}

/// Puts a job that failed back into the queue, or among the dead.
pub(crate) fn failed(
    tx: &mut Tx<'_>,
    seq: i64,
    why: &str,
    again_at: Option<Timestamp>,
) -> Result<(), DbError> {
    const AGAIN: &str = "UPDATE job SET state = 'waiting', run_at_us = $2, last_error = $3 WHERE seq = $1";
    const DEAD: &str = "UPDATE job SET state = 'dead', last_error = $2 WHERE seq = $1";
    match again_at {
        Some(at) => tx.execute(AGAIN, &params![seq, at, why])?,
        None => tx.execute(DEAD, &params![seq, why])?,
    };
    Ok(())
}

/// A job that failed too often and waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// Its number.
    pub seq: i64,
    /// Its kind.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// What it said last.
    pub last_error: Option<String>,
}

/// The dead jobs, newest first, at most a hundred.
///
/// # Errors
/// What the database says.
pub fn dead(reader: &mut Reader<'_>) -> Result<Vec<DeadJob>, DbError> {
    const SQL: &str = "SELECT seq, kind, attempts, created_at_us, last_error FROM job WHERE state = 'dead' ORDER BY seq DESC LIMIT 100";
    let read = |row: &Row| {
        Ok(DeadJob {
            seq: row.get(0)?,
            kind: row.get(1)?,
            attempts: row.get(2)?,
            created_at: row.get(3)?,
            last_error: row.get(4)?,
        })
    };
    reader.rows(SQL, &[])?.iter().map(read).collect()
}

/// How many jobs should have been done and are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Those that nobody took.
    pub waiting: i64,
    /// Those that somebody took, and neither did nor gave back in the time that they had.
    pub running: i64,
}

/// The jobs that were due before `before`.
///
/// # Errors
/// What the database says.
pub fn late(reader: &mut Reader<'_>, before: Timestamp) -> Result<Late, DbError> {
    const SQL: &str = "SELECT state, COUNT(*) FROM job
        WHERE state IN ('waiting', 'running') AND run_at_us < $1 GROUP BY state ORDER BY state";
    let mut late = Late::default();
    for row in &reader.rows(SQL, &params![before])? {
        let (state, count): (String, i64) = (row.get(0)?, row.get(1)?);
        if state == "running" { late.running = count } else { late.waiting = count }
    }
    Ok(late)
}

/// Gives a dead job another life, and gives its kind; nothing when there is no such job.
///
/// # Errors
/// What the database says.
pub fn revive(tx: &mut Tx<'_>, seq: i64, now: Timestamp) -> Result<Option<String>, DbError> {
    const SQL: &str = "UPDATE job SET state = 'waiting', run_at_us = $2, attempts = 0
        WHERE seq = $1 AND state = 'dead' RETURNING kind";
    tx.row(SQL, &params![seq, now])?.map(|row| row.get(0)).transpose()
}
