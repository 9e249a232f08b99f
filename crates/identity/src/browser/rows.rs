//! Queries about the cookies of sign-ins.

use florin_db::{DbError, Reader, Tx, params};
use florin_kernel::{SessionId, Timestamp, Uuid};

/// The sign-in whose cookie this is the SHA-256 of.
pub(crate) fn session_of(reader: &mut Reader<'_>, cookie: [u8; 32]) -> Result<Option<SessionId>, DbError> {
    let row = reader.row("SELECT id FROM identity_session WHERE cookie_hash = $1", &params![cookie])?;
    row.map(|row| row.get::<Uuid>(0).map(SessionId::from_uuid)).transpose()
}

/// Whether a browser keeps the sign-in.
pub(crate) fn is_kept(tx: &mut Tx<'_>, session: SessionId) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM identity_session WHERE id = $1 AND cookie_hash IS NOT NULL";
    Ok(tx.row(sql, &params![session.uuid()])?.is_some())
}

/// Puts another cookie in the place of one, and notes when a factor was proved; false when that one was replaced
/// already.
pub(crate) fn rotate(
    tx: &mut Tx<'_>,
    session: SessionId,
    before: [u8; 32],
    after: [u8; 32],
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE identity_session SET cookie_hash = $3, proved_at_us = $4, last_seen_at_us = $4
         WHERE id = $1 AND cookie_hash = $2 AND revoked_at_us IS NULL",
        &params![session.uuid(), before, after, now],
    )?;
    Ok(changed == 1)
}
