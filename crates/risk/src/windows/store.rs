//! All records, each dimension in shards of their own locks.

use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use super::Dimension;
use super::record::{Change, Record};
use super::seen::fold;

const SHARDS: usize = 64;
/// One in so many keys goes when there are too many.
const GO: usize = 16;
/// What an allocation costs besides its bytes, and what it is rounded up to.
const ALLOCATION: usize = 8;
const ROUNDED: usize = 16;
/// What a key takes in a table: itself, where its record is, and a byte.
const SLOT: usize = 8 + 16 + 1;

/// Keys as 64 bits of them: of a million that two share theirs has a chance of one in thirty million.
type Records = HashMap<u64, Box<[u8]>, RandomState>;
type Shard = Mutex<Records>;

/// The records of one dimension.
#[derive(Debug)]
struct Keys {
    dimension: Dimension,
    shards: Vec<Shard>,
    cap: usize,
}

/// The records of all dimensions.
#[derive(Debug)]
pub(crate) struct Store(Vec<Keys>);

thread_local! {
    /// Records are read into and written from memory that is there already.
    static DESK: RefCell<(Record, Vec<u8>)> = RefCell::default();
}

impl Store {
    /// With at most so many keys of each dimension.
    pub(crate) fn new(caps: impl Fn(Dimension) -> usize) -> Self {
        let keys = |dimension| Keys {
            dimension,
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            cap: caps(dimension).div_ceil(SHARDS).max(GO),
        };
        Self(Dimension::ALL.into_iter().map(keys).collect())
    }

    /// Reads the record of a key, if there is one.
    pub(crate) fn look<T>(
        &self,
        dimension: Dimension,
        key: u128,
        read: impl FnOnce(&Record) -> T,
    ) -> Option<T> {
        let key = fold(key);
        let shard = self.0.get(dimension.index())?.shard(key)?;
        DESK.with_borrow_mut(|(record, _)| {
            record.read(dimension, shard.lock().get(&key)?);
            Some(read(record))
        })
    }

    /// Changes the record of a key, or begins it.
    pub(crate) fn change(&self, dimension: Dimension, key: u128, change: &Change) {
        if let Some(keys) = self.0.get(dimension.index()) {
            keys.change(fold(key), change);
        }
    }

    /// How many keys a dimension has.
    pub(crate) fn keys(&self, dimension: Dimension) -> usize {
        self.0
            .get(dimension.index())
            .map_or(0, |keys| keys.shards.iter().map(|shard| shard.lock().len()).sum())
    }

    /// About how many bytes all take, as counted from their lengths.
    pub(crate) fn bytes(&self) -> usize {
        let of_record = |bytes: &[u8]| (bytes.len() + ALLOCATION).next_multiple_of(ROUNDED);
        let of_shard = |shard: &Shard| {
            let shard = shard.lock();
            let slots = (shard.capacity() * 8).div_ceil(7).next_power_of_two();
            slots * SLOT + shard.values().map(|bytes| of_record(bytes)).sum::<usize>()
        };
        self.0.iter().flat_map(|keys| &keys.shards).map(of_shard).sum()
    }
}

impl Keys {
    fn shard(&self, key: u64) -> Option<&Shard> {
        self.shards.get(usize::try_from(key % 64).unwrap_or(0))
    }

    fn change(&self, key: u64, change: &Change) {
        let Some(shard) = self.shard(key) else { return };
        let mut shard = shard.lock();
        DESK.with_borrow_mut(|(record, bytes)| {
            match shard.get(&key) {
                Some(old) => record.read(self.dimension, old),
                None => record.clear(),
            }
            record.apply(change);
            bytes.clear();
            record.put(self.dimension, bytes);
            match shard.get_mut(&key) {
                Some(old) if old.len() == bytes.len() => old.copy_from_slice(bytes),
                Some(old) => *old = bytes.as_slice().into(),
                None => {
                    shard.insert(key, bytes.as_slice().into());
                }
            }
        });
        if shard.len() > self.cap {
            evict(&mut shard, key);
        }
    }
}

/// Forgets those idle longest, but not the one just seen; of equally idle ones those of the smallest key.
fn evict(shard: &mut Records, spared: u64) {
    let last =
        |bytes: &[u8]| bytes.iter().take(4).rev().fold(0_u32, |last, byte| (last << 8) | u32::from(*byte));
    let mut idle: Vec<(u32, u64)> = shard.iter().map(|(key, bytes)| (last(bytes), *key)).collect();
    let go = (idle.len() / GO).max(1);
    idle.select_nth_unstable(go.saturating_sub(1));
    for (_, key) in idle.into_iter().take(go).filter(|(_, key)| *key != spared) {
        shard.remove(&key);
    }
}
