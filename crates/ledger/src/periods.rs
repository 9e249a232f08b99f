//! Periods: a day that is closed takes no more entries, nor does any day before it.

use florin_db::{DbError, Engine, Tx, params};
use florin_kernel::{Date, Timestamp};

use crate::rows;

/// Held by every transaction that posts on PostgreSQL, so that none posts into a period while it is
/// being closed.
pub(crate) const SHARE_PERIODS: &str = "SELECT pg_advisory_xact_lock_shared(7046029254386353132)";
const CLAIM_PERIODS: &str = "SELECT pg_advisory_xact_lock(7046029254386353132)";

/// The last closed day, if any.
pub(crate) fn closed_through(tx: &mut Tx<'_>) -> Result<Option<Date>, DbError> {
    let found = tx.row("SELECT MAX(day) FROM ledger_period_close", &[])?;
    found.map_or(Ok(None), |row| row.get::<Option<i64>>(0))?.map(rows::date_of).transpose()
}

/// Closes all days through `last`; false when they are closed already.
pub(crate) fn close(tx: &mut Tx<'_>, last: Date, now: Timestamp) -> Result<bool, DbError> {
    if tx.engine() == Engine::Postgres {
        tx.execute(CLAIM_PERIODS, &[])?;
    }
    if closed_through(tx)?.is_some_and(|closed| closed >= last) {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO ledger_period_close (day, closed_at_us) VALUES ($1, $2)",
        &params![rows::day_of(last), now],
    )?;
    Ok(true)
}
