//! How many cases wait, for whoever watches the program.

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::Timestamp;

use super::CaseKind;

/// The cases of one kind that are not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The kind.
    pub kind: CaseKind,
    /// How many there are.
    pub open: i64,
    /// How many of them were due.
    pub overdue: i64,
}

/// What is not decided, by kinds.
///
/// # Errors
/// What the database says.
pub fn undecided(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<Undecided>, DbError> {
    const SQL: &str = "SELECT kind, COUNT(*), CAST(SUM(CASE WHEN due_at_us < $1 THEN 1 ELSE 0 END) AS BIGINT)
        FROM compliance_case WHERE status <> 'closed' GROUP BY kind ORDER BY kind";
    let read = |row: &Row| {
        let corrupt = |_| DbError::Corrupt("compliance_case.kind is not what was written".to_owned());
        let kind = row.get::<String>(0)?.parse().map_err(corrupt)?;
        Ok(Undecided { kind, open: row.get(1)?, overdue: row.get(2)? })
    };
    reader.rows(SQL, &params![now])?.iter().map(read).collect()
}
