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
struct Days(BTreeMap<u32, Day>);

/// The attempts of a day: those that came while it was the last to be opened, and later ones until the next is.
#[derive(Debug, Default)]
struct Day {
    sealed: Vec<u64>,
    open: HashSet<u64, RandomState>,
}

impl Day {
    fn note(&mut self, bits: u64) -> bool {
        self.sealed.binary_search(&bits).is_err() && self.open.insert(bits)
    }

    /// A sorted row takes half of what a set does.
    fn seal(&mut self) {
        if !self.open.is_empty() {
            self.sealed.reserve_exact(self.open.len());
            self.sealed.extend(self.open.drain());
            self.sealed.sort_unstable();
            self.open = HashSet::default();
        }
    }

    fn bytes(&self) -> usize {
        self.sealed
            .capacity()
            .saturating_mul(8)
            .saturating_add(self.open.capacity().saturating_mul(9 * 8 / 7))
    }
}

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
        if !days.0.contains_key(&day) {
            days.0.values_mut().for_each(Day::seal);
        }
        days.0.entry(day).or_default().note(bits)
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().0.values().map(Day::bytes).sum::<usize>()).sum()
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
