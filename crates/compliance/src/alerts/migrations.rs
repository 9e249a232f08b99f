//! The tables of alerts, once for both engines.

use florin_db::Migration;

/// The migrations of alerts, after those of cases.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "compliance_0002_alerts",
    "CREATE TABLE aml_alert (
        id {uuid} PRIMARY KEY,
        typology TEXT NOT NULL,
        also TEXT NOT NULL,
        reference TEXT NOT NULL UNIQUE,
        first_at_us BIGINT NOT NULL,
        last_at_us BIGINT NOT NULL,
        amount BIGINT NOT NULL CHECK (amount >= 0),
        currency TEXT NOT NULL,
        score BIGINT NOT NULL CHECK (score BETWEEN 0 AND 1000),
        explanation TEXT NOT NULL,
        accounts TEXT NOT NULL,
        movements TEXT NOT NULL,
        movement_count BIGINT NOT NULL CHECK (movement_count > 0),
        case_id {uuid} NOT NULL REFERENCES compliance_case (id),
        run_id {uuid} NOT NULL,
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX aml_alert_by_time ON aml_alert (created_at_us, id);
     CREATE INDEX aml_alert_by_last ON aml_alert (last_at_us);
     CREATE INDEX aml_alert_by_case ON aml_alert (case_id);

     CREATE TABLE aml_run (
        id {uuid} PRIMARY KEY,
        from_us BIGINT NOT NULL,
        to_us BIGINT NOT NULL CHECK (to_us >= from_us),
        movements BIGINT NOT NULL,
        findings BIGINT NOT NULL,
        opened BIGINT NOT NULL,
        went_on BIGINT NOT NULL,
        took_ms BIGINT NOT NULL,
        asked_by {uuid},
        at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX aml_run_by_time ON aml_run (at_us, id);
     {append_only:aml_run}

     CREATE TABLE aml_turn (
        name TEXT PRIMARY KEY
     ) {strict};
     INSERT INTO aml_turn (name) VALUES ('monitoring');",
)];
