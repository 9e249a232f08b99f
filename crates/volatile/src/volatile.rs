//! The one type that others use: Redis while it answers, memory while it does not.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use florin_kernel::{Env, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use crate::memory::Memory;
use crate::remote::{Lease, Remote, RemoteError};
use crate::{Admission, Window};

/// The first and the longest pause between attempts to reach Redis again.
const PROBE_DELAY_MIN: Duration = Duration::from_millis(100);
const PROBE_DELAY_MAX: Duration = Duration::from_secs(2);

/// Where a counter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How often the key was hit in this window, this time included.
    pub hits: u64,
    /// How long until the window ends and counting starts anew.
    pub resets_in: Duration,
}

/// Where the state is kept at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolatileState {
    /// In this process: no Redis is configured.
    Memory,
    /// In Redis.
    Redis,
    /// In this process, because Redis does not answer.
    RedisDown {
        /// Since when.
        since: Timestamp,
    },
}

/// A Redis URL that cannot be read. The URL is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Redis URL cannot be read: redis://[user:password@]host[:port]/[database] is wanted")]
pub struct InvalidUrl;

/// Counters and memberships that instances share and may lose; clones are the same one.
#[derive(Clone)]
pub struct Volatile {
    shared: Arc<Shared>,
}

struct Shared {
    env: Env,
    memory: Memory,
    remote: Option<Remote>,
    state: watch::Sender<VolatileState>,
    recoveries: watch::Sender<u64>,
}

impl Volatile {
    /// State of this process alone.
    pub fn in_memory(env: Env) -> Self {
        Self::new(env, None, VolatileState::Memory)
    }

    /// State in the Redis at `url`; while that is not reachable, now or later, in memory. No answer of Redis is waited
    /// for longer than `timeout`.
    ///
    /// # Errors
    /// [`InvalidUrl`] when the URL cannot be read.
    pub async fn connect(url: &SecretString, timeout: Duration, env: Env) -> Result<Self, InvalidUrl> {
        let client = redis::Client::open(url.expose_secret()).map_err(|_| InvalidUrl)?;
        let remote = Remote::new(client, timeout);
        let attempt = remote.connect(|| ()).await;
        let volatile = Self::new(env, Some(remote), VolatileState::Redis);
        if let Err(error) = attempt {
            volatile.shared.fall_back(&error);
        }
        Ok(volatile)
    }

    fn new(env: Env, remote: Option<Remote>, state: VolatileState) -> Self {
        let (state, _) = watch::channel(state);
        let (recoveries, _) = watch::channel(0);
        Self { shared: Arc::new(Shared { env, memory: Memory::new(), remote, state, recoveries }) }
    }

    /// Counts one more hit on `key` in its window; a window starts with its first hit and lasts `window`.
    pub async fn hit(&self, key: &str, window: Duration) -> Count {
        if let Some((remote, mut lease)) = self.redis() {
            match remote.hit(&mut lease, key, window).await {
                Ok(count) => return count,
                Err(error) => self.shared.failed(remote, &lease, &error),
            }
        }
        self.shared.memory.hit(key, window)
    }

    /// Counts one more on `key` if each of `windows` lets it through, and says how the tightest of them stands; `None`
    /// without windows. The same key must always come with the same windows.
    pub async fn admit(&self, key: &str, windows: &[Window]) -> Option<Admission> {
        if windows.is_empty() {
            return None;
        }
        if let Some((remote, mut lease)) = self.redis() {
            match remote.admit(&mut lease, key, windows).await {
                Ok(admission) => return admission,
                Err(error) => self.shared.failed(remote, &lease, &error),
            }
        }
        self.shared.memory.admit(key, windows)
    }

    /// How often `key` was hit in the window that it is in; nothing is counted.
    pub async fn count(&self, key: &str) -> u64 {
        if let Some((remote, mut lease)) = self.redis() {
            match lease.count(key).await {
                Ok(hits) => return hits,
                Err(error) => self.shared.failed(remote, &lease, &error),
            }
        }
        self.shared.memory.count(key)
    }

    /// Knows `key` from now on, for `ttl`; said again, for `ttl` from then.
    pub async fn remember(&self, key: &str, ttl: Duration) {
        self.shared.memory.remember(key, ttl);
        if let Some((remote, mut lease)) = self.redis()
            && let Err(error) = lease.remember(key, ttl).await
        {
            self.shared.failed(remote, &lease, &error);
        }
    }

    /// Whether `key` is remembered.
    pub async fn knows(&self, key: &str) -> bool {
        self.knows_any(&[key]).await
    }

    /// Whether any of `keys` is remembered, for the price of one question.
    pub async fn knows_any(&self, keys: &[&str]) -> bool {
        if keys.is_empty() {
            return false;
        }
        if let Some((remote, mut lease)) = self.redis() {
            match lease.knows_any(keys).await {
                Ok(known) => return known,
                Err(error) => self.shared.failed(remote, &lease, &error),
            }
        }
        keys.iter().any(|key| self.shared.memory.knows(key))
    }

    /// Drops what is known and counted under `key`.
    pub async fn forget(&self, key: &str) {
        self.shared.memory.forget(key);
        if let Some((remote, mut lease)) = self.redis()
            && let Err(error) = lease.forget(key).await
        {
            self.shared.failed(remote, &lease, &error);
        }
    }

    /// Where the state is kept at present.
    pub fn state(&self) -> VolatileState {
        *self.shared.state.borrow()
    }

    /// Tells of every change of [`Volatile::state`]: when Redis is lost, filters may want filling in memory.
    pub fn state_changes(&self) -> watch::Receiver<VolatileState> {
        self.shared.state.subscribe()
    }

    /// Counts how often Redis came back, perhaps empty: at each change, what it lacks must be put in again.
    pub fn recovered(&self) -> watch::Receiver<u64> {
        self.shared.recoveries.subscribe()
    }

    fn redis(&self) -> Option<(&Remote, Lease)> {
        let remote = self.shared.remote.as_ref()?;
        Some((remote, remote.lease()?))
    }
}

impl fmt::Debug for Volatile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Volatile").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Shared {
    fn failed(self: &Arc<Self>, remote: &Remote, lease: &Lease, error: &RemoteError) {
        if remote.fail(lease) {
            self.fall_back(error);
        }
    }

    /// Tells that Redis is lost, and starts looking for it.
    fn fall_back(self: &Arc<Self>, error: &RemoteError) {
        tracing::warn!(%error, "Redis is out of reach: counters and filters are kept in memory until it is back");
        self.state.send_replace(VolatileState::RedisDown { since: self.env.now() });
        tokio::spawn(probe(Arc::downgrade(self)));
    }
}

/// Tries Redis again until it is back, or until nobody wants it any more.
async fn probe(shared: Weak<Shared>) {
    let mut delay = PROBE_DELAY_MIN;
    loop {
        tokio::time::sleep(delay).await;
        delay = delay.saturating_mul(2).min(PROBE_DELAY_MAX);
        let Some(shared) = shared.upgrade() else { return };
        let Some(remote) = &shared.remote else { return };
        if remote.connect(|| announce(&shared)).await.is_ok() {
            return;
        }
    }
}

fn announce(shared: &Shared) {
    tracing::info!("Redis is back: counters and filters are shared again");
    shared.state.send_replace(VolatileState::Redis);
    shared.recoveries.send_modify(|count| *count = count.wrapping_add(1));
}
