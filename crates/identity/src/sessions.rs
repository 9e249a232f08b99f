//! What this process remembers of sign-ins, so that a request need not ask the database.
//!
//! A token that was checked is remembered by its SHA-256, with the sign-in it belongs to; the sign-in is read again
//! after [`Settings::recheck_seconds`](crate::Settings::recheck_seconds), or at once when this process changed it. A
//! reading that began before such a change is not trusted: [`Sessions::epoch`] tells the two apart.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use florin_kernel::{Origin, Principal, Proved, SessionId, Timestamp};
use parking_lot::RwLock;
use sha2::{Digest as _, Sha256};

use crate::RevocationFilter;
use crate::drift::Place;

const SHARDS: usize = 64;

/// The SHA-256 of a whole token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a sign-in was worth when it was read from the database.
pub(crate) struct Reading {
    pub principal: Arc<Principal>,
    /// The only device that its tokens are taken from.
    pub device: Option<[u8; 32]>,
    /// The browser that keeps it, where one does.
    pub browser: Option<Browser>,
    /// Where it was begun, or where a factor was proved last.
    pub place: Place,
    /// Whether it is used from too far away from there.
    pub drifted: bool,
}

/// A browser's hold on a sign-in.
pub(crate) struct Browser {
    /// The SHA-256 of its cookie's secret.
    pub cookie: TokenDigest,
    pub idle_us: i64,
    pub ends_at: Timestamp,
    /// When it was used last, as far as was noted.
    pub last_seen_at: Timestamp,
    pub proved: Proved,
}

/// A sign-in that this process knows.
pub(crate) struct Live {
    pub session: SessionId,
    reading: RwLock<Arc<Reading>>,
    read_at_us: AtomicI64,
    used_at_us: AtomicI64,
    noted_at_us: AtomicI64,
    /// The hash of the place that it was found near enough at, since it was read; 0 for none.
    seen_at: AtomicU64,
}

/// The time of last use is noted no more often than this, in microseconds.
const NOTE_AFTER_US: i64 = 60_000_000;
/// Never: a reading of this time is always read again.
const UNREAD: i64 = i64::MIN;

impl Reading {
    /// Whether its tokens are taken from a device with this fingerprint.
    pub(crate) fn is_taken_from(&self, fingerprint: Option<[u8; 32]>) -> bool {
        self.device.is_none_or(|bound| fingerprint == Some(bound))
    }

    /// Whether its tokens are taken from one device alone.
    pub(crate) fn is_bound(&self) -> bool {
        self.device.is_some()
    }
}

impl Live {
    pub(crate) fn reading(&self) -> Arc<Reading> {
        Arc::clone(&self.reading.read())
    }

    /// Whether a browser keeps it by this cookie, which did not lie unused for too long, as far as is known here.
    pub(crate) fn browser_is_good(&self, shown: &TokenDigest, now: Timestamp) -> bool {
        let reading = self.reading();
        let Some(browser) = reading.browser.as_ref().filter(|browser| browser.cookie == *shown) else {
            return false;
        };
        let used_us = self.used_at_us.load(Ordering::Relaxed).max(browser.last_seen_at.as_microsecond());
        now < browser.ends_at && now.as_microsecond().saturating_sub(used_us) < browser.idle_us
    }

    /// Whether it was found near enough at this place since it was read.
    pub(crate) fn was_seen_at(&self, place: u64) -> bool {
        self.seen_at.load(Ordering::Relaxed) == place
    }

    /// It is near enough at this place.
    pub(crate) fn seen_at(&self, place: u64) {
        self.seen_at.store(place, Ordering::Relaxed);
    }

    /// It is used at `now`.
    pub(crate) fn used(&self, now: Timestamp) {
        self.used_at_us.store(now.as_microsecond(), Ordering::Relaxed);
    }

    /// When it was used last, unless that is within a minute of what was noted before; counts as noted.
    fn take_use(&self) -> Option<Timestamp> {
        let used = self.used_at_us.load(Ordering::Relaxed);
        let noted = self.noted_at_us.load(Ordering::Relaxed);
        if used.saturating_sub(noted) < NOTE_AFTER_US {
            return None;
        }
        self.noted_at_us.store(used, Ordering::Relaxed);
        Timestamp::from_microsecond(used).ok()
    }

    /// Whether it was read within `micros` before `now`.
    pub(crate) fn is_fresh(&self, now: Timestamp, micros: i64) -> bool {
        let age = now.as_microsecond().saturating_sub(self.read_at_us.load(Ordering::Acquire));
        (0..micros).contains(&age)
    }
}

type Shard<K, V> = RwLock<HashMap<K, V, foldhash::fast::RandomState>>;

/// Sign-ins and the tokens that were checked for them; of each at most a fixed number.
pub(crate) struct Sessions {
    tokens: Vec<Shard<TokenDigest, Known>>,
    live: Vec<Shard<SessionId, Arc<Live>>>,
    shard_max: usize,
    epoch: AtomicU64,
    /// Places are told apart by hashes that nobody outside can make meet.
    places: foldhash::quality::RandomState,
}

/// A token that was checked.
#[derive(Clone)]
pub(crate) struct Known {
    pub live: Arc<Live>,
    pub told: Told,
}

/// What a token itself tells.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// When its time is over, in seconds since 1970.
    pub expires_at_s: u64,
    /// When its bearer last proved who they are.
    pub proved: Proved,
}

impl Sessions {
    /// Remembers `tokens_max` tokens at most.
    pub(crate) fn new(tokens_max: usize) -> Self {
        Self {
            tokens: (0..SHARDS).map(|_| RwLock::default()).collect(),
            live: (0..SHARDS).map(|_| RwLock::default()).collect(),
            shard_max: tokens_max.div_ceil(SHARDS).max(1),
            epoch: AtomicU64::new(0),
            places: foldhash::quality::RandomState::default(),
        }
    }

    /// What tells the place that a request comes from, from others; never 0.
    pub(crate) fn place_hash(&self, origin: &Origin) -> u64 {
        let mut hasher = self.places.build_hasher();
        origin.ip.hash(&mut hasher);
        origin.user_agent.hash(&mut hasher);
        origin.country.hash(&mut hasher);
        hasher.finish().max(1)
    }

    /// What is known of a token that was checked before and has not expired.
    pub(crate) fn of_token(&self, digest: &TokenDigest, now_s: u64) -> Option<Known> {
        let known = self.token_shard(digest)?.read().get(digest).cloned()?;
        (known.told.expires_at_s > now_s).then_some(known)
    }

    /// Counts the changes; to be asked before a sign-in is read, and given to [`Sessions::put`] after.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Remembers what was read at `now`; when something changed since `epoch`, it will be read again.
    pub(crate) fn put(&self, session: SessionId, reading: Reading, now: Timestamp, epoch: u64) -> Arc<Live> {
        let reading = Arc::new(reading);
        let shard = self.live_shard(session).map(RwLock::write);
        // The epoch is asked under the lock that `forget` takes after it counts: one of the two sees the other.
        let read_at_us = if self.epoch() == epoch { now.as_microsecond() } else { UNREAD };
        let known = shard.as_ref().and_then(|shard| shard.get(&session).cloned());
        if let Some(live) = known {
            *live.reading.write() = reading;
            live.seen_at.store(0, Ordering::Relaxed);
            live.read_at_us.store(read_at_us, Ordering::Release);
            return live;
        }
        let live = Arc::new(Live {
            session,
            reading: RwLock::new(reading),
            read_at_us: AtomicI64::new(read_at_us),
            used_at_us: AtomicI64::new(0),
            noted_at_us: AtomicI64::new(0),
            seen_at: AtomicU64::new(0),
        });
        if let Some(mut shard) = shard {
            if shard.len() >= self.shard_max {
                make_room(&mut shard, self.shard_max);
            }
            shard.insert(session, Arc::clone(&live));
        }
        live
    }

    /// Remembers that a token was checked and belongs to a sign-in.
    pub(crate) fn put_token(&self, digest: TokenDigest, live: Arc<Live>, told: Told, now_s: u64) {
        let Some(shard) = self.token_shard(&digest) else { return };
        let mut shard = shard.write();
        if shard.len() >= self.shard_max {
            shard.retain(|_, known| known.told.expires_at_s > now_s);
            if shard.len() >= self.shard_max {
                shard.clear();
            }
        }
        shard.insert(digest, Known { live, told });
    }

    /// Forgets every token that was checked; each is checked anew.
    pub(crate) fn forget_tokens(&self) {
        for shard in &self.tokens {
            shard.write().clear();
        }
    }

    /// Distrusts what is known of a sign-in: it changed or ended, and the next request reads it.
    pub(crate) fn forget(&self, session: SessionId) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        if let Some(live) = self.live_shard(session).and_then(|shard| shard.write().get(&session).cloned()) {
            live.read_at_us.store(UNREAD, Ordering::Release);
        }
    }

    /// The sign-ins that were used since this was last asked, or a minute before, and when.
    pub(crate) fn take_uses(&self) -> Vec<(SessionId, Timestamp)> {
        let shards = self.live.iter().flat_map(|shard| shard.read().values().cloned().collect::<Vec<_>>());
        shards.filter_map(|live| Some((live.session, live.take_use()?))).collect()
    }

    fn token_shard(&self, digest: &TokenDigest) -> Option<&Shard<TokenDigest, Known>> {
        self.tokens.get(usize::from(digest.0[0]) % SHARDS)
    }

    fn live_shard(&self, session: SessionId) -> Option<&Shard<SessionId, Arc<Live>>> {
        let [.., last] = session.uuid().into_bytes();
        self.live.get(usize::from(last) % SHARDS)
    }
}

/// Drops sign-ins that no token refers to, or all when there are none; what is dropped is trusted by nobody any more.
fn make_room(shard: &mut HashMap<SessionId, Arc<Live>, foldhash::fast::RandomState>, max: usize) {
    shard.retain(|_, live| Arc::strong_count(live) > 1);
    if shard.len() >= max {
        for live in shard.values() {
            live.read_at_us.store(UNREAD, Ordering::Release);
        }
        shard.clear();
    }
}

/// The revocations that this process knows of, until what they revoke has died by itself.
#[derive(Default)]
pub struct LocalRevocations {
    until_us: RwLock<HashMap<SessionId, i64, foldhash::fast::RandomState>>,
}

/// How many revocations are kept before those that are over are looked for.
const REVOCATIONS_SWEEP: usize = 10_000;

impl RevocationFilter for LocalRevocations {
    fn revoked(&self, session: SessionId) -> bool {
        let known = self.until_us.read();
        !known.is_empty() && known.contains_key(&session)
    }

    fn revoke(&self, session: SessionId, until: Timestamp, now: Timestamp) {
        let mut known = self.until_us.write();
        if known.len() >= REVOCATIONS_SWEEP && known.len().is_power_of_two() {
            known.retain(|_, until_us| *until_us > now.as_microsecond());
        }
        known.insert(session, until.as_microsecond());
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{UserId, Uuid};

    use super::*;

    const NOW_S: u64 = 1_790_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn told() -> Told {
        Told { expires_at_s: NOW_S + 900, proved: Proved::default() }
    }

    fn session(n: u128) -> SessionId {
        SessionId::from_uuid(Uuid::from_u128(n))
    }

    fn reading(session: SessionId) -> Reading {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let (roles, department) = (vec![], None);
        let principal =
            Arc::new(Principal::User { user, session, roles, department, verified: true, mfa_due: false });
        Reading { principal, device: None, browser: None, place: Place::default(), drifted: false }
    }

    #[test]
    fn a_token_is_remembered_until_it_expires_and_its_sign_in_until_it_is_stale() {
        let sessions = Sessions::new(1000);
        let live = sessions.put(session(1), reading(session(1)), now(), sessions.epoch());
        sessions.put_token(TokenDigest::of("t"), live, told(), NOW_S);

        let known = sessions.of_token(&TokenDigest::of("t"), NOW_S).unwrap().live;

        assert!(known.is_fresh(later(4), 5_000_000) && !known.is_fresh(later(5), 5_000_000));
        assert!(!known.is_fresh(later(-1), 5_000_000), "a clock that went back makes nothing fresh");
        assert!(sessions.of_token(&TokenDigest::of("t"), NOW_S + 900).is_none());
        assert!(sessions.of_token(&TokenDigest::of("u"), NOW_S).is_none());
    }

    #[test]
    fn what_is_forgotten_is_read_again_whoever_holds_it() {
        let sessions = Sessions::new(1000);
        let live = sessions.put(session(1), reading(session(1)), now(), sessions.epoch());
        sessions.put_token(TokenDigest::of("t"), Arc::clone(&live), told(), NOW_S);

        sessions.forget(session(1));

        assert!(!live.is_fresh(now(), 5_000_000));
        let known = sessions.of_token(&TokenDigest::of("t"), NOW_S).unwrap().live;
        assert!(!known.is_fresh(now(), 5_000_000));

        sessions.put(session(1), reading(session(1)), later(1), sessions.epoch());

        assert!(known.is_fresh(later(1), 5_000_000), "a reading serves every token of the sign-in");
    }

    #[test]
    fn a_reading_that_began_before_a_change_is_not_trusted() {
        let sessions = Sessions::new(1000);
        let epoch = sessions.epoch();
        sessions.forget(session(1));

        let live = sessions.put(session(1), reading(session(1)), now(), epoch);

        assert!(!live.is_fresh(now(), 5_000_000));
    }

    #[test]
    fn memory_is_bounded() {
        let sessions = Sessions::new(640);
        for n in 0..10_000 {
            let live = sessions.put(session(n), reading(session(n)), now(), sessions.epoch());
            sessions.put_token(TokenDigest::of(&n.to_string()), live, told(), NOW_S);
        }

        let tokens: usize = sessions.tokens.iter().map(|shard| shard.read().len()).sum();
        let live: usize = sessions.live.iter().map(|shard| shard.read().len()).sum();
        assert!(tokens <= 640 && live <= 640, "{tokens} tokens, {live} sign-ins");
    }

    #[test]
    fn a_browser_is_good_until_it_lay_unused_for_too_long_and_to_its_end_at_most() {
        let sessions = Sessions::new(1000);
        let cookie = TokenDigest::of("cookie");
        let browser = Browser {
            cookie,
            idle_us: 900_000_000,
            ends_at: later(2_000),
            last_seen_at: now(),
            proved: Proved::default(),
        };
        let read = Reading { browser: Some(browser), ..reading(session(1)) };
        let live = sessions.put(session(1), read, now(), sessions.epoch());

        assert!(live.browser_is_good(&cookie, later(899)) && !live.browser_is_good(&cookie, later(900)));
        assert!(!live.browser_is_good(&TokenDigest::of("another"), now()));
        live.used(later(800));
        assert!(live.browser_is_good(&cookie, later(1_699)) && !live.browser_is_good(&cookie, later(1_700)));
        live.used(later(1_600));
        assert!(live.browser_is_good(&cookie, later(1_999)) && !live.browser_is_good(&cookie, later(2_000)));
    }

    #[test]
    fn a_place_is_recognised_until_the_sign_in_is_read_again() {
        let sessions = Sessions::new(1000);
        let live = sessions.put(session(1), reading(session(1)), now(), sessions.epoch());
        let here = sessions.place_hash(&Origin { user_agent: Some("a".into()), ..Origin::default() });
        assert_ne!(here, sessions.place_hash(&Origin { user_agent: Some("b".into()), ..Origin::default() }));

        live.seen_at(here);
        assert!(live.was_seen_at(here));

        sessions.put(session(1), reading(session(1)), now(), sessions.epoch());
        assert!(!live.was_seen_at(here));
    }

    #[test]
    fn a_revocation_is_remembered() {
        let revocations = LocalRevocations::default();

        revocations.revoke(session(1), later(900), now());

        assert!(revocations.revoked(session(1)) && !revocations.revoked(session(2)));
    }
}
