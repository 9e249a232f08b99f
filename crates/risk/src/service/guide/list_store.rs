//! Entries of lists as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::list_value::{of_text, to_text};
use super::lists::{KeptListEntry, ListEntryId, ListFilter};
use crate::engine::{Effect, ListEntry, ListValue};
use crate::ruling::ListDimension;

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("risk_list_entry.{column} is not what was written"))
}

fn dimension(row: &Row, index: usize) -> Result<ListDimension, DbError> {
    ListDimension::find(&row.get::<String>(index)?).ok_or_else(|| corrupt("dimension"))
}

fn effect(row: &Row, index: usize) -> Result<Effect, DbError> {
    Effect::find(&row.get::<String>(index)?).ok_or_else(|| corrupt("effect"))
}

/// All that is listed now, for the engine.
pub(super) fn in_force(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<ListEntry>, DbError> {
    let rows = reader.rows(
        "SELECT id, dimension, meets, effect, reason, expires_at_us FROM risk_list_entry \
         WHERE removed_at_us IS NULL AND (expires_at_us IS NULL OR expires_at_us > $1) ORDER BY id",
        &params![now],
    )?;
    rows.iter()
        .map(|row| {
            let dimension = dimension(row, 1)?;
            Ok(ListEntry {
                id: row.get(0)?,
                dimension,
                value: of_text(dimension, &row.get::<String>(2)?).ok_or_else(|| corrupt("meets"))?,
                effect: effect(row, 3)?,
                reason: row.get(4)?,
                expires_at_us: row.get(5)?,
            })
        })
        .collect()
}

/// A statement about whole entries.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, dimension, value, effect, reason, expires_at_us, created_by, created_at_us, removed_by, \
             removed_at_us FROM risk_list_entry ",
            $rest
        )
    };
}

fn entry(row: &Row) -> Result<KeptListEntry, DbError> {
    Ok(KeptListEntry {
        id: ListEntryId::from_uuid(row.get(0)?),
        dimension: dimension(row, 1)?,
        value: row.get(2)?,
        effect: effect(row, 3)?,
        reason: row.get(4)?,
        expires_at: row.get(5)?,
        created_by: row.get::<Option<Uuid>>(6)?.map(UserId::from_uuid),
        created_at: row.get(7)?,
        removed_by: row.get::<Option<Uuid>>(8)?.map(UserId::from_uuid),
        removed_at: row.get(9)?,
    })
}

/// Entries older than `before`, the newest first.
pub(super) fn list(
    reader: &mut Reader<'_>,
    filter: ListFilter,
    before: Option<ListEntryId>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<KeptListEntry>, DbError> {
    let rows = reader.rows(
        select!(
            "WHERE id < $1 AND ($2 = '' OR dimension = $2) AND ($3 = '' OR effect = $3) AND ($4 = '' \
             OR ($4 = 'yes' AND removed_at_us IS NULL AND (expires_at_us IS NULL OR expires_at_us > $5)) \
             OR ($4 = 'no' AND (removed_at_us IS NOT NULL OR expires_at_us <= $5))) ORDER BY id DESC LIMIT $6"
        ),
        &params![
            before.map_or(Uuid::max(), ListEntryId::uuid),
            filter.dimension.map_or("", ListDimension::name),
            filter.effect.map_or("", Effect::name),
            filter.active.map_or("", |active| if active { "yes" } else { "no" }),
            now,
            limit,
        ],
    )?;
    rows.iter().map(entry).collect()
}

/// An entry, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: ListEntryId) -> Result<Option<KeptListEntry>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(entry).transpose()
}

/// Whether the same is listed with the same effect already.
pub(super) fn is_listed(
    tx: &mut Tx<'_>,
    dimension: ListDimension,
    meets: ListValue,
    effect: Effect,
    now: Timestamp,
) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM risk_list_entry WHERE dimension = $1 AND meets = $2 AND effect = $3 \
         AND removed_at_us IS NULL AND (expires_at_us IS NULL OR expires_at_us > $4)",
        &params![dimension.name(), to_text(meets), effect.name(), now],
    )?;
    Ok(row.is_some())
}

pub(super) fn insert(tx: &mut Tx<'_>, entry: &KeptListEntry, meets: ListValue) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO risk_list_entry (id, dimension, value, meets, effect, reason, expires_at_us, created_by, \
         created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &params![
            entry.id.uuid(),
            entry.dimension.name(),
            &entry.value,
            to_text(meets),
            entry.effect.name(),
            &entry.reason,
            entry.expires_at,
            entry.created_by.map(UserId::uuid),
            entry.created_at,
        ],
    )?;
    Ok(())
}

pub(super) fn remove(
    tx: &mut Tx<'_>,
    id: ListEntryId,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE risk_list_entry SET removed_by = $2, removed_at_us = $3 WHERE id = $1 AND removed_at_us IS NULL",
        &params![id.uuid(), by.map(UserId::uuid), at],
    )?;
    Ok(())
}
