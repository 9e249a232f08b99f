//! The tables of consents, once for both engines.

use florin_db::Migration;

/// The migrations of consents, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "compliance_0004_consents",
    "CREATE TABLE compliance_consent_text (
        purpose TEXT NOT NULL,
        version BIGINT NOT NULL CHECK (version >= 1),
        sha256 TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        first_at_us BIGINT NOT NULL,
        PRIMARY KEY (purpose, version, sha256)
     ) {strict};
     {append_only:compliance_consent_text}

     CREATE TABLE compliance_consent (
        user_id {uuid} NOT NULL,
        purpose TEXT NOT NULL,
        n BIGINT NOT NULL CHECK (n >= 1),
        given {bool} NOT NULL,
        version BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        recorded_by {uuid} NOT NULL,
        reason TEXT,
        ip TEXT,
        user_agent TEXT,
        PRIMARY KEY (user_id, purpose, n),
        FOREIGN KEY (purpose, version, sha256) REFERENCES compliance_consent_text (purpose, version, sha256),
        CHECK ((recorded_by = user_id) = (reason IS NULL))
     ) {strict};
     CREATE INDEX compliance_consent_by_time ON compliance_consent (user_id, at_us);
     {append_only:compliance_consent}",
)];
