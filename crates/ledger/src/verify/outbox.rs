//! One outbox event for every transfer, compared in little room.
//!
//! Each identifier is hashed into one of many buckets, transfers adding what events take away. All buckets
//! at zero means that both are the same; otherwise only the identifiers of some buckets that are not are
//! read again and named.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use florin_db::{DbError, Reader, Row, params};
use florin_kernel::Uuid;

use super::{Findings, PAGE, in_pages};

const BUCKETS: usize = 4_096;
/// How many buckets are looked into.
const LOOKED_INTO_MAX: usize = 64;
/// What the ledger's topics begin with.
const TOPICS: [&str; 3] = ["transfer.", "deposit.", "withdrawal."];

const EVENTS: &str = "SELECT seq, subject, topic FROM outbox_event WHERE seq > $1 ORDER BY seq LIMIT $2";
const TRANSFERS: &str = "SELECT seq, id FROM ledger_transfer WHERE seq > $1 ORDER BY seq LIMIT $2";

/// What is left of the identifiers in each bucket.
pub(super) struct Tally {
    hashes: RandomState,
    buckets: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { hashes: RandomState::new(), buckets: vec![0; BUCKETS] }
    }
}

impl Tally {
    pub(super) fn add_transfer(&mut self, id: Uuid) {
        let hash = self.hashes.hash_one(id);
        if let Some(sum) = self.bucket(id) {
            *sum = sum.wrapping_add(hash);
        }
    }

    fn add_event(&mut self, subject: Uuid) {
        let hash = self.hashes.hash_one(subject);
        if let Some(sum) = self.bucket(subject) {
            *sum = sum.wrapping_sub(hash);
        }
    }

    fn bucket(&mut self, id: Uuid) -> Option<&mut u64> {
        let at = self.place(id);
        self.buckets.get_mut(at)
    }

    fn place(&self, id: Uuid) -> usize {
        // Another hash than the one that is summed.
        let hash = self.hashes.hash_one((id, 0_u8));
        usize::try_from(hash).unwrap_or(0).checked_rem(BUCKETS).unwrap_or(0)
    }

    /// Reads the outbox and names what it lacks, repeats or has beyond the transfers.
    pub(super) fn compare(mut self, reader: &mut Reader<'_>, findings: &mut Findings) -> Result<(), DbError> {
        each_event(reader, |subject| self.add_event(subject))?;
        let differing: Vec<usize> = self.differing().take(LOOKED_INTO_MAX).collect();
        if differing.is_empty() {
            return Ok(());
        }
        let looked_into = |id: Uuid| differing.binary_search(&self.place(id)).is_ok();
        let mut counts: HashMap<Uuid, (u64, u64)> = HashMap::new();
        each_event(reader, |subject| {
            if looked_into(subject) {
                let count = counts.entry(subject).or_default();
                count.1 = count.1.saturating_add(1);
            }
        })?;
        in_pages(
            0_i64,
            |after| reader.rows(TRANSFERS, &params![*after, PAGE]),
            |row| {
                let id = row.get(1)?;
                if looked_into(id) {
                    let count = counts.entry(id).or_default();
                    count.0 = count.0.saturating_add(1);
                }
                row.get(0)
            },
        )?;
        let mut wrong: Vec<_> = counts.into_iter().filter(|(_, counts)| *counts != (1, 1)).collect();
        wrong.sort_unstable();
        for (id, counts) in wrong {
            findings.add(match counts {
                (0, _) => format!("the outbox tells of transfer {id}, which there is not"),
                (_, events) => format!("transfer {id} has {events} outbox events and should have one"),
            });
        }
        if self.differing().count() > LOOKED_INTO_MAX {
            findings.add("the outbox and the transfers differ in more than could be named".to_owned());
        }
        Ok(())
    }

    fn differing(&self) -> impl Iterator<Item = usize> {
        (0..).zip(&self.buckets).filter(|(_, sum)| **sum != 0).map(|(at, _)| at)
    }
}

/// Gives the subjects of the ledger's events.
fn each_event(reader: &mut Reader<'_>, mut give: impl FnMut(Uuid)) -> Result<(), DbError> {
    in_pages(
        0_i64,
        |after| reader.rows(EVENTS, &params![*after, PAGE]),
        |row: &Row| {
            let topic: String = row.get(2)?;
            if TOPICS.iter().any(|start| topic.starts_with(start)) {
                give(row.get(1)?);
            }
            row.get(0)
        },
    )
}
