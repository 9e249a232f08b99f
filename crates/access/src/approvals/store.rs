//! Requests as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{ApprovalId, Timestamp, UserId, Uuid};

use super::{Approval, Held, State};

/// A statement about whole requests.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, subject, payload, asked_by, asked_at_us, expires_at_us, decision, decided_by, \
             decided_at_us, note FROM access_approval ",
            $rest
        )
    };
}

fn approval(row: &Row, now: Timestamp) -> Result<Approval, DbError> {
    let corrupt = || DbError::Corrupt("access_approval has a row that was never written".to_owned());
    let payload: String = row.get(3)?;
    let expires_at: Timestamp = row.get(6)?;
    let state = match row.get::<Option<String>>(7)?.as_deref() {
        None if expires_at <= now => State::Expired,
        None => State::Waiting,
        Some("approved") => State::Approved,
        Some("rejected") => State::Rejected,
        Some(_) => return Err(corrupt()),
    };
    Ok(Approval {
        id: ApprovalId::from_uuid(row.get(0)?),
        held: Held {
            kind: row.get(1)?,
            subject: row.get(2)?,
            payload: serde_json::from_str(&payload).map_err(|_| corrupt())?,
        },
        asked_by: UserId::from_uuid(row.get(4)?),
        asked_at: row.get(5)?,
        expires_at,
        state,
        decided_by: row.get::<Option<Uuid>>(8)?.map(UserId::from_uuid),
        decided_at: row.get::<Option<Timestamp>>(9)?,
        note: row.get(10)?,
    })
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: ApprovalId,
    held: &Held,
    asked_by: UserId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO access_approval (id, kind, subject, payload, asked_by, asked_at_us, expires_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &params![
            id.uuid(),
            &held.kind,
            held.subject,
            held.payload.to_string(),
            asked_by.uuid(),
            now,
            expires_at
        ],
    )?;
    Ok(())
}

/// One request, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: ApprovalId, now: Timestamp) -> Result<Option<Approval>, DbError> {
    let row = tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?;
    row.map(|row| approval(&row, now)).transpose()
}

/// One request.
pub(super) fn find(
    reader: &mut Reader<'_>,
    id: ApprovalId,
    now: Timestamp,
) -> Result<Option<Approval>, DbError> {
    let row = reader.row(select!("WHERE id = $1"), &params![id.uuid()])?;
    row.map(|row| approval(&row, now)).transpose()
}

/// Requests older than `before`, the newest first; with `waiting` those alone that wait.
pub(super) fn list(
    reader: &mut Reader<'_>,
    waiting: bool,
    before: Option<ApprovalId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Approval>, DbError> {
    let before = before.map_or(Uuid::max(), ApprovalId::uuid);
    let rows = if waiting {
        reader.rows(
            select!("WHERE decision IS NULL AND expires_at_us > $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            &params![now, before, limit],
        )?
    } else {
        reader.rows(select!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), &params![before, limit])?
    };
    rows.iter().map(|row| approval(row, now)).collect()
}

/// Lets requests of a kind about a subject expire that wait; how many they were.
pub(super) fn expire(tx: &mut Tx<'_>, kind: &str, subject: Uuid, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE access_approval SET expires_at_us = $3
         WHERE kind = $1 AND subject = $2 AND decision IS NULL AND expires_at_us > $3",
        &params![kind, subject, now],
    )
}

pub(super) fn decide(
    tx: &mut Tx<'_>,
    id: ApprovalId,
    decision: State,
    by: UserId,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE access_approval SET decision = $2, decided_by = $3, decided_at_us = $4, note = $5
         WHERE id = $1 AND decision IS NULL",
        &params![id.uuid(), decision.code(), by.uuid(), now, note],
    )?;
    Ok(())
}
