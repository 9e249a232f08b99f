//! How good a model is on days that it has not seen.

use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::{Data, Kept, Row, Split, count, float};
use crate::measure::{Scored, auc_roc, average_precision, card_precision, curve};

/// How many cards people can look at a day.
const CARDS_A_DAY: usize = 100;
/// The share of rows that alerts may be, for the recall at that share.
const ALERTS: f64 = 0.005;
/// How many points of a curve are kept.
const POINTS: usize = 200;
/// Of how many rows contributions are added up.
const EXPLAINED: usize = 4_000;

/// A day's work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// How many cards were compromised, of those not blocked.
    pub compromised: u64,
    /// How many of them were among the hundred that were looked at.
    pub found: u64,
}

/// What scores of a kind turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// The mean probability that was told.
    pub told: f64,
    /// The share that was fraud.
    pub was: f64,
    /// How many rows.
    pub rows: u64,
}

/// How much a feature has to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Importance {
    /// Its name.
    pub feature: String,
    /// The mean of what it moved log-odds by, either way.
    pub contribution: f64,
}

/// How good a model is on the days that a split judges.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The first day that was learned from, and the one after the last.
    pub train: (Date, Date),
    /// The first day that was judged, and the one after the last.
    pub test: (Date, Date),
    /// How many rows were learned from, and frauds among them.
    pub train_rows: (u64, u64),
    /// How many rows were judged, and frauds among them; those of blocked cards are left out.
    pub test_rows: (u64, u64),
    /// The area under the receiver's curve.
    pub auc_roc: f64,
    /// The average precision.
    pub average_precision: f64,
    /// The mean share of true ones among the hundred cards of the highest scores of a day.
    pub card_precision_100: f64,
    /// The share of frauds among the rows of the highest 0.5 % of scores.
    pub recall_at_alerts: f64,
    /// The day's work of each.
    pub days: Vec<Day>,
    /// False-alarm rate and recall, from the highest score down.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision.
    pub precision_recall: Vec<(f64, f64)>,
    /// Told probabilities against what was.
    pub reliability: Vec<Reliability>,
    /// The features, the most telling first.
    pub importance: Vec<Importance>,
}

/// Judges a model on the days of a split.
pub fn evaluate(data: &Data, split: &Split, kept: &Kept) -> Evaluation {
    let rows = judged(data, split);
    let scores: Vec<f64> = rows.iter().map(|row| kept.model.score(&row.features)).collect();
    let answers: Vec<bool> = rows.iter().map(|row| row.fraud).collect();
    let first = split.test_start();
    let shown: Vec<Scored> =
        rows.iter().zip(&scores).map(|(row, score)| scored(row, *score, first)).collect();
    let (card_precision_100, days) = card_precision(&shown, CARDS_A_DAY);
    let frauds = answers.iter().filter(|fraud| **fraud).count();
    let day = |work: &crate::measure::CardDay| Day {
        day: split.test_start().saturating_add(work.day.days()),
        compromised: count(work.compromised),
        found: count(work.found),
    };
    Evaluation {
        train: (kept.provenance.first_day, kept.provenance.last_day),
        test: (split.test_start(), split.test_end()),
        train_rows: (kept.provenance.rows, kept.provenance.frauds),
        test_rows: (count(rows.len()), count(frauds)),
        auc_roc: auc_roc(&scores, &answers),
        average_precision: average_precision(&scores, &answers),
        card_precision_100,
        recall_at_alerts: recall_at(&scores, &answers, ALERTS),
        days: days.iter().map(day).collect(),
        roc: thinned(roc(&scores, &answers)),
        precision_recall: thinned(precision_recall(&scores, &answers)),
        reliability: reliability(kept, &scores, &answers),
        importance: importance(kept, &rows),
    }
}

fn scored(row: &Row, score: f64, first: Date) -> Scored {
    let day = first.until(row.day).map_or(0, |span| i64::from(span.get_days()));
    Scored { day, card: row.card, score, fraud: row.fraud }
}

/// The rows of the days that are judged, without those of cards whose fraud was known the day before: in the days that were
/// learned from, or since, and longer ago than the delay.
fn judged<'a>(data: &'a Data, split: &Split) -> Vec<&'a Row> {
    let frauds = |from, to| data.between(from, to).into_iter().filter(|row| row.fraud).map(|row| row.card);
    let in_training: HashSet<u64> = frauds(split.start, split.train_end()).collect();
    let mut rows = Vec::new();
    for day in split.test_start().series(1.day()).take_while(|day| *day < split.test_end()) {
        let known = day.saturating_sub(i32::from(split.delay_days).days());
        let since: HashSet<u64> = frauds(split.train_end(), known).collect();
        let today = data.between(day, day.saturating_add(1.day()));
        let open = |row: &&Row| !in_training.contains(&row.card) && !since.contains(&row.card);
        rows.extend(today.into_iter().filter(open));
    }
    rows
}

/// The share of frauds among the highest scores, which are this share of all; equal ones at the edge count in part.
fn recall_at(scores: &[f64], answers: &[bool], share: f64) -> f64 {
    let points = curve(scores, answers);
    let Some(all) = points.last().filter(|all| all.hits > 0) else { return f64::NAN };
    let wide = |n: u64| float(usize::try_from(n).unwrap_or(usize::MAX));
    let budget = share * (wide(all.hits) + wide(all.false_alarms));
    let mut before = (0.0, 0.0);
    for point in &points {
        let here = (wide(point.hits) + wide(point.false_alarms), wide(point.hits));
        if here.0 >= budget {
            let part = if here.0 > before.0 { (budget - before.0) / (here.0 - before.0) } else { 0.0 };
            return (before.1 + part * (here.1 - before.1)) / wide(all.hits);
        }
        before = here;
    }
    1.0
}

fn roc(scores: &[f64], answers: &[bool]) -> Vec<(f64, f64)> {
    let points = curve(scores, answers);
    let Some(all) = points.last().copied() else { return Vec::new() };
    points
        .iter()
        .map(|point| (ratio(point.false_alarms, all.false_alarms), ratio(point.hits, all.hits)))
        .collect()
}

fn precision_recall(scores: &[f64], answers: &[bool]) -> Vec<(f64, f64)> {
    let points = curve(scores, answers);
    let Some(all) = points.last().copied() else { return Vec::new() };
    let alarms = |hits: u64, false_alarms: u64| hits.saturating_add(false_alarms);
    points
        .iter()
        .map(|point| (ratio(point.hits, all.hits), ratio(point.hits, alarms(point.hits, point.false_alarms))))
        .collect()
}

fn ratio(part: u64, of: u64) -> f64 {
    let wide = |n: u64| float(usize::try_from(n).unwrap_or(usize::MAX));
    wide(part) / wide(of)
}

/// At most so many points, the last among them.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(POINTS).max(1);
    let last = points.last().copied();
    let mut kept: Vec<(f64, f64)> = points.into_iter().step_by(step).collect();
    if kept.last() != last.as_ref() {
        kept.extend(last);
    }
    kept
}

/// By tenths of the probability that was told, the lowest one parted further: most rows are there.
fn reliability(kept: &Kept, scores: &[f64], answers: &[bool]) -> Vec<Reliability> {
    const EDGES: [f64; 12] = [0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let mut bins = vec![(0.0, 0.0, 0_u64); EDGES.len() + 1];
    for (score, answer) in scores.iter().zip(answers) {
        let p = kept.calibration.probability(*score);
        let place = EDGES.partition_point(|edge| *edge <= p);
        if let Some(bin) = bins.get_mut(place) {
            *bin = (bin.0 + p, bin.1 + f64::from(u8::from(*answer)), bin.2.saturating_add(1));
        }
    }
    let told = |(told, was, rows): (f64, f64, u64)| {
        let n = float(usize::try_from(rows).unwrap_or(usize::MAX));
        Reliability { told: told / n, was: was / n, rows }
    };
    bins.into_iter().filter(|bin| bin.2 > 0).map(told).collect()
}

fn importance(kept: &Kept, rows: &[&Row]) -> Vec<Importance> {
    let step = rows.len().div_ceil(EXPLAINED).max(1);
    let mut sums = vec![0.0; kept.model.names().len()];
    let mut explained = 0.0;
    for row in rows.iter().step_by(step) {
        explained += 1.0;
        for (sum, contribution) in sums.iter_mut().zip(kept.model.contributions(&row.features).1) {
            *sum += contribution.abs();
        }
    }
    let named = kept.model.names().iter().zip(sums);
    let mut found: Vec<Importance> = named
        .map(|(name, sum)| Importance { feature: name.clone(), contribution: sum / explained })
        .collect();
    found.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_at_a_share_counts_ties_in_part() {
        let scores = [0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1];
        let answers = [true, true, false, false, false, false, false, false, false, false];

        assert_eq!(recall_at(&scores, &answers, 0.1), 0.5);
        // Half of those at 0.5 are within 30 %, and so is half of the fraud among them.
        assert_eq!(recall_at(&scores, &answers, 0.3), 0.75);
        assert_eq!(recall_at(&scores, &answers, 1.0), 1.0);
    }

    #[test]
    fn curves_are_thinned_to_what_can_be_drawn_and_keep_their_end() {
        let points: Vec<(f64, f64)> = (0..1_001).map(|n| (f64::from(n), 0.0)).collect();
        let kept = thinned(points);
        assert!(kept.len() <= POINTS + 1 && kept.last() == Some(&(1_000.0, 0.0)));
    }
}
