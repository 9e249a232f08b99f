//! Where time and new identifiers come from.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

/// A clock.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A source of identifiers that were never given out before.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 for this instant; of one source, each sorts after the one before.
    fn new_uuid(&self, now: Timestamp) -> Uuid;
}

/// Time and identifiers, to be handed to whatever needs them.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl Env {
    /// The machine's clock and random identifiers.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds::default()) }
    }

    /// A clock and identifiers of the caller's.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { clock, ids }
    }

    /// A clock that only moves when told, with identifiers that repeat from run to run.
    pub fn manual(start: Timestamp) -> (Self, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::starting_at(start));
        let ids = Arc::new(CountedIds::default());
        (Self { clock: clock.clone(), ids }, clock)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new UUIDv7.
    pub fn new_uuid(&self) -> Uuid {
        self.ids.new_uuid(self.clock.now())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        Timestamp::now()
    }
}

/// A clock for tests: it stands still until it is set.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.as_microsecond()))
    }

    /// Moves the clock forward by `seconds`.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// UUIDv7 with a counter, so that identifiers of one process sort in the order they were made.
struct RandomIds(Mutex<uuid::timestamp::context::ContextV7>);

impl Default for RandomIds {
    fn default() -> Self {
        Self(Mutex::new(uuid::timestamp::context::ContextV7::new().with_additional_precision()))
    }
}

impl IdSource for RandomIds {
    fn new_uuid(&self, now: Timestamp) -> Uuid {
        let (seconds, nanos) = unix_parts(now);
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanos))
    }
}

/// Seconds and nanoseconds since 1970, which no instant of a running system precedes.
fn unix_parts(now: Timestamp) -> (u64, u32) {
    let micros = u64::try_from(now.as_microsecond()).unwrap_or(0);
    let nanos = micros.checked_rem(1_000_000).unwrap_or(0).saturating_mul(1_000);
    (micros.checked_div(1_000_000).unwrap_or(0), u32::try_from(nanos).unwrap_or(0))
}

/// Identifiers for tests: the instant and a counter, the same in every run.
#[derive(Default)]
struct CountedIds(AtomicI64);

impl IdSource for CountedIds {
    fn new_uuid(&self, now: Timestamp) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut random = [0_u8; 10];
        for (slot, byte) in random.iter_mut().skip(2).zip(count) {
            *slot = byte;
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_one_source_sort_in_the_order_they_were_made() {
        let env = Env::system();

        let made: Vec<Uuid> = (0..10_000).map(|_| env.new_uuid()).collect();

        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let start = Timestamp::from_second(1_790_000_000).unwrap();
        let (env, clock) = Env::manual(start);

        let first = (env.now(), env.new_uuid());
        clock.advance_seconds(60);

        assert_eq!(first.0, start);
        assert_eq!(env.now(), Timestamp::from_second(1_790_000_060).unwrap());
        assert_ne!(first.1, env.new_uuid());
        assert_eq!(first.1, Env::manual(start).0.new_uuid(), "the same in every run");
    }
}
