//! How the table of features is put together: one line for all windows of a measure.

use super::Feature;

/// How many features there are in all parts.
pub(super) const fn total(parts: &[&[Feature]]) -> usize {
    let mut total = 0;
    let mut at = 0;
    while at < parts.len() {
        #[expect(clippy::indexing_slicing, reason = "bounded by the loop; evaluated by the compiler")]
        let part = parts[at];
        total += part.len();
        at += 1;
    }
    total
}

/// All parts, one after the other.
#[expect(clippy::indexing_slicing, reason = "bounded by the loops; evaluated by the compiler")]
pub(super) const fn join<const N: usize>(parts: &[&[Feature]]) -> [Feature; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut next) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[next] = parts[part][at];
            next += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

/// A window's label, as in names.
macro_rules! label {
    (Minute) => {
        "1m"
    };
    (Minutes5) => {
        "5m"
    };
    (Minutes10) => {
        "10m"
    };
    (Hour) => {
        "1h"
    };
    (Day) => {
        "24h"
    };
    (Days7) => {
        "7d"
    };
    (Days30) => {
        "30d"
    };
    (Days90) => {
        "90d"
    };
}

/// A window in words.
macro_rules! words {
    (Minute) => {
        "a minute"
    };
    (Minutes5) => {
        "5 minutes"
    };
    (Minutes10) => {
        "10 minutes"
    };
    (Hour) => {
        "an hour"
    };
    (Day) => {
        "a day"
    };
    (Days7) => {
        "7 days"
    };
    (Days30) => {
        "30 days"
    };
    (Days90) => {
        "90 days"
    };
}

/// A measure of a key over windows: name, measure, family, unit, sentence; where it is read; windows.
macro_rules! over {
    ($name:literal . $measure:ident, $family:ident, $unit:ident, $text:literal, $of:expr, [$($window:ident),+]) => {
        &[$(Feature {
            name: concat!($name, ".", stringify!($measure), ".", $crate::features::macros::label!($window)),
            family: Family::$family,
            unit: Unit::$unit,
            text: concat!($text, " within ", $crate::features::macros::words!($window)),
            of: |facts| {
                let of: fn(&Facts<'_>, Window) -> f64 = $of;
                of(facts, Window::$window)
            },
        }),+]
    };
}

pub(super) use {label, over, words};
