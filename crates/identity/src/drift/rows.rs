//! Queries about the places of sign-ins.

use florin_db::{DbError, Tx, params};
use florin_kernel::{SessionId, Timestamp};

use super::Place;

/// Where a sign-in belongs, and whether it is used from too far away.
pub(super) struct SessionPlace {
    pub place: Place,
    pub drifted: bool,
}

/// Where a sign-in that has not ended belongs, locked until the unit ends.
pub(super) fn session_place(
    tx: &mut Tx<'_>,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<SessionPlace>, DbError> {
    let row = tx.row(
        "SELECT place_agent, place_network, place_country, drifted_at_us FROM identity_session
         WHERE id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2 FOR UPDATE",
        &params![session.uuid(), now],
    )?;
    let Some(row) = row else { return Ok(None) };
    let place = Place { agent: row.get(0)?, network: row.get(1)?, country: row.get(2)? };
    Ok(Some(SessionPlace { place, drifted: row.get::<Option<i64>>(3)?.is_some() }))
}

/// A sign-in belongs to this place from now on.
pub(crate) fn settle(tx: &mut Tx<'_>, session: SessionId, place: &Place) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_session SET place_agent = $2, place_network = $3, place_country = $4, drifted_at_us = NULL
         WHERE id = $1",
        &params![session.uuid(), place.agent.as_str(), place.network.as_deref(), place.country.as_deref()],
    )?;
    Ok(())
}

/// Notes that a sign-in is used from too far away.
pub(super) fn set_drifted(tx: &mut Tx<'_>, session: SessionId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_session SET drifted_at_us = $2 WHERE id = $1",
        &params![session.uuid(), now],
    )?;
    Ok(())
}
