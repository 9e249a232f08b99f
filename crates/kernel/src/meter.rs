//! Counting what happens, for whoever watches the program: atomics that cost the hot path a few nanoseconds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Something that is counted and never counted down.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Counts one.
    pub fn one(&self) {
        self.many(1);
    }

    /// Counts this many.
    pub fn many(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many intervals of durations are told apart, the one without an upper bound included.
const INTERVALS: usize = 15;

/// Where the intervals of durations end, in microseconds.
pub const BOUNDS_US: [u64; INTERVALS - 1] = [
    50, 100, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000,
];

/// How long something takes, each time it is done.
#[derive(Debug, Default)]
pub struct Durations {
    intervals: [AtomicU64; INTERVALS],
    total_us: AtomicU64,
}

impl Durations {
    /// Notes that it took this long once more.
    pub fn took(&self, elapsed: Duration) {
        let us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let interval = BOUNDS_US.partition_point(|bound| *bound < us);
        if let Some(interval) = self.intervals.get(interval) {
            interval.fetch_add(1, Ordering::Relaxed);
        }
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }

    /// What was noted so far.
    pub fn spread(&self) -> Spread {
        let mut counts = [0; INTERVALS];
        for (count, interval) in counts.iter_mut().zip(&self.intervals) {
            *count = interval.load(Ordering::Relaxed);
        }
        Spread { counts, total_us: self.total_us.load(Ordering::Relaxed) }
    }
}

/// Durations as they were spread over intervals, by the bounds of [`BOUNDS_US`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were in each interval, the last of which has no bound.
    pub counts: [u64; INTERVALS],
    /// How long all took together, in microseconds.
    pub total_us: u64,
}

impl Spread {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What came since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut counts = self.counts;
        for (count, before) in counts.iter_mut().zip(earlier.counts) {
            *count = count.saturating_sub(before);
        }
        Self { counts, total_us: self.total_us.saturating_sub(earlier.total_us) }
    }

    /// Both together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut counts = self.counts;
        for (count, more) in counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        Self { counts, total_us: self.total_us.saturating_add(other.total_us) }
    }

    /// The duration that this many of a thousand did not exceed, in microseconds, as far as the intervals tell; none where
    /// there was nothing. What exceeds all bounds counts as the last one.
    pub fn quantile_us(&self, per_mille: u32) -> Option<u64> {
        let all = u128::from(self.count());
        if all == 0 {
            return None;
        }
        let wanted = all.saturating_mul(per_mille.into()).div_ceil(1_000).max(1);
        let (mut before, mut low) = (0_u128, 0_u64);
        for (count, bound) in self.counts.iter().zip(BOUNDS_US) {
            let count = u128::from(*count);
            let reached = before.saturating_add(count);
            if reached >= wanted {
                let width = u128::from(bound.saturating_sub(low));
                let part = wanted.saturating_sub(before).saturating_mul(width);
                let part = part.checked_div(count).unwrap_or(0);
                return Some(low.saturating_add(u64::try_from(part).unwrap_or(u64::MAX)));
            }
            (before, low) = (reached, bound);
        }
        Some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_interval_that_it_does_not_exceed() {
        let durations = Durations::default();

        for us in [50, 51, 10_000_000] {
            durations.took(Duration::from_micros(us));
        }

        let spread = durations.spread();
        assert_eq!((spread.counts[0], spread.counts[1], spread.counts[INTERVALS - 1]), (1, 1, 1));
        assert_eq!((spread.count(), spread.total_us), (3, 10_000_101));
    }

    #[test]
    fn a_quantile_lies_in_the_interval_of_its_rank() {
        let durations = Durations::default();
        assert_eq!(durations.spread().quantile_us(500), None);

        for _ in 0..90 {
            durations.took(Duration::from_micros(900));
        }
        for _ in 0..10 {
            durations.took(Duration::from_millis(40));
        }

        let spread = durations.spread();
        assert!((500..=1_000).contains(&spread.quantile_us(500).unwrap()));
        assert_eq!(spread.quantile_us(900), Some(1_000));
        assert!((25_001..=50_000).contains(&spread.quantile_us(950).unwrap()));
        assert_eq!(spread.quantile_us(1_000), Some(50_000));
    }

    #[test]
    fn what_came_since_is_what_was_noted_in_between() {
        let durations = Durations::default();
        durations.took(Duration::from_millis(1));
        let before = durations.spread();

        durations.took(Duration::from_millis(3));

        let since = durations.spread().since(&before);
        assert_eq!((since.count(), since.total_us), (1, 3_000));
        assert_eq!(before.with(&since), durations.spread());
    }
}
