//! What the simulator tells by itself, later: by the road that a processor's webhooks take.

use std::future::Future;
use std::pin::Pin;

use florin_jobs::{Handler, JobError};
use florin_kernel::TransferId;

use super::store::{self, State};
use super::webhook::{SIGNATURE_HEADER, SimulatorWebhooks};
use super::{NAME, Simulator};
use crate::error::Error;
use crate::orders::Payments;
use crate::rail::{Headers, MeansKind};

/// The kind of the job.
pub(super) const DELIVER: &str = "payment.simulated_event";

/// What the simulator's events are made with.
#[derive(Clone)]
pub struct EventsOfSimulator {
    /// The simulator.
    pub simulator: Simulator,
    /// Who signs them.
    pub webhooks: SimulatorWebhooks,
    /// Who receives them.
    pub payments: Payments,
}

/// Delivers an event of the simulator.
pub struct DeliverSimulated(pub EventsOfSimulator);

impl Handler for DeliverSimulated {
    fn kind(&self) -> &'static str {
        DELIVER
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let unreadable = || JobError::Fatal("no event is named".to_owned());
            let (id, what) = payload.split_once(' ').ok_or_else(unreadable)?;
            let id: TransferId = id.parse().map_err(|_| unreadable())?;
            self.0.deliver(id, what).await.map_err(|error| JobError::Retry(error.to_string()))
        })
    }
}

/// The one header that the simulator sends.
struct Signature(String);

impl Headers for Signature {
    fn get(&self, name: &str) -> Option<&str> {
        (name == SIGNATURE_HEADER).then_some(self.0.as_str())
    }
}

impl EventsOfSimulator {
    async fn deliver(&self, id: TransferId, what: &str) -> Result<(), Error> {
        let next = if what == "returned" { State::Returned } else { State::Succeeded };
        let behaviour = self
            .simulator
            .write(id, move |tx| {
                let Some(mut found) = store::lock(tx, id)? else { return Ok(None) };
                if matches!(found.state, State::Cancelled | State::Declined) {
                    return Ok(None);
                }
                found.state = next;
                store::save(tx, &found)?;
                Ok(Some(found.behaviour))
            })
            .await?;
        let Some(behaviour) = behaviour else { return Ok(()) };
        let reason = (next == State::Returned).then(|| behaviour.refusal(MeansKind::BankAccount));
        let body = SimulatorWebhooks::body(&format!("evt_{}_{what}", id.uuid().simple()), what, id, reason);
        let signature = Signature(self.webhooks.sign(&body, self.simulator.db.env().now()));
        match self.payments.receive(NAME, &signature, &body).await? {
            Ok(_) => Ok(()),
            Err(refused) => {
                tracing::error!(%refused, "the simulator's own event is refused");
                Ok(())
            }
        }
    }
}
