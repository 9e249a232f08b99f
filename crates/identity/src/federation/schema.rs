//! The tables of sign-in through providers, once for both engines.

use florin_db::Migration;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0005_federation",
    "CREATE TABLE identity_federation (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        provider TEXT NOT NULL,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        linked_at_us BIGINT NOT NULL,
        last_used_at_us BIGINT,
        UNIQUE (issuer, subject)
     ) {strict};
     CREATE INDEX identity_federation_by_user ON identity_federation (user_id, linked_at_us);

     CREATE TABLE identity_federation_attempt (
        state_hash {bytes} PRIMARY KEY,
        browser_hash {bytes} NOT NULL,
        provider TEXT NOT NULL,
        user_id {uuid} REFERENCES identity_user (id),
        session_id {uuid} REFERENCES identity_session (id),
        next TEXT,
        hold TEXT NOT NULL CHECK (hold IN ('tokens', 'cookie')),
        expires_at_us BIGINT NOT NULL,
        CHECK ((user_id IS NULL) = (session_id IS NULL))
     ) {strict};
     CREATE INDEX identity_federation_attempt_by_end ON identity_federation_attempt (expires_at_us);

     CREATE TABLE identity_passwordless (
        user_id {uuid} PRIMARY KEY REFERENCES identity_user (id),
        password_hash TEXT NOT NULL
     ) {strict};",
);
