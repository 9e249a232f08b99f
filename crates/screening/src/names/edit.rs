//! How far two words are apart: by count of edits, and by what the edits cost.
#![expect(clippy::indexing_slicing, reason = "tables of the lengths that bound the loops")]

/// The longest word that is compared letter by letter; longer ones are cut.
const LETTERS_MAX: usize = 40;

/// What a letter left out, or put in, beside a neighbour costs.
fn gap(letter: u8, neighbour: u8) -> f64 {
    match letter {
        _ if letter == neighbour && letter.is_ascii_alphabetic() => 0.3,
        b'h' => 0.45,
        b'a' | b'e' | b'i' | b'o' | b'u' => 0.75,
        b'y' | b'j' => 0.75,
        _ => 1.0,
    }
}

/// What one letter for another costs.
fn swap(a: u8, b: u8) -> f64 {
    if a == b {
        return 0.0;
    }
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    match (a, b) {
        (b'e', b'i')
        | (b'o', b'u')
        | (b'i', b'y')
        | (b'j', b'y')
        | (b'i', b'j')
        | (b'v', b'w')
        | (b'k', b'q')
        | (b'c', b'k')
        | (b's', b'z')
        | (b'0', b'o')
        | (b'1', b'i')
        | (b'1', b'l') => 0.4,
        (b'a', b'e')
        | (b'a', b'o')
        | (b'c', b's')
        | (b'g', b'k')
        | (b'g', b'q')
        | (b'd', b't')
        | (b'g', b'j')
        | (b'b', b'p')
        | (b'f', b'v')
        | (b'k', b'x')
        | (b'c', b'q')
        | (b'9', b'g') => 0.6,
        _ if vowel(a) && vowel(b) => 0.7,
        _ => 1.0,
    }
}

fn vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The least cost of turning one word into the other; 0 when equal, symmetric.
///
/// Neighbours swapped cost 0.8; letters that are confused or transliterated for each other cost less than others.
pub fn cost(a: &str, b: &str) -> f64 {
    cost_within(a, b, f64::INFINITY)
}

/// The same, but infinite as soon as it is sure to be above a limit.
pub fn cost_within(a: &str, b: &str, limit: f64) -> f64 {
    let (a, b) = (cut(a), cut(b));
    let mut rows = [[0.0_f64; LETTERS_MAX + 1]; 3];
    for j in 1..=b.len() {
        rows[0][j] = rows[0][j - 1] + gap(b[j - 1], before(b, j - 1));
    }
    let (mut above, mut current, mut oldest) = (0, 1, 2);
    let mut above_least = 0.0_f64;
    for i in 1..=a.len() {
        let left_out = gap(a[i - 1], before(a, i - 1));
        rows[current][0] = rows[above][0] + left_out;
        let mut row_least = rows[current][0];
        for j in 1..=b.len() {
            let mut least = rows[above][j - 1] + swap(a[i - 1], b[j - 1]);
            least = least.min(rows[above][j] + left_out);
            least = least.min(rows[current][j - 1] + gap(b[j - 1], before(b, j - 1)));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[oldest][j - 2] + 0.8);
            }
            rows[current][j] = least;
            row_least = row_least.min(least);
        }
        // A swap of neighbours steps over one row, so both must be above.
        if row_least > limit && above_least > limit {
            return f64::INFINITY;
        }
        above_least = row_least;
        (above, current, oldest) = (current, oldest, above);
    }
    rows[above][b.len()]
}

/// The letter beside, which a doubled one repeats: the one before, so that reading backwards changes nothing but typos
/// at the very start.
fn before(word: &[u8], at: usize) -> u8 {
    if at == 0 { word.get(1).copied().unwrap_or(0) } else { word[at - 1] }
}

fn cut(word: &str) -> &[u8] {
    &word.as_bytes()[..word.len().min(LETTERS_MAX)]
}

/// Bits of the letters of a word, two for each letter: there, and there twice.
///
/// One edit changes at most two of them, so words whose bits differ by more than twice `n` are more than `n` edits apart.
pub fn letter_bits(word: &str) -> u64 {
    cut(word).iter().fold(0, |bits, byte| {
        let place = match byte {
            b'a'..=b'z' => u32::from(byte - b'a') * 2,
            _ => 52 + u32::from(byte % 5) * 2,
        };
        let once = 1_u64 << place;
        if bits & once == 0 { bits | once } else { bits | (once << 1) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_low_for_what_is_confused() {
        assert!(cost("salem", "salim") < cost("salem", "salbm"));
        assert!(cost("mohamed", "mohammed") < 0.31);
        assert!((cost("marcon", "macron") - 0.8).abs() < 1e-9);
        assert!((cost("abc", "") - 2.75).abs() < 1e-9);
        assert!(cost("", "").abs() < 1e-9);
    }

    #[test]
    fn bits_bound_edits() {
        let apart = |a, b| (letter_bits(a) ^ letter_bits(b)).count_ones();
        assert_eq!(apart("sechin", "sechin"), 0);
        assert!(apart("sechin", "sechev") <= 4);
    }
}
