//! The data keys of the vault, each encrypted by a master key that is not in the database.

use florin_kernel::Timestamp;
use florin_vault::{KeyKind, KeyState, MasterId, WrappedKey};

use crate::migrate::Migration;
use crate::{DbError, Reader, Row, Tx, params};

/// The table of the keys.
pub(crate) const MIGRATION: Migration = Migration::new(
    "db_0002_vault_keys",
    "CREATE TABLE vault_key (
        kind TEXT NOT NULL CHECK (kind IN ('seal', 'root')),
        version BIGINT NOT NULL CHECK (version > 0),
        state TEXT NOT NULL CHECK (state IN ('active', 'decrypt_only', 'destroyed')),
        master TEXT NOT NULL,
        wrapped {bytes} NOT NULL,
        created_at_us BIGINT NOT NULL,
        retired_at_us BIGINT,
        uses BIGINT NOT NULL CHECK (uses >= 0),
        PRIMARY KEY (kind, version)
     ) {strict};
     CREATE UNIQUE INDEX vault_key_active ON vault_key (kind) WHERE state = 'active';",
);

const SELECT: &str = "SELECT kind, version, state, master, wrapped, created_at_us, uses, retired_at_us FROM vault_key ORDER BY kind, version";

/// Every key.
///
/// # Errors
/// What the database says.
pub fn read(reader: &mut Reader<'_>) -> Result<Vec<WrappedKey>, DbError> {
    reader.rows(SELECT, &[])?.iter().map(key).collect()
}

/// Every key, within a unit of work.
///
/// # Errors
/// What the database says.
pub fn read_in(tx: &mut Tx<'_>) -> Result<Vec<WrappedKey>, DbError> {
    tx.rows(SELECT, &[])?.iter().map(key).collect()
}

/// Writes a new key; false when there is one of its kind that is active, or of its version.
///
/// # Errors
/// What the database says.
pub fn insert(tx: &mut Tx<'_>, key: &WrappedKey) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO vault_key (kind, version, state, master, wrapped, created_at_us, uses)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        &params![
            key.kind.code(),
            key.version,
            key.state.code(),
            key.master.as_str(),
            key.wrapped.as_slice(),
            key.created_at,
            i64::try_from(key.uses).unwrap_or(i64::MAX),
        ],
    )?;
    Ok(inserted == 1)
}

/// Lets a key that sealed until `now` only open; false when it was not active.
///
/// # Errors
/// What the database says.
pub fn retire(tx: &mut Tx<'_>, kind: KeyKind, version: u32, now: Timestamp) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE vault_key SET state = 'decrypt_only', retired_at_us = $3
         WHERE kind = $1 AND version = $2 AND state = 'active'",
        &params![kind.code(), version, now],
    )?;
    Ok(changed == 1)
}

/// Lets a key seal that was only to open until now; false when it was not there, or another of its kind is active.
///
/// # Errors
/// What the database says.
pub fn activate(tx: &mut Tx<'_>, kind: KeyKind, version: u32) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE vault_key SET state = 'active' WHERE kind = $1 AND version = $2 AND state = 'decrypt_only'
         AND NOT EXISTS (SELECT 1 FROM vault_key other WHERE other.kind = $1 AND other.state = 'active')",
        &params![kind.code(), version],
    )?;
    Ok(changed == 1)
}

/// Destroys a sealing key that was retired: what it sealed is gone. False when it was not retired.
///
/// # Errors
/// What the database says.
pub fn destroy(tx: &mut Tx<'_>, version: u32) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE vault_key SET state = 'destroyed', wrapped = $2
         WHERE kind = 'seal' AND version = $1 AND state = 'decrypt_only' AND retired_at_us IS NOT NULL",
        &params![version, Vec::<u8>::new()],
    )?;
    Ok(changed == 1)
}

/// Puts the same key, wrapped by another master key, in the place of what was read as `before`; false when that
/// changed meanwhile.
///
/// # Errors
/// What the database says.
pub fn replace_wrapping(tx: &mut Tx<'_>, before: &WrappedKey, after: &WrappedKey) -> Result<bool, DbError> {
    let changed = tx.execute(
        "UPDATE vault_key SET master = $3, wrapped = $4 WHERE kind = $1 AND version = $2 AND wrapped = $5",
        &params![
            before.kind.code(),
            before.version,
            after.master.as_str(),
            after.wrapped.as_slice(),
            before.wrapped.as_slice(),
        ],
    )?;
    Ok(changed == 1)
}

/// Notes that the sealing key of this version sealed so many fields more.
///
/// # Errors
/// What the database says.
pub fn add_uses(tx: &mut Tx<'_>, version: u32, uses: u64) -> Result<(), DbError> {
    tx.execute(
        "UPDATE vault_key SET uses = uses + $2 WHERE kind = 'seal' AND version = $1",
        &params![version, i64::try_from(uses).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

fn key(row: &Row) -> Result<WrappedKey, DbError> {
    let corrupt = |column: &str| DbError::Corrupt(format!("vault_key.{column} is not what was written"));
    let kind: String = row.get(0)?;
    let state: String = row.get(2)?;
    Ok(WrappedKey {
        kind: KeyKind::from_code(&kind).ok_or_else(|| corrupt("kind"))?,
        version: row.get(1)?,
        state: KeyState::from_code(&state).ok_or_else(|| corrupt("state"))?,
        master: MasterId::from_text(&row.get::<String>(3)?),
        wrapped: row.get(4)?,
        created_at: row.get::<Timestamp>(5)?,
        uses: row.get(6)?,
        retired_at: row.get(7)?,
    })
}
