//! Buckets: what happened within a minute, an hour or a day, and how they coarsen with age.

use super::coding::{Reader, put};
use super::{MINUTES_A_DAY, RETENTION_DAYS, Window};

/// What happened within some time. Amounts are in minor units of the reference currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Attempts to move money, whatever became of them.
    pub count: u32,
    /// Sign-ins, whatever became of them.
    pub logins: u32,
    /// Sign-ins that failed.
    pub failed: u32,
    /// Attempts that were declined.
    pub declined: u32,
    /// Attempts of an amount just under a limit.
    pub near: u32,
    /// Attempts of a tiny amount.
    pub small: u32,
    /// The sum of amounts that moved or are held.
    pub sum: i64,
    /// The greatest of them.
    pub max: i64,
}

impl Tally {
    /// Adds another. Sums that do not fit stay at the most there is, in whatever order they are added.
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.logins = self.logins.saturating_add(other.logins);
        self.failed = self.failed.saturating_add(other.failed);
        self.declined = self.declined.saturating_add(other.declined);
        self.near = self.near.saturating_add(other.near);
        self.small = self.small.saturating_add(other.small);
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// Attempts whose money moved or is held.
    pub fn moved(&self) -> u32 {
        self.count.saturating_sub(self.declined)
    }

    /// A byte that tells which fields follow, and those. Most buckets hold one amount: a count of one, and a greatest amount
    /// that is the sum.
    fn put(&self, bytes: &mut Vec<u8>) {
        let rest = self.sum.saturating_sub(self.max);
        let fields = [
            u64::from(self.count.saturating_sub(1)),
            self.max.unsigned_abs(),
            rest.unsigned_abs(),
            u64::from(self.near),
            u64::from(self.small),
            u64::from(self.declined),
            u64::from(self.logins),
            u64::from(self.failed),
        ];
        let first = u64::from(self.count == 0);
        let mask = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| **field != 0)
            .fold(0_u64, |mask, (at, _)| mask | (2 << at));
        put(bytes, mask | first);
        for field in fields.into_iter().filter(|field| *field != 0) {
            put(bytes, field);
        }
    }

    fn read(from: &mut Reader<'_>) -> Self {
        let mask = from.long();
        let mut field = |at: u32| if mask & (2 << at) == 0 { 0 } else { from.long() };
        let short = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let long = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let more = short(field(0));
        let count = if mask & 1 == 1 { 0 } else { more.saturating_add(1) };
        let max = long(field(1));
        let sum = max.saturating_add(long(field(2)));
        let (near, small, declined) = (short(field(3)), short(field(4)), short(field(5)));
        let (logins, failed) = (short(field(6)), short(field(7)));
        Self { count, logins, failed, declined, near, small, sum, max }
    }
}

/// The buckets of a key, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets(Vec<(u32, Tally)>);

impl Buckets {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds to the bucket of a minute. How long that bucket is follows from how old it is, against the newest minute.
    pub(super) fn add(&mut self, minute: u32, newest: u32, tally: &Tally) {
        let start = floor(minute, newest);
        if start.saturating_add(RETENTION_DAYS * MINUTES_A_DAY) < floor_day(newest) {
            return;
        }
        let at = self.0.partition_point(|(other, _)| *other < start);
        match self.0.get_mut(at) {
            Some((same, bucket)) if *same == start => bucket.add(tally),
            _ => self.0.insert(at, (start, *tally)),
        }
    }

    /// Coarsens what has grown old, and forgets what is too old.
    pub(super) fn settle(&mut self, newest: u32) {
        let oldest = floor_day(newest).saturating_sub(RETENTION_DAYS * MINUTES_A_DAY);
        self.0.retain(|(start, _)| *start >= oldest);
        for (start, _) in &mut self.0 {
            *start = floor(*start, newest);
        }
        self.0.dedup_by(|(later, more), (start, tally)| {
            let same = later == start;
            if same {
                tally.add(more);
            }
            same
        });
    }

    /// What happened in each window that ends in this minute.
    pub(super) fn totals(&self, minute: u32) -> [Tally; 8] {
        let mut totals = [Tally::default(); 8];
        let mut running = Tally::default();
        // From the newest on: a window is all that was added up when its beginning is passed.
        let mut windows = Window::ALL.iter().zip(&mut totals).peekable();
        for (start, tally) in self.0.iter().rev().filter(|(start, _)| *start <= minute) {
            while let Some((_, total)) = windows.next_if(|(window, _)| *start < window.since(minute)) {
                *total = running;
            }
            running.add(tally);
        }
        for (_, total) in windows {
            *total = running;
        }
        totals
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>, newest: u32) {
        put(bytes, u64::try_from(self.0.len()).unwrap_or(0));
        let mut after = newest;
        for (start, tally) in self.0.iter().rev() {
            put(bytes, u64::from(after.saturating_sub(*start)));
            tally.put(bytes);
            after = *start;
        }
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>, newest: u32) {
        let count = from.short();
        let mut after = newest;
        for _ in 0..count {
            after = after.saturating_sub(from.short());
            self.0.push((after, Tally::read(from)));
        }
        self.0.reverse();
    }
}

fn floor_day(minute: u32) -> u32 {
    minute - minute % MINUTES_A_DAY
}

fn floor_hour(minute: u32) -> u32 {
    minute - minute % 60
}

/// Where the bucket of a minute begins: minutes of this hour and the last, hours of today and yesterday, else days.
fn floor(minute: u32, newest: u32) -> u32 {
    if minute.saturating_add(60) >= floor_hour(newest) {
        minute
    } else if minute.saturating_add(MINUTES_A_DAY) >= floor_day(newest) {
        floor_hour(minute)
    } else {
        floor_day(minute)
    }
}
