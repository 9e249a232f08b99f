//! Numbers that look random and follow from a seed alone (splitmix64, public domain).

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, without 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / 4_294_967_296.0
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from((most - least).max(0)).unwrap() + 1;
        least + i64::try_from(self.next() % width).unwrap()
    }

    /// True with this probability in per cent.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// A sum whose logarithm is normally distributed about that of `median`.
    pub fn log_normal(&mut self, median: i64, deviation: f64) -> i64 {
        // Twelve uniform numbers, less six, are nearly normal.
        let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "sums of a test")]
        let sum = (median as f64 * (normal * deviation).exp()) as i64;
        sum.max(1)
    }

    /// `percent` per cent of a sum, the percentage drawn from a range.
    pub fn share(&mut self, sum: i64, least: i64, most: i64) -> i64 {
        sum * self.between(least * 10, most * 10) / 1_000
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.between(0, i64::try_from(all.len()).unwrap() - 1)).unwrap()]
    }

    /// `count` different ones of several.
    pub fn several<T: Copy + PartialEq>(&mut self, all: &[T], count: i64) -> Vec<T> {
        let mut chosen: Vec<T> = Vec::new();
        while chosen.len() < usize::try_from(count).unwrap() {
            let one = self.pick(all);
            if !chosen.contains(&one) {
                chosen.push(one);
            }
        }
        chosen
    }
}
