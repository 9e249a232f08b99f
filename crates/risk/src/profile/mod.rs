//! What somebody does otherwise: how much, at which hours, from where.

mod countries;
mod travel;

/// Whether there is such a country.
pub(crate) fn knows(country: crate::attempt::Country) -> bool {
    countries::find(country).is_some()
}

pub(crate) use travel::{Travel, local_hour, travel};

use crate::windows::{AMOUNTS_MAX, Record};

/// What somebody spends: the last sixty amounts of ninety days, in minor units of the reference currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Habits {
    /// How many amounts there are.
    pub(crate) count: u32,
    pub(crate) median: i64,
    pub(crate) mean: f64,
    /// Their standard deviation.
    pub(crate) deviation: f64,
    /// The share of them that was spent within two hours of this time of day, of any day; none of none.
    pub(crate) hour_share: f64,
}

impl Habits {
    pub(crate) fn of(record: &Record, at_s: u32) -> Self {
        let mut amounts = [0_i64; AMOUNTS_MAX];
        let (mut count, mut near) = (0_usize, 0_u32);
        for ((minute, amount), slot) in record.spent(at_s).zip(&mut amounts) {
            *slot = amount;
            count += 1;
            near += u32::from(within_two_hours(minute, at_s / 60));
        }
        let Some(amounts) = amounts.get_mut(..count).filter(|amounts| !amounts.is_empty()) else {
            return Self::default();
        };
        let middle = amounts.len() / 2;
        let (below, median, _) = amounts.select_nth_unstable(middle);
        let above = *median;
        // Of an even number the lower of the two in the middle: an amount that was spent.
        let median = if count % 2 == 0 { below.iter().copied().max().unwrap_or(above) } else { above };
        let (mean, deviation) = moments(amounts);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self { count, median, mean, deviation, hour_share: f64::from(near) / f64::from(count) }
    }
}

/// Whether two minutes are at most two hours apart by the clock, of whatever days.
fn within_two_hours(one: u32, other: u32) -> bool {
    let apart = (one % 1_440).abs_diff(other % 1_440);
    apart.min(1_440 - apart) <= 120
}

/// The mean and the standard deviation, from sums of integers: the order does not matter to a bit.
fn moments(amounts: &[i64]) -> (f64, f64) {
    const MOST: i64 = 1 << 52;
    let capped = amounts.iter().map(|amount| i128::from((*amount).min(MOST)));
    let (n, sum, squares) = capped.fold((0_i128, 0_i128, 0_i128), |(n, sum, squares), amount| {
        (n + 1, sum + amount, squares + amount * amount)
    });
    let n = n.max(1);
    // n² times the variance: at most 60² × 2¹⁰⁴.
    let spread = n * squares - sum * sum;
    (float(sum) / float(n), float(spread).sqrt() / float(n))
}

#[expect(clippy::cast_precision_loss, reason = "a feature; it is rounded the same way each time")]
fn float(value: i128) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::{moments, within_two_hours};

    #[test]
    fn midnight_is_an_hour_like_any_other() {
        assert!(within_two_hours(23 * 60, 1_440 + 60));
        assert!(!within_two_hours(21 * 60, 60));
    }

    #[test]
    fn the_deviation_is_that_of_the_amounts() {
        assert_eq!(moments(&[2, 4, 4, 4, 5, 5, 7, 9]), (5.0, 2.0));
        assert_eq!(moments(&[]), (0.0, 0.0));
    }
}
