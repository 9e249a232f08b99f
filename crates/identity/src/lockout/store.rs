//! Counts and devices as rows.

use florin_db::{DbError, Row, Tx, Value, params};
use florin_kernel::{Timestamp, UserId};

use super::rules::Count;
use super::{Scope, Subject};
use crate::store::Source;

const SELECT: &str = "SELECT failures, recent, last_failed_at_us, closed_until_us FROM identity_lockout
     WHERE subject = $1 AND scope = $2";

fn key(subject: Subject, scope: Scope) -> [Value; 2] {
    [subject.0.into(), scope.bytes().into()]
}

fn count_of(row: &Row) -> Result<Count, DbError> {
    let recent: Vec<u8> = row.get(1)?;
    let (times, rest) = recent.as_chunks::<8>();
    let corrupt = || DbError::Corrupt("identity_lockout.recent is not what was written".to_owned());
    if !rest.is_empty() {
        return Err(corrupt());
    }
    let time =
        |bytes: &[u8; 8]| Timestamp::from_microsecond(i64::from_be_bytes(*bytes)).map_err(|_| corrupt());
    Ok(Count {
        failures: row.get(0)?,
        recent: times.iter().map(time).collect::<Result<_, _>>()?,
        last: row.get(2)?,
        closed_until: row.get(3)?,
    })
}

/// The failures under one scope, if there were any.
pub(super) fn count(
    source: &mut dyn Source,
    subject: Subject,
    scope: Scope,
) -> Result<Option<Count>, DbError> {
    source.one(SELECT, &key(subject, scope))?.as_ref().map(count_of).transpose()
}

/// The same, locked until the unit ends; the row is made when there is none, so that there is something to lock.
pub(super) fn lock_count(
    tx: &mut Tx<'_>,
    subject: Subject,
    scope: Scope,
    now: Timestamp,
) -> Result<Option<Count>, DbError> {
    let [subject, scope] = key(subject, scope);
    tx.execute(
        "INSERT INTO identity_lockout (subject, scope, failures, recent, last_failed_at_us) VALUES ($1, $2, 0, $3, $4)
         ON CONFLICT (subject, scope) DO NOTHING",
        &params![subject.clone(), scope.clone(), Vec::<u8>::new(), now],
    )?;
    let row = tx.row(
        "SELECT failures, recent, last_failed_at_us, closed_until_us FROM identity_lockout
         WHERE subject = $1 AND scope = $2 FOR UPDATE",
        &[subject, scope],
    )?;
    let count = row.as_ref().map(count_of).transpose()?;
    Ok(count.filter(|count| count.failures > 0))
}

/// Writes a count that is locked.
pub(super) fn write_count(
    tx: &mut Tx<'_>,
    subject: Subject,
    scope: Scope,
    count: &Count,
) -> Result<(), DbError> {
    let [subject, scope] = key(subject, scope);
    let recent: Vec<u8> = count.recent.iter().flat_map(|at| at.as_microsecond().to_be_bytes()).collect();
    tx.execute(
        "UPDATE identity_lockout SET failures = $3, recent = $4, last_failed_at_us = $5, closed_until_us = $6
         WHERE subject = $1 AND scope = $2",
        &params![subject, scope, count.failures, recent, count.last, count.closed_until],
    )?;
    Ok(())
}

/// Forgets the failures under one scope.
pub(super) fn forget_count(tx: &mut Tx<'_>, subject: Subject, scope: Scope) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_lockout WHERE subject = $1 AND scope = $2", &key(subject, scope))?;
    Ok(())
}

/// Forgets all failures.
pub(super) fn forget_counts(tx: &mut Tx<'_>, subject: Subject) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_lockout WHERE subject = $1", &params![subject.0])?;
    Ok(())
}

/// Whether it is closed to anybody.
pub(super) fn any_closed(tx: &mut Tx<'_>, subject: Subject, now: Timestamp) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM identity_lockout WHERE subject = $1 AND closed_until_us > $2 LIMIT 1",
        &params![subject.0, now],
    )?;
    Ok(row.is_some())
}

/// Forgets counts whose last failure was before `before` and that close nothing now.
pub(super) fn sweep(tx: &mut Tx<'_>, before: Timestamp, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM identity_lockout WHERE (subject, scope) IN (
            SELECT subject, scope FROM identity_lockout
            WHERE last_failed_at_us < $1 AND (closed_until_us IS NULL OR closed_until_us <= $2)
            ORDER BY last_failed_at_us LIMIT 1000)",
        &params![before, now],
    )
}

/// Whether a sign-in of this email from this device was after `since`.
pub(super) fn knows_device(
    source: &mut dyn Source,
    email_key: &str,
    device: [u8; 32],
    since: Timestamp,
) -> Result<bool, DbError> {
    let row = source.one(
        "SELECT 1 FROM identity_known_device d JOIN identity_user u ON u.id = d.user_id
         WHERE u.email_key = $1 AND d.device_hash = $2 AND d.last_seen_at_us > $3",
        &params![email_key, device, since],
    )?;
    Ok(row.is_some())
}

/// Remembers a device, and forgets those that are too many, the longest unseen first.
pub(super) fn remember_device(
    tx: &mut Tx<'_>,
    user: UserId,
    device: [u8; 32],
    now: Timestamp,
    most: u32,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO identity_known_device (user_id, device_hash, first_seen_at_us, last_seen_at_us)
         VALUES ($1, $2, $3, $3) ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at_us = $3",
        &params![user.uuid(), device, now],
    )?;
    tx.execute(
        "DELETE FROM identity_known_device WHERE user_id = $1 AND device_hash NOT IN (
            SELECT device_hash FROM identity_known_device WHERE user_id = $1
            ORDER BY last_seen_at_us DESC, device_hash LIMIT $2)",
        &params![user.uuid(), most],
    )?;
    Ok(())
}

/// Forgets the devices of a person.
pub(super) fn forget_devices(tx: &mut Tx<'_>, user: UserId) -> Result<(), DbError> {
    tx.execute("DELETE FROM identity_known_device WHERE user_id = $1", &params![user.uuid()])?;
    Ok(())
}
