//! The record of one key: all that is known of it, and its bytes.

use super::bucket::{Buckets, Tally};
use super::coding::{Reader, put};
use super::members::Members;
use super::{AMOUNTS_MAX, Dimension, MEMBERS_DAYS, MINUTES_A_DAY, RETENTION_DAYS};
use crate::attempt::{Country, Place};

/// How many kinds of others a key is seen with.
pub(crate) const MEMBERS: usize = 4;

/// Where and when somebody was last; of two at the same second the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) place: Option<(u32, Place)>,
    pub(crate) country: Option<(u32, Country)>,
}

/// What an attempt changes in the record of one key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Change {
    /// When, in seconds.
    pub(crate) at_s: u32,
    /// What it adds to the tallies; none if it was counted before, or is too old.
    pub(crate) tally: Option<Tally>,
    /// Whether it was let through.
    pub(crate) approved: bool,
    /// Whom the key was seen with.
    pub(crate) members: [Option<u32>; MEMBERS],
    /// How much was spent, if that makes a habit.
    pub(crate) spent: Option<i64>,
    /// Where it came from.
    pub(crate) place: Option<Place>,
    /// Which country it came from.
    pub(crate) country: Option<Country>,
}

/// What is known of a key. Only people (or who stands for them) have amounts and whereabouts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// When it was first seen, in seconds.
    pub(crate) first_s: u32,
    /// When it was last seen.
    pub(crate) last_s: u32,
    /// When something of it was last let through; zero if never.
    pub(crate) active_s: u32,
    /// The last amounts spent, with their minutes, the newest first.
    pub(crate) amounts: Vec<(u32, i64)>,
    pub(crate) whereabouts: Whereabouts,
    buckets: Buckets,
    members: [Members; MEMBERS],
}

impl Record {
    pub(super) fn clear(&mut self) {
        (self.first_s, self.last_s, self.active_s) = (u32::MAX, 0, 0);
        self.amounts.clear();
        self.whereabouts = Whereabouts::default();
        self.buckets.clear();
        self.members.iter_mut().for_each(Members::clear);
    }

    /// What happened in each window that ends at this second.
    pub(crate) fn totals(&self, at_s: u32) -> [Tally; 8] {
        self.buckets.totals(at_s / 60)
    }

    /// How many of a kind it was seen with in the last minutes.
    pub(crate) fn distinct(&self, kind: usize, at_s: u32, minutes: u32) -> u32 {
        let since = (at_s / 60).saturating_add(1).saturating_sub(minutes);
        self.members.get(kind).map_or(0, |members| members.count(since))
    }

    /// Whether it was seen with this one; none where there are too many to know.
    pub(crate) fn knows(&self, kind: usize, member: u32, at_s: u32) -> Option<bool> {
        let since = (at_s / 60).saturating_sub(MEMBERS_DAYS * MINUTES_A_DAY);
        self.members.get(kind).map_or(Some(false), |members| members.knows(member, since))
    }

    /// The amounts of the last ninety days, the newest first.
    pub(crate) fn spent(&self, at_s: u32) -> impl Iterator<Item = (u32, i64)> + '_ {
        let since = (at_s / 60).saturating_sub(RETENTION_DAYS * MINUTES_A_DAY);
        self.amounts.iter().copied().filter(move |(minute, _)| *minute > since)
    }

    /// Takes in a change.
    pub(super) fn apply(&mut self, change: &Change) {
        let (before, minute) = (self.last_s, change.at_s / 60);
        self.first_s = self.first_s.min(change.at_s);
        self.last_s = self.last_s.max(change.at_s);
        let newest = self.last_s / 60;
        if self.last_s / 3_600 > before / 3_600 {
            self.buckets.settle(newest);
        }
        if let Some(tally) = &change.tally {
            self.buckets.add(minute, newest, tally);
            if let Some(spent) = change.spent {
                self.spend(minute, spent);
            }
        }
        for (members, member) in self.members.iter_mut().zip(change.members) {
            if let Some(member) = member {
                members.touch(member, minute, newest);
            }
            members.settle(newest);
        }
        if change.approved {
            self.active_s = self.active_s.max(change.at_s);
            let place = change.place.map(|place| (change.at_s, place));
            self.whereabouts.place = self.whereabouts.place.max(place);
            let country = change.country.map(|country| (change.at_s, country));
            self.whereabouts.country = self.whereabouts.country.max(country);
        }
    }

    fn spend(&mut self, minute: u32, amount: i64) {
        let at = self.amounts.partition_point(|newer| *newer > (minute, amount));
        self.amounts.insert(at, (minute, amount));
        self.amounts.truncate(AMOUNTS_MAX);
    }

    /// Its bytes. When it was last seen comes first, for those who look for idle ones.
    pub(super) fn put(&mut self, dimension: Dimension, bytes: &mut Vec<u8>) {
        let newest = self.last_s / 60;
        bytes.extend(self.last_s.to_le_bytes());
        put(bytes, u64::from(self.last_s.saturating_sub(self.first_s)));
        put(
            bytes,
            u64::from(if self.active_s == 0 {
                0
            } else {
                self.last_s.saturating_sub(self.active_s).saturating_add(1)
            }),
        );
        self.buckets.put(bytes, newest);
        for members in &mut self.members {
            members.put(bytes, newest);
        }
        if dimension == Dimension::User {
            self.put_habits(bytes, newest);
        }
    }

    fn put_habits(&self, bytes: &mut Vec<u8>, newest: u32) {
        put(bytes, u64::try_from(self.amounts.len()).unwrap_or(0));
        let mut after = newest;
        for (minute, amount) in &self.amounts {
            put(bytes, u64::from(after.saturating_sub(*minute)));
            put(bytes, amount.unsigned_abs());
            after = *minute;
        }
        bytes.push(
            u8::from(self.whereabouts.place.is_some()) | (u8::from(self.whereabouts.country.is_some()) << 1),
        );
        if let Some((at, place)) = self.whereabouts.place {
            put(bytes, u64::from(self.last_s.saturating_sub(at)));
            bytes.extend(place.latitude_udeg.to_le_bytes());
            bytes.extend(place.longitude_udeg.to_le_bytes());
        }
        if let Some((at, country)) = self.whereabouts.country {
            put(bytes, u64::from(self.last_s.saturating_sub(at)));
            bytes.extend(country.letters());
        }
    }

    pub(super) fn read(&mut self, dimension: Dimension, bytes: &[u8]) {
        self.clear();
        let mut from = Reader::new(bytes);
        self.last_s = from.word();
        self.first_s = self.last_s.saturating_sub(from.short());
        let since = from.short();
        self.active_s = if since == 0 { 0 } else { self.last_s.saturating_add(1).saturating_sub(since) };
        let newest = self.last_s / 60;
        self.buckets.read(&mut from, newest);
        for members in &mut self.members {
            members.read(&mut from, newest);
        }
        if dimension == Dimension::User {
            self.read_habits(&mut from, newest);
        }
    }

    fn read_habits(&mut self, from: &mut Reader<'_>, newest: u32) {
        let mut after = newest;
        for _ in 0..from.short() {
            after = after.saturating_sub(from.short());
            let amount = i64::try_from(from.long()).unwrap_or(i64::MAX);
            self.amounts.push((after, amount));
        }
        let there = from.byte();
        if there & 1 != 0 {
            let at = self.last_s.saturating_sub(from.short());
            let (latitude_udeg, longitude_udeg) = (from.word().cast_signed(), from.word().cast_signed());
            self.whereabouts.place = Some((at, Place { latitude_udeg, longitude_udeg }));
        }
        if there & 2 != 0 {
            let at = self.last_s.saturating_sub(from.short());
            self.whereabouts.country =
                Country::from_letters([from.byte(), from.byte()]).map(|country| (at, country));
        }
    }
}
