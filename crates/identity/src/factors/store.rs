//! Queries about second factors that are codes, and sign-ins that wait for one.

use florin_db::{DbError, Tx, params};
use florin_kernel::{Department, Role, SessionId, Timestamp, UserId};

use super::guard::Guard;
use super::settings::FactorSettings;
use crate::store::Source;

/// Whether a person has a second factor.
pub(crate) fn is_on(source: &mut dyn Source, user: UserId) -> Result<bool, DbError> {
    let found = source.one(
        "SELECT 1 FROM identity_totp WHERE user_id = $1 AND enabled_at_us IS NOT NULL
         UNION ALL SELECT 1 FROM identity_passkey WHERE user_id = $1 LIMIT 1",
        &params![user.uuid()],
    )?;
    Ok(found.is_some())
}

/// Whether one of these roles asks for a second factor that its bearer does not have.
pub(crate) fn is_due(
    settings: &FactorSettings,
    roles: &[Role],
    department: Option<Department>,
    on: bool,
) -> bool {
    !on && settings.asks_of(roles, department)
}

/// An authenticator app as it is kept.
pub(super) struct TotpRow {
    /// The sealed secret.
    pub secret: String,
    pub created_at: Timestamp,
    pub enabled: bool,
}

pub(super) fn totp(source: &mut dyn Source, user: UserId) -> Result<Option<TotpRow>, DbError> {
    let row = source.one(
        "SELECT secret, created_at_us, enabled_at_us FROM identity_totp WHERE user_id = $1",
        &params![user.uuid()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let enabled = row.get::<Option<i64>>(2)?.is_some();
    Ok(Some(TotpRow { secret: row.get(0)?, created_at: row.get(1)?, enabled }))
}

/// Writes an app that waits for its first code, in the place of another that does; false when one is on.
pub(super) fn put_pending_totp(
    tx: &mut Tx<'_>,
    user: UserId,
    sealed: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let written = tx.execute(
        "INSERT INTO identity_totp (user_id, secret, created_at_us, last_step) VALUES ($1, $2, $3, -1)
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at_us = excluded.created_at_us
         WHERE identity_totp.enabled_at_us IS NULL",
        &params![user.uuid(), sealed, now],
    )?;
    Ok(written == 1)
}

/// Turns on an app that waits; the step of its first code is used up.
pub(super) fn enable_totp(tx: &mut Tx<'_>, user: UserId, step: i64, now: Timestamp) -> Result<bool, DbError> {
    let enabled = tx.execute(
        "UPDATE identity_totp SET enabled_at_us = $3, last_step = $2 WHERE user_id = $1 AND enabled_at_us IS NULL",
        &params![user.uuid(), step, now],
    )?;
    Ok(enabled == 1)
}

/// Uses a step up; false when it or a later one was used before.
pub(super) fn use_step(tx: &mut Tx<'_>, user: UserId, step: i64) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE identity_totp SET last_step = $2
         WHERE user_id = $1 AND enabled_at_us IS NOT NULL AND last_step < $2",
        &params![user.uuid(), step],
    )?;
    Ok(changed == 1)
}

/// Takes an app away; false when there was none that is on.
pub(super) fn remove_totp(tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
    let removed = tx.execute(
        "DELETE FROM identity_totp WHERE user_id = $1 AND enabled_at_us IS NOT NULL",
        &params![user.uuid()],
    )?;
    Ok(removed == 1)
}

/// Voids a person's backup codes and writes others, by their hashes.
pub(super) fn replace_backup_codes(
    tx: &mut Tx<'_>,
    user: UserId,
    hashes: &[[u8; 32]],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_backup_code WHERE user_id = $1", &params![user.uuid()])?;
    for hash in hashes {
        tx.execute(
            "INSERT INTO identity_backup_code (user_id, code_hash, created_at_us) VALUES ($1, $2, $3)",
            &params![user.uuid(), *hash, now],
        )?;
    }
    Ok(())
}

/// Uses a backup code up; false when there is none with this hash.
pub(super) fn use_backup_code(tx: &mut Tx<'_>, user: UserId, hash: [u8; 32]) -> Result<bool, DbError> {
    let changed = tx.execute(
        "DELETE FROM identity_backup_code WHERE user_id = $1 AND code_hash = $2",
        &params![user.uuid(), hash],
    )?;
    Ok(changed == 1)
}

/// How many backup codes a person has left.
pub(super) fn backup_codes_left(source: &mut dyn Source, user: UserId) -> Result<u32, DbError> {
    let row =
        source.one("SELECT COUNT(*) FROM identity_backup_code WHERE user_id = $1", &params![user.uuid()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// What was counted of a person's wrong codes.
pub(super) fn guard(source: &mut dyn Source, user: UserId, now: Timestamp) -> Result<Guard, DbError> {
    let row = source.one(
        "SELECT since_us, wrong, wrong_in_a_row, closed_until_us FROM identity_code_guard WHERE user_id = $1",
        &params![user.uuid()],
    )?;
    let Some(row) = row else { return Ok(Guard::open(now)) };
    Ok(Guard {
        since: row.get(0)?,
        wrong: row.get(1)?,
        wrong_in_a_row: row.get(2)?,
        closed_until: row.get(3)?,
    })
}

pub(super) fn put_guard(tx: &mut Tx<'_>, user: UserId, guard: &Guard) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_code_guard (user_id, since_us, wrong, wrong_in_a_row, closed_until_us)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET since_us = excluded.since_us, wrong = excluded.wrong,
             wrong_in_a_row = excluded.wrong_in_a_row, closed_until_us = excluded.closed_until_us",
        &params![user.uuid(), guard.since, guard.wrong, guard.wrong_in_a_row, guard.closed_until],
    )?;
    Ok(())
}

/// Forgets a person's wrong codes.
pub(super) fn clear_guard(tx: &mut Tx<'_>, user: UserId) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_code_guard WHERE user_id = $1", &params![user.uuid()])?;
    Ok(())
}

/// A sign-in that waits for its second factor.
pub(super) struct ChallengeRow {
    pub user: UserId,
    pub amr: String,
    pub credential_hash: Option<Vec<u8>>,
    pub wrong: u32,
    pub expires_at: Timestamp,
    pub ended: bool,
}

pub(super) fn insert_challenge(
    tx: &mut Tx<'_>,
    hash: [u8; 32],
    first: &super::FirstFactor,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM identity_mfa_challenge WHERE user_id = $1 AND expires_at_us <= $2",
        &params![first.user.uuid(), now],
    )?;
    tx.execute(
        "INSERT INTO identity_mfa_challenge (token_hash, user_id, amr, credential_hash, wrong, created_at_us, expires_at_us)
         VALUES ($1, $2, $3, $4, 0, $5, $6)",
        &params![hash, first.user.uuid(), first.amr, first.credential_hash, now, expires_at],
    )?;
    Ok(())
}

pub(super) fn challenge(source: &mut dyn Source, hash: &[u8]) -> Result<Option<ChallengeRow>, DbError> {
    let row = source.one(
        "SELECT user_id, amr, credential_hash, wrong, expires_at_us, ended_at_us
         FROM identity_mfa_challenge WHERE token_hash = $1",
        &params![hash],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ChallengeRow {
        user: UserId::from_uuid(row.get(0)?),
        amr: row.get(1)?,
        credential_hash: row.get(2)?,
        wrong: row.get(3)?,
        expires_at: row.get(4)?,
        ended: row.get::<Option<i64>>(5)?.is_some(),
    }))
}

/// Counts a wrong code of a challenge, and ends it at `max`.
pub(super) fn count_wrong(tx: &mut Tx<'_>, hash: &[u8], max: u32, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_mfa_challenge SET wrong = wrong + 1,
             ended_at_us = CASE WHEN wrong + 1 >= $2 THEN $3 ELSE ended_at_us END
         WHERE token_hash = $1",
        &params![hash, max, now],
    )?;
    Ok(())
}

/// Ends a challenge; false when it had ended.
pub(super) fn end_challenge(tx: &mut Tx<'_>, hash: &[u8], now: Timestamp) -> Result<bool, DbError> {
    let ended = tx.execute(
        "UPDATE identity_mfa_challenge SET ended_at_us = $2 WHERE token_hash = $1 AND ended_at_us IS NULL",
        &params![hash, now],
    )?;
    Ok(ended == 1)
}

/// Ends every challenge of a person.
pub(super) fn end_challenges(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE identity_mfa_challenge SET ended_at_us = $2 WHERE user_id = $1 AND ended_at_us IS NULL",
        &params![user.uuid(), now],
    )?;
    Ok(())
}

/// A sign-in's own account of how it was begun.
pub(super) struct SessionRow {
    pub amr: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A sign-in that has not ended.
pub(super) fn live_session(
    tx: &mut Tx<'_>,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<SessionRow>, DbError> {
    let row = tx.row(
        "SELECT amr, created_at_us, expires_at_us FROM identity_session
         WHERE id = $1 AND revoked_at_us IS NULL AND expires_at_us > $2",
        &params![session.uuid(), now],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SessionRow { amr: row.get(0)?, created_at: row.get(1)?, expires_at: row.get(2)? }))
}

/// Notes what else was proved in a sign-in.
pub(super) fn set_amr(tx: &mut Tx<'_>, session: SessionId, amr: &str) -> Result<(), DbError> {
    tx.execute("UPDATE identity_session SET amr = $2 WHERE id = $1", &params![session.uuid(), amr])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_is_due_of_the_roles_and_departments_that_ask_for_one_until_it_is_there() {
        let settings = |roles: &[Role], departments: &[Department]| FactorSettings {
            required_roles: roles.to_vec(),
            required_departments: departments.to_vec(),
            ..FactorSettings::new("https://bank.example")
        };
        let required = settings(&[Role::Admin, Role::Teller], &[Department::Hr]);
        let customer = [Role::Customer];

        assert!(is_due(&required, &[Role::Customer, Role::Teller], None, false));
        assert!(!is_due(&required, &[Role::Customer, Role::Teller], None, true));
        assert!(!is_due(&required, &customer, None, false));
        assert!(is_due(&required, &customer, Some(Department::Hr), false));
        assert!(!is_due(&required, &customer, Some(Department::Hr), true));
        assert!(!is_due(&required, &customer, Some(Department::Loans), false));
        assert!(!is_due(&settings(&[], &[]), &Role::ALL, Some(Department::Hr), false));
    }
}
