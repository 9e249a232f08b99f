//! Queries about passkeys and the ceremonies that wait for their answer.

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};
use webauthn_rs::prelude::Passkey;

use super::PasskeySummary;
use crate::store::Source;

/// A passkey as it is kept.
pub(super) struct PasskeyRow {
    pub id: Uuid,
    pub user: UserId,
    pub passkey: Passkey,
}

pub(super) fn count(source: &mut dyn Source, user: UserId) -> Result<u32, DbError> {
    let row =
        source.one("SELECT COUNT(*) FROM identity_passkey WHERE user_id = $1", &params![user.uuid()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// A person's passkeys as they see them, the oldest first.
pub(super) fn of(source: &mut dyn Source, user: UserId) -> Result<Vec<PasskeySummary>, DbError> {
    let rows = source.all(
        "SELECT id, name, created_at_us, last_used_at_us FROM identity_passkey
         WHERE user_id = $1 ORDER BY created_at_us, id",
        &params![user.uuid()],
    )?;
    let summary = |row: &Row| {
        Ok(PasskeySummary {
            id: row.get(0)?,
            name: row.get(1)?,
            created_at: row.get(2)?,
            last_used_at: row.get(3)?,
        })
    };
    rows.iter().map(summary).collect()
}

fn row_of(row: &Row) -> Result<PasskeyRow, DbError> {
    let corrupt = |_| DbError::Corrupt("identity_passkey.credential is not what was written".to_owned());
    let passkey = serde_json::from_str(&row.get::<String>(2)?).map_err(corrupt)?;
    Ok(PasskeyRow { id: row.get(0)?, user: UserId::from_uuid(row.get(1)?), passkey })
}

/// A person's passkeys, to be used.
pub(super) fn usable(source: &mut dyn Source, user: UserId) -> Result<Vec<PasskeyRow>, DbError> {
    let rows = source.all(
        "SELECT id, user_id, credential FROM identity_passkey WHERE user_id = $1 ORDER BY created_at_us, id",
        &params![user.uuid()],
    )?;
    rows.iter().map(row_of).collect()
}

/// The passkey of this credential.
pub(super) fn by_credential(
    source: &mut dyn Source,
    credential_id: &[u8],
) -> Result<Option<PasskeyRow>, DbError> {
    let row = source.one(
        "SELECT id, user_id, credential FROM identity_passkey WHERE credential_id = $1",
        &params![credential_id],
    )?;
    row.as_ref().map(row_of).transpose()
}

fn json_of(passkey: &Passkey) -> Result<String, DbError> {
    serde_json::to_string(passkey).map_err(|error| DbError::Other(error.to_string()))
}

/// Writes a passkey; false when the credential is somebody's already.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    summary: &PasskeySummary,
    passkey: &Passkey,
) -> Result<bool, DbError> {
    let credential_id: &[u8] = passkey.cred_id().as_ref();
    let inserted = tx.execute(
        "INSERT INTO identity_passkey (id, user_id, credential_id, name, credential, created_at_us)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        &params![
            summary.id,
            user.uuid(),
            credential_id,
            &summary.name,
            json_of(passkey)?,
            summary.created_at
        ],
    )?;
    Ok(inserted == 1)
}

/// Notes that a passkey was used, with its counter as it is now.
pub(super) fn note_use(tx: &mut Tx<'_>, id: Uuid, passkey: &Passkey, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_passkey SET credential = $2, last_used_at_us = $3 WHERE id = $1",
        &params![id, json_of(passkey)?, now],
    )?;
    Ok(())
}

/// Takes a person's passkey away and gives its name; `None` when they have none of this identifier.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId, id: Uuid) -> Result<Option<String>, DbError> {
    let row = tx.row(
        "DELETE FROM identity_passkey WHERE id = $1 AND user_id = $2 RETURNING name",
        &params![id, user.uuid()],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// A ceremony that waits for a passkey's answer.
pub(super) struct Ceremony {
    pub purpose: String,
    pub user: Option<UserId>,
    pub challenge_hash: Option<Vec<u8>>,
    pub state: String,
    pub expires_at: Timestamp,
}

/// Writes a ceremony, and forgets those whose time is over.
pub(super) fn insert_ceremony(
    tx: &mut Tx<'_>,
    hash: [u8; 32],
    ceremony: &Ceremony,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_passkey_ceremony WHERE expires_at_us <= $1", &params![now])?;
    tx.execute(
        "INSERT INTO identity_passkey_ceremony (token_hash, purpose, user_id, challenge_hash, state, expires_at_us)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &params![
            hash,
            &ceremony.purpose,
            ceremony.user.map(UserId::uuid),
            ceremony.challenge_hash.clone(),
            &ceremony.state,
            ceremony.expires_at
        ],
    )?;
    Ok(())
}

pub(super) fn ceremony(
    source: &mut dyn Source,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Ceremony>, DbError> {
    let row = source.one(
        "SELECT purpose, user_id, challenge_hash, state, expires_at_us FROM identity_passkey_ceremony
         WHERE token_hash = $1 AND expires_at_us > $2",
        &params![hash, now],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Ceremony {
        purpose: row.get(0)?,
        user: row.get::<Option<Uuid>>(1)?.map(UserId::from_uuid),
        challenge_hash: row.get(2)?,
        state: row.get(3)?,
        expires_at: row.get(4)?,
    }))
}

/// Uses a ceremony up; false when it was, or its time is over.
pub(super) fn use_ceremony(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<bool, DbError> {
    let used = tx.execute(
        "DELETE FROM identity_passkey_ceremony WHERE token_hash = $1 AND expires_at_us > $2",
        &params![hash, now],
    )?;
    Ok(used == 1)
}
