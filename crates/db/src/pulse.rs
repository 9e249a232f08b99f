//! One small write that proves the database still takes writes, for whoever watches the program.

use florin_kernel::Timestamp;

use crate::migrate::Migration;
use crate::{Db, DbError, params};

/// One row, which every process that serves writes over.
pub(crate) const MIGRATION: Migration = Migration::new(
    "db_0005_pulse",
    "CREATE TABLE pulse (
        id BIGINT PRIMARY KEY CHECK (id = 1),
        at_us BIGINT NOT NULL
     ) {strict};",
);

impl Db {
    /// Writes down that the program lived at this moment, durably, by the way that all units of work take.
    ///
    /// # Errors
    /// What the database says; [`DbError::is_transient`] tells an outage from a fault.
    pub async fn pulse(&self, now: Timestamp) -> Result<(), DbError> {
        const SQL: &str = "INSERT INTO pulse (id, at_us) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at_us = excluded.at_us";
        self.housekeeping(move |tx| tx.execute(SQL, &params![now]).map(|_| ())).await
    }
}
