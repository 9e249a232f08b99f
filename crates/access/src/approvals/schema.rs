//! The table of requests, once for both engines.

use florin_db::Migration;

/// The migrations of this crate.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "access_0001_approvals",
    "CREATE TABLE access_approval (
        id {uuid} PRIMARY KEY,
        kind TEXT NOT NULL,
        subject {uuid} NOT NULL,
        payload TEXT NOT NULL,
        asked_by {uuid} NOT NULL,
        asked_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        decision TEXT CHECK (decision IN ('approved', 'rejected')),
        decided_by {uuid},
        decided_at_us BIGINT,
        note TEXT,
        CHECK (decided_by <> asked_by),
        CHECK ((decision IS NULL) = (decided_by IS NULL)),
        CHECK ((decision IS NULL) = (decided_at_us IS NULL))
     ) {strict};
     CREATE INDEX access_approval_waiting ON access_approval (id) WHERE decision IS NULL;",
)];
