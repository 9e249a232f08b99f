//! Whether somebody's card, or a terminal, is in wrong hands: a filter of two states.
//!
//! Each payment is seen with an observation that is likelier in one state than in the other; between payments a state may
//! change. What is kept is the probability of the worse state, after everything that was known (the forward pass of a hidden
//! Markov model: Rabiner, A Tutorial on Hidden Markov Models, 1989).

use super::{DAY, float};

/// How states come and go, by the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// How many come into wrong hands.
    pub(super) falls: f64,
    /// How many come out of them.
    pub(super) recovers: f64,
}

/// How likely an observation is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likelihood {
    /// In wrong hands.
    pub(super) bad: f64,
    /// In the owner's.
    pub(super) good: f64,
}

/// The probability of wrong hands at some time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Belief {
    bad: f64,
    at: i64,
}

impl Belief {
    /// What is believed of whom nothing is known.
    pub(super) fn begin(at: i64, rates: Rates) -> Self {
        Self { bad: rates.falls / (rates.falls + rates.recovers), at }
    }

    /// The belief at a later time, in seconds.
    pub(super) fn at(self, at: i64, rates: Rates) -> Self {
        let days = float((at - self.at).max(0)) / float(DAY);
        let total = rates.falls + rates.recovers;
        let settled = rates.falls / total;
        let bad = settled + (self.bad - settled) * (-total * days).exp();
        Self { bad, at: at.max(self.at) }
    }

    /// The belief after an observation.
    pub(super) fn seeing(self, seen: Likelihood) -> Self {
        let (bad, good) = (self.bad * seen.bad, (1.0 - self.bad) * seen.good);
        Self { bad: bad / (bad + good), ..self }
    }

    /// The logarithm of the odds of wrong hands, bounded.
    pub(super) fn log_odds(self) -> f64 {
        let bad = self.bad.clamp(1e-9, 1.0 - 1e-9);
        (bad / (1.0 - bad)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { falls: 0.001, recovers: 0.05 };

    #[test]
    fn what_is_seen_moves_belief_and_time_lets_it_fade() {
        let first = Belief::begin(0, RATES);
        let alarmed = first.seeing(Likelihood { bad: 0.9, good: 0.001 });
        let later = alarmed.at(60 * DAY, RATES);
        let much_later = alarmed.at(4_000 * DAY, RATES);

        assert!(alarmed.log_odds() > 2.0 && later.log_odds() < 0.0 && later.log_odds() > first.log_odds());
        assert!((much_later.log_odds() - first.log_odds()).abs() < 1e-9);
    }

    #[test]
    fn what_is_as_likely_either_way_says_nothing() {
        let first = Belief::begin(0, RATES);
        assert!(
            (first.seeing(Likelihood { bad: 0.3, good: 0.3 }).log_odds() - first.log_odds()).abs() < 1e-12
        );
    }
}
