//! Whether one kind of answer takes longer than another, with noise about.

use std::time::Duration;

/// Whether `ours` take longer than `others` by `least` in the median, and nine in ten of all pairs say so.
///
/// The share of pairs is the statistic of Mann and Whitney; it does not mind a few very slow answers.
pub(crate) fn slower(ours: &[Duration], others: &[Duration], least: Duration) -> bool {
    if ours.is_empty() || others.is_empty() || median(ours) < median(others).saturating_add(least) {
        return false;
    }
    let over = |one: &Duration| others.iter().filter(|other| one > *other).count();
    let slower: usize = ours.iter().map(over).sum();
    slower * 10 >= ours.len() * others.len() * 9
}

pub(crate) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_few_slow_answers_among_equal_ones_mean_nothing() {
        let least = Duration::from_millis(10);

        assert!(!slower(&ms(&[10, 12, 900, 11, 700]), &ms(&[11, 10, 12, 10, 11]), least));
        assert!(!slower(&ms(&[15, 16, 15, 17, 16]), &ms(&[11, 10, 12, 10, 11]), least));
        assert!(slower(&ms(&[55, 56, 55, 57, 56]), &ms(&[11, 10, 12, 10, 11]), least));
        assert!(!slower(&ms(&[55, 56, 55, 57, 56]), &ms(&[11, 10, 12, 10, 900]), least));
    }
}
