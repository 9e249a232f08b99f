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
/// The same for words of which one is joined.
const COST_MAX_JOINED: f64 = 1.3;
/// How fast likeness falls with the share of letters that differ.
const SLOPE: f64 = 1.0;
/// Likenesses of words that are not the same to the letter.
const SOUND: f64 = 0.97;
/// What it costs that words are near by sound and not by letters.
const SPELLED: f64 = 0.2;
const SAME_NAME: f64 = 0.92;
const CONSONANTS: f64 = 0.92;

/// How many edits are looked at for words of a length: what [`edit::letter_bits`] can exclude is excluded by it.
///
/// Words that were joined have to fit better, since there are many more of them.
pub fn edits_max(length: usize, joined: bool) -> u32 {
    match length {
        0..=4 => 1,
        5..=8 => 2 - u32::from(joined),
        _ => 3 - u32::from(joined),
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
        return consonants(a, b);
    }
    if a.sound == b.sound && a.sound.len() > 1 {
        return Some((SOUND, How::Sound));
    }
    if a.same.is_some() && a.same == b.same {
        return Some((SAME_NAME, How::SameName));
    }
    letters(a, b)
}

/// How much longer a word can be than one that it is like.
pub const LENGTHS_APART: usize = 3;

/// Whether words of these letters can be alike, by the letters of their consonants.
pub fn consonants_near(a: u64, b: u64, a_length: usize, b_length: usize) -> bool {
    let most = if a_length.max(b_length) < 8 { 1 } else { 2 };
    a_length.abs_diff(b_length) <= most && (a ^ b).count_ones() <= if most == 1 { 2 } else { 4 }
}

fn letters(a: &Word, b: &Word) -> Option<(f64, How)> {
    let length = a.text.len().max(b.text.len());
    let joined = a.joined || b.joined;
    if a.text.len().min(b.text.len()) < 2 || a.text.len().abs_diff(b.text.len()) > LENGTHS_APART {
        return None;
    }
    let bits = 2 * edits_max(length, joined);
    let near = |a: u64, b: u64| (a ^ b).count_ones() <= bits;
    let other_name = a.same.is_some() && b.same.is_some();
    let most = match length {
        _ if other_name => 0.5,
        _ if joined => COST_MAX_JOINED.min(APART_MAX * float(length)),
        0..=3 => 0.5 * float(length),
        4..=11 => COST_MAX.min(APART_MAX * float(length)),
        _ => COST_MAX_LONG,
    };
    let mut cost = f64::INFINITY;
    if near(a.text_bits, b.text_bits) {
        cost = edit::cost_within(&a.text, &b.text, most);
    }
    if cost > SPELLED && near(a.sound_bits, b.sound_bits) {
        cost = cost.min(edit::cost_within(&a.sound, &b.sound, most - SPELLED) + SPELLED);
    }
    (cost <= most).then(|| (1.0 - SLOPE * cost / float(length), How::Letters))
}

/// Consonants are few, so only long rows of them may differ.
fn consonants(a: &Word, b: &Word) -> Option<(f64, How)> {
    let (a_length, b_length) = (a.skeleton.len(), b.skeleton.len());
    let length = a_length.max(b_length);
    if a_length.min(b_length) == 0 || !consonants_near(a.skeleton_bits, b.skeleton_bits, a_length, b_length) {
        return None;
    }
    if a.skeleton == b.skeleton {
        let sure = if length == 1 { 0.6 } else { CONSONANTS };
        return Some((sure, How::Consonants));
    }
    let most = 0.25 * float(length);
    let cost = edit::cost_within(&a.skeleton, &b.skeleton, most);
    (length > 1 && cost <= most).then(|| (CONSONANTS - cost / float(length), How::Consonants))
}

/// A length as a float; names are far shorter than where that would be inexact.
pub(crate) fn float(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::MAX, f64::from)
}
