//! What is counted of threads that own a connection each, and of the work that waits for one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use florin_kernel::meter::{Durations, Spread};

/// Connections that do the same kind of work, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolNow {
    /// Which: `readers`, `writers` or `posters`, as the settings call them.
    pub name: &'static str,
    /// How many there are.
    pub size: usize,
    /// How many of them work.
    pub in_use: usize,
    /// How many pieces of work wait for one.
    pub waiting: usize,
    /// How long work waited until one took it up, since the process started.
    pub waits: Spread,
}

/// What is counted of one pool; the threads and the handle share it.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    in_use: AtomicUsize,
    waits: Durations,
}

/// Work in the queue of a pool.
pub(crate) struct Queued<T> {
    pub(crate) work: T,
    since: Instant,
}

impl<T> Queued<T> {
    /// Work that begins to wait now.
    pub(crate) fn now(work: T) -> Self {
        Self { work, since: Instant::now() }
    }
}

impl Meter {
    /// Notes that this has waited until now, and gives it out.
    pub(crate) fn taken_up<T>(&self, queued: Queued<T>) -> T {
        self.waits.took(queued.since.elapsed());
        queued.work
    }

    /// A connection works for as long as what this gives is kept.
    pub(crate) fn working(&self) -> Working<'_> {
        self.in_use.fetch_add(1, Ordering::Relaxed);
        Working(self)
    }

    /// The pool as it is now.
    pub(crate) fn now(self: &Arc<Self>, name: &'static str, size: usize, waiting: usize) -> PoolNow {
        let in_use = self.in_use.load(Ordering::Relaxed);
        PoolNow { name, size, in_use, waiting, waits: self.waits.spread() }
    }
}

/// A connection that works.
pub(crate) struct Working<'a>(&'a Meter);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_tells_who_works_and_how_long_work_waited() {
        let meter = Arc::new(Meter::default());
        let queued = Queued::now("work");

        let (working, also) = (meter.working(), meter.working());
        let work = meter.taken_up(queued);
        drop(also);

        let now = meter.now("readers", 4, 3);
        assert_eq!((now.name, now.size, now.in_use, now.waiting), ("readers", 4, 1, 3));
        assert_eq!((work, now.waits.count()), ("work", 1));
        drop(working);
        assert_eq!(meter.now("readers", 4, 0).in_use, 0);
    }
}
