//! Queries about passwords.

use florin_db::{DbError, Reader, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use crate::store::Source;

/// The hashes of a person's last passwords, the present one first, `most` at most.
pub(super) fn last_hashes(source: &mut dyn Source, user: UserId, most: u32) -> Result<Vec<String>, DbError> {
    let mut hashes = Vec::new();
    for row in source.all("SELECT password_hash FROM identity_user WHERE id = $1", &params![user.uuid()])? {
        hashes.push(row.get(0)?);
    }
    let rows = source.all(
        "SELECT password_hash FROM identity_password_history WHERE user_id = $1 ORDER BY seq DESC LIMIT $2",
        &params![user.uuid(), most.saturating_sub(1)],
    )?;
    for row in rows {
        hashes.push(row.get(0)?);
    }
    hashes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(hashes)
}

/// Gives a person, who is locked, another password, and keeps the old one's hash among the last `history`.
///
/// Every letter that could reset the old one is void.
pub(super) fn set_password(
    tx: &mut Tx<'_>,
    user: UserId,
    new: &str,
    history: u32,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_password_history (user_id, password_hash, replaced_at_us)
         SELECT id, password_hash, $2 FROM identity_user WHERE id = $1",
        &params![user.uuid(), now],
    )?;
    tx.execute(
        "DELETE FROM identity_password_history WHERE user_id = $1 AND seq NOT IN (
            SELECT seq FROM identity_password_history WHERE user_id = $1 ORDER BY seq DESC LIMIT $2)",
        &params![user.uuid(), history.saturating_sub(1)],
    )?;
    tx.execute("UPDATE identity_user SET password_hash = $2 WHERE id = $1", &params![user.uuid(), new])?;
    void_resets(tx, user, now)
}

fn void_resets(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_reset SET used_at_us = $2 WHERE user_id = $1 AND used_at_us IS NULL",
        &params![user.uuid(), now],
    )?;
    Ok(())
}

/// A letter that resets a password, as it is first written.
pub(super) struct NewReset {
    pub id: Uuid,
    pub user: UserId,
    pub token_hash: [u8; 32],
    pub now: Timestamp,
    pub expires_at: Timestamp,
    /// Whether it is an invitation, whose use proves the address.
    pub invites: bool,
}

/// Writes it; those before it are void.
pub(super) fn insert_reset(tx: &mut Tx<'_>, reset: &NewReset) -> Result<(), DbError> {
    void_resets(tx, reset.user, reset.now)?;
    tx.execute(
        "INSERT INTO identity_reset (id, token_hash, user_id, created_at_us, expires_at_us, invites)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &params![reset.id, reset.token_hash, reset.user.uuid(), reset.now, reset.expires_at, reset.invites],
    )?;
    Ok(())
}

/// Whether the request of this identifier was answered already.
pub(super) fn is_answered(tx: &mut Tx<'_>, id: Uuid) -> Result<bool, DbError> {
    Ok(tx.row("SELECT 1 FROM identity_reset WHERE id = $1", &params![id])?.is_some())
}

/// How many letters a person was sent after `since`.
pub(super) fn resets_since(tx: &mut Tx<'_>, user: UserId, since: Timestamp) -> Result<u32, DbError> {
    let row = tx.row(
        "SELECT COUNT(*) FROM identity_reset WHERE user_id = $1 AND created_at_us > $2",
        &params![user.uuid(), since],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Whose password a token resets, if it is good; it is not used up.
pub(super) fn reset_of(
    reader: &mut Reader<'_>,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let row = reader.row(
        "SELECT user_id FROM identity_reset WHERE token_hash = $1 AND used_at_us IS NULL AND expires_at_us > $2",
        &params![token_hash, now],
    )?;
    row.map(|row| row.get(0).map(UserId::from_uuid)).transpose()
}

/// Uses a token up; whose password it resets, and whether it was an invitation, if it is good.
pub(super) fn use_reset(
    tx: &mut Tx<'_>,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<(UserId, bool)>, DbError> {
    let row = tx.row(
        "UPDATE identity_reset SET used_at_us = $2
         WHERE token_hash = $1 AND used_at_us IS NULL AND expires_at_us > $2 RETURNING user_id, invites",
        &params![token_hash, now],
    )?;
    row.map(|row| Ok((UserId::from_uuid(row.get(0)?), row.get(1)?))).transpose()
}

/// Forgets letters that nobody can use or count any more.
pub(super) fn sweep_resets(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, DbError> {
    tx.execute("DELETE FROM identity_reset WHERE created_at_us < $1", &params![before])
}
