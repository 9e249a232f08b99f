//! What is counted of decisions, for whoever watches the program.

use florin_kernel::meter::{Count, Durations};

use crate::ruling::Verdict;

/// Decisions of this process since it started.
#[derive(Debug, Default)]
pub struct Stats {
    verdicts: [Count; Verdict::ALL.len()],
    /// How long they took.
    pub durations: Durations,
}

impl Stats {
    pub(super) fn count(&self, verdict: Verdict) {
        let place = Verdict::ALL.iter().position(|one| *one == verdict);
        if let Some(count) = place.and_then(|place| self.verdicts.get(place)) {
            count.one();
        }
    }

    /// By verdict, how many there were.
    pub fn verdicts(&self) -> impl Iterator<Item = (Verdict, u64)> {
        Verdict::ALL.into_iter().zip(self.verdicts.iter().map(Count::get))
    }
}
