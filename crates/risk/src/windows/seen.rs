//! Which attempts were counted, so that none is counted twice.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use super::RETENTION_DAYS;

const SHARDS: usize = 16;

/// 64 bits of the identifiers of attempts, by the day they were made on.
///
/// Among a hundred million attempts the chance that any two share their bits is one in four thousand.
#[derive(Debug)]
pub(crate) struct Seen {
    shards: Vec<Mutex<Days>>,
}

#[derive(Debug, Default)]
struct Days(BTreeMap<u32, HashSet<u64, RandomState>>);

impl Seen {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// Notes an attempt of a day; true the first time. Days too old, against the newest, are forgotten.
    pub(crate) fn note(&self, id: u128, day: u32, newest_day: u32) -> bool {
        let bits = fold(id);
        let shard = usize::try_from(bits % 16).unwrap_or(0);
        let Some(shard) = self.shards.get(shard) else { return true };
        let mut days = shard.lock();
        let oldest = newest_day.saturating_sub(RETENTION_DAYS);
        while days.0.first_key_value().is_some_and(|(day, _)| *day < oldest) {
            days.0.pop_first();
        }
        let first_of_day = !days.0.contains_key(&day);
        let fresh = days.0.entry(day).or_default().insert(bits);
        if first_of_day && let Some((_, closed)) = days.0.range_mut(..day).next_back() {
            closed.shrink_to_fit();
        }
        fresh
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let of_set = |set: &HashSet<u64, RandomState>| set.capacity().saturating_mul(9 * 8 / 7);
        self.shards.iter().map(|shard| shard.lock().0.values().map(of_set).sum::<usize>()).sum()
    }
}

/// Both halves matter: those of time, and those of chance.
pub(crate) fn fold(id: u128) -> u64 {
    let (high, low) =
        (u64::try_from(id >> 64).unwrap_or(0), u64::try_from(id & u128::from(u64::MAX)).unwrap_or(0));
    let mixed = (high ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 29) ^ low).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 32)
}
