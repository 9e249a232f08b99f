//! The schema, once for both engines.

use florin_db::Migration;

/// The migrations of this crate, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "identity_0001_people_and_sign_ins",
    "CREATE TABLE identity_user (
        id {uuid} PRIMARY KEY,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        full_name TEXT NOT NULL,
        phone TEXT,
        phone_masked TEXT,
        password_hash TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
        department TEXT CHECK (department IN ('hr', 'accounts', 'loans', 'customer_service')),
        verified_at_us BIGINT,
        created_at_us BIGINT NOT NULL,
        CHECK ((phone IS NULL) = (phone_masked IS NULL))
     ) {strict};

     CREATE TABLE identity_user_role (
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        role TEXT NOT NULL CHECK (role IN ('customer', 'teller', 'loan_officer', 'manager', 'compliance_officer',
                                           'fraud_analyst', 'auditor', 'support', 'admin')),
        PRIMARY KEY (user_id, role)
     ) {strict};

     CREATE TABLE identity_session (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        amr TEXT NOT NULL,
        ip TEXT,
        user_agent TEXT,
        created_at_us BIGINT NOT NULL,
        last_seen_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        revoked_at_us BIGINT,
        revoked_because TEXT CHECK (revoked_because IN ('logout', 'logout_all', 'refresh_reused', 'too_many', 'factor_changed', 'password_changed', 'ended', 'suspended',
                                                         'device_mismatch')),
        device_hash {bytes},
        refresh_seed {bytes} NOT NULL,
        refresh_generation BIGINT NOT NULL CHECK (refresh_generation >= 0),
        refresh_hash {bytes} NOT NULL UNIQUE,
        refreshed_at_us BIGINT NOT NULL,
        cookie_hash {bytes} UNIQUE,
        proved_at_us BIGINT,
        place_agent TEXT NOT NULL,
        place_network TEXT,
        place_country TEXT,
        drifted_at_us BIGINT,
        CHECK ((revoked_at_us IS NULL) = (revoked_because IS NULL))
     ) {strict};
     CREATE INDEX identity_session_by_user ON identity_session (user_id, created_at_us);
     CREATE INDEX identity_session_ended ON identity_session (revoked_at_us) WHERE revoked_at_us IS NOT NULL;

     CREATE TABLE identity_verification (
        token_hash {bytes} PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES identity_user (id),
        created_at_us BIGINT NOT NULL,
        expires_at_us BIGINT NOT NULL,
        used_at_us BIGINT
     ) {strict};
     CREATE INDEX identity_verification_by_user ON identity_verification (user_id, created_at_us);",
), crate::passwords::MIGRATION, crate::factors::MIGRATION, crate::api_keys::MIGRATION, crate::devices::MIGRATION, crate::federation::MIGRATION, crate::directory::MIGRATION];
