//! From scores to probabilities.

use serde::{Deserialize, Serialize};

use super::{Row, float, table_of};
use crate::learn::{Settings, train};

/// How many steps are made at most; few are needed.
const STEPS_MAX: u32 = 100;

/// A probability of a score: the logistic function of a line (Platt: Probabilistic Outputs for Support Vector Machines, 1999).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// How steep.
    pub slope: f64,
    /// Where it begins.
    pub intercept: f64,
}

impl Calibration {
    /// Of scores that are log-odds already.
    pub const NONE: Self = Self { slope: 1.0, intercept: 0.0 };

    /// Whether it is a line that rises: one that does not would turn the order of scores round.
    pub fn is_sound(self) -> bool {
        self.slope.is_finite() && self.slope > 0.0 && self.intercept.is_finite()
    }

    /// The probability.
    pub fn probability(self, score: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * score + self.intercept)).exp())
    }

    /// The line that makes the answers likeliest, found by Newton's method; what the scores say already where there is none.
    pub(super) fn fitted(scores: &[f64], answers: &[bool]) -> Self {
        // From a level line: from a steep one Newton's steps may overshoot.
        let yes = answers.iter().filter(|answer| **answer).count();
        let odds = (float(yes) + 0.5) / (float(answers.len().saturating_sub(yes)) + 0.5);
        let mut line = Self { slope: 0.0, intercept: odds.ln() };
        for _ in 0..STEPS_MAX {
            let Some(step) = line.newton(scores, answers) else { return Self::NONE };
            line.slope -= step.0;
            line.intercept -= step.1;
            if step.0.abs().max(step.1.abs()) < 1e-10 {
                break;
            }
        }
        // Where it does not rise there was nothing to see.
        if line.is_sound() { line } else { Self::NONE }
    }

    /// How much slope and intercept are to be lowered; none where the answers do not tell.
    fn newton(self, scores: &[f64], answers: &[bool]) -> Option<(f64, f64)> {
        // First derivatives, and second ones: by slope twice, by both, by intercept twice. A little is added against steepness
        // without end where scores part the answers wholly.
        let (mut g, mut h) = ([1e-6 * (self.slope - 1.0), 1e-6 * self.intercept], [1e-6, 0.0, 1e-6]);
        for (score, answer) in scores.iter().zip(answers) {
            let p = self.probability(*score);
            let (off, weight) = (p - f64::from(u8::from(*answer)), p * (1.0 - p));
            g = [g[0] + off * score, g[1] + off];
            h = [h[0] + weight * score * score, h[1] + weight * score, h[2] + weight];
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step = ((g[0] * h[2] - g[1] * h[1]) / determinant, (g[1] * h[0] - g[0] * h[1]) / determinant);
        (step.0.is_finite() && step.1.is_finite()).then_some(step)
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self::NONE
    }
}

/// Fitted to scores of rows by models that have not seen their days: those of even days learn for odd ones, and the reverse.
pub(super) fn cross_fitted(
    names: &[String],
    rows: &[&Row],
    settings: &Settings,
    by: jiff::civil::Date,
) -> Calibration {
    let odd = |row: &&Row| row.day.day_of_year() % 2 == 1;
    let (one, other): (Vec<&Row>, Vec<&Row>) = rows.iter().copied().partition(odd);
    let (mut scores, mut answers) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (seen, judged) in [(&one, &other), (&other, &one)] {
        let frauds = seen.iter().filter(|row| row.is_known_fraud(by)).count();
        if float(frauds) < 1.0 || frauds == seen.len() {
            return Calibration::NONE;
        }
        let model = train(&table_of(names, seen, by), settings);
        scores.extend(judged.iter().map(|row| model.score(&row.features)));
        answers.extend(judged.iter().map(|row| row.is_known_fraud(by)));
    }
    Calibration::fitted(&scores, &answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_are_too_sure_are_flattened() {
        // Of those with log-odds 4 every fourth is none, and of those with -4 every fourth is one: log-odds of ln 3.
        let scores: Vec<f64> = (0..80).map(|n| if n < 40 { 4.0 } else { -4.0 }).collect();
        let answers: Vec<bool> = (0..80).map(|n| (n % 4 != 0) == (n < 40)).collect();

        let line = Calibration::fitted(&scores, &answers);

        assert!((line.slope - 3_f64.ln() / 4.0).abs() < 1e-4 && line.intercept.abs() < 1e-6);
        assert!((line.probability(4.0) - 0.75).abs() < 1e-4);
    }

    #[test]
    fn what_tells_nothing_leaves_scores_as_they_are() {
        assert_eq!(Calibration::fitted(&[1.0, 2.0], &[true, false]), Calibration::NONE);
        let parted = Calibration::fitted(&[-1.0, 1.0], &[false, true]);
        assert!(parted.slope.is_finite() && parted.probability(1.0) > 0.9);
    }
}
