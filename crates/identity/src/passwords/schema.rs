//! The tables of passwords and of guesses at them, once for both engines.

use florin_db::Migration;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0002_passwords",
    "CREATE TABLE identity_password_history (
        seq {serial},
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        password_hash TEXT NOT NULL,
        replaced_at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX identity_password_history_by_user ON identity_password_history (user_id, seq);

     CREATE TABLE identity_reset (
        id {uuid} PRIMARY KEY,
        token_hash {bytes} NOT NULL UNIQUE,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        invites {bool} NOT NULL,
        created_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        used_at_us BIGINT
     ) {strict};
     CREATE INDEX identity_reset_by_user ON identity_reset (user_id, created_at_us);

     CREATE TABLE identity_lockout (
        subject {bytes} NOT NULL,
        scope {bytes} NOT NULL,
        failures BIGINT NOT NULL CHECK (failures >= 0),
        recent {bytes} NOT NULL,
        last_failed_at_us BIGINT NOT NULL,
        closed_until_us BIGINT,
        PRIMARY KEY (subject, scope)
     ) {strict};
     CREATE INDEX identity_lockout_by_age ON identity_lockout (last_failed_at_us);

     CREATE TABLE identity_known_device (
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        device_hash {bytes} NOT NULL,
        first_seen_at_us BIGINT NOT NULL,
        last_seen_at_us BIGINT NOT NULL,
        PRIMARY KEY (user_id, device_hash)
     ) {strict};",
);
