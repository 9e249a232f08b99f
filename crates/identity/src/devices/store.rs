//! Devices and sign-ins as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{DeviceId, SessionId, Timestamp, UserId, Uuid};

use crate::BrowserLimits;

use super::{Device, PastSignIn, SignIn, Whereabouts};

/// Notes that a device was seen again; false when it is not known.
pub(super) fn touch(
    tx: &mut Tx<'_>,
    user: UserId,
    device: [u8; 32],
    place: &Whereabouts,
    now: Timestamp,
) -> Result<bool, DbError> {
    let seen = tx.execute(
        "UPDATE identity_device SET ip = $3, user_agent = $4, last_seen_at_us = $5 WHERE user_id = $1 AND device_hash = $2",
        &params![user.uuid(), device, place.ip.as_deref(), place.user_agent.as_deref(), now],
    )?;
    Ok(seen > 0)
}

/// How many devices of a person are known.
pub(super) fn count(tx: &mut Tx<'_>, user: UserId) -> Result<i64, DbError> {
    let row = tx.row("SELECT COUNT(*) FROM identity_device WHERE user_id = $1", &params![user.uuid()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Writes a device that is new.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: DeviceId,
    user: UserId,
    device: [u8; 32],
    place: &Whereabouts,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_device (id, user_id, device_hash, ip, user_agent, first_seen_at_us, last_seen_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        &params![id.uuid(), user.uuid(), device, place.ip.as_deref(), place.user_agent.as_deref(), now],
    )?;
    Ok(())
}

/// Forgets all but the `most` devices that were seen last.
pub(super) fn keep_newest(tx: &mut Tx<'_>, user: UserId, most: u32) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM identity_device WHERE user_id = $1 AND id NOT IN (
            SELECT id FROM identity_device WHERE user_id = $1 ORDER BY last_seen_at_us DESC, id DESC LIMIT $2)",
        &params![user.uuid(), most],
    )?;
    Ok(())
}

/// The devices of a person, those seen last first; `here` is the one that the request comes from.
pub(super) fn devices(
    reader: &mut Reader<'_>,
    user: UserId,
    here: Option<[u8; 32]>,
) -> Result<Vec<Device>, DbError> {
    let rows = reader.rows(
        "SELECT id, ip, user_agent, first_seen_at_us, last_seen_at_us, device_hash FROM identity_device
         WHERE user_id = $1 ORDER BY last_seen_at_us DESC, id DESC",
        &params![user.uuid()],
    )?;
    let device = |row: &Row| {
        Ok(Device {
            id: DeviceId::from_uuid(row.get(0)?),
            place: Whereabouts { ip: row.get(1)?, user_agent: row.get(2)? },
            first_seen_at: row.get(3)?,
            last_seen_at: row.get(4)?,
            current: here.is_some_and(|here| row.get::<Vec<u8>>(5).is_ok_and(|hash| hash == here)),
        })
    };
    rows.iter().map(device).collect()
}

/// Forgets a device of a person, and everything by which sign-ins from devices of theirs are favoured; gives what
/// tells it from others.
pub(super) fn forget(tx: &mut Tx<'_>, user: UserId, id: DeviceId) -> Result<Option<Vec<u8>>, DbError> {
    let row = tx.row(
        "DELETE FROM identity_device WHERE id = $1 AND user_id = $2 RETURNING device_hash",
        &params![id.uuid(), user.uuid()],
    )?;
    let Some(row) = row else { return Ok(None) };
    tx.execute("DELETE FROM identity_known_device WHERE user_id = $1", &params![user.uuid()])?;
    row.get(0).map(Some)
}

/// The sign-ins of a person that are bound to a device and have not ended.
pub(super) fn bound_to(
    tx: &mut Tx<'_>,
    user: UserId,
    device: &[u8],
    now: Timestamp,
) -> Result<Vec<SessionId>, DbError> {
    let rows = tx.rows(
        "SELECT id FROM identity_session WHERE user_id = $1 AND device_hash = $2 AND revoked_at_us IS NULL
         AND expires_at_us > $3",
        &params![user.uuid(), device.to_vec(), now],
    )?;
    rows.iter().map(|row| row.get::<Uuid>(0).map(SessionId::from_uuid)).collect()
}

/// The latest sign-ins of a person, ended ones too, the newest first.
pub(super) fn history(reader: &mut Reader<'_>, user: UserId, limit: i64) -> Result<Vec<PastSignIn>, DbError> {
    let rows = reader.rows(
        "SELECT id, ip, user_agent, amr, created_at_us, revoked_at_us FROM identity_session
         WHERE user_id = $1 ORDER BY created_at_us DESC, id DESC LIMIT $2",
        &params![user.uuid(), limit],
    )?;
    let past = |row: &Row| {
        Ok(PastSignIn {
            id: SessionId::from_uuid(row.get(0)?),
            place: Whereabouts { ip: row.get(1)?, user_agent: row.get(2)? },
            amr: row.get(3)?,
            created_at: row.get(4)?,
            ended_at: row.get(5)?,
        })
    };
    rows.iter().map(past).collect()
}

/// The sign-ins of a person that have not ended, the newest first.
pub(super) fn sign_ins(
    reader: &mut Reader<'_>,
    user: UserId,
    current: Option<SessionId>,
    limits: BrowserLimits,
    now: Timestamp,
) -> Result<Vec<SignIn>, DbError> {
    let lasts_since =
        |seconds: u32| now.as_microsecond().saturating_sub(i64::from(seconds).saturating_mul(1_000_000));
    let rows = reader.rows(
        "SELECT id, ip, user_agent, amr, device_hash IS NOT NULL, created_at_us, last_seen_at_us, expires_at_us,
                cookie_hash IS NOT NULL
         FROM identity_session WHERE user_id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2
         AND (cookie_hash IS NULL OR id = $5 OR (last_seen_at_us > $3 AND created_at_us > $4))
         ORDER BY created_at_us DESC, id DESC LIMIT 200",
        &params![
            user.uuid(),
            now,
            lasts_since(limits.idle_seconds),
            lasts_since(limits.lasts_seconds),
            current.map(SessionId::uuid),
        ],
    )?;
    let sign_in = |row: &Row| {
        let id = SessionId::from_uuid(row.get(0)?);
        Ok(SignIn {
            id,
            current: current == Some(id),
            place: Whereabouts { ip: row.get(1)?, user_agent: row.get(2)? },
            amr: row.get(3)?,
            bound: row.get(4)?,
            created_at: row.get(5)?,
            last_seen_at: row.get(6)?,
            expires_at: row.get(7)?,
            browser: row.get(8)?,
        })
    };
    rows.iter().map(sign_in).collect()
}

/// Whose sign-in it is, if it has not ended.
pub(super) fn owner_of_live(
    reader: &mut Reader<'_>,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let row = reader.row(
        "SELECT user_id FROM identity_session WHERE id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2",
        &params![session.uuid(), now],
    )?;
    row.map(|row| row.get(0).map(UserId::from_uuid)).transpose()
}

/// Notes when sign-ins were used last.
pub(super) fn note_used(tx: &mut Tx<'_>, used: &[(SessionId, Timestamp)]) -> Result<(), DbError> {
    for (session, at) in used {
        tx.execute(
            "UPDATE identity_session SET last_seen_at_us = $2 WHERE id = $1 AND last_seen_at_us < $2",
            &params![session.uuid(), *at],
        )?;
    }
    Ok(())
}
