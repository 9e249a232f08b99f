//! What is known of a terminal: payments of a week ago and before, since of those alone it is known whether they were fraud.

use std::collections::VecDeque;

use super::state::{Belief, Likelihood, Rates};
use super::{DAY, LABEL_DELAY_DAYS, Payment, float};

/// The longest window, in days.
const DAYS_MAX: i64 = 45;

/// How many terminals come into wrong hands a day, and how many out of them: one in a thousand, and after a month or so.
const RATES: Rates = Rates { falls: 0.001, recovers: 0.035 };

/// A terminal's past.
#[derive(Default)]
pub(super) struct Terminal {
    /// Payments of which nothing is known yet.
    unknown: VecDeque<(i64, bool)>,
    /// Those of which it is known.
    known: VecDeque<(i64, bool)>,
    last_known: Option<i64>,
    last_genuine: Option<i64>,
    /// The frauds in a row up to the last payment that is known, and when they began.
    run: i64,
    run_began: Option<i64>,
    belief: Option<Belief>,
    all_known: i64,
    all_frauds: i64,
}

/// What is known of a terminal when somebody pays there.
pub(super) struct Repute {
    /// How many known payments in 1, 7 and 30 days, and the share of frauds.
    pub(super) windows: [(f64, f64); 3],
    /// Known frauds and payments in 3, 14, 28 and 45 days.
    pub(super) more: [(f64, f64); 4],
    /// How many known frauds in a row up to now, and for how many days.
    pub(super) run: (f64, f64),
    /// Days since what is known to be genuine.
    pub(super) genuine_since: f64,
    /// Days since what is known at all.
    pub(super) known_since: f64,
    /// The share of frauds of all that is known.
    pub(super) frauds_ever: f64,
    /// Payments in the week of which nothing is known.
    pub(super) unknown: f64,
    /// How many payments in 10 and 60 minutes before.
    pub(super) burst: [f64; 2],
    /// The log-odds that the terminal is in wrong hands.
    pub(super) compromised: f64,
}

impl Terminal {
    /// What is known before this payment, which is taken in.
    pub(super) fn takes(&mut self, payment: &Payment) -> Repute {
        let horizon = payment.at - LABEL_DELAY_DAYS * DAY;
        self.learn_up_to(horizon);
        let known =
            |since: Option<i64>| since.map_or(f64::NAN, |since| float(payment.at - since) / float(DAY));
        let repute = Repute {
            windows: [1, 7, 30].map(|days| {
                let (count, frauds) = self.window(horizon, days);
                (count, if count > 0.0 { frauds / count } else { 0.0 })
            }),
            more: [3, 14, 28, 45].map(|days| {
                let (count, frauds) = self.window(horizon, days);
                (frauds, count)
            }),
            run: (float(self.run), if self.run > 0 { known(self.run_began) } else { 0.0 }),
            genuine_since: known(self.last_genuine),
            known_since: known(self.last_known),
            frauds_ever: if self.all_known > 0 {
                float(self.all_frauds) / float(self.all_known)
            } else {
                f64::NAN
            },
            unknown: float(i64::try_from(self.unknown.len()).unwrap_or(i64::MAX)),
            burst: [600, 3_600].map(|seconds| self.count_since(payment.at - seconds)),
            compromised: self
                .belief
                .unwrap_or_else(|| Belief::begin(payment.at, RATES))
                .at(payment.at, RATES)
                .log_odds(),
        };
        self.unknown.push_back((payment.at, payment.fraud));
        repute
    }

    fn learn_up_to(&mut self, horizon: i64) {
        while let Some((at, fraud)) = self.unknown.front().copied().filter(|(at, _)| *at <= horizon) {
            self.unknown.pop_front();
            self.known.push_back((at, fraud));
            self.last_known = Some(at);
            let belief = self.belief.unwrap_or_else(|| Belief::begin(at, RATES)).at(at, RATES);
            self.belief = Some(belief.seeing(labelled(fraud)));
            self.all_known += 1;
            if fraud {
                self.all_frauds += 1;
                self.run += 1;
                self.run_began = self.run_began.filter(|_| self.run > 1).or(Some(at));
            } else {
                (self.run, self.last_genuine, self.run_began) = (0, Some(at), None);
            }
        }
        while self.known.front().is_some_and(|(at, _)| *at <= horizon - DAYS_MAX * DAY) {
            self.known.pop_front();
        }
    }

    fn count_since(&self, after: i64) -> f64 {
        self.unknown.iter().rev().take_while(|(at, _)| *at > after).fold(0.0, |count, _| count + 1.0)
    }

    /// How many in so many days up to the horizon, and how many frauds.
    fn window(&self, horizon: i64, days: i64) -> (f64, f64) {
        let within = self.known.iter().rev().take_while(|(at, _)| *at > horizon - days * DAY);
        within.fold((0.0, 0.0), |(count, frauds), (_, fraud)| {
            (count + 1.0, frauds + f64::from(u8::from(*fraud)))
        })
    }
}

/// At a terminal in wrong hands most payments are fraud; at others those with stolen cards alone.
const fn labelled(fraud: bool) -> Likelihood {
    if fraud { Likelihood { bad: 0.9, good: 0.005 } } else { Likelihood { bad: 0.1, good: 0.995 } }
}
