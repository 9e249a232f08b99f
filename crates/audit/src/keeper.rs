//! What keeps the trail while the program runs: sealing and telling, over and over, and removing once a day.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use florin_jobs::{Handler, JobError};
use tokio::sync::watch;

use crate::{Audit, Error};

/// How often it is looked whether something is to be done.
const EVERY: Duration = Duration::from_secs(1);

impl Audit {
    /// Seals until `stop` turns true, and once more then.
    pub async fn keep_sealing(self, mut stop: watch::Receiver<bool>) {
        let mut was_told = false;
        loop {
            let stopping = *stop.borrow();
            match self.seal_what_is_due(stopping).await {
                Ok(()) => was_told = false,
                // A trail that does not stand is told once, not every second.
                Err(error @ Error::Broken(_)) if !was_told => {
                    was_told = true;
                    tracing::error!(%error, "the audit trail cannot be sealed");
                }
                Err(Error::Broken(_)) => {}
                Err(error) => {
                    tracing::warn!(%error, "the audit trail could not be sealed; it is tried again");
                }
            }
            if stopping {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn seal_what_is_due(&self, stopping: bool) -> Result<(), Error> {
        if stopping || self.is_due().await? {
            self.seal().await?;
        }
        Ok(())
    }

    /// Tells of security events until `stop` turns true, and once more then.
    pub async fn keep_telling(self, mut stop: watch::Receiver<bool>) {
        if self.settings().events_to.is_none() {
            return;
        }
        loop {
            let stopping = *stop.borrow();
            if let Err(error) = self.deliver().await {
                tracing::warn!(%error, "security events could not be told; it is tried again");
            }
            if stopping {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Removes the records whose time is over; once a day.
pub struct RemoveOldRecords(pub Audit);

impl RemoveOldRecords {
    /// The kind of these jobs.
    pub const KIND: &'static str = "audit.remove_old";
}

impl Handler for RemoveOldRecords {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(
        &'a self,
        _payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async {
            let removed = self.0.remove_old().await.map_err(|error| JobError::Retry(error.to_string()))?;
            if removed.records > 0 {
                tracing::info!(
                    removed.records,
                    removed.seals,
                    "audit records whose time is over were removed"
                );
            }
            Ok(())
        })
    }
}
