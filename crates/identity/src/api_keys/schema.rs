//! The table of keys, once for both engines.

use florin_db::Migration;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0004_api_keys",
    "CREATE TABLE identity_api_key (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        name TEXT NOT NULL,
        prefix TEXT NOT NULL,
        key_hash {bytes} NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        networks TEXT NOT NULL,
        per_minute BIGINT CHECK (per_minute > 0),
        per_day BIGINT CHECK (per_day > 0),
        created_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL CHECK (expires_at_us > created_at_us),
        revoked_at_us BIGINT,
        last_used_at_us BIGINT,
        last_used_ip TEXT,
        uses BIGINT NOT NULL CHECK (uses >= 0)
     ) {strict};
     CREATE INDEX identity_api_key_by_user ON identity_api_key (user_id, created_at_us);
     CREATE INDEX identity_api_key_ended ON identity_api_key (revoked_at_us) WHERE revoked_at_us IS NOT NULL;",
);
