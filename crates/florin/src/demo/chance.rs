//! Chance that repeats: the same numbers for the same seed.

/// A source of numbers (`SplitMix64`), for make-believe and never for secrets.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but not including `end`; 0 when there is none.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let scaled = (u128::from(self.next()).wrapping_mul(u128::from(end))) >> 64;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1);
        i64::from(low.saturating_add(self.below(span)))
    }

    /// True so many times in a thousand.
    pub(super) fn happens(&mut self, per_mille: u32) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of several.
    pub(super) fn one_of<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        let index = self.below(u32::try_from(several.len()).unwrap_or(0));
        several.get(usize::try_from(index).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_repeat_with_their_seed_and_stay_in_their_range() {
        let drawn = |seed| {
            let mut chance = Chance::new(seed);
            (0..1_000).map(|_| chance.between(3, 9)).collect::<Vec<i64>>()
        };

        let first = drawn(1);

        assert_eq!(first, drawn(1));
        assert_ne!(first, drawn(2));
        assert!(first.iter().all(|number| (3..=9).contains(number)));
        assert!((3..=9).all(|number| first.contains(&number)));
    }
}
