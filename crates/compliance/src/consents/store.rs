//! Consents as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId};

use super::{ConsentRecord, Purpose};

/// A statement about whole records, with the texts that they are about.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.user_id, c.purpose, c.n, c.given, c.version, c.sha256, t.title, t.text, c.at_us, c.recorded_by, \
             c.reason, c.ip, c.user_agent FROM compliance_consent c \
             JOIN compliance_consent_text t \
             ON t.purpose = c.purpose AND t.version = c.version AND t.sha256 = c.sha256 ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<ConsentRecord, DbError> {
    Ok(ConsentRecord {
        user: UserId::from_uuid(row.get(0)?),
        purpose: row.get(1)?,
        n: row.get(2)?,
        given: row.get(3)?,
        version: row.get(4)?,
        sha256: row.get(5)?,
        title: row.get(6)?,
        text: row.get(7)?,
        at: row.get(8)?,
        recorded_by: UserId::from_uuid(row.get(9)?),
        reason: row.get(10)?,
        ip: row.get(11)?,
        user_agent: row.get(12)?,
    })
}

/// The newest record of somebody about each purpose.
pub(super) fn latest(reader: &mut Reader<'_>, user: UserId) -> Result<Vec<ConsentRecord>, DbError> {
    let rows = reader.rows(
        select!(
            "WHERE c.user_id = $1 AND c.n = (SELECT MAX(l.n) FROM compliance_consent l \
             WHERE l.user_id = c.user_id AND l.purpose = c.purpose) ORDER BY c.purpose"
        ),
        &params![user.uuid()],
    )?;
    rows.iter().map(record).collect()
}

/// The newest record of somebody about one purpose.
pub(super) fn latest_about(
    reader: &mut Reader<'_>,
    user: UserId,
    purpose: &str,
) -> Result<Option<ConsentRecord>, DbError> {
    let row = reader.row(
        select!("WHERE c.user_id = $1 AND c.purpose = $2 ORDER BY c.n DESC LIMIT 1"),
        &params![user.uuid(), purpose],
    )?;
    row.as_ref().map(record).transpose()
}

/// The records of somebody, the newest first, `limit` at most.
pub(super) fn history(
    reader: &mut Reader<'_>,
    user: UserId,
    limit: i64,
) -> Result<Vec<ConsentRecord>, DbError> {
    let rows = reader.rows(
        select!("WHERE c.user_id = $1 ORDER BY c.at_us DESC, c.purpose, c.n DESC LIMIT $2"),
        &params![user.uuid(), limit],
    )?;
    rows.iter().map(record).collect()
}

/// Keeps the text of a purpose, unless it is kept already.
pub(super) fn keep_text(tx: &mut Tx<'_>, purpose: &Purpose, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO compliance_consent_text (purpose, version, sha256, title, text, first_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (purpose, version, sha256) DO NOTHING",
        &params![&purpose.code, purpose.version, &purpose.sha256, &purpose.title, &purpose.text, now],
    )?;
    Ok(())
}

/// Adds a record.
pub(super) fn insert(tx: &mut Tx<'_>, record: &ConsentRecord) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO compliance_consent \
         (user_id, purpose, n, given, version, sha256, at_us, recorded_by, reason, ip, user_agent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            record.user.uuid(),
            &record.purpose,
            record.n,
            record.given,
            record.version,
            &record.sha256,
            record.at,
            record.recorded_by.uuid(),
            record.reason.as_ref(),
            record.ip.as_ref(),
            record.user_agent.as_ref(),
        ],
    )?;
    Ok(())
}
