//! Customers as rows.

use std::collections::HashSet;

use florin_db::{DbError, Engine, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId};

use crate::sealing::{SealedRecord, SealedTaxId, Stored};

/// A statement about whole records.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT phone, date_of_birth, address, tax_id_kind, tax_id, version, created_at_us, changed_at_us \
             FROM parties_customer ",
            $rest
        )
    };
}

fn stored(row: &Row) -> Result<Stored, DbError> {
    let kind: Option<String> = row.get(3)?;
    Ok(Stored {
        phone: row.get(0)?,
        date_of_birth: row.get(1)?,
        address: row.get(2)?,
        tax_id: kind.zip(row.get(4)?),
        version: row.get(5)?,
        created_at: row.get(6)?,
        changed_at: row.get(7)?,
    })
}

pub(crate) fn find(reader: &mut Reader<'_>, user: UserId) -> Result<Option<Stored>, DbError> {
    reader.row(select!("WHERE user_id = $1"), &params![user.uuid()])?.as_ref().map(stored).transpose()
}

/// Those of these people who have a record.
pub(crate) fn recorded(reader: &mut Reader<'_>, users: &[UserId]) -> Result<HashSet<UserId>, DbError> {
    const SQLITE: &str =
        "SELECT user_id FROM parties_customer WHERE user_id IN (SELECT unhex(value) FROM json_each($1))";
    const POSTGRES: &str = "SELECT user_id FROM parties_customer WHERE user_id IN \
                            (SELECT value::uuid FROM json_array_elements_text($1::text::json))";
    let names: Vec<String> = users.iter().map(|user| format!("\"{}\"", user.uuid().simple())).collect();
    let sql = if reader.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let rows = reader.rows(sql, &params![format!("[{}]", names.join(","))])?;
    rows.iter().map(|row| Ok(UserId::from_uuid(row.get(0)?))).collect()
}

/// The record of somebody, locked until the unit ends.
pub(crate) fn lock(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Stored>, DbError> {
    tx.row(select!("WHERE user_id = $1 FOR UPDATE"), &params![user.uuid()])?.as_ref().map(stored).transpose()
}

/// Whether a tax number is another customer's.
pub(crate) fn tax_id_is_taken(tx: &mut Tx<'_>, index: [u8; 32], user: UserId) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM parties_customer WHERE tax_id_index = $1 AND user_id <> $2",
        &params![index, user.uuid()],
    )?;
    Ok(row.is_some())
}

/// Writes the first version of a record.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    record: &SealedRecord,
    now: Timestamp,
) -> Result<(), DbError> {
    let number = record.tax_id.as_ref();
    tx.execute(
        "INSERT INTO parties_customer (user_id, phone, phone_index, date_of_birth, address, tax_id_kind, tax_id, tax_id_index,
                                       tax_id_last_four_index, version, created_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)",
        &params![
            user.uuid(),
            &record.phone,
            record.phone_index,
            &record.date_of_birth,
            &record.address,
            number.map(|number| number.kind),
            number.map(|number| number.sealed.clone()),
            number.map(index_of),
            number.map(last_four_of),
            now,
        ],
    )?;
    Ok(())
}

/// Writes the next version of a record; false when it is not of version `before` any more.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    user: UserId,
    before: u32,
    record: &SealedRecord,
    now: Timestamp,
) -> Result<bool, DbError> {
    let number = record.tax_id.as_ref();
    let changed = tx.execute(
        "UPDATE parties_customer SET phone = $3, phone_index = $4, date_of_birth = $5, address = $6, tax_id_kind = $7,
             tax_id = $8, tax_id_index = $9, tax_id_last_four_index = $10, version = version + 1, changed_at_us = $11
         WHERE user_id = $1 AND version = $2",
        &params![
            user.uuid(),
            before,
            &record.phone,
            record.phone_index,
            &record.date_of_birth,
            &record.address,
            number.map(|number| number.kind),
            number.map(|number| number.sealed.clone()),
            number.map(index_of),
            number.map(last_four_of),
            now,
        ],
    )?;
    Ok(changed == 1)
}

fn index_of(number: &SealedTaxId) -> Vec<u8> {
    number.index.to_vec()
}

fn last_four_of(number: &SealedTaxId) -> Vec<u8> {
    number.last_four_index.to_vec()
}

fn users(rows: &[Row]) -> Result<Vec<UserId>, DbError> {
    rows.iter().map(|row| row.get(0).map(UserId::from_uuid)).collect()
}

/// The customers with a telephone number, those known longest first.
pub(crate) fn by_phone(reader: &mut Reader<'_>, index: [u8; 32], limit: i64) -> Result<Vec<UserId>, DbError> {
    users(&reader.rows(
        "SELECT user_id FROM parties_customer WHERE phone_index = $1 ORDER BY user_id LIMIT $2",
        &params![index, limit],
    )?)
}

/// The customer with a tax number.
pub(crate) fn by_tax_id(reader: &mut Reader<'_>, index: [u8; 32]) -> Result<Vec<UserId>, DbError> {
    users(&reader.rows("SELECT user_id FROM parties_customer WHERE tax_id_index = $1", &params![index])?)
}

/// The customers whose tax number ends so, those known longest first.
pub(crate) fn by_last_four(
    reader: &mut Reader<'_>,
    index: [u8; 32],
    limit: i64,
) -> Result<Vec<UserId>, DbError> {
    users(&reader.rows(
        "SELECT user_id FROM parties_customer WHERE tax_id_last_four_index = $1 ORDER BY user_id LIMIT $2",
        &params![index, limit],
    )?)
}
