//! Forgetting notices whose time is over: a job of every day.

use std::pin::Pin;

use florin_jobs::{Handler, JobError};
use florin_kernel::Env;
use jiff::SignedDuration;

use super::Notices;

/// Removes notices that are older than they are kept.
pub struct ForgetNotices {
    env: Env,
    notices: Notices,
    keep_days: u32,
}

impl ForgetNotices {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "notice.forget";

    /// Keeps notices for so many days; 0 for ever.
    pub fn new(env: Env, notices: Notices, keep_days: u32) -> Self {
        Self { env, notices, keep_days }
    }
}

impl Handler for ForgetNotices {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            if self.keep_days == 0 {
                return Ok(());
            }
            let age = SignedDuration::from_hours(i64::from(self.keep_days).saturating_mul(24));
            let before =
                self.env.now().checked_sub(age).map_err(|error| JobError::Fatal(error.to_string()))?;
            self.notices.forget_before(before).await?;
            Ok(())
        })
    }
}
