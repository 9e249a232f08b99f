//! Where readings come from.

use std::pin::Pin;

use crate::Reading;

/// Readings that take a while.
pub type Gathering<'a> = Pin<Box<dyn Future<Output = Vec<Reading>> + Send + 'a>>;

/// Something that metrics are read of.
pub trait Gather: Send + Sync {
    /// What it counted in memory: asked for every two seconds, and to be had at once.
    fn counts(&self) -> Vec<Reading>;

    /// What takes queries: asked for every 15 seconds. What cannot be had is left out.
    fn census(&self) -> Gathering<'_> {
        Box::pin(async { Vec::new() })
    }
}
