//! How far two words are apart: by count of edits, and by what the edits cost.
#![expect(clippy::indexing_slicing, reason = "tables of the lengths that bound the loops")]

use crate::compare::like::float;

/// The longest word that is compared letter by letter; longer ones are cut.
const LETTERS_MAX: usize = 40;

/// One edit of letters that have nothing to do with each other; costs are counted in parts of it.
const WHOLE: u8 = 20;

/// What a letter left out, or put in, beside a neighbour costs.
fn gap(letter: u8, neighbour: u8) -> u16 {
    match letter {
        _ if letter == neighbour && letter.is_ascii_alphabetic() => 6,
        b'h' => 9,
        b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'j' => 15,
        _ => u16::from(WHOLE),
    }
}

/// What one letter for another costs.
const fn swap(a: u8, b: u8) -> u8 {
    if a == b {
        return 0;
    }
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    match (a, b) {
        (b'e', b'i')
        | (b'i', b'j' | b'y')
        | (b'j', b'y')
        | (b'o', b'u')
        | (b'v', b'w')
        | (b'k', b'q')
        | (b'c', b'k')
        | (b's', b'z')
        | (b'0', b'o')
        | (b'1', b'i' | b'l') => 8,
        (b'a', b'e' | b'o')
        | (b'c', b's' | b'q')
        | (b'g', b'k' | b'q' | b'j')
        | (b'd', b't')
        | (b'b', b'p')
        | (b'f', b'v')
        | (b'k', b'x')
        | (b'9', b'g') => 12,
        _ if vowel(a) && vowel(b) => 14,
        _ => WHOLE,
    }
}

const fn vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The costs of all letters for each other.
static SWAPS: [[u8; 128]; 128] = swaps();

#[expect(clippy::cast_possible_truncation, reason = "both are below 128")]
const fn swaps() -> [[u8; 128]; 128] {
    let mut costs = [[0; 128]; 128];
    let mut a = 0;
    while a < 128 {
        let mut b = 0;
        while b < 128 {
            costs[a][b] = swap(a as u8, b as u8);
            b += 1;
        }
        a += 1;
    }
    costs
}

/// The least cost of turning one word into the other; 0 when equal, symmetric.
///
/// Neighbours swapped cost 0.8; letters that are confused or transliterated for each other cost less than others.
pub fn cost(a: &str, b: &str) -> f64 {
    cost_within(a, b, f64::from(u8::MAX))
}

/// The same, but infinite as soon as it is sure to be above a limit.
pub fn cost_within(a: &str, b: &str, limit: f64) -> f64 {
    let (a, b) = (cut(a), cut(b));
    // A letter more on one side costs no less than this.
    if float(a.len().abs_diff(b.len())) * 0.3 > limit {
        return f64::INFINITY;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts of floats stop at the bounds"
    )]
    let most = (limit * f64::from(WHOLE) + 1e-6) as u16;
    parts_within(a, b, most).map_or(f64::INFINITY, |parts| f64::from(parts) / f64::from(WHOLE))
}

fn parts_within(a: &[u8], b: &[u8], most: u16) -> Option<u16> {
    let mut rows = [[0_u16; LETTERS_MAX + 1]; 3];
    let mut gaps = [0_u16; LETTERS_MAX];
    for j in 0..b.len() {
        gaps[j] = gap(b[j], before(b, j));
        rows[0][j + 1] = rows[0][j] + gaps[j];
    }
    let [mut above, mut current, mut oldest] = rows;
    let mut above_least = 0;
    for i in 0..a.len() {
        let left_out = gap(a[i], before(a, i));
        let swaps = &SWAPS[usize::from(a[i] & 127)];
        current[0] = above[0] + left_out;
        let mut least = current[0];
        for j in 0..b.len() {
            let changed = above[j] + u16::from(swaps[usize::from(b[j] & 127)]);
            let mut cell = changed.min(above[j + 1] + left_out).min(current[j] + gaps[j]);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cell = cell.min(oldest[j - 1] + 16);
            }
            current[j + 1] = cell;
            least = least.min(cell);
        }
        // A swap of neighbours steps over one row, so both must be above.
        if least > most && above_least > most {
            return None;
        }
        above_least = least;
        (oldest, above, current) = (above, current, oldest);
    }
    Some(above[b.len()]).filter(|parts| *parts <= most)
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
