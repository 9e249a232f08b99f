//! Of what use scores are to people who can look at so many cards a day.

use std::collections::{BTreeMap, BTreeSet};

/// A transaction with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The day, counted from anywhere.
    pub day: i64,
    /// Whose card it is.
    pub card: u64,
    /// Its score.
    pub score: f64,
    /// Whether it was fraud.
    pub fraud: bool,
}

/// What a day's work came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardDay {
    /// The day.
    pub day: i64,
    /// How many cards were compromised and not yet found.
    pub compromised: usize,
    /// How many of those that were looked at.
    pub found: usize,
    /// The share of what was looked at that was found: of `top`, even where there were fewer cards.
    pub precision: f64,
}

/// Each day the `top` cards of the highest scores are looked at; a card is compromised that had a fraud that day. What is
/// found is known from then on, and its card is left out of later days (Fraud Detection Handbook, chapter 4). The mean over the
/// days comes first.
pub fn card_precision(scored: &[Scored], top: usize) -> (f64, Vec<CardDay>) {
    let mut by_day: BTreeMap<i64, BTreeMap<u64, (f64, bool)>> = BTreeMap::new();
    for one in scored {
        let card = by_day.entry(one.day).or_default().entry(one.card).or_insert((f64::NEG_INFINITY, false));
        *card = (card.0.max(one.score), card.1 || one.fraud);
    }
    let mut known: BTreeSet<u64> = BTreeSet::new();
    let mut days = Vec::new();
    for (day, cards) in by_day {
        let mut ranked: Vec<(u64, f64, bool)> = cards
            .into_iter()
            .filter(|(card, _)| !known.contains(card))
            .map(|(card, (score, fraud))| (card, score, fraud))
            .collect();
        let compromised = ranked.iter().filter(|(_, _, fraud)| *fraud).count();
        // Of equal scores the smaller number comes first, so that the answer does not depend on an order.
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let hits: Vec<u64> =
            ranked.iter().take(top).filter(|(_, _, fraud)| *fraud).map(|(card, _, _)| *card).collect();
        let found = hits.len();
        known.extend(hits);
        days.push(CardDay { day, compromised, found, precision: ratio(found, top) });
    }
    let mean = days.iter().fold(0.0, |sum, day| sum + day.precision) / ratio(days.len(), 1);
    (mean, days)
}

fn ratio(part: usize, of: usize) -> f64 {
    let float = |n: usize| u32::try_from(n).map_or(f64::from(u32::MAX), f64::from);
    float(part) / float(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(day: i64, card: u64, score: f64, fraud: bool) -> Scored {
        Scored { day, card, score, fraud }
    }

    #[test]
    fn a_card_counts_once_a_day_by_its_highest_score_and_is_gone_when_it_was_found() {
        let rows = [
            scored(0, 1, 0.2, true),
            scored(0, 1, 0.9, false),
            scored(0, 2, 0.8, false),
            scored(0, 3, 0.1, true),
            scored(1, 1, 0.99, true),
            scored(1, 3, 0.5, true),
            scored(1, 4, 0.4, false),
        ];

        let (mean, days) = card_precision(&rows, 2);

        assert_eq!(days[0], CardDay { day: 0, compromised: 2, found: 1, precision: 0.5 });
        assert_eq!(days[1], CardDay { day: 1, compromised: 1, found: 1, precision: 0.5 });
        assert_eq!(mean, 0.5);
    }

    #[test]
    fn without_days_there_is_no_mean() {
        assert!(card_precision(&[], 100).0.is_nan());
    }
}
