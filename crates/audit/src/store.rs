//! The rows of the trail: records, seals, what is left of removed ones, and where readers of events stand.

use florin_db::{Bulk, BulkStatement, DbError, Kind, Reader, Row, Tx, Value, params};
use florin_kernel::Uuid;

use crate::keys::KeyId;
use crate::merkle::{Frontier, Hash};
use crate::record::columns;
use crate::seal::{Removal, Seal};

/// The columns of a seal, in the order in which they are read.
macro_rules! seal_columns {
    () => {
        "number, previous, first_seq, last_seq, count, earliest_at_us, latest_at_us, root, sealed_at_us, key_id, log_root, \
         signature"
    };
}

fn fixed<const N: usize>(row: &Row, index: usize) -> Result<[u8; N], DbError> {
    let bytes: Vec<u8> = row.get(index)?;
    bytes.try_into().map_err(|_| DbError::Corrupt(format!("column {index}: {N} bytes are wanted")))
}

fn seal(row: &Row) -> Result<Seal, DbError> {
    Ok(Seal {
        number: row.get(0)?,
        previous: fixed(row, 1)?,
        first_seq: row.get(2)?,
        last_seq: row.get(3)?,
        count: row.get(4)?,
        earliest_at_us: row.get(5)?,
        latest_at_us: row.get(6)?,
        root: fixed(row, 7)?,
        sealed_at_us: row.get(8)?,
        key_id: KeyId(fixed(row, 9)?),
        log_root: fixed(row, 10)?,
        signature: fixed(row, 11)?,
    })
}

fn removal(row: &Row) -> Result<Removal, DbError> {
    Ok(Removal {
        number: row.get(0)?,
        first_seal: row.get(1)?,
        last_seal: row.get(2)?,
        first_seq: row.get(3)?,
        last_seq: row.get(4)?,
        count: row.get(5)?,
        root: fixed(row, 6)?,
        removed_at_us: row.get(7)?,
        key_id: KeyId(fixed(row, 8)?),
        signature: fixed(row, 9)?,
    })
}

/// The records after `after` up to `last`, at most `limit`, as rows of the columns.
pub(crate) fn rows_after(r: &mut Reader<'_>, after: i64, last: i64, limit: i64) -> Result<Vec<Row>, DbError> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_record WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"
    );
    r.rows(SQL, &params![after, last, limit])
}

/// The numbers of the records from `first` to `last`, at most `limit`.
pub(crate) fn seqs(r: &mut Reader<'_>, first: i64, last: i64, limit: i64) -> Result<Vec<i64>, DbError> {
    const SQL: &str = "SELECT seq FROM audit_record WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3";
    r.rows(SQL, &params![first, last, limit])?.iter().map(|row| row.get(0)).collect()
}

/// How many records come after this number.
pub(crate) fn count_after(r: &mut Reader<'_>, after: i64) -> Result<i64, DbError> {
    let row = r.row("SELECT COUNT(*) FROM audit_record WHERE seq > $1", &params![after])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The record of this number.
pub(crate) fn row(r: &mut Reader<'_>, seq: i64) -> Result<Option<Row>, DbError> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM audit_record WHERE seq = $1");
    r.row(SQL, &params![seq])
}

/// The largest number of a record; 0 where there is none.
pub(crate) fn last_seq(r: &mut Reader<'_>) -> Result<i64, DbError> {
    let row = r.row("SELECT COALESCE(MAX(seq), 0) FROM audit_record", &[])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The newest seal.
pub(crate) fn newest(r: &mut Reader<'_>) -> Result<Option<Seal>, DbError> {
    const SQL: &str = concat!("SELECT ", seal_columns!(), " FROM audit_seal ORDER BY number DESC LIMIT 1");
    r.row(SQL, &[])?.as_ref().map(seal).transpose()
}

/// The newest seal, with what the log's root after it is made of.
pub(crate) fn newest_with_frontier(r: &mut Reader<'_>) -> Result<Option<(Seal, Frontier)>, DbError> {
    const SQL: &str =
        concat!("SELECT ", seal_columns!(), ", frontier FROM audit_seal ORDER BY number DESC LIMIT 1");
    let Some(row) = r.row(SQL, &[])? else { return Ok(None) };
    let seal = seal(&row)?;
    let peaks = hashes(&row.get::<Vec<u8>>(12)?);
    let size = u64::try_from(seal.number).unwrap_or(0);
    let frontier = peaks.and_then(|peaks| Frontier::of(size, peaks));
    let frontier =
        frontier.ok_or_else(|| DbError::Corrupt("audit_seal.frontier is not what was written".to_owned()))?;
    Ok(Some((seal, frontier)))
}

fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    bytes.chunks(32).map(|chunk| chunk.try_into().ok()).collect()
}

/// The seals after this number, in their order, at most `limit`; one that cannot be read is given by its number.
pub(crate) fn seals_after(
    r: &mut Reader<'_>,
    after: i64,
    limit: i64,
) -> Result<Vec<Result<Seal, i64>>, DbError> {
    const SQL: &str =
        concat!("SELECT ", seal_columns!(), " FROM audit_seal WHERE number > $1 ORDER BY number LIMIT $2");
    let rows = r.rows(SQL, &params![after, limit])?;
    rows.iter()
        .map(|row| match seal(row) {
            Ok(seal) => Ok(Ok(seal)),
            Err(_) => Ok(Err(row.get(0)?)),
        })
        .collect()
}

/// The seal of the record of this number.
pub(crate) fn seal_of(r: &mut Reader<'_>, seq: i64) -> Result<Option<Seal>, DbError> {
    const SQL: &str = concat!(
        "SELECT ",
        seal_columns!(),
        " FROM audit_seal WHERE last_seq >= $1 ORDER BY last_seq LIMIT 1"
    );
    let found = r.row(SQL, &params![seq])?.as_ref().map(seal).transpose()?;
    Ok(found.filter(|seal| seal.first_seq <= seq))
}

/// What is left of removed seals, in order.
pub(crate) fn removals(r: &mut Reader<'_>) -> Result<Vec<Removal>, DbError> {
    const SQL: &str = "SELECT number, first_seal, last_seal, first_seq, last_seq, count, root, removed_at_us, key_id, \
                       signature FROM audit_removal ORDER BY number";
    r.rows(SQL, &[])?.iter().map(removal).collect()
}

/// Whether the records of this seal were removed.
pub(crate) fn is_removed(r: &mut Reader<'_>, number: i64) -> Result<bool, DbError> {
    const SQL: &str = "SELECT number FROM audit_removal WHERE first_seal <= $1 AND last_seal >= $1";
    Ok(r.row(SQL, &params![number])?.is_some())
}

/// The numbers and hashes of a seal's records, as they were when it was made; `None` where they cannot be read.
pub(crate) fn leaves(r: &mut Reader<'_>, number: i64) -> Result<Option<Vec<(i64, Hash)>>, DbError> {
    let Some(row) = r.row("SELECT leaves FROM audit_leaves WHERE number = $1", &params![number])? else {
        return Ok(None);
    };
    let bytes: Vec<u8> = row.get(0)?;
    let leaf = |chunk: &[u8]| {
        let (seq, hash) = chunk.split_at_checked(8)?;
        Some((i64::from_be_bytes(seq.try_into().ok()?), hash.try_into().ok()?))
    };
    Ok(bytes.chunks(40).map(leaf).collect())
}

/// A seal with all that is written beside it.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    pub(crate) seal: Seal,
    pub(crate) frontier: Frontier,
    pub(crate) leaves: Vec<(i64, Hash)>,
    pub(crate) words: Vec<Uuid>,
}

/// Writes a seal; false when there is one of its number, which another process made.
pub(crate) fn insert(tx: &mut Tx<'_>, sealed: &Sealed) -> Result<bool, DbError> {
    const SEAL: &str = "INSERT INTO audit_seal (number, previous, first_seq, last_seq, count, earliest_at_us, latest_at_us, \
                        root, sealed_at_us, key_id, log_root, signature, frontier) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    let seal = &sealed.seal;
    let written = tx.execute(
        SEAL,
        &params![
            seal.number,
            seal.previous,
            seal.first_seq,
            seal.last_seq,
            seal.count,
            seal.earliest_at_us,
            seal.latest_at_us,
            seal.root,
            seal.sealed_at_us,
            seal.key_id.0.as_slice(),
            seal.log_root,
            seal.signature.as_slice(),
            sealed.frontier.peaks().concat(),
        ],
    )?;
    if written == 0 {
        return Ok(false);
    }
    let mut leaves = Vec::with_capacity(sealed.leaves.len().saturating_mul(40));
    for (seq, hash) in &sealed.leaves {
        leaves.extend_from_slice(&seq.to_be_bytes());
        leaves.extend_from_slice(hash);
    }
    tx.execute("INSERT INTO audit_leaves (number, leaves) VALUES ($1, $2)", &params![seal.number, leaves])?;
    let mut words = Bulk::new(&WORD);
    for word in &sealed.words {
        words.push([Value::Uuid(*word), Value::Int(seal.number)]);
    }
    tx.bulk(words)?;
    Ok(true)
}

static WORD: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO audit_lookup (word, number) VALUES ($1, $2)",
    postgres: "INSERT INTO audit_lookup (word, number) SELECT * FROM UNNEST($1::uuid[], $2::bigint[])",
    columns: &[Kind::Uuid, Kind::Int],
};

/// Writes what is left of seals and removes their records; false when another process was first.
pub(crate) fn remove(tx: &mut Tx<'_>, removal: &Removal) -> Result<bool, DbError> {
    const STUB: &str = "INSERT INTO audit_removal (number, first_seal, last_seal, first_seq, last_seq, count, root, \
                        removed_at_us, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                        ON CONFLICT DO NOTHING";
    let written = tx.execute(
        STUB,
        &params![
            removal.number,
            removal.first_seal,
            removal.last_seal,
            removal.first_seq,
            removal.last_seq,
            removal.count,
            removal.root,
            removal.removed_at_us,
            removal.key_id.0.as_slice(),
            removal.signature.as_slice(),
        ],
    )?;
    if written == 0 {
        return Ok(false);
    }
    let seals = params![removal.first_seal, removal.last_seal];
    tx.execute(
        "DELETE FROM audit_record WHERE seq BETWEEN $1 AND $2",
        &params![removal.first_seq, removal.last_seq],
    )?;
    tx.execute("DELETE FROM audit_leaves WHERE number BETWEEN $1 AND $2", &seals)?;
    tx.execute("DELETE FROM audit_lookup WHERE number BETWEEN $1 AND $2", &seals)?;
    Ok(true)
}
