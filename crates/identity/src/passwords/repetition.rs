//! Passwords that say one thing over and over, or count.

use zeroize::Zeroizing;

/// A few different characters, one piece over and over, or characters that count on.
pub(super) fn is_repetitive(folded: &str) -> bool {
    let chars = Zeroizing::new(folded.chars().map(u32::from).collect::<Vec<u32>>());
    let pairs = chars.len().saturating_sub(1);
    let in_a_row = chars.windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    let repeats =
        (1..=chars.len() / 2).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b));
    distinct(&chars) < 5 || repeats || in_a_row.saturating_mul(5) >= pairs.saturating_mul(4)
}

pub(super) fn distinct(chars: &[u32]) -> usize {
    let mut sorted = Zeroizing::new(chars.to_vec());
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}
