//! The features of payments, one after the other as they were made.

use std::collections::HashMap;

use super::customer::Customer;
use super::terminal::Terminal;
use super::{DAY, Payment, float};

/// The features, in their order: the first [`BASIC`] are those of the Fraud Detection Handbook.
pub const FEATURES: [&str; 54] = [
    "amount",
    "weekend",
    "night",
    "customer_count_1d",
    "customer_mean_1d",
    "customer_count_7d",
    "customer_mean_7d",
    "customer_count_30d",
    "customer_mean_30d",
    "terminal_count_1d",
    "terminal_risk_1d",
    "terminal_count_7d",
    "terminal_risk_7d",
    "terminal_count_30d",
    "terminal_risk_30d",
    "amount_over_usual",
    "amount_deviation",
    "large_3d",
    "large_7d",
    "large_14d",
    "customer_known_frauds",
    "customer_days_since",
    "customer_payments",
    "terminal_frauds_3d",
    "terminal_known_3d",
    "terminal_frauds_14d",
    "terminal_known_14d",
    "terminal_frauds_28d",
    "terminal_known_28d",
    "terminal_frauds_45d",
    "terminal_known_45d",
    "terminal_run",
    "terminal_run_days",
    "terminal_genuine_days",
    "terminal_known_days",
    "terminal_frauds_ever",
    "terminal_unknown",
    "customer_mean_7d_over_30d",
    "customer_count_7d_over_30d",
    "customer_count_1d_over_7d",
    "hour",
    "customer_count_10m",
    "customer_count_60m",
    "customer_terminals_60m",
    "customer_sum_60m_over_usual",
    "customer_new_terminal",
    "customer_compromised",
    "terminal_count_10m",
    "terminal_count_60m",
    "terminal_compromised",
    "away",
    "away_over_usual",
    "moved",
    "moved_by_the_hour",
];

/// How many of them the handbook has.
pub const BASIC: usize = 15;

/// All that is remembered of customers and terminals.
#[derive(Default)]
pub struct History {
    customers: HashMap<u64, Customer>,
    terminals: HashMap<u64, Terminal>,
}

impl History {
    /// The features of a payment, as [`FEATURES`] names them; it is remembered. Payments come in the order of their times.
    pub fn take(&mut self, payment: &Payment) -> [f64; FEATURES.len()] {
        let customer = self.customers.entry(payment.customer).or_default();
        let terminal = self.terminals.entry(payment.terminal).or_default();
        of(payment, customer, terminal)
    }
}

fn of(payment: &Payment, customer: &mut Customer, terminal: &mut Terminal) -> [f64; FEATURES.len()] {
    let (habits, repute) = (customer.pays(payment), terminal.takes(payment));
    let hour = payment.at.rem_euclid(DAY) / 3_600;
    // The first of January 1970 was a Thursday.
    let weekday = (payment.at.div_euclid(DAY) + 3).rem_euclid(7);
    let truth = |is: bool| f64::from(u8::from(is));
    let [(count_1, mean_1), (count_7, mean_7), (count_30, mean_30)] = habits.windows;
    let [(known_1, risk_1), (known_7, risk_7), (known_30, risk_30)] = repute.windows;
    let [large_3, large_7, large_14] = habits.large;
    let [(frauds_3, seen_3), (frauds_14, seen_14), (frauds_28, seen_28), (frauds_45, seen_45)] = repute.more;
    [
        float(payment.minor) / 100.0,
        truth(weekday >= 5),
        truth(hour <= 6),
        count_1,
        mean_1,
        count_7,
        mean_7,
        count_30,
        mean_30,
        known_1,
        risk_1,
        known_7,
        risk_7,
        known_30,
        risk_30,
        habits.over_usual,
        habits.deviation,
        large_3,
        large_7,
        large_14,
        habits.known_frauds,
        habits.days_since,
        habits.payments,
        frauds_3,
        seen_3,
        frauds_14,
        seen_14,
        frauds_28,
        seen_28,
        frauds_45,
        seen_45,
        repute.run.0,
        repute.run.1,
        repute.genuine_since,
        repute.known_since,
        repute.frauds_ever,
        repute.unknown,
        mean_7 / mean_30,
        count_7 / count_30,
        count_1 / count_7,
        float(hour),
        habits.burst[0],
        habits.burst[1],
        habits.terminals,
        habits.hour_over_usual,
        habits.new_terminal,
        habits.compromised,
        repute.burst[0],
        repute.burst[1],
        repute.compromised,
        habits.away.0,
        habits.away.1,
        habits.moved.0,
        habits.moved.1,
    ]
}
