//! The nightly job.

use std::future::Future;
use std::pin::Pin;

use florin_jobs::{Handler, JobError};
use florin_kernel::Actor;

use super::Monitoring;

/// Looks through the book of the last days.
pub struct MonitorBooks(pub Monitoring);

impl MonitorBooks {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "compliance.monitor";
}

impl Handler for MonitorBooks {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let done = self.0.run(&Actor::system("compliance")).await;
            done.map(|_| ()).map_err(|error| JobError::Retry(error.to_string()))
        })
    }
}
