//! The records of one seal, held against what was sealed; where they differ, each is named.

use std::collections::BTreeMap;

use florin_db::{DbError, Reader, Row};

use crate::merkle::{self, Hash};
use crate::record::{hash_as, hash_of};
use crate::seal::Seal;
use crate::store;
use crate::verify::{Fault, FaultKind};

/// How many records beyond those that were sealed are looked at in the range of one seal.
const SURPLUS: i64 = 1_000;
/// In how many records another number is tried, to tell one that was moved from one that was changed.
const MOVES_TRIED: usize = 64;

/// What the records of one seal came to.
#[derive(Debug)]
pub(crate) struct Content {
    /// How many were hashed.
    pub(crate) records: i64,
    /// What is wrong with them.
    pub(crate) faults: Vec<Fault>,
}

/// A record as it is found: its number, and its row where that can be read.
type Found = (i64, Option<Row>);

/// Hashes the records of this seal, as one snapshot has them.
pub(crate) fn check(r: &mut Reader<'_>, seal: &Seal) -> Result<Content, DbError> {
    let limit = seal.count.saturating_add(SURPLUS);
    if store::is_removed(r, seal.number)? {
        let left = store::seqs(r, seal.first_seq, seal.last_seq, limit)?;
        let of = |seq| inserted(seal, seq, "stands where the records were removed");
        return Ok(Content { records: 0, faults: left.into_iter().map(of).collect() });
    }
    let found = read(r, seal, limit)?;
    let mut scratch = Vec::with_capacity(512);
    let hash = |row: &Row| hash_of(row, &mut scratch);
    let hashes: Vec<Option<Hash>> = {
        let mut hash = hash;
        found.iter().map(|(_, row)| row.as_ref().map(&mut hash)).collect()
    };
    let records = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let leaves = store::leaves(r, seal.number)?;
    let faults = compare(seal, &found, &hashes, leaves);
    Ok(Content { records, faults })
}

/// The rows of the seal's range. Where a row cannot be read, as what was written into it is no text, all are read one by one.
fn read(r: &mut Reader<'_>, seal: &Seal, limit: i64) -> Result<Vec<Found>, DbError> {
    let numbered = |row: Row| Ok((row.get(0)?, Some(row)));
    match store::rows_after(r, seal.first_seq.saturating_sub(1), seal.last_seq, limit) {
        Ok(rows) => rows.into_iter().map(numbered).collect(),
        Err(error) if error.is_transient() => Err(error),
        Err(_) => {
            let mut found = Vec::new();
            for seq in store::seqs(r, seal.first_seq, seal.last_seq, limit)? {
                let row = match store::row(r, seq) {
                    Err(error) if error.is_transient() => return Err(error),
                    row => row.ok().flatten(),
                };
                found.push((seq, row));
            }
            Ok(found)
        }
    }
}

fn compare(
    seal: &Seal,
    found: &[Found],
    hashes: &[Option<Hash>],
    leaves: Option<Vec<(i64, Hash)>>,
) -> Vec<Fault> {
    let readable: Option<Vec<Hash>> = hashes.iter().copied().collect();
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let is_sealed = readable.is_some_and(|hashes| merkle::root(&hashes) == seal.root) && count == seal.count;
    let listed = leaves.as_ref().map(|leaves| leaves.iter().map(|(_, hash)| *hash).collect::<Vec<_>>());
    let list_stands = listed.is_some_and(|hashes| merkle::root(&hashes) == seal.root);
    if is_sealed {
        let same = leaves.is_some_and(|leaves| {
            leaves.len() == found.len()
                && leaves
                    .iter()
                    .zip(found)
                    .zip(hashes)
                    .all(|(((seq, hash), (at, _)), found)| seq == at && Some(*hash) == *found)
        });
        return if same { Vec::new() } else { vec![damaged(seal)] };
    }
    match leaves {
        Some(leaves) if list_stands => name(seal, found, hashes, &leaves),
        _ => {
            let text = format!(
                "the {count} records of seal {} do not give its root of {} records, and neither does its own list of them",
                seal.number, seal.count
            );
            vec![Fault::new(FaultKind::RootMismatch, Some(seal.number), Some(seal.first_seq), text)]
        }
    }
}

/// Names each record that is not what was sealed.
fn name(seal: &Seal, found: &[Found], hashes: &[Option<Hash>], leaves: &[(i64, Hash)]) -> Vec<Fault> {
    let sealed: BTreeMap<i64, Hash> = leaves.iter().copied().collect();
    let there: BTreeMap<i64, (Option<&Row>, Option<Hash>)> =
        found.iter().zip(hashes).map(|((seq, row), hash)| (*seq, (row.as_ref(), *hash))).collect();
    let is_off = |(seq, hash): &(&i64, &Hash)| there.get(seq).is_none_or(|(_, now)| *now != Some(**hash));
    let off: Vec<(i64, Hash)> =
        sealed.iter().filter(is_off).take(MOVES_TRIED).map(|(seq, hash)| (*seq, *hash)).collect();
    let mut faults: BTreeMap<i64, Fault> = BTreeMap::new();
    for (&seq, &hash) in &sealed {
        match there.get(&seq) {
            None => {
                faults.insert(seq, of_record(FaultKind::RecordDeleted, seal, seq, "was sealed and is gone"));
            }
            Some((row, now)) if *now != Some(hash) => {
                let fault = row.and_then(|row| moved(seal, seq, row, &off));
                let changed = || of_record(FaultKind::RecordChanged, seal, seq, "is not what was sealed");
                faults.insert(seq, fault.unwrap_or_else(changed));
            }
            Some(_) => {}
        }
    }
    for (&seq, (row, _)) in there.iter().filter(|(seq, _)| !sealed.contains_key(seq)) {
        let fault = row.and_then(|row| moved(seal, seq, row, &off));
        let fault = fault.unwrap_or_else(|| inserted(seal, seq, "was never sealed there"));
        faults.insert(seq, fault);
    }
    if faults.is_empty() {
        // All records are what the list says, and in another number than the seal says.
        return vec![damaged(seal)];
    }
    faults.into_values().collect()
}

/// Whether the row is a sealed one under another number.
fn moved(seal: &Seal, seq: i64, row: &Row, off: &[(i64, Hash)]) -> Option<Fault> {
    let mut scratch = Vec::new();
    let mut origins = off.iter().filter(|(from, _)| *from != seq);
    let (from, _) = origins.find(|(from, hash)| hash_as(row, *from, &mut scratch) == *hash)?;
    Some(of_record(FaultKind::RecordMoved, seal, seq, &format!("was sealed as record {from}")))
}

fn of_record(kind: FaultKind, seal: &Seal, seq: i64, what: &str) -> Fault {
    Fault::new(kind, Some(seal.number), Some(seq), format!("record {seq} {what}"))
}

fn inserted(seal: &Seal, seq: i64, what: &str) -> Fault {
    of_record(FaultKind::RecordInserted, seal, seq, what)
}

fn damaged(seal: &Seal) -> Fault {
    let text = format!("the list of seal {}'s records is not what was written; the records are", seal.number);
    Fault::new(FaultKind::LeavesDamaged, Some(seal.number), None, text)
}
