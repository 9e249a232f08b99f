//! Telling channels, as jobs.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use florin_jobs::{Handler, JobError};
use florin_kernel::Env;

use super::{Channels, Errand, Sender};

/// How long a channel is tried to be told: whoever wakes up the day after wants to know still.
const PATIENCE: Duration = Duration::from_hours(24);

/// Tells channels what was written for them. What is told twice has the same identifier.
pub struct TellChannel {
    channels: Channels,
    sender: Arc<dyn Sender>,
    env: Env,
}

impl TellChannel {
    /// The kind of the jobs.
    pub const KIND: &'static str = "alert.tell";

    /// Tells these channels by `sender`.
    pub fn new(channels: Channels, sender: Arc<dyn Sender>, env: Env) -> Self {
        Self { channels, sender, env }
    }

    async fn tell(&self, payload: &str) -> Result<(), JobError> {
        let errand: Errand = serde_json::from_str(payload)
            .map_err(|_| JobError::Fatal("the payload is no news".to_owned()))?;
        let Some(outgoing) = self.channels.outgoing(&errand, self.env.now()) else {
            // The channel was taken away since: nobody wants to know.
            return Ok(());
        };
        let answer = self.sender.send(outgoing).await;
        let told = judge(answer, errand.channel.code());
        self.channels.count(errand.channel, told.is_ok());
        told
    }
}

/// What an answer means. What the receiver will never take is not sent again; wrong credentials may be put right.
fn judge(answer: Result<u16, String>, channel: &str) -> Result<(), JobError> {
    match answer {
        Ok(200..=299) => Ok(()),
        Ok(status @ (400 | 404 | 410 | 413 | 422)) => {
            Err(JobError::Fatal(format!("{channel} refused it for good ({status})")))
        }
        Ok(status) => Err(JobError::Retry(format!("{channel} answered {status}"))),
        Err(why) => Err(JobError::Retry(format!("{channel}: {why}"))),
    }
}

impl Handler for TellChannel {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(self.tell(payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_left() {
        assert!(judge(Ok(204), "slack").is_ok());
        for status in [301, 401, 403, 408, 429, 500, 503] {
            assert!(matches!(judge(Ok(status), "slack"), Err(JobError::Retry(_))), "{status}");
        }
        for status in [400, 404, 410, 413, 422] {
            assert!(matches!(judge(Ok(status), "slack"), Err(JobError::Fatal(_))), "{status}");
        }
        assert!(matches!(judge(Err("gone".to_owned()), "slack"), Err(JobError::Retry(_))));
    }
}
