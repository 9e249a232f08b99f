//! What features are computed from.

use super::vector::MISSING;
use crate::attempt::Attempt;
use crate::footprint::{Other, others};
use crate::profile::{Habits, Travel};
use crate::settings::Settings;
use crate::windows::{Dimension, MEMBERS, Tally, Window};

/// What happened around one key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    pub(crate) totals: [Tally; 8],
    /// How many others of each kind, in each window of [`Self::DISTINCT`].
    pub(crate) distinct: [[u32; 5]; MEMBERS],
    /// Whether the key was seen before with the one of this attempt.
    pub(crate) knows: [Option<bool>; MEMBERS],
    /// Zero if it was never seen.
    pub(crate) first_s: u32,
    pub(crate) last_s: u32,
    pub(crate) active_s: u32,
}

impl Around {
    /// The windows in which others are counted.
    pub(crate) const DISTINCT: [Window; 5] =
        [Window::Minutes10, Window::Hour, Window::Day, Window::Days7, Window::Days30];
}

/// All that is known of an attempt. Amounts are in minor units of the reference currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) attempt: &'a Attempt,
    pub(crate) settings: &'a Settings,
    pub(crate) at_s: u32,
    pub(crate) amount: i64,
    pub(crate) limit: Option<i64>,
    pub(crate) available: Option<i64>,
    /// Around each key; none where the attempt has none.
    pub(crate) around: [Option<Around>; 9],
    /// What the account was paid.
    pub(crate) received: Option<Around>,
    pub(crate) habits: Habits,
    pub(crate) travel: Option<Travel>,
    pub(crate) blocks: u32,
    pub(crate) allows: u32,
}

impl Facts<'_> {
    pub(crate) fn of(&self, dimension: Dimension) -> Of<'_> {
        let around = self.around.get(dimension.index()).and_then(Option::as_ref);
        Of { around, dimension, at_s: self.at_s }
    }

    pub(crate) fn received(&self) -> Of<'_> {
        Of { around: self.received.as_ref(), dimension: Dimension::Counterparty, at_s: self.at_s }
    }

    /// Seconds since an instant in microseconds.
    pub(crate) fn since(&self, at_us: Option<i64>) -> f64 {
        let age_s = |at_us: i64| self.attempt.at_us.saturating_sub(at_us).max(0) / 1_000_000;
        at_us.map_or(MISSING, |at_us| whole(age_s(at_us)))
    }
}

/// The numbers around a key, each missing where the attempt has no such key.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    around: Option<&'a Around>,
    dimension: Dimension,
    at_s: u32,
}

impl Of<'_> {
    fn total(self, window: Window, read: impl Fn(&Tally) -> f64) -> f64 {
        self.around.and_then(|around| around.totals.get(window.index())).map_or(MISSING, read)
    }

    pub(crate) fn count(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.count))
    }

    pub(crate) fn sum(self, window: Window) -> f64 {
        self.total(window, |tally| whole(tally.sum))
    }

    /// Missing where nothing moved.
    pub(crate) fn mean(self, window: Window) -> f64 {
        self.total(window, |tally| match tally.moved() {
            0 => MISSING,
            moved => whole(tally.sum / i64::from(moved)),
        })
    }

    pub(crate) fn max(self, window: Window) -> f64 {
        self.total(window, |tally| whole(tally.max))
    }

    pub(crate) fn logins(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.logins))
    }

    pub(crate) fn failed(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.failed))
    }

    pub(crate) fn declined(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.declined))
    }

    pub(crate) fn near(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.near))
    }

    pub(crate) fn small(self, window: Window) -> f64 {
        self.total(window, |tally| f64::from(tally.small))
    }

    fn kind(self, other: Other) -> Option<usize> {
        others(self.dimension).into_iter().position(|kind| kind == Some(other))
    }

    pub(crate) fn distinct(self, other: Other, window: Window) -> f64 {
        let column = Around::DISTINCT.into_iter().position(|one| one == window);
        let row = |around: &Around| around.distinct.get(self.kind(other)?)?.get(column?).copied();
        self.around.and_then(row).map_or(MISSING, f64::from)
    }

    /// One if the key was never seen with the other of this attempt, zero if it was; missing if the attempt has none, or
    /// there were too many to tell.
    pub(crate) fn is_new(self, other: Other, named: bool) -> f64 {
        let Some(around) = self.around.filter(|_| named) else { return MISSING };
        if around.last_s == 0 {
            return 1.0;
        }
        let knows = self.kind(other).and_then(|kind| around.knows.get(kind).copied().flatten());
        knows.map_or(MISSING, |knows| flag(!knows))
    }

    /// Seconds since it was first seen; zero if it never was.
    pub(crate) fn age(self) -> f64 {
        let age = |around: &Around| match around.last_s {
            0 => 0,
            _ => self.at_s.saturating_sub(around.first_s),
        };
        self.around.map_or(MISSING, |around| f64::from(age(around)))
    }

    /// Seconds since anything was attempted; missing if nothing was.
    pub(crate) fn since_last(self) -> f64 {
        let last = self.around.map(|around| around.last_s).filter(|last| *last > 0);
        last.map_or(MISSING, |last| f64::from(self.at_s.saturating_sub(last)))
    }

    /// Seconds since anything was let through; missing if nothing was.
    pub(crate) fn since_active(self) -> f64 {
        let active = self.around.map(|around| around.active_s).filter(|active| *active > 0);
        active.map_or(MISSING, |active| f64::from(self.at_s.saturating_sub(active)))
    }
}

/// An integer as a feature; above 2⁵³ the nearest there is.
#[expect(clippy::cast_precision_loss, reason = "a feature; it is rounded the same way each time")]
pub(crate) fn whole(value: i64) -> f64 {
    value as f64
}

pub(crate) fn flag(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}
