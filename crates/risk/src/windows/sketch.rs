//! About how many different ones there were since a minute, where there are too many to list.
//!
//! A `HyperLogLog` of 64 registers whose registers remember when: of each, the ranks that no later one surpasses (Chabchoub,
//! Hébrail: Sliding `HyperLogLog`, 2010). The standard error is about 13 %.

use super::coding::{Reader, put};

/// The number of registers, a power of two.
const REGISTERS: u32 = 64;

/// A register, a rank, and the minute when it was last reached; ordered so, none surpassed by another.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch(Vec<(u8, u8, u32)>);

impl Sketch {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn touch(&mut self, member: u32, minute: u32) {
        let mixed = mix(member);
        let register = u8::try_from(mixed % u64::from(REGISTERS)).unwrap_or(0);
        let rank = u8::try_from((mixed >> 6).trailing_zeros().min(57)).unwrap_or(0).saturating_add(1);
        let from = self.0.partition_point(|(other, ..)| *other < register);
        let until = self.0.partition_point(|(other, ..)| *other <= register);
        let surpassed = |(_, other, at): &(u8, u8, u32)| *other >= rank && *at >= minute;
        if self.0.get(from..until).is_some_and(|same| same.iter().any(surpassed)) {
            return;
        }
        self.0.retain(|(other, lower, at)| *other != register || *lower > rank || *at > minute);
        let at = self.0.partition_point(|(other, lower, _)| (*other, *lower) < (register, rank));
        self.0.insert(at, (register, rank, minute));
    }

    pub(super) fn settle(&mut self, oldest: u32) {
        self.0.retain(|(.., minute)| *minute > oldest);
    }

    /// The estimate for those since a minute.
    pub(super) fn count(&self, since: u32) -> u32 {
        let mut ranks = [0_u8; REGISTERS as usize];
        for (register, rank, _) in self.0.iter().filter(|(.., minute)| *minute >= since) {
            if let Some(highest) = ranks.get_mut(usize::from(*register)) {
                *highest = (*highest).max(*rank);
            }
        }
        let registers = f64::from(REGISTERS);
        let harmonic: f64 = ranks.iter().map(|rank| two_to_the_minus(*rank)).sum();
        let estimate = 0.709 * registers * registers / harmonic;
        let empty = ranks.iter().map(|rank| u32::from(*rank == 0)).sum::<u32>();
        let corrected = if estimate <= 2.5 * registers && empty > 0 {
            registers * (registers / f64::from(empty)).ln()
        } else {
            estimate
        };
        whole(corrected)
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>, newest: u32) {
        put(bytes, u64::try_from(self.0.len()).unwrap_or(0));
        for (register, rank, minute) in &self.0 {
            bytes.extend([*register, *rank]);
            put(bytes, u64::from(newest.saturating_sub(*minute)));
        }
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>, newest: u32) {
        for _ in 0..from.short() {
            let (register, rank) = (from.byte(), from.byte());
            self.0.push((register, rank, newest.saturating_sub(from.short())));
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "estimates are above zero and below 2³²"
)]
fn whole(estimate: f64) -> u32 {
    estimate.round() as u32
}

/// All bits of it matter to all bits of the answer (`SplitMix64`).
fn mix(member: u32) -> u64 {
    let mixed = u64::from(member).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// 2⁻ⁿ, by its exponent.
fn two_to_the_minus(n: u8) -> f64 {
    f64::from_bits(1_023_u64.saturating_sub(u64::from(n)) << 52)
}

#[cfg(test)]
mod tests {
    use super::Sketch;

    #[test]
    fn thousands_are_counted_within_a_third() {
        for wanted in [100_u32, 1_000, 20_000] {
            let mut sketch = Sketch::default();
            for member in 0..wanted {
                sketch.touch(member.wrapping_mul(2_654_435_761), member % 600);
            }

            let counted = sketch.count(0);

            assert!(counted.abs_diff(wanted) * 3 < wanted, "{counted} for {wanted}");
            assert!(sketch.count(540) < counted / 4, "a tenth of them came in the last hour");
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let (mut there, mut back) = (Sketch::default(), Sketch::default());
        for member in 0..500_u32 {
            there.touch(member, member / 3);
            back.touch(499 - member, (499 - member) / 3);
        }

        assert_eq!(there.0, back.0);
    }
}
