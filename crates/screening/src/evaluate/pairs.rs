//! Pairs of names that are, or are not, one bearer's.

use std::fmt::{self, Write as _};
use std::io::Read;

use super::read::{Error, read};
use super::{half, ratio};
use crate::compare::compare;
use crate::entry::Kind;

/// A labelled pair.
#[derive(Clone, Debug)]
pub struct NamePair {
    /// What the names are of.
    pub kind: Kind,
    /// One name.
    pub left: String,
    /// The other.
    pub right: String,
    /// Whether they name the same.
    pub same: bool,
    /// How sure the label is: `STRONG`, `MEDIUM`, `WEAK`.
    pub quality: String,
}

/// Reads pairs: columns `schema`, `name1`, `name2`, `is_match`, `quality`.
pub fn read_pairs(source: impl Read) -> Result<Vec<NamePair>, Error> {
    read(source, |row| {
        let kind = match row.get("schema")? {
            "Person" => Kind::Person,
            "Company" | "Organization" | "LegalEntity" => Kind::Organisation,
            "Vessel" => Kind::Vessel,
            _ => return Err(row.unknown("schema")),
        };
        let same = match row.get("is_match")? {
            "true" => true,
            "false" => false,
            _ => return Err(row.unknown("is_match")),
        };
        let text = |column| row.get(column).map(str::to_owned);
        Ok(NamePair { kind, left: text("name1")?, right: text("name2")?, same, quality: text("quality")? })
    })
}

/// A pair with the score that it got.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The pair.
    pub pair: NamePair,
    /// The score of [`compare`].
    pub score: f64,
}

/// How good a set of scores is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many pairs.
    pub pairs: usize,
    /// Of those told as the same, how many are.
    pub precision: f64,
    /// Of those that are the same, how many are told.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// The mean of the precision at each pair that is the same, from the highest score down.
    pub average_precision: f64,
    /// Wrong answers on pairs with strong, medium and weak labels.
    pub errors: [usize; 3],
}

/// What an evaluation of pairs comes to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The score from which on a pair is told as the same.
    pub threshold: f64,
    /// All pairs, and the two halves.
    pub figures: [(&'static str, Figures); 3],
    /// The pairs that were answered wrongly.
    pub wrong: Vec<Scored>,
}

/// Scores each pair and compares with the labels.
pub fn evaluate(pairs: &[NamePair], threshold: f64) -> Report {
    let score = |pair: &NamePair| Scored {
        score: compare(&pair.left, &pair.right, pair.kind).score,
        pair: pair.clone(),
    };
    let scored: Vec<Scored> = pairs.iter().map(score).collect();
    let part = |number: u8| {
        let of = |s: &&Scored| half(&s.pair.left) == number;
        figures(&scored.iter().filter(of).collect::<Vec<_>>(), threshold)
    };
    let all = figures(&scored.iter().collect::<Vec<_>>(), threshold);
    let figures = [("all", all), ("tuned on", part(0)), ("held out", part(1))];
    Report {
        threshold,
        figures,
        wrong: scored.into_iter().filter(|s| (s.score >= threshold) != s.pair.same).collect(),
    }
}

fn figures(scored: &[&Scored], threshold: f64) -> Figures {
    let count = |told: bool, same: bool| {
        scored.iter().filter(|s| (s.score >= threshold) == told && s.pair.same == same).count()
    };
    let (hits, alarms, missed) = (count(true, true), count(true, false), count(false, true));
    let wrong = |quality: &str| {
        scored.iter().filter(|s| s.pair.quality == quality && (s.score >= threshold) != s.pair.same).count()
    };
    Figures {
        pairs: scored.len(),
        precision: ratio(hits, hits + alarms),
        recall: ratio(hits, hits + missed),
        f1: ratio(2 * hits, 2 * hits + alarms + missed),
        average_precision: average_precision(scored),
        errors: [wrong("STRONG"), wrong("MEDIUM"), wrong("WEAK")],
    }
}

/// Pairs of one score are taken together, so that their order in the file is of no influence.
fn average_precision(scored: &[&Scored]) -> f64 {
    let mut order: Vec<(f64, bool)> = scored.iter().map(|s| (s.score, s.pair.same)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = order.iter().filter(|(_, same)| *same).count();
    let (mut seen, mut hits, mut sum) = (0, 0, 0.0);
    for group in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let found = group.iter().filter(|(_, same)| *same).count();
        seen += group.len();
        hits += found;
        sum += ratio(found, positives) * ratio(hits, seen);
    }
    sum
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "name pairs at {:.2}    pairs  precision  recall     F1     AP  errors strong/medium/weak",
            self.threshold
        )?;
        for (name, figures) in &self.figures {
            let mut errors = String::new();
            let [strong, medium, weak] = figures.errors;
            write!(errors, "{strong}/{medium}/{weak}")?;
            writeln!(
                f,
                "{name:<20} {:>7}  {:>9.3}  {:>6.3}  {:>5.3}  {:>5.3}  {errors}",
                figures.pairs, figures.precision, figures.recall, figures.f1, figures.average_precision
            )?;
        }
        Ok(())
    }
}
