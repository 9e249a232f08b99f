//! Steps, told as they are done.

use std::future::Future;
use std::time::{Duration, Instant};

use super::milliseconds;
use crate::Failure;

/// The steps so far.
#[derive(Default)]
pub(super) struct Steps(Vec<(String, Duration)>);

impl Steps {
    /// Takes a step, and tells of it: what it was, and how long it took or why it failed.
    pub(super) async fn take<T>(
        &mut self,
        what: impl Into<String>,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let (what, begun) = (what.into(), Instant::now());
        let number = self.0.len().saturating_add(1);
        match step.await {
            Ok(value) => {
                let took = begun.elapsed();
                tell!("{number:>3}. {what} ({} ms)", milliseconds(took));
                self.0.push((what, took));
                Ok(value)
            }
            Err(failure) => {
                tell!("{number:>3}. {what}: failed");
                Err(failure.during(what))
            }
        }
    }

    pub(super) fn done(self) -> Vec<(String, Duration)> {
        self.0
    }
}
