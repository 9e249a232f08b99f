//! Alerts as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::{Alert, AlertId, AlertQuery, AlertStatus, Event, EventKind, Place};
use crate::rules::Severity;

/// A statement about whole alerts.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, rule, instance, severity, summary, runbook, value, status, fired_at_us, seen_at_us, told_at_us, \
             acknowledged_by, acknowledged_at_us, resolved_by, resolved_at_us FROM monitoring_alert ",
            $rest
        )
    };
}

fn corrupt<E>(_: E) -> DbError {
    DbError::Corrupt("monitoring_alert has a row that was never written".to_owned())
}

fn user(row: &Row, index: usize) -> Result<Option<UserId>, DbError> {
    Ok(row.get::<Option<Uuid>>(index)?.map(UserId::from_uuid))
}

fn alert(row: &Row) -> Result<Alert, DbError> {
    Ok(Alert {
        id: AlertId::from_uuid(row.get(0)?),
        rule: row.get(1)?,
        instance: row.get(2)?,
        severity: row.get::<String>(3)?.parse::<Severity>().map_err(corrupt)?,
        summary: row.get(4)?,
        runbook: row.get(5)?,
        value: row.get(6)?,
        status: row.get::<String>(7)?.parse::<AlertStatus>().map_err(corrupt)?,
        fired_at: row.get(8)?,
        seen_at: row.get(9)?,
        told_at: row.get(10)?,
        acknowledged_by: user(row, 11)?,
        acknowledged_at: row.get(12)?,
        resolved_by: user(row, 13)?,
        resolved_at: row.get(14)?,
    })
}

/// How many alerts are looked at at once; more than that are open in no healthy or sick program.
pub(super) const OPEN_MAX: i64 = 1_000;

/// The alerts that are open, the latest at the top.
pub(super) fn open(reader: &mut Reader<'_>) -> Result<Vec<Alert>, DbError> {
    const SQL: &str = select!("WHERE status <> 'resolved' ORDER BY fired_at_us DESC, id DESC LIMIT $1");
    reader.rows(SQL, &params![OPEN_MAX])?.iter().map(alert).collect()
}

pub(super) fn find(reader: &mut Reader<'_>, id: AlertId) -> Result<Option<Alert>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(alert).transpose()
}

/// The same, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: AlertId) -> Result<Option<Alert>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(alert).transpose()
}

pub(super) fn list(
    reader: &mut Reader<'_>,
    query: &AlertQuery,
    before: Option<Place>,
    limit: i64,
) -> Result<Vec<Alert>, DbError> {
    const SQL: &str = select!(
        "WHERE (CAST($1 AS TEXT) IS NULL OR status = $1) AND (CAST($2 AS TEXT) IS NULL OR severity = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR rule = $3) \
         AND (CAST($4 AS BIGINT) IS NULL OR fired_at_us < $4 OR (fired_at_us = $4 AND id < $5)) \
         ORDER BY fired_at_us DESC, id DESC LIMIT $6"
    );
    let status = query.status.map(AlertStatus::code);
    let severity = query.severity.map(Severity::code);
    let (at, id) = (before.map(|place| place.at_us), before.map(|place| place.id));
    let wanted = params![status, severity, query.rule.clone(), at, id, limit];
    reader.rows(SQL, &wanted)?.iter().map(alert).collect()
}

/// Writes an alert unless one is open for its rule and instance; says whether it did.
pub(super) fn insert(tx: &mut Tx<'_>, alert: &Alert) -> Result<bool, DbError> {
    const SQL: &str = "INSERT INTO monitoring_alert (id, rule, instance, severity, summary, runbook, value, status, \
                       fired_at_us, seen_at_us, told_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, 'firing', $8, $8, $9) \
                       ON CONFLICT (rule, instance) WHERE status <> 'resolved' DO NOTHING";
    let values = params![
        alert.id.uuid(),
        alert.rule.clone(),
        alert.instance.clone(),
        alert.severity.code(),
        alert.summary.clone(),
        alert.runbook.clone(),
        alert.value.clone(),
        alert.fired_at,
        alert.told_at
    ];
    Ok(tx.execute(SQL, &values)? == 1)
}

/// Notes that the rule is still broken.
pub(super) fn seen(
    tx: &mut Tx<'_>,
    id: AlertId,
    (summary, value): (&str, &str),
    at: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE monitoring_alert SET seen_at_us = $2, summary = $3, value = $4 \
                       WHERE id = $1 AND status <> 'resolved' AND seen_at_us < $2";
    tx.execute(SQL, &params![id.uuid(), at, summary, value]).map(|_| ())
}

pub(super) fn acknowledge(
    tx: &mut Tx<'_>,
    id: AlertId,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE monitoring_alert SET status = 'acknowledged', acknowledged_by = $2, \
                       acknowledged_at_us = $3 WHERE id = $1";
    tx.execute(SQL, &params![id.uuid(), by.map(UserId::uuid), at]).map(|_| ())
}

pub(super) fn resolve(
    tx: &mut Tx<'_>,
    id: AlertId,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE monitoring_alert SET status = 'resolved', resolved_by = $2, resolved_at_us = $3 WHERE id = $1";
    tx.execute(SQL, &params![id.uuid(), by.map(UserId::uuid), at]).map(|_| ())
}

pub(super) fn told(tx: &mut Tx<'_>, id: AlertId, at: Timestamp) -> Result<(), DbError> {
    tx.execute("UPDATE monitoring_alert SET told_at_us = $2 WHERE id = $1", &params![id.uuid(), at])
        .map(|_| ())
}

pub(super) fn insert_event(tx: &mut Tx<'_>, id: Uuid, alert: AlertId, event: &Event) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO monitoring_alert_event (id, alert_id, kind, made_by, note, at_us) \
                       VALUES ($1, $2, $3, $4, $5, $6)";
    let by = event.by.map(UserId::uuid);
    let values = params![id, alert.uuid(), event.kind.code(), by, event.note.clone(), event.at];
    tx.execute(SQL, &values).map(|_| ())
}

/// What happened to an alert, in its order.
pub(super) fn events(reader: &mut Reader<'_>, alert: AlertId) -> Result<Vec<Event>, DbError> {
    const SQL: &str = "SELECT kind, made_by, note, at_us FROM monitoring_alert_event WHERE alert_id = $1 \
                       ORDER BY at_us, id LIMIT 1000";
    let read = |row: &Row| {
        let kind = row.get::<String>(0)?.parse::<EventKind>().map_err(corrupt)?;
        Ok(Event { kind, by: user(row, 1)?, note: row.get(2)?, at: row.get(3)? })
    };
    reader.rows(SQL, &params![alert.uuid()])?.iter().map(read).collect()
}
