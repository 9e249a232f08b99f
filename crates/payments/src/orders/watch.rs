//! Asking processors what became of payments that nobody told of: compares what should be known with what is.

use std::future::Future;
use std::pin::Pin;

use florin_jobs::{Handler, JobError};
use florin_kernel::TransferId;

use super::conclude::{LOOKED_UP, Learned};
use super::submit::retried;
use super::{Payments, store};
use crate::error::Error;

/// Looks, every minute, which payments and refunds a processor is to be asked about.
pub struct WatchPayments(pub Payments);

impl WatchPayments {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "payment.watch";
}

impl Handler for WatchPayments {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let now = self.0.db.env().now();
            let due = self.0.db.read(move |r| store::to_look_at(r, now)).await?;
            for id in due {
                // One that cannot be asked about does not keep the others waiting.
                if let Err(error) = self.0.look_at(id).await {
                    tracing::warn!(payment.id = %id, %error, "a processor could not be asked");
                }
            }
            self.0.look_at_refunds().await.map_err(|error| retried(&error))
        })
    }
}

impl Payments {
    async fn look_at(&self, id: TransferId) -> Result<(), Error> {
        let this = self.clone();
        let asked = self
            .db
            .housekeeping(move |tx| {
                let order = store::lock(tx, id)?.filter(|order| order.status.is_open());
                let Some(order) = order else { return Ok(None) };
                let instruction = this.instruction(tx, &order)?;
                Ok::<_, Error>(instruction.zip(order.processor))
            })
            .await?;
        let Some((instruction, processor)) = asked else { return Ok(()) };
        let rail = self.rail_of(&processor).ok_or(Error::Unsupported)?;
        let said = self.in_time(rail.look_up(&instruction)).await;
        self.learn(id, Learned::Said(said), LOOKED_UP).await.map(drop)
    }
}
