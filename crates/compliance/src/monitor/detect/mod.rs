//! The detectors: each looks for one typology and knows of no other.

mod fans;
mod funnel;
mod geography;
mod hubs;
mod layers;
mod round_trip;
mod same_amount;
mod smurfing;
mod structuring;
mod through;

use super::book::{Book, Move};
use super::{Role, Typology};

/// A finding before it is held against the others: accounts by number, movements with their sums.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub typology: Typology,
    pub accounts: Vec<(u32, Role)>,
    pub moves: Vec<Move>,
    pub amount: i64,
    pub score: f64,
    pub explanation: String,
}

/// What all detectors find, in no particular order.
pub(super) fn all(book: &Book) -> Vec<Draft> {
    let mut drafts = layers::find(book);
    drafts.extend(hubs::scatter_gather(book));
    drafts.extend(smurfing::find(book));
    drafts.extend(hubs::gather_scatter(book));
    drafts.extend(round_trip::find(book));
    drafts.extend(through::find(book));
    drafts.extend(funnel::find(book));
    drafts.extend(structuring::find(book));
    drafts.extend(fans::find(book));
    drafts.extend(same_amount::find(book));
    drafts.extend(geography::find(book));
    drafts
}

/// How many different things there are.
fn distinct(numbers: impl Iterator<Item = u32>) -> i64 {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    super::window::count(numbers.len())
}

/// Different things, in order.
fn each_once(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The movements of `moves` from `first` to `last`, both included.
fn within(moves: &[Move], first: i64, last: i64) -> &[Move] {
    let start = moves.partition_point(|each| each.at < first);
    let end = moves.partition_point(|each| each.at <= last).max(start);
    moves.get(start..end).unwrap_or_default()
}

/// When the first and the last of some movements in the order of time were.
fn span(moves: &[Move]) -> (i64, i64) {
    (moves.first().map_or(0, |first| first.at), moves.last().map_or(0, |last| last.at))
}

/// Days that movements took, for people: a part of a day is a day.
fn days(moves: &[Move]) -> String {
    let (first, last) = span(moves);
    match (last - first).div_euclid(super::window::DAY_US) + 1 {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
