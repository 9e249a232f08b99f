//! What this process remembers of keys: those it checked, and how they were used since that was last noted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use florin_kernel::{ApiKeyId, Authority, Principal, Timestamp};
use parking_lot::{Mutex, RwLock};

use super::{Network, Quota};

/// How many keys are remembered.
const REMEMBERED: usize = 10_000;

/// A key that was checked.
pub(crate) struct Known {
    pub id: ApiKeyId,
    pub principal: Arc<Principal>,
    pub authority: Arc<dyn Authority>,
    pub networks: Vec<Network>,
    pub quota: Quota,
    pub expires_at: Timestamp,
    pub read_at: Timestamp,
}

/// How a key was used since that was last noted.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pub uses: u64,
    pub last_at: Timestamp,
    pub last_ip: Option<IpAddr>,
}

/// The keys that this process knows.
#[derive(Default)]
pub(crate) struct Keys {
    known: RwLock<HashMap<[u8; 32], Arc<Known>, foldhash::fast::RandomState>>,
    usage: Mutex<HashMap<ApiKeyId, Usage, foldhash::fast::RandomState>>,
    epoch: AtomicU64,
}

impl Keys {
    /// A key that was checked within `micros` before `now`.
    pub(super) fn fresh(&self, hash: &[u8; 32], now: Timestamp, micros: i64) -> Option<Arc<Known>> {
        let known = self.known.read().get(hash).cloned()?;
        let age = now.as_microsecond().saturating_sub(known.read_at.as_microsecond());
        (0..micros).contains(&age).then_some(known)
    }

    /// Counts the changes; to be asked before a key is read, and given to [`Keys::put`] after.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Remembers a key, unless something changed since `epoch`.
    pub(super) fn put(&self, hash: [u8; 32], known: Arc<Known>, epoch: u64) {
        let mut all = self.known.write();
        // Asked under the lock that `forget` takes after it counts: one of the two sees the other.
        if self.epoch() != epoch {
            return;
        }
        if all.len() >= REMEMBERED && !all.contains_key(&hash) {
            all.clear();
        }
        all.insert(hash, known);
    }

    /// Forgets all keys: one was revoked, or its owner's standing changed. Both are rare, and reading a key is cheap.
    pub(crate) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.known.write().clear();
    }

    /// Counts a use.
    pub(super) fn used(&self, key: ApiKeyId, at: Timestamp, ip: Option<IpAddr>) {
        self.add(key, Usage { uses: 1, last_at: at, last_ip: ip });
    }

    /// The uses since this was last asked.
    pub(super) fn take_usage(&self) -> Vec<(ApiKeyId, Usage)> {
        self.usage.lock().drain().collect()
    }

    /// Takes uses back that could not be noted.
    pub(super) fn give_back(&self, usage: Vec<(ApiKeyId, Usage)>) {
        for (key, usage) in usage {
            self.add(key, usage);
        }
    }

    fn add(&self, key: ApiKeyId, more: Usage) {
        let mut all = self.usage.lock();
        let usage = all.entry(key).or_insert(Usage { uses: 0, ..more });
        usage.uses = usage.uses.saturating_add(more.uses);
        if more.last_at >= usage.last_at {
            (usage.last_at, usage.last_ip) = (more.last_at, more.last_ip);
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Action, Denied, Resource, Uuid};

    use super::*;

    struct Nobody;

    impl Authority for Nobody {
        fn decide(&self, _: &Principal, action: Action, _: &Resource) -> Result<(), Denied> {
            Err(Denied::Forbidden { action })
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn known(read_at: Timestamp) -> Arc<Known> {
        Arc::new(Known {
            id: ApiKeyId::from_uuid(Uuid::from_u128(1)),
            principal: Arc::new(Principal::Anonymous),
            authority: Arc::new(Nobody),
            networks: vec![],
            quota: Quota::default(),
            expires_at: at(9_999),
            read_at,
        })
    }

    #[test]
    fn a_key_is_remembered_for_a_while_and_not_past_a_change() {
        let keys = Keys::default();
        keys.put([1; 32], known(at(100)), keys.epoch());
        assert!(keys.fresh(&[1; 32], at(104), 5_000_000).is_some());
        assert!(keys.fresh(&[1; 32], at(105), 5_000_000).is_none());
        assert!(keys.fresh(&[1; 32], at(99), 5_000_000).is_none(), "a clock that went back");

        let before = keys.epoch();
        keys.forget();
        keys.put([1; 32], known(at(100)), before);
        assert!(
            keys.fresh(&[1; 32], at(100), 5_000_000).is_none(),
            "what was read before a change is not kept"
        );
    }

    #[test]
    fn uses_are_told_once_and_given_back_add_up() {
        let keys = Keys::default();
        let id = ApiKeyId::from_uuid(Uuid::from_u128(1));
        keys.used(id, at(10), None);
        let taken = keys.take_usage();
        assert!(keys.take_usage().is_empty());

        keys.used(id, at(20), Some("192.0.2.1".parse().unwrap()));
        keys.give_back(taken);

        let (_, usage) = keys.take_usage()[0];
        assert_eq!((usage.uses, usage.last_at), (2, at(20)));
        assert!(usage.last_ip.is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let keys = Keys::default();
        for n in 0..u32::try_from(REMEMBERED).unwrap() + 5 {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            keys.put(hash, known(at(1)), keys.epoch());
        }
        assert!(keys.known.read().len() <= REMEMBERED);
    }
}
