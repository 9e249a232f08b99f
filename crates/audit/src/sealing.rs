//! Sealing: what was recorded since the last seal becomes a batch, a tree, and a seal.
//!
//! 1. *How far*: below which number can no record appear any more? On the embedded database, with its one writer, that is the
//!    last. On PostgreSQL numbers are given out before their transactions are committed; so a number is taken together with
//!    a transaction's, and the records up to it are complete once every older transaction has ended.
//! 2. *What*: the records after the last seal up to there, at most [`BATCH_MAX`], read and hashed on a reading thread.
//! 3. *The seal* is signed, and written with its leaves in one unit. Its number is one after the last, and unique: of two
//!    processes that seal at once, one writes and the other finds that it was done. A process that dies before the unit is
//!    committed leaves nothing.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use florin_db::{Db, DbError, Engine, Reader, Row, oldest_running};
use florin_kernel::Uuid;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::keys::Keys;
use crate::merkle::{self, Frontier, Hash};
use crate::record;
use crate::seal::Seal;
use crate::store::{self, Sealed};

/// How many records one seal holds at most.
pub const BATCH_MAX: i64 = 4_096;
/// How often, and how long each time, PostgreSQL's older transactions are waited for within one run.
const WAITS: u32 = 40;
const WAIT: Duration = Duration::from_millis(10);
/// How long sealing stands back between batches while others wait to write.
const STAND_BACK: Duration = Duration::from_millis(20);

/// Seals the trail of one database.
pub(crate) struct Sealer {
    db: Db,
    keys: Keys,
    /// What is waited for, on PostgreSQL.
    horizon: Mutex<Option<Horizon>>,
}

/// All records up to `seq` are complete once every transaction before `transaction` has ended.
#[derive(Clone, Copy, Debug)]
struct Horizon {
    seq: i64,
    transaction: i64,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// How many seals it made.
    pub seals: u64,
    /// Of how many records.
    pub records: u64,
}

impl Sealer {
    pub(crate) fn new(db: Db, keys: Keys) -> Self {
        Self { db, keys, horizon: Mutex::new(None) }
    }

    /// Seals all that is complete, batch by batch: while one is written, the next is read.
    pub(crate) async fn run(&self) -> Result<Run, Error> {
        let mut run = Run::default();
        let Some(last) = self.complete_through().await? else { return Ok(run) };
        let mut before = self.newest().await?;
        let mut batch = self.read(before.as_ref().map_or(0, |(seal, _)| seal.last_seq), last).await?;
        while let Some(read) = batch {
            let now = self.db.env().now().as_microsecond();
            let sealed = read.seal(before, &self.keys, now);
            let (seal, frontier) = (sealed.seal.clone(), sealed.frontier.clone());
            let (written, next) = tokio::join!(self.write(sealed), self.read(seal.last_seq, last));
            if !written? {
                // Another process seals; what it left is for the next run.
                break;
            }
            run.seals = run.seals.saturating_add(1);
            run.records = run.records.saturating_add(u64::try_from(seal.count).unwrap_or(0));
            before = Some((seal, frontier));
            batch = next?;
            if self.db.waiting() > 0 {
                tokio::time::sleep(STAND_BACK).await;
            }
        }
        Ok(run)
    }

    /// The newest seal, if it stands.
    async fn newest(&self) -> Result<Option<(Seal, Frontier)>, Error> {
        let Some((seal, frontier)) = self.db.read(store::newest_with_frontier).await? else {
            return Ok(None);
        };
        if !seal.is_signed_by(self.keys.trusted()) {
            let (number, key) = (seal.number, seal.key_id);
            return Err(Error::Broken(format!(
                "seal {number} is not signed by key {key} of this installation"
            )));
        }
        if frontier.root() != seal.log_root {
            return Err(Error::Broken(format!("the log's root at seal {} does not fit", seal.number)));
        }
        Ok(Some((seal, frontier)))
    }

    /// The number up to which no record can appear any more; `None` while that is not known.
    pub(crate) async fn complete_through(&self) -> Result<Option<i64>, Error> {
        if self.db.engine() == Engine::Sqlite {
            return Ok(Some(self.db.read(store::last_seq).await?));
        }
        let held = *self.horizon.lock().unwrap_or_else(PoisonError::into_inner);
        let horizon = match held {
            Some(horizon) => horizon,
            None => self.take_horizon().await?,
        };
        for _ in 0..WAITS {
            if self.db.read(oldest_transaction).await? >= horizon.transaction {
                *self.horizon.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return Ok(Some(horizon.seq));
            }
            tokio::time::sleep(WAIT).await;
        }
        *self.horizon.lock().unwrap_or_else(PoisonError::into_inner) = Some(horizon);
        Ok(None)
    }

    /// The last number that can be seen, and a transaction that began after whoever was given a smaller one.
    async fn take_horizon(&self) -> Result<Horizon, DbError> {
        const SQL: &str =
            "SELECT COALESCE(MAX(seq), 0), pg_current_xact_id()::text::bigint FROM audit_record";
        let taken = self.db.housekeeping(|tx| {
            let row = tx.row(SQL, &[])?.ok_or_else(|| DbError::Other("no horizon was given".to_owned()))?;
            Ok::<_, DbError>(Horizon { seq: row.get(0)?, transaction: row.get(1)? })
        });
        taken.await
    }

    /// The next batch after `after` up to `last`, if there is one.
    async fn read(&self, after: i64, last: i64) -> Result<Option<Batch>, Error> {
        Ok(self.db.read(move |r| read_batch(r, after, last)).await?)
    }

    /// Writes it; false when another process wrote one of its number.
    async fn write(&self, sealed: Sealed) -> Result<bool, Error> {
        let written: Result<bool, DbError> = self.db.housekeeping(move |tx| store::insert(tx, &sealed)).await;
        Ok(written?)
    }
}

fn oldest_transaction(r: &mut Reader<'_>) -> Result<i64, DbError> {
    const SQL: &str = concat!("SELECT ", oldest_running!());
    r.row(SQL, &[])?.map_or(Ok(0), |row| row.get(0))
}

/// The records of a seal to be made.
struct Batch {
    leaves: Vec<(i64, Hash)>,
    words: Vec<Uuid>,
    earliest_at_us: i64,
    latest_at_us: i64,
}

fn read_batch(r: &mut Reader<'_>, after: i64, last: i64) -> Result<Option<Batch>, DbError> {
    let rows = store::rows_after(r, after, last, BATCH_MAX)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut batch = Batch {
        leaves: Vec::with_capacity(rows.len()),
        words: Vec::with_capacity(rows.len()),
        earliest_at_us: i64::MAX,
        latest_at_us: i64::MIN,
    };
    let mut scratch = Vec::with_capacity(512);
    for row in &rows {
        batch.add(row, &mut scratch)?;
    }
    batch.words.sort_unstable();
    batch.words.dedup();
    Ok(Some(batch))
}

impl Batch {
    fn add(&mut self, row: &Row, scratch: &mut Vec<u8>) -> Result<(), DbError> {
        let at_us: i64 = row.get(1)?;
        self.earliest_at_us = self.earliest_at_us.min(at_us);
        self.latest_at_us = self.latest_at_us.max(at_us);
        self.leaves.push((row.get(0)?, record::hash_of(row, scratch)));
        let (resource, user): (Option<Uuid>, Option<Uuid>) = (row.get(4)?, row.get(6)?);
        self.words.extend(resource.into_iter().chain(user));
        if let Some(florin_db::Value::Text(action)) = row.values().get(2) {
            self.words.push(word_of_action(action));
        }
        Ok(())
    }

    /// The signed seal of this batch, after the one before.
    fn seal(self, before: Option<(Seal, Frontier)>, keys: &Keys, now_us: i64) -> Sealed {
        let (before, mut frontier) = match before {
            Some((seal, frontier)) => (Some(seal), frontier),
            None => (None, Frontier::default()),
        };
        let hashes: Vec<Hash> = self.leaves.iter().map(|(_, hash)| *hash).collect();
        let mut seal = Seal {
            number: before.as_ref().map_or(1, |before| before.number.saturating_add(1)),
            previous: before.as_ref().map_or([0; 32], Seal::hash),
            first_seq: before.as_ref().map_or(1, |before| before.last_seq.saturating_add(1)),
            last_seq: self.leaves.last().map_or(0, |(seq, _)| *seq),
            count: i64::try_from(hashes.len()).unwrap_or(i64::MAX),
            earliest_at_us: self.earliest_at_us,
            latest_at_us: self.latest_at_us,
            root: merkle::root(&hashes),
            // A clock that went backwards does not make the seals do so.
            sealed_at_us: before.as_ref().map_or(now_us, |before| now_us.max(before.sealed_at_us)),
            key_id: keys.id(),
            log_root: [0; 32],
            signature: [0; 64],
        };
        frontier.push(seal.hash());
        seal.log_root = frontier.root();
        seal.sign(keys);
        Sealed { seal, frontier, leaves: self.leaves, words: self.words }
    }
}

/// What the lookup knows an action by, among identifiers.
pub(crate) fn word_of_action(action: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(action.as_bytes()).into();
    let mut bytes = [0; 16];
    for (slot, byte) in bytes.iter_mut().zip(digest) {
        *slot = byte;
    }
    Uuid::new_v8(bytes)
}
