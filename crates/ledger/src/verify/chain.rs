//! One account's chain of entries, followed from its first.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use crate::rules::{Accumulators, Side};

use super::Findings;

/// One entry, as its transfer stored it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) previous: i64,
    pub(super) version: i64,
    pub(super) side: Side,
    /// What the transfer adds to what is pending; below zero when it resolves a hold.
    pub(super) pending: i64,
    /// What it posts.
    pub(super) posted: i64,
    pub(super) after: Accumulators,
}

/// Where the chain has come to, and what else is known of the account.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) version: i64,
    pub(super) balance: Accumulators,
    pub(super) last_seq: i64,
    pub(super) last_at: i64,
    /// Signposts found.
    pub(super) marks: i64,
    /// What open holds reserve on either side.
    pub(super) open: (i128, i128),
    /// Sums by value date, of the entries and as they were stored.
    pub(super) days: DaySums,
    pub(super) stored_days: DaySums,
    /// Entries whose number is not up yet.
    early: BTreeMap<i64, Entry>,
}

impl Chain {
    /// Takes an entry in the order of sequence numbers, which need not be that of the account.
    pub(super) fn take(&mut self, no: i64, entry: Entry, early_max: usize, findings: &mut Findings) {
        if entry.version <= self.version || self.early.contains_key(&entry.version) {
            findings.add(format!("account {no}: transfer {} repeats entry {}", entry.seq, entry.version));
            return;
        }
        self.early.insert(entry.version, entry);
        self.follow(no, findings);
        while self.early.len() > early_max {
            self.skip_what_is_missing(no, findings);
        }
    }

    /// All entries have been taken: what still waits has a gap before it.
    pub(super) fn finish(&mut self, no: i64, findings: &mut Findings) {
        while !self.early.is_empty() {
            self.skip_what_is_missing(no, findings);
        }
    }

    fn follow(&mut self, no: i64, findings: &mut Findings) {
        while let Some(entry) = self.early.remove(&self.version.saturating_add(1)) {
            self.append(no, &entry, findings);
        }
    }

    /// Goes on at the next entry there is, from the sums it ought to have found.
    fn skip_what_is_missing(&mut self, no: i64, findings: &mut Findings) {
        let Some((version, entry)) = self.early.pop_first() else { return };
        let (first, last) = (self.version.saturating_add(1), version.saturating_sub(1));
        findings.add(format!("account {no}: entries {first} to {last} are missing"));
        self.stand_at(&entry);
        self.follow(no, findings);
    }

    fn append(&mut self, no: i64, entry: &Entry, findings: &mut Findings) {
        let Entry { seq, version, .. } = *entry;
        findings.add_unless(entry.previous == self.last_seq, || {
            format!("account {no}: entry {version} (transfer {seq}) does not name the entry before it")
        });
        findings.add_unless(entry.at > self.last_at, || {
            format!("account {no}: entry {version} (transfer {seq}) is not later than the entry before it")
        });
        findings.add_unless(self.expected(entry) == Some(entry.after), || {
            format!("account {no}: the sums after entry {version} (transfer {seq}) do not follow from those before it")
        });
        self.stand_at(entry);
    }

    fn stand_at(&mut self, entry: &Entry) {
        self.version = entry.version;
        self.balance = entry.after;
        self.last_seq = entry.seq;
        self.last_at = entry.at;
    }

    /// The sums after the entry, if they are possible at all.
    fn expected(&self, entry: &Entry) -> Option<Accumulators> {
        let mut sums = self.balance;
        let (pending, posted) = match entry.side {
            Side::Debit => (&mut sums.debits_pending, &mut sums.debits_posted),
            Side::Credit => (&mut sums.credits_pending, &mut sums.credits_posted),
        };
        *pending = pending.checked_add(entry.pending).filter(|sum| *sum >= 0)?;
        *posted = posted.checked_add(entry.posted).filter(|sum| *sum >= 0)?;
        Some(sums)
    }
}

/// Sums by value date in little room: two accounts' sums are equal day by day exactly when their prints
/// are, but for a chance of one in 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DaySums {
    debits: u128,
    credits: u128,
}

/// The weights of the days, which nobody can know beforehand.
#[derive(Default)]
pub(super) struct DayPrint {
    weights: RandomState,
}

impl DayPrint {
    /// Adds sums of one day.
    pub(super) fn add(&self, to: &mut DaySums, day: i64, debits: i64, credits: i64) {
        let weight = u128::from(self.weights.hash_one(day));
        let print = |amount: i64| u128::from(amount.cast_unsigned()).wrapping_mul(weight);
        to.debits = to.debits.wrapping_add(print(debits));
        to.credits = to.credits.wrapping_add(print(credits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: i64) -> Entry {
        let after = Accumulators { debits_posted: version.saturating_mul(10), ..Accumulators::default() };
        Entry {
            seq: version,
            at: version,
            previous: version.saturating_sub(1),
            version,
            side: Side::Debit,
            pending: 0,
            posted: 10,
            after,
        }
    }

    fn problems(versions: &[i64], early_max: usize) -> Vec<String> {
        let (mut chain, mut findings) = (Chain::default(), Findings::default());
        for version in versions {
            chain.take(7, entry(*version), early_max, &mut findings);
        }
        chain.finish(7, &mut findings);
        findings.sentences()
    }

    #[test]
    fn entries_may_come_out_of_order_but_not_be_missing_or_repeated() {
        assert_eq!(problems(&[1, 4, 3, 2, 5], 10), Vec::<String>::new());
        assert_eq!(problems(&[1, 4, 2, 5], 10), ["account 7: entries 3 to 3 are missing"]);
        assert_eq!(problems(&[1, 2, 2], 10), ["account 7: transfer 2 repeats entry 2"]);
        assert_eq!(problems(&[1, 4, 5], 0), ["account 7: entries 2 to 3 are missing"]);
    }

    #[test]
    fn an_amount_moved_to_another_day_shows() {
        let print = DayPrint::default();
        let (mut one, mut other, mut third) = (DaySums::default(), DaySums::default(), DaySums::default());
        print.add(&mut one, 1, 5, 0);
        print.add(&mut one, 2, 7, 0);
        print.add(&mut other, 2, 3, 0);
        print.add(&mut other, 1, 5, 0);
        print.add(&mut other, 2, 4, 0);
        print.add(&mut third, 1, 6, 0);
        print.add(&mut third, 2, 6, 0);

        assert_eq!(one, other);
        assert_ne!(one, third);
    }
}
