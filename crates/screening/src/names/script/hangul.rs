//! Korean syllables, spelled as Korean names are in English: Kim, Jong, Un, Choe, Pak.

const FIRST: [&str; 19] =
    ["k", "kk", "n", "d", "tt", "r", "m", "p", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"];
const MIDDLE: [&str; 21] = [
    "a", "ae", "ya", "yae", "o", "e", "yo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu",
    "u", "ui", "i",
];
const LAST: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t",
    "ng", "t", "t", "k", "t", "p", "t",
];

/// Appends the spelling of a syllable; false when the character is none.
pub fn push(text: &mut String, c: char) -> bool {
    let Some(index) = u32::from(c).checked_sub(0xAC00).filter(|index| *index < 11_172) else { return false };
    let index = usize::try_from(index).unwrap_or_default();
    let part = |table: &[&'static str], at: usize| table.get(at).copied().unwrap_or_default();
    text.push_str(part(&FIRST, index / 588));
    text.push_str(part(&MIDDLE, index / 28 % 21));
    text.push_str(part(&LAST, index % 28));
    true
}
