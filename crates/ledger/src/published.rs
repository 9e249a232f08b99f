//! Balances that are committed but not yet in their rows (SQLite): readers look here first.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use parking_lot::RwLock;

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

const SHARDS: usize = 64;

type Shard = RwLock<HashMap<i64, Snapshot, RandomState>>;

/// Snapshots by account number. A snapshot is added after the commit that it shows and removed after
/// the commit that wrote it to its row, so who looks here first and into the row then misses nothing.
pub(crate) struct Published {
    shards: Vec<Shard>,
}

impl Default for Published {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }
}

impl Published {
    fn shard(&self, no: i64) -> Option<&Shard> {
        let at = usize::try_from(no.rem_euclid(64)).unwrap_or(0);
        self.shards.get(at)
    }

    pub(crate) fn get(&self, no: i64) -> Option<Snapshot> {
        self.shard(no)?.read().get(&no).copied()
    }

    pub(crate) fn put(&self, no: i64, snapshot: Snapshot) {
        if let Some(shard) = self.shard(no) {
            shard.write().insert(no, snapshot);
        }
    }

    pub(crate) fn remove(&self, no: i64) {
        if let Some(shard) = self.shard(no) {
            shard.write().remove(&no);
        }
    }

    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            shard.write().clear();
        }
    }
}
