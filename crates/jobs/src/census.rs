//! How much work waits, for whoever watches the program.

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::Timestamp;

/// The jobs of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The kind.
    pub kind: String,
    /// How many are due or will be.
    pub pending: i64,
    /// How many failed too often.
    pub dead: i64,
    /// Since when the oldest of those has waited that are due; none where none is.
    pub oldest_due_at: Option<Timestamp>,
}

/// What waits, by kinds, at most a hundred of them.
///
/// # Errors
/// What the database says.
pub fn waiting(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<Waiting>, DbError> {
    const SQL: &str = "SELECT kind,
            CAST(SUM(CASE WHEN state = 'dead' THEN 0 ELSE 1 END) AS BIGINT),
            CAST(SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS BIGINT),
            MIN(CASE WHEN state = 'waiting' AND run_at_us <= $1 THEN run_at_us END)
        FROM job WHERE state IN ('waiting', 'running', 'dead') GROUP BY kind ORDER BY kind LIMIT 100";
    let read = |row: &Row| {
        Ok(Waiting { kind: row.get(0)?, pending: row.get(1)?, dead: row.get(2)?, oldest_due_at: row.get(3)? })
    };
    reader.rows(SQL, &params![now])?.iter().map(read).collect()
}
