//! Names to be found on lists, and names that are on none.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::time::{Duration, Instant};

use super::read::{Error, read};
use super::{half, ratio};
use crate::entry::{Entry, Kind, List, Name};
use crate::{Birth, Hit, Query, Screener, Settings};

/// One name to screen.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which set it belongs to; `un_…` is asked of that list, `ofac_…` of that list, anything else of both.
    pub set: String,
    /// What was done to the name.
    pub note: String,
    /// Whom to look for.
    pub query: Query,
    /// The entries that are meant; none for somebody on no list.
    pub expected: Vec<String>,
}

impl Case {
    fn is_negative(&self) -> bool {
        self.expected.is_empty()
    }

    fn asks(&self, list: &List) -> bool {
        match list {
            List::UnConsolidated => !self.set.starts_with("ofac_"),
            _ => !self.set.starts_with("un_"),
        }
    }
}

/// Reads cases: columns `case`, `query`, `dob`, `country`, `expected`, `note`. A country that is unknown is left
/// out, and of a date that is no day of a calendar the year is taken.
pub fn read_cases(source: impl Read) -> Result<Vec<Case>, Error> {
    read(source, |row| {
        let dob = row.get("dob")?;
        let birth = Birth::parse(dob).or_else(|| dob.get(..4).and_then(Birth::parse));
        if birth.is_none() && !dob.is_empty() {
            return Err(row.unknown("dob"));
        }
        let set = row.get("case")?.to_owned();
        let kind = match set.as_str() {
            "ofac_company_noisy" => Some(Kind::Organisation),
            "ofac_person_noisy" | "negatives_global" | "negatives_us" | "us_congress_negative" => {
                Some(Kind::Person)
            }
            _ => None,
        };
        let query = Query {
            name: row.get("query")?.to_owned(),
            kind,
            birth,
            countries: row.get("country")?.parse().into_iter().collect(),
            ..Query::default()
        };
        let expected =
            row.get("expected")?.split('|').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        Ok(Case { set, note: row.get("note")?.to_owned(), query, expected })
    })
}

/// The lists that cases are asked of.
#[derive(Clone, Debug)]
pub struct Lists {
    /// The list of the United Nations, without names in the original script.
    pub un: Vec<Entry>,
    /// The list of the Treasury, without vessels and aircraft.
    pub ofac: Vec<Entry>,
}

/// A case with what was found: the best score of any entry, and of an entry that is meant.
#[derive(Clone, Debug)]
pub struct Found {
    /// The case.
    pub case: Case,
    /// The best score of any entry.
    pub best: f64,
    /// Whose it is.
    pub best_name: String,
    /// The best score of an entry that is meant.
    pub right: f64,
}

/// Shares of negatives that alert, at which recall is told.
pub const SHARES: [f64; 3] = [0.05, 0.01, 0.001];

/// What an evaluation of cases comes to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The score at which each of [`SHARES`] of the negatives alerts.
    pub thresholds: [f64; 3],
    /// For each set, and all together: how many cases, and the share found at each threshold.
    pub rows: Vec<(String, usize, [f64; 3])>,
    /// Every case.
    pub found: Vec<Found>,
}

/// Screens every case.
pub fn evaluate(cases: &[Case], lists: &Lists) -> Report {
    let settings = Settings { threshold: 0.50 };
    let screener = |entries: &[Entry]| Screener::with_settings(entries.iter().cloned(), settings);
    let indexes = [(List::UnConsolidated, screener(&lists.un)), (List::OfacSdn, screener(&lists.ofac))];
    let mut found = Vec::with_capacity(cases.len());
    for case in cases {
        found.push(find(case, &indexes));
    }
    report(found)
}

/// A case about an alias that is left out is asked without that name of the entries that are meant.
fn find(case: &Case, indexes: &[(List, Screener)]) -> Found {
    let mut found = Found { case: case.clone(), best: 0.0, best_name: String::new(), right: 0.0 };
    let sought = plain(&case.query.name);
    let left_out = case.set == "un_alias_left_out";
    let allowed = |entry: &Entry, name: &Name| {
        !(left_out && case.expected.contains(&entry.id) && plain(&name.text) == sought)
    };
    for (_, index) in indexes.iter().filter(|(list, _)| case.asks(list)) {
        for hit in index.screen_where(&case.query, allowed) {
            note_hit(&mut found, &hit);
        }
    }
    found
}

fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn note_hit(found: &mut Found, hit: &Hit) {
    if hit.score > found.best {
        found.best = hit.score;
        found.best_name.clone_from(&hit.explanation.listed_name.text);
    }
    let id = match hit.entry.list {
        List::UnConsolidated => hit.entry.id.clone(),
        _ => format!("ofac:{}", hit.entry.id),
    };
    if found.case.expected.contains(&id) && hit.score > found.right {
        found.right = hit.score;
    }
}

/// How long each case takes an index, sorted: the least of five runs, since what else the machine does is not meant.
pub fn times(cases: &[Case], index: &Screener) -> Vec<Duration> {
    let time = |case: &Case| {
        let run = |_| {
            let begun = Instant::now();
            std::hint::black_box(index.screen(&case.query));
            begun.elapsed()
        };
        (0..5).map(run).min().unwrap_or_default()
    };
    let mut times: Vec<Duration> = cases.iter().map(time).collect();
    times.sort();
    times
}

fn report(found: Vec<Found>) -> Report {
    let mut negatives: Vec<f64> = found.iter().filter(|f| f.case.is_negative()).map(|f| f.best).collect();
    negatives.sort_by(|a, b| b.total_cmp(a));
    let thresholds = SHARES.map(|share| threshold(&negatives, share));
    let mut sets: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for case in found.iter().filter(|f| !f.case.is_negative()) {
        let of_half =
            format!("{} half", if half(&case.case.query.name) == 0 { "tuned on" } else { "held out" });
        let by_note = match case.case.set.as_str() {
            "un_treated" | "un_noisy" | "ofac_person_noisy" | "ofac_company_noisy" => note(&case.case.note),
            _ => String::new(),
        };
        for key in [case.case.set.clone(), "all".to_owned(), of_half, by_note] {
            sets.entry(key).or_default().push(case.right);
        }
    }
    sets.remove("");
    let row = |(set, scores): (String, Vec<f64>)| {
        let shares =
            thresholds.map(|t| ratio(scores.iter().filter(|score| **score >= t).count(), scores.len()));
        (set, scores.len(), shares)
    };
    Report { thresholds, rows: sets.into_iter().map(row).collect(), found }
}

fn note(note: &str) -> String {
    let steps = note.split('+').count();
    if steps > 1 && !note.starts_with("legalform") {
        format!("  note: {steps} changes")
    } else {
        format!("  note: {note}")
    }
}

/// The least score that at most this share of the scores reaches; the scores fall.
fn threshold(falling: &[f64], share: f64) -> f64 {
    let of = |at: usize| ratio(at + 1, falling.len()) > share;
    let above = falling.iter().enumerate().find(|(at, _)| of(*at)).map_or(0.0, |(_, score)| *score);
    falling
        .iter()
        .rev()
        .copied()
        .find(|score| *score > above)
        .unwrap_or(above)
        .min(1.0)
        .max(above + f64::EPSILON)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [five, one, tenth] = self.thresholds;
        writeln!(
            f,
            "screening: recall where 5 %, 1 %, 0.1 % of the negatives alert (at {five:.3}, {one:.3}, {tenth:.3})"
        )?;
        for (set, count, [five, one, tenth]) in &self.rows {
            writeln!(f, "{set:<28} {count:>5}  {five:.3}  {one:.3}  {tenth:.3}")?;
        }
        Ok(())
    }
}
