//! How much two words are alike, and in what way.

use serde::{Deserialize, Serialize};

use super::unit::Word;
use crate::names::edit;

/// In what way two words are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The same letters.
    Same,
    /// Other letters for the same sound.
    Sound,
    /// Spellings or short forms of one given name.
    SameName,
    /// Some letters differ.
    Letters,
    /// The same consonants, where one is in a script without vowels.
    Consonants,
    /// A letter for the word that it begins.
    Initial,
    /// Words written together in one name and apart in the other.
    Joined,
}

/// Of the length of a word, how much may differ.
const APART_MAX: f64 = 0.36;
/// The most that edits may cost in a word, and in a long one.
const COST_MAX: f64 = 2.05;
const COST_MAX_LONG: f64 = 2.45;
/// How fast likeness falls with the share of letters that differ.
const SLOPE: f64 = 1.0;
/// Likenesses of words that are not the same to the letter.
const SOUND: f64 = 0.97;
/// What it costs that words are near by sound and not by letters.
const SPELLED: f64 = 0.2;
const SAME_NAME: f64 = 0.92;
const CONSONANTS: f64 = 0.92;

/// How many edits are looked at for words of a length: what [`edit::letter_bits`] can exclude is excluded by it.
pub fn edits_max(length: usize) -> u32 {
    match length {
        0..=4 => 1,
        5..=8 => 2,
        _ => 3,
    }
}

/// The likeness of two words, 0 to 1, and its kind; `None` when they have nothing to do with each other. Symmetric.
pub fn like(a: &Word, b: &Word) -> Option<(f64, How)> {
    if a.text == b.text {
        return Some((1.0, How::Same));
    }
    if a.is_number() || b.is_number() {
        return None;
    }
    if a.vowelless != b.vowelless {
        return consonants(&a.skeleton, &b.skeleton);
    }
    if a.sound == b.sound && a.sound.len() > 1 {
        return Some((SOUND, How::Sound));
    }
    if a.same.is_some() && a.same == b.same {
        return Some((SAME_NAME, How::SameName));
    }
    letters(a, b)
}

/// Whether words of these lengths can be alike.
pub fn lengths_near(a: usize, b: usize) -> bool {
    a.abs_diff(b) <= usize::try_from(edits_max(a.max(b))).unwrap_or(0) + 1
}

/// Whether words of these letters can be alike, the longer of which has this length.
pub fn bits_near(a: u64, b: u64, length: usize) -> bool {
    (a ^ b).count_ones() <= 2 * edits_max(length)
}

fn letters(a: &Word, b: &Word) -> Option<(f64, How)> {
    let length = a.text.len().max(b.text.len());
    if a.text.len().min(b.text.len()) < 2 || !lengths_near(a.text.len(), b.text.len()) {
        return None;
    }
    let other_name = a.same.is_some() && b.same.is_some();
    let most = match length {
        _ if other_name => 0.5,
        0..=3 => 0.5 * float(length),
        4..=11 => COST_MAX.min(APART_MAX * float(length)),
        _ => COST_MAX_LONG,
    };
    let mut cost = f64::INFINITY;
    if bits_near(a.text_bits, b.text_bits, length) {
        cost = edit::cost_within(&a.text, &b.text, most);
    }
    if cost > SPELLED && bits_near(a.sound_bits, b.sound_bits, length) {
        cost = cost.min(edit::cost_within(&a.sound, &b.sound, most - SPELLED) + SPELLED);
    }
    (cost <= most).then(|| (1.0 - SLOPE * cost / float(length), How::Letters))
}

/// Consonants are few, so only long rows of them may differ.
fn consonants(a: &str, b: &str) -> Option<(f64, How)> {
    let length = a.len().max(b.len());
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a == b {
        let sure = if length == 1 { 0.6 } else { CONSONANTS };
        return Some((sure, How::Consonants));
    }
    let apart = edit::cost_within(a, b, 0.25 * float(length)) / float(length);
    (length > 1 && apart <= 0.25).then_some((CONSONANTS - apart, How::Consonants))
}

/// A length as a float; names are far shorter than where that would be inexact.
pub(crate) fn float(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::MAX, f64::from)
}
