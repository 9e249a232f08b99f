//! Queries about attempts and identities.

use florin_db::{DbError, Row, Tx, params};
use florin_kernel::{SessionId, Timestamp, UserId, Uuid};

use super::LinkedIdentity;
use super::attempt::Hashes;
use super::exchange::Claimed;
use crate::Hold;
use crate::store::Source;

/// An attempt as it is kept.
pub(super) struct AttemptRow {
    pub provider: String,
    /// Who asked to link, and in which sign-in.
    pub linking: Option<(UserId, SessionId)>,
    pub next: Option<String>,
    /// How the sign-in that comes of it is held.
    pub hold: Hold,
}

/// Writes an attempt; those whose time is over go.
pub(super) fn insert_attempt(
    tx: &mut Tx<'_>,
    hashes: Hashes,
    attempt: &AttemptRow,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_federation_attempt WHERE expires_at_us <= $1", &params![now])?;
    tx.execute(
        "INSERT INTO identity_federation_attempt (state_hash, browser_hash, provider, user_id, session_id, next, expires_at_us, hold)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &params![
            hashes.state,
            hashes.browser,
            attempt.provider.as_str(),
            attempt.linking.map(|(user, _)| user.uuid()),
            attempt.linking.map(|(_, session)| session.uuid()),
            attempt.next.as_deref(),
            expires_at,
            attempt.hold.code()
        ],
    )?;
    Ok(())
}

/// Uses an attempt up: whoever comes second, too late, from another browser or from another provider finds none.
pub(super) fn take_attempt(
    tx: &mut Tx<'_>,
    hashes: Hashes,
    provider: &str,
    now: Timestamp,
) -> Result<Option<AttemptRow>, DbError> {
    let row = tx.row(
        "DELETE FROM identity_federation_attempt
         WHERE state_hash = $1 AND browser_hash = $2 AND provider = $3 AND expires_at_us > $4
         RETURNING provider, user_id, session_id, next, hold",
        &params![hashes.state, hashes.browser, provider, now],
    )?;
    let Some(row) = row else { return Ok(None) };
    let user = row.get::<Option<Uuid>>(1)?.map(UserId::from_uuid);
    let session = row.get::<Option<Uuid>>(2)?.map(SessionId::from_uuid);
    let hold = if row.get::<String>(4)? == Hold::Cookie.code() { Hold::Cookie } else { Hold::Tokens };
    Ok(Some(AttemptRow { provider: row.get(0)?, linking: user.zip(session), next: row.get(3)?, hold }))
}

/// Who signs in by an identity, and the link.
pub(super) fn owner(source: &mut dyn Source, claimed: &Claimed) -> Result<Option<(UserId, Uuid)>, DbError> {
    let row = source.one(
        "SELECT user_id, id FROM identity_federation WHERE issuer = $1 AND subject = $2",
        &params![claimed.issuer.as_str(), claimed.subject.as_str()],
    )?;
    row.map(|row| Ok((UserId::from_uuid(row.get(0)?), row.get(1)?))).transpose()
}

/// Links an identity; false when it is somebody's already.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    link: &LinkedIdentity,
    claimed: &Claimed,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO identity_federation (id, user_id, provider, issuer, subject, linked_at_us, last_used_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (issuer, subject) DO NOTHING",
        &params![
            link.id,
            user.uuid(),
            link.provider.as_str(),
            claimed.issuer.as_str(),
            claimed.subject.as_str(),
            link.linked_at,
            link.last_used_at
        ],
    )?;
    Ok(inserted == 1)
}

/// Notes that somebody signed in by an identity.
pub(super) fn note_use(tx: &mut Tx<'_>, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    tx.execute("UPDATE identity_federation SET last_used_at_us = $2 WHERE id = $1", &params![id, now])?;
    Ok(())
}

/// The identities of a person, the oldest first.
pub(super) fn of(source: &mut dyn Source, user: UserId) -> Result<Vec<LinkedIdentity>, DbError> {
    let rows = source.all(
        "SELECT id, provider, linked_at_us, last_used_at_us FROM identity_federation
         WHERE user_id = $1 ORDER BY linked_at_us, id",
        &params![user.uuid()],
    )?;
    rows.iter().map(link_of).collect()
}

fn link_of(row: &Row) -> Result<LinkedIdentity, DbError> {
    Ok(LinkedIdentity {
        id: row.get(0)?,
        provider: row.get(1)?,
        linked_at: row.get(2)?,
        last_used_at: row.get(3)?,
    })
}

/// Takes an identity of a person away; what it was, if there was such a one.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId, id: Uuid) -> Result<Option<LinkedIdentity>, DbError> {
    let row = tx.row(
        "DELETE FROM identity_federation WHERE id = $1 AND user_id = $2
         RETURNING id, provider, linked_at_us, last_used_at_us",
        &params![id, user.uuid()],
    )?;
    row.as_ref().map(link_of).transpose()
}

/// Remembers that nobody knows the password behind this hash.
pub(crate) fn note_passwordless(tx: &mut Tx<'_>, user: UserId, hash: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_passwordless (user_id, password_hash) VALUES ($1, $2)",
        &params![user.uuid(), hash],
    )?;
    Ok(())
}

/// Whether a person can come in without any identity: by a password that they set, or by a passkey.
pub(crate) fn has_another_way(source: &mut dyn Source, user: UserId) -> Result<bool, DbError> {
    let found = source.one(
        "SELECT 1 FROM identity_user u WHERE u.id = $1 AND NOT EXISTS (
            SELECT 1 FROM identity_passwordless p WHERE p.user_id = u.id AND p.password_hash = u.password_hash)
         UNION ALL SELECT 1 FROM identity_passkey WHERE user_id = $1 LIMIT 1",
        &params![user.uuid()],
    )?;
    Ok(found.is_some())
}
