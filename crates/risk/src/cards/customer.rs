//! What a customer usually does.

use std::collections::VecDeque;

use super::{DAY, LABEL_DELAY_DAYS, Payment, float};

/// How many payments back a customer's usual amount is reckoned from.
const USUAL: usize = 60;
/// How many times the usual amount is a large one.
const LARGE: f64 = 2.5;
/// The longest window, in days.
const DAYS_MAX: i64 = 30;

/// A payment as its customer remembers it.
#[derive(Clone, Copy)]
struct Past {
    at: i64,
    minor: i64,
    large: bool,
}

/// A customer's past.
#[derive(Default)]
pub(super) struct Customer {
    past: VecDeque<Past>,
    /// The last amounts, the oldest first, and the same in order.
    last: VecDeque<i64>,
    ordered: Vec<i64>,
    count: i64,
    sum: f64,
    squares: f64,
    /// When frauds happened that are not known yet.
    unknown: VecDeque<i64>,
    known_frauds: i64,
}

/// What is known of a customer when they pay.
pub(super) struct Habits {
    /// How many payments in 1, 7 and 30 days, this one among them, and their mean amounts.
    pub(super) windows: [(f64, f64); 3],
    /// The amount over the usual one.
    pub(super) over_usual: f64,
    /// How far it is from the mean of all before, in standard deviations.
    pub(super) deviation: f64,
    /// How many large amounts in 3, 7 and 14 days, this one among them.
    pub(super) large: [f64; 3],
    /// Frauds that are known.
    pub(super) known_frauds: f64,
    /// Days since the payment before.
    pub(super) days_since: f64,
    /// How many payments before.
    pub(super) payments: f64,
}

impl Customer {
    /// Takes a payment in and tells what is known of its customer with it.
    pub(super) fn pays(&mut self, payment: &Payment) -> Habits {
        let (at, minor) = (payment.at, payment.minor);
        let known_before = at - LABEL_DELAY_DAYS * DAY;
        while self.unknown.front().is_some_and(|fraud| *fraud <= known_before) {
            self.unknown.pop_front();
            self.known_frauds += 1;
        }
        let usual = self.usual();
        let over_usual = if usual > 0.0 { float(minor) / usual } else { f64::NAN };
        let deviation = self.deviation(float(minor));
        let days_since = self.past.back().map_or(f64::NAN, |past| float(at - past.at) / float(DAY));
        self.past.push_back(Past { at, minor, large: over_usual > LARGE });
        while self.past.front().is_some_and(|past| past.at <= at - DAYS_MAX * DAY) {
            self.past.pop_front();
        }
        let payments = float(self.count);
        self.remember(minor);
        if payment.fraud {
            self.unknown.push_back(at);
        }
        Habits {
            windows: [1, 7, 30].map(|days| self.window(at, days)),
            over_usual,
            deviation,
            large: [3, 7, 14].map(|days| self.large(at, days)),
            known_frauds: float(self.known_frauds),
            days_since,
            payments,
        }
    }

    fn since(&self, at: i64, days: i64) -> impl Iterator<Item = &Past> {
        self.past.iter().rev().take_while(move |past| past.at > at - days * DAY)
    }

    fn window(&self, at: i64, days: i64) -> (f64, f64) {
        let (count, sum) =
            self.since(at, days).fold((0_i64, 0_i64), |(count, sum), past| (count + 1, sum + past.minor));
        (float(count), float(sum) / 100.0 / float(count.max(1)))
    }

    fn large(&self, at: i64, days: i64) -> f64 {
        self.since(at, days).fold(0.0, |count, past| count + f64::from(u8::from(past.large)))
    }

    /// The median of the last amounts.
    fn usual(&self) -> f64 {
        let half = self.ordered.len() / 2;
        let value = |at: usize| self.ordered.get(at).copied().map_or(f64::NAN, float);
        if self.ordered.len() % 2 == 1 {
            value(half)
        } else {
            f64::midpoint(value(half.saturating_sub(1)), value(half))
        }
    }

    fn deviation(&self, minor: f64) -> f64 {
        let n = float(self.count);
        if n < 2.0 {
            return f64::NAN;
        }
        let mean = self.sum / n;
        let variance = (self.squares / n - mean * mean).max(0.0);
        (minor - mean) / (variance.sqrt() + 1.0)
    }

    fn remember(&mut self, minor: i64) {
        self.count += 1;
        self.sum += float(minor);
        self.squares += float(minor) * float(minor);
        self.last.push_back(minor);
        let place = self.ordered.partition_point(|known| *known < minor);
        self.ordered.insert(place, minor);
        if self.last.len() > USUAL
            && let Some(oldest) = self.last.pop_front()
        {
            let place = self.ordered.partition_point(|known| *known < oldest);
            self.ordered.remove(place);
        }
    }
}
