//! What is counted of commits, for whoever watches the program.

use florin_kernel::meter::{Count, Durations};

/// Counts of this process since it started.
#[derive(Debug, Default)]
pub struct Stats {
    /// Batches that were committed.
    pub batches: Count,
    /// What they held: events of postings.
    pub batch_events: Count,
    /// How long a batch took, its commit included.
    pub batch: Durations,
    /// How long a commit took until it was durable.
    pub commit: Durations,
    /// Units of work that were committed.
    pub committed: Count,
    /// Units of work that were undone.
    pub undone: Count,
}
