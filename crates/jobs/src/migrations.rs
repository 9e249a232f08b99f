//! The tables of jobs, outbox and schedules.

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "jobs_0001_queue",
    "CREATE TABLE job (
        seq {serial},
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        unique_key TEXT UNIQUE,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead')),
        run_at_us BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        created_at_us BIGINT NOT NULL,
        last_error TEXT
     ) {strict};
     CREATE INDEX job_due ON job (run_at_us, seq) WHERE state IN ('waiting', 'running');
     CREATE TABLE outbox_event (
        seq {serial},
        topic TEXT NOT NULL,
        subject {uuid} NOT NULL,
        at_us BIGINT NOT NULL
        {transaction_column}
     ) {strict};
     {append_only:outbox_event}
     CREATE TABLE schedule (
        name TEXT PRIMARY KEY,
        next_at_us BIGINT NOT NULL
     ) {strict};",
)];
