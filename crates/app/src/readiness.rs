//! Whether requests are still wanted: a server that is about to stop says so before it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the server is about to stop. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From now on the server asks to be left out; what comes all the same is answered as ever.
    pub fn leave(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it asked for that.
    pub fn is_leaving(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
