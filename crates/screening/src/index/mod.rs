//! The entries of all lists, and the ones among them that a query may mean.

pub mod hit;
mod judge;
mod shelf;
mod vocabulary;

use std::collections::HashMap;
use std::sync::Arc;

use crate::compare::unit::units;
use crate::compare::weight::Weighed;
use crate::compare::{align, verdict};
use crate::entry::{Entry, Identifier, Kind, Name};
use crate::names::{Bearer, Parsed};
use hit::{Hit, Query};
use shelf::{Asked, Shelf};

/// What is told of what is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The least score of a hit, 0 to 1. There is no other limit: whatever scores as much is told.
    pub threshold: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threshold: 0.70 }
    }
}

/// An index over entries. It never changes: when lists do, another is made.
#[derive(Debug)]
pub struct Screener {
    entries: Vec<Arc<Entry>>,
    persons: Shelf,
    others: Shelf,
    numbers: HashMap<String, Vec<usize>>,
    settings: Settings,
}

impl Screener {
    /// Indexes entries with the default settings.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::with_settings(entries, Settings::default())
    }

    /// Indexes entries.
    pub fn with_settings(entries: impl IntoIterator<Item = Entry>, settings: Settings) -> Self {
        let entries: Vec<Arc<Entry>> = entries.into_iter().map(Arc::new).collect();
        let mut numbers: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            for identifier in &entry.identifiers {
                let number = Identifier::comparable(&identifier.number);
                if !number.is_empty() {
                    numbers.entry(number).or_default().push(at);
                }
            }
        }
        let shelf = |bearer| {
            Shelf::new(entries.iter().enumerate().filter(|(_, e)| Bearer::from(e.kind) == bearer), bearer)
        };
        let (persons, others) = (shelf(Bearer::Person), shelf(Bearer::Organisation));
        Self { entries, persons, others, numbers, settings }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many names of entries are searched.
    pub fn names(&self) -> usize {
        self.persons.names() + self.others.names()
    }

    /// The entries that the query may mean and that score at least the threshold, the likeliest first.
    ///
    /// Each entry is told once, with the name of it that fits best.
    pub fn screen(&self, query: &Query) -> Vec<Hit> {
        self.screen_where(query, |_, _| true)
    }

    /// The same among some of the entries alone; how rare words are is told by all of them.
    pub fn screen_among(&self, query: &Query, among: impl Fn(&Entry) -> bool) -> Vec<Hit> {
        let mut hits = self.screen_where(query, |entry, _| among(entry));
        hits.retain(|hit| among(&hit.entry));
        hits
    }

    /// The same over the names that are allowed.
    pub(crate) fn screen_where(&self, query: &Query, allowed: impl Fn(&Entry, &Name) -> bool) -> Vec<Hit> {
        let mut best: HashMap<usize, Hit> = HashMap::new();
        let mut keep = |at: usize, hit: Hit| {
            if best.get(&at).is_none_or(|known| known.score < hit.score) {
                best.insert(at, hit);
            }
        };
        for shelf in [&self.persons, &self.others] {
            if query.kind.is_none_or(|kind| Bearer::from(kind) == shelf.bearer) {
                self.search(shelf, query, &allowed, &mut keep);
            }
        }
        self.search_numbers(query, &mut keep);
        let mut hits: Vec<(usize, Hit)> = best.into_iter().collect();
        hits.sort_by(|(a, x), (b, y)| y.score.total_cmp(&x.score).then(a.cmp(b)));
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    fn fits(query: &Query, entry: &Entry) -> bool {
        query
            .kind
            .is_none_or(|kind| kind == entry.kind || entry.kind != Kind::Person && kind == Kind::Organisation)
    }

    fn search(
        &self,
        names: &Shelf,
        query: &Query,
        allowed: &impl Fn(&Entry, &Name) -> bool,
        keep: &mut impl FnMut(usize, Hit),
    ) {
        let words = Parsed::new(&query.name, names.bearer);
        let sought =
            Asked { units: units(&words.tokens, 3), name: Weighed::new(&words, names.rarities(&words)) };
        let floor = judge::least_likeness(self.settings.threshold);
        for (listed, links) in names.candidates(&sought, floor) {
            let Some(entry) = self.entries.get(listed.entry).filter(|entry| Self::fits(query, entry)) else {
                continue;
            };
            let Some(name) = entry.names.get(listed.name).filter(|name| allowed(entry, name)) else {
                continue;
            };
            let right = listed.weighed();
            let chosen = align(&sought.name, &right, links);
            let verdict = verdict::verdict(&sought.name, &right, &chosen);
            if verdict.score < floor {
                continue;
            }
            let comparison = verdict::explain(&sought.name, &right, &chosen, verdict);
            let hit = judge::judge(query, entry, name, comparison);
            if hit.score >= self.settings.threshold {
                keep(listed.entry, hit);
            }
        }
    }

    fn search_numbers(&self, query: &Query, keep: &mut impl FnMut(usize, Hit)) {
        for number in query.identifiers.iter().map(|number| Identifier::comparable(number)) {
            for at in self.numbers.get(&number).into_iter().flatten() {
                if let Some(entry) = self.entries.get(*at)
                    && let Some(name) = entry.names.first()
                {
                    let comparison = crate::compare::compare(&query.name, &name.text, entry.kind);
                    keep(*at, judge::judge(query, entry, name, comparison));
                }
            }
        }
    }
}
