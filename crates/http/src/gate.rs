//! How many requests are worked on at once; the others wait for a while, and not all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateLimits {
    /// How many requests are worked on at once.
    pub inside_max: usize,
    /// How many more may wait.
    pub waiting_max: usize,
    /// How long one waits.
    pub patience: Duration,
}

/// The gate; whoever waits is let in in the order of arrival.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    room: Arc<Semaphore>,
    waiting: AtomicUsize,
    limits: GateLimits,
}

/// Too many wait, or one waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A place inside; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Gate {
    pub(crate) fn new(limits: GateLimits) -> Self {
        let room = Arc::new(Semaphore::new(limits.inside_max.clamp(1, Semaphore::MAX_PERMITS)));
        Self(Arc::new(Shared { room, waiting: AtomicUsize::new(0), limits }))
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn try_enter(&self) -> Option<Place> {
        Arc::clone(&self.0.room).try_acquire_owned().ok().map(Place)
    }

    /// A place, once there is one.
    pub(crate) async fn enter(&self) -> Result<Place, Full> {
        if let Some(place) = self.try_enter() {
            return Ok(place);
        }
        let waiting = Waiting::join(&self.0).ok_or(Full)?;
        let place =
            tokio::time::timeout(self.0.limits.patience, Arc::clone(&self.0.room).acquire_owned()).await;
        drop(waiting);
        // The semaphore is never closed.
        place.ok().and_then(Result::ok).map(Place).ok_or(Full)
    }
}

/// Somebody in the queue, for as long as this lives: whoever gives up is not counted any more.
struct Waiting<'a>(&'a Shared);

impl<'a> Waiting<'a> {
    fn join(shared: &'a Shared) -> Option<Self> {
        let waiting = Self(shared);
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        (before < shared.limits.waiting_max).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(inside_max: usize, waiting_max: usize, patience: Duration) -> Gate {
        Gate::new(GateLimits { inside_max, waiting_max, patience })
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_place_waits_for_one() {
        let gate = gate(1, 2, Duration::from_secs(5));
        let first = gate.enter().await.unwrap();
        assert!(gate.try_enter().is_none());

        let second = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await }
        });
        tokio::task::yield_now().await;
        drop(first);

        assert!(second.await.unwrap().is_ok());
        assert!(gate.try_enter().is_some(), "and the place is free again");
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_bounded_in_number_and_in_time() {
        let gate = gate(1, 2, Duration::from_secs(5));
        let _inside = gate.enter().await.unwrap();
        let started = tokio::time::Instant::now();

        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.enter().await.is_err() })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(gate.enter().await.err(), Some(Full));
        assert_eq!(started.elapsed(), Duration::ZERO, "one too many is told at once");
        for one in waiting {
            assert!(one.await.unwrap());
        }
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        assert_eq!(gate.0.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_leaves_the_queue() {
        let gate = gate(1, 1, Duration::from_mins(1));
        let _inside = gate.enter().await.unwrap();
        let gone = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await.is_err() }
        });
        tokio::task::yield_now().await;
        gone.abort();
        let _ = gone.await;

        assert_eq!(gate.0.waiting.load(Ordering::Relaxed), 0);
    }
}
