//! The same state within one process.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use crate::window::{Tally, judge, micros};
use crate::{Admission, Count, Window};

const SHARDS: usize = 16;
/// How many counters a shard holds at most: about a million in all.
const COUNTERS_MAX: usize = 65_536;
/// Below this many entries a sweep is not worth its while.
const SWEEP_MIN: usize = 1_024;

/// Counters and memberships in maps that expire.
pub(crate) struct Memory {
    hasher: RandomState,
    /// What the clock of the limits counts from.
    epoch: Instant,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    counters: Expiring<u64>,
    limits: Expiring<Vec<Tally>>,
    members: Expiring<()>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::default(),
            epoch: Instant::now(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Counts one more in the window that `key` is in, or in a new one.
    pub(crate) fn hit(&self, key: &str, window: Duration) -> Count {
        let now = Instant::now();
        self.with(key, |shard| {
            if let Some((hits, until)) = shard.counters.live(key, now) {
                *hits = hits.saturating_add(1);
                return Count { hits: *hits, resets_in: until.saturating_duration_since(now) };
            }
            shard.counters.insert(key, 1, later(now, window), now);
            shard.counters.shrink_to(COUNTERS_MAX);
            Count { hits: 1, resets_in: window }
        })
    }

    /// Counts one more on `key` if each window lets it through.
    pub(crate) fn admit(&self, key: &str, windows: &[Window]) -> Option<Admission> {
        let now = Instant::now();
        let now_us = micros(now.saturating_duration_since(self.epoch));
        let longest = windows.iter().map(|window| window.length).max()?;
        self.with(key, |shard| {
            if let Some((tallies, until)) = shard.limits.entries.get_mut(key)
                && tallies.len() == windows.len()
                && *until > now
            {
                // After two lengths without a hit nothing of it counts any more.
                *until = later(now, longest.saturating_mul(2));
                return judge(tallies, windows, now_us);
            }
            let mut tallies = vec![Tally::begun_at(now_us); windows.len()];
            let admission = judge(&mut tallies, windows, now_us);
            shard.limits.insert(key, tallies, later(now, longest.saturating_mul(2)), now);
            shard.limits.shrink_to(COUNTERS_MAX);
            admission
        })
    }

    /// How often `key` was hit in the window that it is in.
    pub(crate) fn count(&self, key: &str) -> u64 {
        self.with(key, |shard| shard.counters.live(key, Instant::now()).map_or(0, |(hits, _)| *hits))
    }

    pub(crate) fn remember(&self, key: &str, ttl: Duration) {
        let now = Instant::now();
        self.with(key, |shard| shard.members.insert(key, (), later(now, ttl), now));
    }

    pub(crate) fn knows(&self, key: &str) -> bool {
        self.with(key, |shard| shard.members.live(key, Instant::now()).is_some())
    }

    pub(crate) fn forget(&self, key: &str) {
        self.with(key, |shard| {
            shard.counters.entries.remove(key);
            shard.limits.entries.remove(key);
            shard.members.entries.remove(key);
        });
    }

    fn with<T>(&self, key: &str, work: impl FnOnce(&mut Shard) -> T) -> T {
        let hash = self.hasher.hash_one(key).to_le_bytes();
        let [first, ..] = &self.shards;
        // The lowest byte modulo the number of shards is always one of them.
        let shard = self.shards.get(usize::from(hash[0]) % SHARDS).unwrap_or(first);
        work(&mut shard.lock())
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock())
            .map(|s| s.counters.entries.len() + s.limits.entries.len() + s.members.entries.len())
            .sum()
    }
}

/// An instant so far away that it cannot be told is never reached; a day will do for it.
fn later(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).or_else(|| now.checked_add(Duration::from_hours(24))).unwrap_or(now)
}

/// A map whose entries end; the ended ones go whenever the map has doubled.
struct Expiring<T> {
    entries: HashMap<Box<str>, (T, Instant), RandomState>,
    sweep_at: usize,
}

impl<T> Default for Expiring<T> {
    fn default() -> Self {
        Self { entries: HashMap::default(), sweep_at: SWEEP_MIN }
    }
}

impl<T> Expiring<T> {
    fn live(&mut self, key: &str, now: Instant) -> Option<(&mut T, Instant)> {
        self.entries.get_mut(key).filter(|(_, until)| *until > now).map(|(value, until)| (value, *until))
    }

    fn insert(&mut self, key: &str, value: T, until: Instant, now: Instant) {
        self.entries.insert(key.into(), (value, until));
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, (_, until)| *until > now);
            self.sweep_at = self.entries.len().saturating_mul(2).max(SWEEP_MIN);
        }
    }
}

/// What counts, and how much.
trait Counts {
    fn hits(&self) -> u64;
}

impl Counts for u64 {
    fn hits(&self) -> u64 {
        *self
    }
}

impl Counts for Vec<Tally> {
    fn hits(&self) -> u64 {
        self.iter().map(|tally| tally.hits()).max().unwrap_or(0)
    }
}

impl<T: Counts> Expiring<T> {
    /// Drops counters while there are more than `most`: those that count little first.
    fn shrink_to(&mut self, most: usize) {
        if self.entries.len() > most {
            self.entries.retain(|_, (counted, _)| counted.hits() > 1);
        }
        if self.entries.len() > most {
            self.entries.clear();
        }
        // A map that is kept small is swept before it is full, too.
        self.sweep_at = self.sweep_at.min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn what_has_expired_takes_no_room() {
        let memory = Memory::new();

        for n in 0..200_000 {
            memory.remember(&n.to_string(), Duration::ZERO);
            memory.hit(&n.to_string(), Duration::ZERO);
        }

        assert!(memory.len() < SHARDS * SWEEP_MIN * 2 + 1, "{}", memory.len());
    }

    #[test]
    fn counters_are_dropped_before_they_pile_up_and_memberships_are_not() {
        let memory = Memory::new();
        for n in 0..COUNTERS_MAX * SHARDS * 2 {
            memory.hit(&n.to_string(), LONG);
        }
        for n in 0..10_000 {
            memory.remember(&n.to_string(), LONG);
        }

        assert!(memory.len() <= COUNTERS_MAX * SHARDS + 10_000, "{}", memory.len());
        assert!((0..10_000).all(|n| memory.knows(&n.to_string())));
    }

    #[test]
    fn a_counter_that_counts_much_outlives_those_that_count_little() {
        let mut counters = Expiring::<u64>::default();
        let now = Instant::now();
        counters.insert("attacker", 9, later(now, LONG), now);
        counters.insert("passer-by", 1, later(now, LONG), now);

        counters.shrink_to(1);

        assert!(counters.live("attacker", now).is_some());
        assert!(counters.live("passer-by", now).is_none());
    }

    #[test]
    fn a_time_that_cannot_be_told_is_far_away() {
        let memory = Memory::new();

        memory.remember("token", Duration::MAX);

        assert!(memory.knows("token"));
        std::thread::sleep(MOMENT);
        assert!(memory.knows("token"));
    }
}
