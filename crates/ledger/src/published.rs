//! Balances that are committed but not yet in their rows (SQLite).
//!
//! A reader sees one committed moment of the database, and the balances shown beside it must be of the
//! same moment: neither older than what the rows and transfers of that moment say, nor newer, for entries
//! that its moment does not know cannot be read. So a snapshot that was replaced or written to its row
//! stays for a while, and a reader takes the latest that is not past the last transfer it can see.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use florin_db::{DbError, Engine, Reader};
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};

use crate::rules::{Account, Accumulators};

/// What a reader wants to know of an account beside its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) balance: Accumulators,
    pub(crate) version: i64,
    pub(crate) last_seq: i64,
}

impl From<&Account> for Snapshot {
    fn from(account: &Account) -> Self {
        Self { balance: account.balance, version: account.version, last_seq: account.last_seq }
    }
}

/// The moment that a reader sees, by the last transfer in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Horizon(i64);

impl Horizon {
    /// That of this reader.
    pub(crate) fn of(reader: &mut Reader<'_>) -> Result<Self, DbError> {
        const LAST: &str = "SELECT seq FROM ledger_transfer ORDER BY seq DESC LIMIT 1";
        if reader.engine() == Engine::Postgres {
            return Ok(Self(0)); // its rows never lag behind
        }
        let last = reader.row(LAST, &[])?;
        Ok(Self(last.map_or(Ok(0), |row| row.get(0))?))
    }
}

/// How long a reader may take from its first look at the database to its last at a balance.
const GRACE: Duration = Duration::from_secs(2);
const SHARDS: usize = 64;

type Shard = RwLock<HashMap<i64, VecDeque<(Instant, Snapshot)>, RandomState>>;

/// Snapshots by account number, each added after the commit that it shows.
pub(crate) struct Published {
    shards: Vec<Shard>,
    /// What was written to its row, in the order of time.
    written: Mutex<VecDeque<(Instant, i64)>>,
    grace: Duration,
}

impl Default for Published {
    fn default() -> Self {
        Self::keeping(GRACE)
    }
}

impl Published {
    fn keeping(grace: Duration) -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect(), written: Mutex::default(), grace }
    }

    fn shard(&self, no: i64) -> Option<&Shard> {
        let at = usize::try_from(no.rem_euclid(64)).unwrap_or(0);
        self.shards.get(at)
    }

    /// The account as it was at that moment, if its row may not say.
    pub(crate) fn get(&self, no: i64, horizon: Horizon) -> Option<Snapshot> {
        let shard = self.shard(no)?.read();
        let snapshots = shard.get(&no)?.iter().rev().map(|(_, snapshot)| *snapshot);
        snapshots.into_iter().find(|snapshot| snapshot.last_seq <= horizon.0)
    }

    /// Shows an account as a commit left it.
    pub(crate) fn put(&self, no: i64, snapshot: Snapshot) {
        let Some(shard) = self.shard(no) else { return };
        let now = Instant::now();
        let mut shard = shard.write();
        let snapshots = shard.entry(no).or_default();
        snapshots.push_back((now, snapshot));
        // Who does not see the second yet began before it was there.
        while snapshots.get(1).is_some_and(|(since, _)| now.duration_since(*since) > self.grace) {
            snapshots.pop_front();
        }
    }

    /// The account's row says what its latest snapshot says.
    pub(crate) fn written(&self, no: i64) {
        self.written.lock().push_back((Instant::now(), no));
    }

    /// Forgets what all readers find in the rows.
    pub(crate) fn tidy(&self) {
        let now = Instant::now();
        let mut written = self.written.lock();
        while let Some((since, no)) =
            written.pop_front_if(|(since, _)| now.duration_since(*since) > self.grace)
        {
            let Some(shard) = self.shard(no) else { continue };
            let mut shard = shard.write();
            let Some(snapshots) = shard.get_mut(&no) else { continue };
            while snapshots.pop_front_if(|(at, _)| *at <= since).is_some() {}
            if snapshots.is_empty() {
                shard.remove(&no);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(seq: i64) -> Snapshot {
        Snapshot { balance: Accumulators::default(), version: seq, last_seq: seq }
    }

    #[test]
    fn a_reader_is_shown_its_own_moment() {
        let published = Published::default();
        for seq in [10, 20, 30] {
            published.put(1, snapshot(seq));
        }
        published.written(1);
        published.tidy();

        assert_eq!(published.get(1, Horizon(9)), None);
        assert_eq!(published.get(1, Horizon(25)), Some(snapshot(20)));
        assert_eq!(published.get(1, Horizon(99)), Some(snapshot(30)));
        assert_eq!(published.get(65, Horizon(99)), None, "of another account in the same shard");
    }

    #[test]
    fn what_no_reader_needs_any_more_is_forgotten() {
        let published = Published::keeping(Duration::ZERO);
        let wait = || std::thread::sleep(Duration::from_millis(2));
        published.put(1, snapshot(10));
        published.put(2, snapshot(11));
        wait();
        published.written(1);
        published.written(2);
        wait();
        published.put(2, snapshot(20));
        wait();
        published.tidy();

        assert_eq!(published.get(1, Horizon(99)), None);
        assert_eq!(published.get(2, Horizon(99)), Some(snapshot(20)), "it changed since it was written");
        assert_eq!(published.get(2, Horizon(15)), None);
        assert!(published.written.lock().is_empty());
    }
}
