//! The names of entries of one kind, and those among them that are worth comparing with a name.
//!
//! For each listed name the most that a comparison could find is added up, from the words that are like one another;
//! only names that cannot reach the floor are left out.

use std::collections::HashMap;
use std::sync::Arc;

use super::vocabulary::{Posting, Vocabulary};
use crate::compare::like::{How, float};
use crate::compare::unit::{Unit, Word, units};
use crate::compare::weight::Weighed;
use crate::compare::{Link, verdict};
use crate::entry::Entry;
use crate::names::{Bearer, Parsed, Token};

/// One name of one entry.
#[derive(Debug)]
pub(super) struct Listed {
    pub entry: usize,
    pub name: usize,
    parsed: Parsed,
    weights: Vec<f64>,
    rarities: Vec<f64>,
}

impl Listed {
    pub fn weighed(&self) -> Weighed<'_> {
        Weighed { name: &self.parsed, weights: (&self.weights).into(), rarities: (&self.rarities).into() }
    }
}

/// A query's name as a shelf needs it.
pub(super) struct Asked<'a> {
    pub name: Weighed<'a>,
    pub units: Vec<Unit>,
}

/// Names of one kind of bearer.
#[derive(Debug)]
pub(super) struct Shelf {
    pub bearer: Bearer,
    listed: Vec<Listed>,
    vocabulary: Vocabulary,
    bearers: HashMap<String, u32>,
    entries: usize,
}

/// Given names of which there are many everywhere are never rarer than this, however few stand on a list.
const COMMON_MAX: f64 = 0.62;

impl Shelf {
    /// Takes in the names of entries.
    pub fn new<'a>(entries: impl Iterator<Item = (usize, &'a Arc<Entry>)>, bearer: Bearer) -> Self {
        let mut parsed: Vec<(usize, usize, Parsed)> = Vec::new();
        let mut bearers: HashMap<String, u32> = HashMap::new();
        let mut count = 0;
        for (at, entry) in entries {
            count += 1;
            let names: Vec<Parsed> = entry.names.iter().map(|name| Parsed::new(&name.text, bearer)).collect();
            let mut keys: Vec<String> = names.iter().flat_map(|name| &name.tokens).map(key).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                *bearers.entry(key).or_default() += 1;
            }
            parsed.extend(names.into_iter().enumerate().map(|(place, name)| (at, place, name)));
        }
        let mut shelf =
            Self { bearer, listed: Vec::new(), vocabulary: Vocabulary::default(), bearers, entries: count };
        let mut words: HashMap<(String, bool), (Word, Vec<Posting>)> = HashMap::new();
        for (entry, name, parsed) in parsed {
            shelf.post(&parsed, &mut words);
            shelf.list(entry, name, parsed);
        }
        shelf.vocabulary = Vocabulary::new(words);
        shelf
    }

    /// How many names there are.
    pub fn names(&self) -> usize {
        self.listed.len()
    }

    fn post(&self, parsed: &Parsed, words: &mut HashMap<(String, bool), (Word, Vec<Posting>)>) {
        let Ok(name) = u32::try_from(self.listed.len()) else { return };
        for unit in units(&parsed.tokens, 2) {
            let (Ok(start), Ok(len)) = (u8::try_from(unit.start), u8::try_from(unit.len)) else { continue };
            let key = (unit.word.text.clone(), unit.word.vowelless);
            let joined = unit.word.joined;
            let (word, postings) = words.entry(key).or_insert_with(|| (unit.word, Vec::new()));
            word.joined &= joined;
            postings.push(Posting { name, start, len });
        }
    }

    fn list(&mut self, entry: usize, name: usize, parsed: Parsed) {
        let rarities = self.rarities(&parsed);
        let Weighed { weights, rarities, .. } = Weighed::new(&parsed, rarities);
        let (weights, rarities) = (weights.into_owned(), rarities.into_owned());
        self.listed.push(Listed { entry, name, parsed, weights, rarities });
    }

    /// How rare each token of a name is among the names here.
    pub fn rarities(&self, name: &Parsed) -> Vec<f64> {
        let all = f64::from(u32::try_from(self.entries).unwrap_or(u32::MAX)).max(50.0);
        let rarity = |token: &Token| {
            let bearers = self.bearers.get(&key(token)).copied().unwrap_or(0).max(1);
            let rarity = 1.0 - f64::from(bearers).ln() / all.ln();
            let short = (0.40 + 0.12 * float(token.text.len())).min(1.0);
            let rarity = rarity.min(short);
            if token.same.is_some() { rarity.min(COMMON_MAX) } else { rarity }
        };
        name.tokens.iter().map(rarity).collect()
    }

    /// The names that may score at least the floor, with the pairings of words that could be.
    pub fn candidates(&self, asked: &Asked<'_>, floor: f64) -> Vec<(&Listed, Vec<Link>)> {
        let mut found: Vec<(usize, &[Posting], f64, How)> = Vec::new();
        for (at, unit) in asked.units.iter().enumerate() {
            let alike = self.vocabulary.alike(&unit.word);
            found.extend(alike.into_iter().map(|(postings, likeness, how)| (at, postings, likeness, how)));
        }
        let worth = self.worth(asked, &found, floor);
        let mut slots: Vec<u32> = vec![u32::MAX; self.listed.len()];
        let mut candidates: Vec<(&Listed, Vec<Link>)> = Vec::new();
        for (at, postings, likeness, how) in found {
            let Some(unit) = asked.units.get(at) else { continue };
            for posting in postings.iter().filter(|posting| unit.len == 1 || posting.len == 1) {
                let name = index(*posting);
                if !worth.get(name).copied().unwrap_or(false) {
                    continue;
                }
                let (Some(slot), Some(listed)) = (slots.get_mut(name), self.listed.get(name)) else {
                    continue;
                };
                if *slot == u32::MAX {
                    *slot = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
                    candidates.push((listed, Vec::new()));
                }
                let right = (usize::from(posting.start), usize::from(posting.len));
                if let Some((_, links)) = candidates.get_mut(usize::try_from(*slot).unwrap_or(usize::MAX)) {
                    links.push(Link::between((unit.start, unit.len), right, likeness, how));
                }
            }
        }
        candidates
    }

    /// Which names could reach the floor if all words that are alike were paired.
    fn worth(&self, asked: &Asked<'_>, found: &[(usize, &[Posting], f64, How)], floor: f64) -> Vec<bool> {
        let mut paired: Vec<(u32, u32)> = vec![(0, 0); self.listed.len()];
        for (at, postings, ..) in found {
            let Some(unit) = asked.units.get(*at) else { continue };
            let left = mask(unit.start, unit.len);
            for posting in postings.iter().filter(|posting| unit.len == 1 || posting.len == 1) {
                if let Some(pair) = paired.get_mut(index(*posting)) {
                    pair.0 |= left;
                    pair.1 |= mask(usize::from(posting.start), usize::from(posting.len));
                }
            }
        }
        let reaches = |(pair, listed): (&(u32, u32), &Listed)| {
            pair.0 != 0 && verdict::most(&asked.name, &listed.weighed(), *pair) >= floor
        };
        paired.iter().zip(&self.listed).map(reaches).collect()
    }
}

/// The bits of a row of tokens.
fn mask(start: usize, len: usize) -> u32 {
    (start..start + len).filter_map(|at| u32::try_from(at).ok().and_then(|at| 1_u32.checked_shl(at))).sum()
}

fn index(posting: Posting) -> usize {
    usize::try_from(posting.name).unwrap_or(usize::MAX)
}

/// By what a token is counted: all spellings of a given name are one.
fn key(token: &Token) -> String {
    token.same.map_or_else(|| token.sound.clone(), |same| format!("={same}"))
}
