//! The tables of second factors, once for both engines.

use florin_db::Migration;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0003_factors",
    "CREATE TABLE identity_totp (
        user_id {uuid} PRIMARY KEY REFERENCES identity_user (id),
        secret TEXT NOT NULL,
        created_at_us BIGINT NOT NULL,
        enabled_at_us BIGINT,
        last_step BIGINT NOT NULL CHECK (last_step >= -1),
        CHECK ((enabled_at_us IS NULL) = (last_step = -1))
     ) {strict};

     CREATE TABLE identity_backup_code (
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        code_hash {bytes} NOT NULL,
        created_at_us BIGINT NOT NULL,
        PRIMARY KEY (user_id, code_hash)
     ) {strict};

     CREATE TABLE identity_code_guard (
        user_id {uuid} PRIMARY KEY REFERENCES identity_user (id),
        since_us BIGINT NOT NULL,
        wrong BIGINT NOT NULL CHECK (wrong >= 0),
        wrong_in_a_row BIGINT NOT NULL CHECK (wrong_in_a_row >= 0),
        closed_until_us BIGINT
     ) {strict};

     CREATE TABLE identity_mfa_challenge (
        token_hash {bytes} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        amr TEXT NOT NULL,
        credential_hash {bytes},
        wrong BIGINT NOT NULL CHECK (wrong >= 0),
        created_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        ended_at_us BIGINT
     ) {strict};
     CREATE INDEX identity_mfa_challenge_by_user ON identity_mfa_challenge (user_id, created_at_us);

     CREATE TABLE identity_passkey (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        credential_id {bytes} NOT NULL UNIQUE,
        name TEXT NOT NULL,
        credential TEXT NOT NULL,
        created_at_us BIGINT NOT NULL,
        last_used_at_us BIGINT
     ) {strict};
     CREATE INDEX identity_passkey_by_user ON identity_passkey (user_id, created_at_us);

     CREATE TABLE identity_passkey_ceremony (
        token_hash {bytes} PRIMARY KEY,
        purpose TEXT NOT NULL CHECK (purpose IN ('register', 'login', 'second', 'step_up')),
        user_id {uuid} REFERENCES identity_user (id),
        challenge_hash {bytes},
        state TEXT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        CHECK ((user_id IS NULL) = (purpose = 'login')),
        CHECK ((challenge_hash IS NULL) = (purpose <> 'second'))
     ) {strict};
     CREATE INDEX identity_passkey_ceremony_by_end ON identity_passkey_ceremony (expires_at_us);",
);
