//! The table of devices, once for both engines.

use florin_db::Migration;

pub(crate) const MIGRATION: Migration = Migration::new(
    "identity_0006_devices",
    "CREATE TABLE identity_device (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        device_hash {bytes} NOT NULL,
        ip TEXT,
        user_agent TEXT,
        first_seen_at_us BIGINT NOT NULL,
        last_seen_at_us BIGINT NOT NULL,
        UNIQUE (user_id, device_hash)
     ) {strict};",
);
