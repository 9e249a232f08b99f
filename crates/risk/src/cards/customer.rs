//! What a customer usually does.

use std::collections::{HashSet, VecDeque};

use super::place::Place;
use super::state::{Belief, Likelihood, Rates};
use super::{DAY, LABEL_DELAY_DAYS, Payment, float};

/// How many payments back a customer's usual amount and place are reckoned from.
const USUAL: usize = 60;
/// How many times the usual amount is a large one.
const LARGE: f64 = 2.5;
/// The longest window, in days.
const DAYS_MAX: i64 = 30;
/// How many cards come into wrong hands a day, and how many out of them: a card in a thousand, and after two weeks or so.
const RATES: Rates = Rates { falls: 0.001, recovers: 0.07 };

/// A payment as its customer remembers it.
#[derive(Clone, Copy)]
struct Past {
    at: i64,
    minor: i64,
    terminal: u64,
    large: bool,
    place: Option<Place>,
}

/// A payment of which it is not known yet whether it was fraud.
#[derive(Clone, Copy)]
struct Unknown {
    at: i64,
    large: bool,
    fraud: bool,
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
    unknown: VecDeque<Unknown>,
    known_frauds: i64,
    belief: Option<Belief>,
    terminals: HashSet<u64>,
}

/// What is known of a customer when they pay.
pub(super) struct Habits {
    /// How many payments in 1, 7 and 30 days, this one among them, and their mean amounts.
    pub(super) windows: [(f64, f64); 3],
    /// How many payments in 10 and 60 minutes, this one among them.
    pub(super) burst: [f64; 2],
    /// At how many terminals in 60 minutes.
    pub(super) terminals: f64,
    /// The sum of 60 minutes over the usual amount.
    pub(super) hour_over_usual: f64,
    /// Whether there was no payment at this terminal before.
    pub(super) new_terminal: f64,
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
    /// The log-odds that the card is in wrong hands.
    pub(super) compromised: f64,
    /// How far from the usual place, and how far in what the customer is used to.
    pub(super) away: (f64, f64),
    /// How far from the payment before, and how fast, by the hour.
    pub(super) moved: (f64, f64),
}

impl Customer {
    /// Takes a payment in and tells what is known of its customer with it.
    pub(super) fn pays(&mut self, payment: &Payment) -> Habits {
        let (at, minor) = (payment.at, payment.minor);
        self.learn_up_to(at - LABEL_DELAY_DAYS * DAY);
        let usual = self.usual();
        let over_usual = if usual > 0.0 { float(minor) / usual } else { f64::NAN };
        let deviation = self.deviation(float(minor));
        let days_since = self.past.back().map_or(f64::NAN, |past| float(at - past.at) / float(DAY));
        let (away, moved) = (self.away(payment), self.moved(payment));
        let large = over_usual > LARGE;
        let remembered = Past { at, minor, terminal: payment.terminal, large, place: payment.place };
        self.past.push_back(remembered);
        while self.past.front().is_some_and(|past| past.at <= at - DAYS_MAX * DAY) {
            self.past.pop_front();
        }
        let payments = float(self.count);
        self.remember(minor);
        self.unknown.push_back(Unknown { at, large, fraud: payment.fraud });
        let hour = self.sum_since(at - 3_600);
        Habits {
            windows: [1, 7, 30].map(|days| self.window(at, days)),
            burst: [600, 3_600].map(|seconds| float(self.count_since(at - seconds))),
            terminals: self.terminals_since(at - 3_600),
            hour_over_usual: if usual > 0.0 { float(hour) / usual } else { f64::NAN },
            new_terminal: f64::from(u8::from(self.terminals.insert(payment.terminal))),
            over_usual,
            deviation,
            large: [3, 7, 14].map(|days| self.large(at, days)),
            known_frauds: float(self.known_frauds),
            days_since,
            payments,
            compromised: self.compromised(at),
            away,
            moved,
        }
    }

    /// It is known now what payments up to this time were.
    fn learn_up_to(&mut self, horizon: i64) {
        while let Some(known) = self.unknown.front().copied().filter(|known| known.at <= horizon) {
            self.unknown.pop_front();
            self.known_frauds += i64::from(known.fraud);
            let belief = self.belief.unwrap_or_else(|| Belief::begin(known.at, RATES)).at(known.at, RATES);
            self.belief = Some(belief.seeing(labelled(known.fraud)));
        }
    }

    /// From what is known, by the amounts of what is not.
    fn compromised(&self, at: i64) -> f64 {
        let first = self.unknown.front().map_or(at, |first| first.at);
        let known = self.belief.unwrap_or_else(|| Belief::begin(first, RATES));
        let belief = self
            .unknown
            .iter()
            .fold(known, |belief, payment| belief.at(payment.at, RATES).seeing(sized(payment.large)));
        belief.at(at, RATES).log_odds()
    }

    fn since(&self, after: i64) -> impl Iterator<Item = &Past> {
        self.past.iter().rev().take_while(move |past| past.at > after)
    }

    fn count_since(&self, after: i64) -> i64 {
        self.since(after).fold(0, |count, _| count + 1)
    }

    fn sum_since(&self, after: i64) -> i64 {
        self.since(after).fold(0, |sum, past| sum + past.minor)
    }

    fn terminals_since(&self, after: i64) -> f64 {
        let terminals: HashSet<u64> = self.since(after).map(|past| past.terminal).collect();
        float(i64::try_from(terminals.len()).unwrap_or(i64::MAX))
    }

    fn window(&self, at: i64, days: i64) -> (f64, f64) {
        let after = at - days * DAY;
        let (count, sum) = self.since(after).fold((0_i64, 0_i64), |(n, sum), past| (n + 1, sum + past.minor));
        (float(count), float(sum) / 100.0 / float(count.max(1)))
    }

    fn large(&self, at: i64, days: i64) -> f64 {
        self.since(at - days * DAY).fold(0.0, |count, past| count + f64::from(u8::from(past.large)))
    }

    /// How far from the middle of the last payments, and that over how far those are from it in the mean.
    fn away(&self, payment: &Payment) -> (f64, f64) {
        let Some(place) = payment.place else { return (f64::NAN, f64::NAN) };
        let known = self.past.iter().rev().take(USUAL).filter_map(|past| past.place);
        let Some(middle) = Place::middle(&known) else { return (f64::NAN, f64::NAN) };
        let (count, sum) = known.fold((0.0, 0.0), |(n, sum), past| (n + 1.0, sum + past.distance(middle)));
        let distance = place.distance(middle);
        (distance, distance / (sum / count + 1.0))
    }

    fn moved(&self, payment: &Payment) -> (f64, f64) {
        let before = self.past.back().and_then(|past| past.place.map(|place| (place, past.at)));
        let (Some(place), Some((from, at))) = (payment.place, before) else { return (f64::NAN, f64::NAN) };
        let distance = place.distance(from);
        // Within a minute nobody moves; clocks differ by as much.
        (distance, distance / (float((payment.at - at).max(60)) / 3_600.0))
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

/// Of cards in wrong hands every third payment or so is fraud; of others one in a thousand, by a terminal's fault.
const fn labelled(fraud: bool) -> Likelihood {
    if fraud { Likelihood { bad: 0.35, good: 0.003 } } else { Likelihood { bad: 0.65, good: 0.997 } }
}

/// Thieves spend much at a time.
const fn sized(large: bool) -> Likelihood {
    if large { Likelihood { bad: 0.35, good: 0.02 } } else { Likelihood { bad: 0.65, good: 0.98 } }
}
