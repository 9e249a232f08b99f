//! Idempotency keys: the answer to a request, frozen in the commit of its effect.

use florin_kernel::Uuid;
use sha2::{Digest, Sha256};

use crate::bulk::{Bulk, BulkStatement, Kind};
use crate::{DbError, Reader, Row, Tx, Value};

/// A request that must have one effect however often it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// What it is looked up by: a hash of who asked, the route and the client's key.
    pub key: Uuid,
    /// A hash of the request, to tell a repeat from another request under the same key.
    pub request: Uuid,
}

impl IdempotencyKey {
    /// The key of `request`, which `principal` sent to `route` under the key `given`.
    pub fn new(principal: Uuid, route: &str, given: &str, request: &[u8]) -> Self {
        let mut key = Sha256::new();
        key.update(principal.as_bytes());
        key.update((route.len() as u64).to_be_bytes());
        key.update(route.as_bytes());
        key.update(given.as_bytes());
        Self { key: truncated(&key.finalize()), request: truncated(&Sha256::digest(request)) }
    }
}

/// The first sixteen bytes of a hash: 128 bits leave no room for a chance collision.
fn truncated(hash: &[u8]) -> Uuid {
    let mut bytes = [0_u8; 16];
    for (slot, byte) in bytes.iter_mut().zip(hash) {
        *slot = *byte;
    }
    Uuid::from_bytes(bytes)
}

/// An answer as it was first given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The HTTP status.
    pub status: u16,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What is known about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The same request was answered before, like this.
    Same(Frozen),
    /// The key was used for another request.
    Reused,
}

/// The answer to a request that carries a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was decided now; what it asked for may have been refused all the same.
    Now(Frozen),
    /// The same request was answered before.
    Replayed(Frozen),
    /// The key was used for another request; nothing was done.
    KeyReused,
}

impl From<Replay> for Answer {
    fn from(replay: Replay) -> Self {
        match replay {
            Replay::Same(frozen) => Self::Replayed(frozen),
            Replay::Reused => Self::KeyReused,
        }
    }
}

static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO idempotency_record (key_hash, request_hash, status, body, at_us) VALUES ($1, $2, $3, $4, $5)",
    postgres: "INSERT INTO idempotency_record (key_hash, request_hash, status, body, at_us) \
               SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bigint[])",
    columns: &[Kind::Uuid, Kind::Uuid, Kind::Int, Kind::Bytes, Kind::Int],
};

/// No answers to freeze yet.
pub fn bulk() -> Bulk {
    Bulk::new(&INSERT)
}

/// Adds an answer to those to freeze.
pub fn freeze_into(bulk: &mut Bulk, key: &IdempotencyKey, answer: &Frozen, now_us: i64) {
    bulk.push([
        Value::Uuid(key.key),
        Value::Uuid(key.request),
        Value::Int(answer.status.into()),
        Value::Bytes(answer.body.clone()),
        Value::Int(now_us),
    ]);
}

/// What is known about `key`.
///
/// # Errors
/// What the database says.
pub fn find(tx: &mut Tx<'_>, key: &IdempotencyKey) -> Result<Option<Replay>, DbError> {
    tx.row(FIND, &[Value::Uuid(key.key)])?.map(|row| replay(&row, key)).transpose()
}

const FIND: &str = "SELECT request_hash, status, body FROM idempotency_record WHERE key_hash = $1";

fn replay(row: &Row, key: &IdempotencyKey) -> Result<Replay, DbError> {
    if row.get::<Uuid>(0)? != key.request {
        return Ok(Replay::Reused);
    }
    Ok(Replay::Same(Frozen { status: row.get(1)?, body: row.get(2)? }))
}

/// What is known about `key` to whoever only reads.
pub(crate) fn look_up(reader: &mut Reader<'_>, key: &IdempotencyKey) -> Result<Option<Replay>, DbError> {
    reader.row(FIND, &[Value::Uuid(key.key)])?.map(|row| replay(&row, key)).transpose()
}

/// Takes the key for this unit; false when it is taken. Whoever holds it in another unit is waited for.
pub(crate) fn take(tx: &mut Tx<'_>, key: &IdempotencyKey, now_us: i64) -> Result<bool, DbError> {
    const SQL: &str = "INSERT INTO idempotency_record (key_hash, request_hash, status, body, at_us) \
                       VALUES ($1, $2, 0, $3, $4) ON CONFLICT (key_hash) DO NOTHING";
    let values =
        [Value::Uuid(key.key), Value::Uuid(key.request), Value::Bytes(Vec::new()), Value::Int(now_us)];
    Ok(tx.execute(SQL, &values)? == 1)
}

/// Freezes the answer to a key that was taken in this unit.
pub(crate) fn answer(tx: &mut Tx<'_>, key: &IdempotencyKey, frozen: &Frozen) -> Result<(), DbError> {
    const SQL: &str = "UPDATE idempotency_record SET status = $2, body = $3 WHERE key_hash = $1";
    let values = [Value::Uuid(key.key), Value::Int(frozen.status.into()), Value::Bytes(frozen.body.clone())];
    tx.execute(SQL, &values).map(drop)
}

/// Freezes the answer to `key` in this unit.
///
/// # Errors
/// What the database says.
pub fn freeze(tx: &mut Tx<'_>, key: &IdempotencyKey, answer: &Frozen, now_us: i64) -> Result<(), DbError> {
    let mut bulk = bulk();
    freeze_into(&mut bulk, key, answer, now_us);
    tx.bulk(bulk)
}

/// Forgets answers frozen before `before_us`, a few at a time; says how many.
///
/// # Errors
/// What the database says.
pub fn forget_before(tx: &mut Tx<'_>, before_us: i64) -> Result<u64, DbError> {
    const SQL: &str = "DELETE FROM idempotency_record WHERE seq IN \
                       (SELECT seq FROM idempotency_record WHERE at_us < $1 ORDER BY seq LIMIT 5000)";
    tx.execute(SQL, &[Value::Int(before_us)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_principal_and_one_route() {
        let (ann, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = |who, route, given| IdempotencyKey::new(who, route, given, b"{}").key;

        assert_eq!(key(ann, "POST /transfers", "k"), key(ann, "POST /transfers", "k"));
        assert_ne!(key(ann, "POST /transfers", "k"), key(bob, "POST /transfers", "k"));
        assert_ne!(key(ann, "POST /transfers", "k"), key(ann, "POST /payments", "k"));
        assert_ne!(key(ann, "POST /a", "bc"), key(ann, "POST /ab", "c"));
    }
}
