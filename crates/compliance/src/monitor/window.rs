//! Windows over one account's movements, and what its past leads one to expect.

use super::book::Move;

/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;

/// The day of an instant, counted from 1970 in UTC.
pub(super) fn day(at_us: i64) -> i64 {
    at_us.div_euclid(DAY_US)
}

/// A whole number as a float. Exact below 2^53; beyond that near enough for a ratio.
#[expect(clippy::cast_precision_loss, reason = "ratios and expectations need no last digit")]
pub(super) fn float(number: i64) -> f64 {
    number as f64
}

/// A count as a whole number.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `percent` per cent of a sum, rounded down.
pub(super) fn percent(sum: i64, percent: i64) -> i64 {
    i64::try_from(i128::from(sum).saturating_mul(i128::from(percent)).div_euclid(100)).unwrap_or(i64::MAX)
}

/// What movements sum up to.
pub(super) fn total<'a>(moves: impl IntoIterator<Item = &'a Move>) -> i64 {
    moves.into_iter().fold(0, |sum, each| sum.saturating_add(each.amount))
}

/// The runs of `moves` (in the order of time) whose windows of `span_us` are accepted; windows that overlap are one run.
///
/// A window ends at a movement and looks back, over `movements` of them at most.
pub(super) fn runs(
    moves: &[Move],
    span_us: i64,
    movements: usize,
    mut accept: impl FnMut(&[Move]) -> bool,
) -> Vec<&[Move]> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for (index, last) in moves.iter().enumerate() {
        while moves.get(start).is_some_and(|first| first.at < last.at.saturating_sub(span_us)) {
            start += 1;
        }
        let from = start.max((index + 1).saturating_sub(movements));
        if !moves.get(from..=index).is_some_and(&mut accept) {
            continue;
        }
        match found.last_mut() {
            Some((_, end)) if from <= *end => *end = index,
            _ => found.push((from, index)),
        }
    }
    found.into_iter().filter_map(|(from, end)| moves.get(from..=end)).collect()
}

/// How many things an account's own past leads one to expect in `span_us`, given `elsewhere` of them in the rest of `observed_us`.
pub(super) fn expected(elsewhere: i64, span_us: i64, observed_us: i64) -> f64 {
    let rest = observed_us.saturating_sub(span_us).max(span_us).max(1);
    float(elsewhere) * float(span_us) / float(rest)
}

/// How many movements of an account are looked at to know its past; of more, every so many-th is.
const PAST: usize = 1_024;

/// How many different things, by `key`, an account's past has besides a window: among its movements `all` (in the order of time)
/// before and after it that are at least half as large as the window's median.
///
/// Smaller ones say nothing about it: whoever receives hundreds all the time is not used to thousands.
pub(super) fn past(all: &[Move], window: &[Move], key: impl Fn(&Move) -> u32) -> i64 {
    let mut sums: Vec<i64> = window.iter().map(|each| each.amount).collect();
    let middle = sums.len() / 2;
    let median = if sums.is_empty() { 0 } else { *sums.select_nth_unstable(middle).1 };
    let first = window.first().map_or(0, |each| each.number);
    let last = window.last().map_or(0, |each| each.number);
    let stride = all.len().div_ceil(PAST).max(1);
    let mut keys: Vec<u32> = all
        .iter()
        .step_by(stride)
        .filter(|each| (each.number < first || each.number > last) && each.amount >= median / 2)
        .map(key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    count(keys.len()).saturating_mul(count(stride))
}

/// Whether `seen` is far beyond what is `expected`: by `least`, and four standard deviations of a Poisson count.
pub(super) fn beyond(seen: i64, least: i64, expected: f64) -> bool {
    float(seen) >= float(least) + expected + 4.0 * expected.sqrt()
}

/// A score between 0 and 1 of how far `seen` is beyond `least`, and what speaks for it besides (each a half).
///
/// One half where the least is just met; each doubling, or each circumstance, halves what is missing to one.
pub(super) fn score(seen: i64, least: i64, circumstances: &[bool]) -> f64 {
    let doublings = (float(seen).max(1.0) / float(least).max(1.0)).max(1.0).log2();
    let besides = float(count(circumstances.iter().filter(|holds| **holds).count()));
    1.0 - 0.5_f64.powf(1.0 + doublings + besides / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: &[i64]) -> Vec<Move> {
        days.iter().map(|day| Move { at: day * DAY_US, ..Move::default() }).collect()
    }

    #[test]
    fn overlapping_windows_are_one_run() {
        let moves = at(&[0, 1, 2, 3, 40, 41, 42, 90]);

        let found = runs(&moves, 2 * DAY_US, 512, |window| window.len() >= 3);

        assert_eq!(found.iter().map(|run| run.len()).collect::<Vec<_>>(), [4, 3]);
    }

    #[test]
    fn what_is_usual_is_not_beyond() {
        assert!(beyond(6, 5, expected(0, 14 * DAY_US, 120 * DAY_US)));
        assert!(!beyond(12, 5, expected(53, 14 * DAY_US, 120 * DAY_US)));
    }

    #[test]
    fn a_score_rises_with_what_is_seen_and_stays_below_one() {
        assert!((score(5, 5, &[]) - 0.5).abs() < 1e-12);
        assert!(score(10, 5, &[true]) > score(10, 5, &[false]));
        assert!(score(1_000_000, 1, &[true, true]) < 1.0);
    }
}
