//! What is remembered of all attempts, and what is known of a new one by it.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::attempt::{Attempt, Kind, Outcome};
use crate::features::{Around, Facts};
use crate::footprint::{change, key, member, others};
use crate::profile::{Habits, travel};
use crate::settings::Settings;
use crate::windows::{Dimension, MINUTES_A_DAY, RETENTION_DAYS, Record, Seen, Store, Tally, seconds};

const DAY_S: u32 = MINUTES_A_DAY * 60;

/// Windows and habits of everybody.
#[derive(Debug)]
pub(crate) struct Memory {
    settings: Settings,
    store: Store,
    seen: Seen,
    /// The newest attempt that was learned, in seconds.
    newest_s: AtomicU32,
}

/// How much is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// How many keys of each dimension, in the order of [`Dimension::ALL`].
    pub keys: Vec<(Dimension, usize)>,
    /// About how many bytes all of it takes, as counted from lengths and capacities.
    pub bytes: usize,
}

impl Memory {
    pub(crate) fn new(settings: Settings) -> Self {
        let store = Store::new(|dimension| settings.cap(dimension));
        Self { settings, store, seen: Seen::new(), newest_s: AtomicU32::new(0) }
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes in what became of an attempt; true if it was counted, false if it was before or is too old to be.
    pub(crate) fn learn(&self, attempt: &Attempt, outcome: Outcome) -> bool {
        let at_s = seconds(attempt.at_us);
        let newest_s = self.newest_s.fetch_max(at_s, Ordering::Relaxed).max(at_s);
        let recent = at_s >= newest_s.saturating_sub(RETENTION_DAYS * DAY_S);
        let counts = recent && self.seen.note(attempt.id.as_u128(), at_s / DAY_S, newest_s / DAY_S);
        for dimension in Dimension::ALL {
            if let Some(key) = key(attempt, dimension) {
                let mut change = change(attempt, outcome, dimension, &self.settings);
                change.tally = change.tally.filter(|tally| counts && *tally != Tally::default());
                self.store.change(dimension, key, &change);
            }
        }
        counts
    }

    /// What is known of an attempt.
    pub(crate) fn facts<'a>(&'a self, attempt: &'a Attempt) -> Facts<'a> {
        let at_s = seconds(attempt.at_us);
        let rates = &self.settings.rates;
        let convert = |minor: Option<i64>| minor.map(|minor| rates.convert(minor, attempt.currency));
        let mut facts = Facts {
            attempt,
            settings: &self.settings,
            at_s,
            amount: rates.convert(attempt.amount_minor, attempt.currency),
            limit: convert(attempt.limit_minor),
            available: convert(attempt.available_minor),
            around: [None; 9],
            received: None,
            habits: Habits::default(),
            travel: None,
            blocks: 0,
            allows: 0,
        };
        for (dimension, around) in Dimension::ALL.into_iter().zip(&mut facts.around) {
            let Some(key) = key(attempt, dimension) else { continue };
            let habits = &mut facts.habits;
            let travelled = &mut facts.travel;
            let read = |record: &Record| {
                if dimension == Dimension::User {
                    *habits = Habits::of(record, at_s);
                    *travelled = travel(attempt, at_s, &record.whereabouts);
                }
                summary(attempt, dimension, record, at_s)
            };
            *around = Some(self.store.look(dimension, key, read).unwrap_or_default());
        }
        if let Some(account) = attempt.account.filter(|_| attempt.kind != Kind::Deposit) {
            let read = |record: &Record| summary(attempt, Dimension::Counterparty, record, at_s);
            let received = self.store.look(Dimension::Counterparty, account.bits(), read);
            facts.received = Some(received.unwrap_or_default());
        }
        facts
    }

    /// How much is remembered.
    pub(crate) fn extent(&self) -> Extent {
        let keys =
            Dimension::ALL.into_iter().map(|dimension| (dimension, self.store.keys(dimension))).collect();
        Extent { keys, bytes: self.store.bytes().saturating_add(self.seen.bytes()) }
    }
}

fn summary(attempt: &Attempt, dimension: Dimension, record: &Record, at_s: u32) -> Around {
    let mut around = Around {
        totals: record.totals(at_s),
        first_s: record.first_s,
        last_s: record.last_s,
        active_s: record.active_s,
        ..Around::default()
    };
    let kinds = others(dimension).into_iter().zip(around.distinct.iter_mut().zip(&mut around.knows));
    for (kind, (other, (distinct, knows))) in kinds.enumerate() {
        let Some(other) = other else { continue };
        for (window, count) in Around::DISTINCT.into_iter().zip(distinct) {
            *count = record.distinct(kind, at_s, window.minutes());
        }
        *knows = member(attempt, other).and_then(|member| record.knows(kind, member, at_s));
    }
    around
}
