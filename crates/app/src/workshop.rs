//! Work that takes the processor for a while, a few pieces at once and beside the threads that serve requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// Places for such work. Clones share them.
#[derive(Clone)]
pub(crate) struct Workshop {
    places: Arc<Semaphore>,
    patience: Duration,
}

/// Why work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// No place was free in time; nothing was begun.
    Busy,
    /// It ended early.
    Broken,
}

impl Workshop {
    /// So many places, for each of which is waited that long at most.
    pub(crate) fn new(places: u16, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(usize::from(places.max(1)))), patience }
    }

    /// Does the work once a place is free. A caller who goes away in between does not free the place before its work
    /// is done.
    pub(crate) async fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let waiting = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned());
        let place = waiting.await.map_err(|_| NotDone::Busy)?.map_err(|_| NotDone::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|_| NotDone::Broken)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_finds_no_place_in_time_is_told_so_and_a_place_is_free_again_afterwards() {
        let workshop = Workshop::new(1, Duration::from_millis(20));
        let (finish, finished) = mpsc::channel::<()>();
        let (start, at_work) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let workshop = workshop.clone();
            async move {
                let work = move || {
                    let _ = start.send(());
                    let _ = finished.recv();
                    1
                };
                workshop.within(work).await
            }
        });
        at_work.await.unwrap();

        assert_eq!(workshop.within(|| 2).await, Err(NotDone::Busy));
        finish.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(1));
        assert_eq!(workshop.within(|| 3).await, Ok(3));
    }

    #[tokio::test]
    async fn work_that_panics_is_told_apart_and_leaves_its_place() {
        let workshop = Workshop::new(1, Duration::from_millis(200));
        assert_eq!(workshop.within(|| panic!("torn")).await, Err::<(), _>(NotDone::Broken));
        assert_eq!(workshop.within(|| 1).await, Ok(1));
    }
}
