//! The tables of alerts, once for both engines.

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "monitoring_0001_alerts",
    "CREATE TABLE monitoring_alert (
        id {uuid} PRIMARY KEY,
        rule TEXT NOT NULL,
        instance TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
        summary TEXT NOT NULL,
        runbook TEXT NOT NULL,
        value TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('firing', 'acknowledged', 'resolved')),
        fired_at_us BIGINT NOT NULL,
        seen_at_us BIGINT NOT NULL,
        told_at_us BIGINT,
        acknowledged_by {uuid},
        acknowledged_at_us BIGINT,
        resolved_by {uuid},
        resolved_at_us BIGINT,
        CHECK ((status = 'resolved') = (resolved_at_us IS NOT NULL))
     ) {strict};
     CREATE UNIQUE INDEX monitoring_alert_open ON monitoring_alert (rule, instance) WHERE status <> 'resolved';
     CREATE INDEX monitoring_alert_by_time ON monitoring_alert (fired_at_us, id);

     CREATE TABLE monitoring_alert_event (
        id {uuid} PRIMARY KEY,
        alert_id {uuid} NOT NULL REFERENCES monitoring_alert (id),
        kind TEXT NOT NULL CHECK (kind IN ('fired', 'reminded', 'acknowledged', 'resolved')),
        made_by {uuid},
        note TEXT NOT NULL,
        at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX monitoring_alert_event_by_alert ON monitoring_alert_event (alert_id, at_us, id);
     {append_only:monitoring_alert_event}

     CREATE TABLE monitoring_silence (
        id {uuid} PRIMARY KEY,
        rule TEXT NOT NULL,
        instance TEXT,
        reason TEXT NOT NULL,
        made_by {uuid} NOT NULL,
        made_at_us BIGINT NOT NULL,
        ends_at_us BIGINT NOT NULL CHECK (ends_at_us >= made_at_us)
     ) {strict};
     CREATE INDEX monitoring_silence_by_end ON monitoring_silence (ends_at_us, id);",
)];
