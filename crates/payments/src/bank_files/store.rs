//! Files as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{BankFileId, Date, Money, Timestamp, UserId, Uuid};

use super::file::{BankFile, FileState};
use super::settings::BankNetwork;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, network, number, state, effective_on, settles_on, entries, debits, credits, digest, created_by, \
             created_at_us, sent_at_us FROM bank_file ",
            $rest
        )
    };
}

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("bank_file.{column} is not what was written"))
}

fn file(row: &Row) -> Result<BankFile, DbError> {
    let (network, state): (String, String) = (row.get(1)?, row.get(3)?);
    let network = BankNetwork::find(&network).ok_or_else(|| corrupt("network"))?;
    let day = |at: usize, column| row.get::<String>(at)?.parse::<Date>().map_err(|_| corrupt(column));
    Ok(BankFile {
        id: BankFileId::from_uuid(row.get(0)?),
        network,
        number: row.get(2)?,
        state: FileState::find(&state).ok_or_else(|| corrupt("state"))?,
        effective_on: day(4, "effective_on")?,
        settles_on: day(5, "settles_on")?,
        entries: row.get(6)?,
        debits: Money::new(row.get(7)?, network.currency()),
        credits: Money::new(row.get(8)?, network.currency()),
        digest: row.get(9)?,
        created_by: row.get::<Option<Uuid>>(10)?.map(UserId::from_uuid),
        created_at: row.get(11)?,
        sent_at: row.get(12)?,
    })
}

/// The running numbers of a network, which no other unit takes until this one ends: files and payments in them so far.
pub(super) fn lock_counter(tx: &mut Tx<'_>, network: BankNetwork) -> Result<(i64, i64), DbError> {
    tx.execute(
        "INSERT INTO bank_file_counter (network, files, traces) VALUES ($1, 0, 0) ON CONFLICT (network) DO NOTHING",
        &params![network.code()],
    )?;
    let row = tx.row(
        "SELECT files, traces FROM bank_file_counter WHERE network = $1 FOR UPDATE",
        &params![network.code()],
    )?;
    let row = row.ok_or_else(|| DbError::Corrupt("a network has no counter".to_owned()))?;
    Ok((row.get(0)?, row.get(1)?))
}

pub(super) fn set_counter(
    tx: &mut Tx<'_>,
    network: BankNetwork,
    files: i64,
    traces: i64,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE bank_file_counter SET files = $2, traces = $3 WHERE network = $1",
        &params![network.code(), files, traces],
    )?;
    Ok(())
}

/// How many files of the network were made on this day.
pub(super) fn made_on(tx: &mut Tx<'_>, network: BankNetwork, day: Date) -> Result<i64, DbError> {
    let row = tx.row(
        "SELECT COUNT(*) FROM bank_file WHERE network = $1 AND made_on = $2",
        &params![network.code(), day.to_string()],
    )?;
    row.map_or(Ok(0), |row| row.get(0))
}

pub(super) fn insert(tx: &mut Tx<'_>, file: &BankFile, made_on: Date, content: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO bank_file (id, network, number, made_on, effective_on, settles_on, state, entries, debits, credits, digest,
                                content, created_by, created_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &params![
            file.id.uuid(),
            file.network.code(),
            file.number,
            made_on.to_string(),
            file.effective_on.to_string(),
            file.settles_on.to_string(),
            file.state.code(),
            file.entries,
            file.debits.minor(),
            file.credits.minor(),
            &file.digest,
            content,
            file.created_by.map(UserId::uuid),
            file.created_at,
        ],
    )?;
    Ok(())
}

/// The file of this identifier.
pub(super) fn find(reader: &mut Reader<'_>, id: BankFileId) -> Result<Option<BankFile>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(file).transpose()
}

/// The file of this identifier, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: BankFileId) -> Result<Option<BankFile>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(file).transpose()
}

/// The sealed content of a file.
pub(super) fn content(tx: &mut Tx<'_>, id: BankFileId) -> Result<Option<String>, DbError> {
    let row = tx.row("SELECT content FROM bank_file WHERE id = $1", &params![id.uuid()])?;
    row.map(|row| row.get(0)).transpose()
}

/// Files, the latest first, older than `before`.
pub(super) fn list(reader: &mut Reader<'_>, before: Uuid, limit: i64) -> Result<Vec<BankFile>, DbError> {
    let rows = reader.rows(select!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), &params![before, limit])?;
    rows.iter().map(file).collect()
}

/// Files at the bank whose payments count as gone through by this day.
pub(super) fn to_settle(
    reader: &mut Reader<'_>,
    network: BankNetwork,
    today: Date,
) -> Result<Vec<BankFileId>, DbError> {
    let rows = reader.rows(
        "SELECT id FROM bank_file WHERE network = $1 AND state = 'sent' AND settles_on <= $2 ORDER BY id",
        &params![network.code(), today.to_string()],
    )?;
    rows.iter().map(|row| row.get(0).map(BankFileId::from_uuid)).collect()
}

/// Notes that a file is at the bank.
pub(super) fn send(
    tx: &mut Tx<'_>,
    file: &BankFile,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE bank_file SET state = 'sent', effective_on = $2, settles_on = $3, sent_by = $4, sent_at_us = $5 WHERE id = $1",
        &params![
            file.id.uuid(),
            file.effective_on.to_string(),
            file.settles_on.to_string(),
            by.map(UserId::uuid),
            now,
        ],
    )?;
    Ok(())
}

/// Notes that what was not returned of a file counts as gone through.
pub(super) fn settle(tx: &mut Tx<'_>, id: BankFileId) -> Result<(), DbError> {
    tx.execute(
        "UPDATE bank_file SET state = 'settled' WHERE id = $1 AND state = 'sent'",
        &params![id.uuid()],
    )?;
    Ok(())
}
