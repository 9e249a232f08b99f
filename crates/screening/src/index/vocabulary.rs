//! The words of all names on a shelf, and which of them are like a word that is asked for.
//!
//! All words of near length are looked at, by two numbers each, so that none is missed that [`like`] would accept.

use std::collections::HashMap;

use crate::compare::like::{How, LENGTHS_APART, consonants_near, edits_max, like};
use crate::compare::unit::Word;

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posting {
    pub name: u32,
    pub start: u8,
    pub len: u8,
}

#[derive(Clone, Copy, Debug)]
struct Bits {
    text: u64,
    sound: u64,
    skeleton: u64,
    skeleton_len: u8,
}

/// Words with their postings.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    words: Vec<Word>,
    bits: Vec<Bits>,
    postings: Vec<Vec<Posting>>,
    /// The first word of each length of text, among words that stand alone; joined words follow all of these.
    alone_by_length: Vec<usize>,
    /// The same among joined words.
    joined_by_length: Vec<usize>,
    by_text: HashMap<String, Vec<usize>>,
    by_sound: HashMap<String, Vec<usize>>,
    by_same: HashMap<u16, Vec<usize>>,
    vowelless: Vec<usize>,
}

/// The longest text that has a place of its own in the table of lengths.
const LENGTH_MAX: usize = 64;

impl Vocabulary {
    /// Sorts words by length and notes where each is.
    pub fn new(words: HashMap<(String, bool), (Word, Vec<Posting>)>) -> Self {
        let mut all: Vec<(Word, Vec<Posting>)> = words.into_values().collect();
        all.sort_by(|(a, _), (b, _)| {
            (a.joined, a.text.len(), &a.text, a.vowelless).cmp(&(
                b.joined,
                b.text.len(),
                &b.text,
                b.vowelless,
            ))
        });
        let none = vec![0; LENGTH_MAX + 2];
        let mut vocabulary =
            Self { alone_by_length: none.clone(), joined_by_length: none, ..Self::default() };
        for (at, (word, postings)) in all.into_iter().enumerate() {
            vocabulary.note(at, &word);
            vocabulary.words.push(word);
            vocabulary.postings.push(postings);
        }
        let mut seen = 0;
        for start in vocabulary.alone_by_length.iter_mut().chain(&mut vocabulary.joined_by_length) {
            let count = std::mem::replace(start, seen);
            seen += count;
        }
        vocabulary
    }

    fn note(&mut self, at: usize, word: &Word) {
        self.bits.push(Bits {
            text: word.text_bits,
            sound: word.sound_bits,
            skeleton: word.skeleton_bits,
            skeleton_len: u8::try_from(word.skeleton.len()).unwrap_or(u8::MAX),
        });
        self.by_text.entry(word.text.clone()).or_default().push(at);
        self.by_sound.entry(word.sound.clone()).or_default().push(at);
        if let Some(same) = word.same {
            self.by_same.entry(same).or_default().push(at);
        }
        if word.vowelless {
            self.vowelless.push(at);
        }
        let by_length = if word.joined { &mut self.joined_by_length } else { &mut self.alone_by_length };
        if let Some(count) = by_length.get_mut(word.text.len().min(LENGTH_MAX)) {
            *count += 1;
        }
    }

    /// The words that are like one that is asked for: their postings, likeness and kind of likeness.
    pub fn alike(&self, asked: &Word) -> Vec<(&[Posting], f64, How)> {
        let mut places: Vec<usize> = Vec::new();
        let known = [self.by_text.get(&asked.text), self.by_sound.get(&asked.sound)];
        places.extend(known.into_iter().flatten().flatten());
        places.extend(asked.same.and_then(|same| self.by_same.get(&same)).into_iter().flatten());
        if !asked.is_number() {
            self.near(asked, &mut places);
        }
        places.sort_unstable();
        places.dedup();
        let found = places.into_iter().filter_map(|at| {
            let (likeness, how) = like(asked, self.words.get(at)?)?;
            Some((self.postings.get(at)?.as_slice(), likeness, how))
        });
        found.collect()
    }

    fn near(&self, asked: &Word, places: &mut Vec<usize>) {
        if asked.vowelless {
            let length = asked.skeleton.len();
            let near = |b: &Bits| {
                consonants_near(b.skeleton, asked.skeleton_bits, usize::from(b.skeleton_len), length)
            };
            places.extend(self.bits.iter().enumerate().filter(|(_, b)| near(b)).map(|(at, _)| at));
            return;
        }
        places.extend(&self.vowelless);
        self.near_by_length(&self.alone_by_length, asked, asked.joined, places);
        // Two rows of words that were both joined are never paired.
        if !asked.joined {
            self.near_by_length(&self.joined_by_length, asked, true, places);
        }
    }

    fn near_by_length(&self, starts: &[usize], asked: &Word, joined: bool, places: &mut Vec<usize>) {
        let asked_length = asked.text.len().min(LENGTH_MAX);
        for length in asked_length.saturating_sub(LENGTHS_APART)..=asked_length + LENGTHS_APART {
            let (Some(start), Some(end)) = (starts.get(length), starts.get(length + 1)) else { continue };
            let most = 2 * edits_max(length.max(asked_length), joined);
            let near = |b: &Bits| {
                (b.text ^ asked.text_bits).count_ones() <= most
                    || (b.sound ^ asked.sound_bits).count_ones() <= most
            };
            let window = self.bits.get(*start..*end).unwrap_or_default();
            places.extend((*start..).zip(window).filter(|(_, b)| near(b)).map(|(at, _)| at));
        }
    }
}
