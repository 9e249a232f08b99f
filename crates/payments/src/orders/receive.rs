//! What processors tell by themselves: believed when it is signed, counted once, and never taken backwards.

use florin_db::{DbError, Tx, params};
use florin_kernel::{Action, Actor, Resource};

use super::conclude::Learned;
use super::{Payments, refund_store, store};
use crate::error::Error;
use crate::rail::{Happened, Headers, ProcessorEvent, Submitted, WebhookRefused};

/// What was done about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It changed a payment or a refund.
    Applied,
    /// It changed nothing: it was known, or came too late.
    Ignored,
    /// It is about nothing that was ever asked of the processor.
    UnknownPayment,
    /// It was received before.
    Repeated,
}

impl Received {
    const fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored | Self::Repeated => "ignored",
            Self::UnknownPayment => "unknown_payment",
        }
    }
}

impl Payments {
    /// Takes in what a processor sent: its raw bytes, as it signed them.
    ///
    /// # Errors
    /// [`WebhookRefused`] inside, when it is not believed; otherwise what kept it from being carried out, so that the
    /// processor sends it again.
    #[tracing::instrument(name = "payments.webhook.receive", skip_all)]
    pub async fn receive(
        &self,
        processor: &str,
        headers: &(dyn Headers + Sync),
        body: &[u8],
    ) -> Result<Result<Received, WebhookRefused>, Error> {
        let Some(receiver) = self.receivers.iter().find(|receiver| receiver.name() == processor) else {
            return Ok(Err(WebhookRefused::UnknownProcessor));
        };
        let event = match receiver.read(headers, body, self.db.env().now()) {
            Ok(event) => event,
            Err(refused) => return Ok(Err(refused)),
        };
        self.take_in(receiver.name(), event).await.map(Ok)
    }

    async fn take_in(&self, processor: &'static str, event: ProcessorEvent) -> Result<Received, Error> {
        let id = event.id.clone();
        let known = self.db.read(move |r| {
            let row = r.row(
                "SELECT 1 FROM payment_webhook_event WHERE processor = $1 AND event_id = $2",
                &params![processor, &id],
            )?;
            Ok::<_, DbError>(row.is_some())
        });
        if known.await? {
            return Ok(Received::Repeated);
        }
        let about = Resource::one("payment", event.instruction.uuid());
        let permit = Actor::system("payments.webhook").permit(Action::SettlePayment, about)?;
        let this = self.clone();
        let taken = self.db.write(permit, move |tx| {
            tx.note("processor", &processor);
            tx.note("event", &event.id);
            let done = this.carry_out(tx, processor, &event)?;
            tx.note("effect", &done.code());
            let now = this.db.env().now();
            tx.execute(
                "INSERT INTO payment_webhook_event (processor, event_id, instruction_id, effect, at_us)
                 VALUES ($1, $2, $3, $4, $5)",
                &params![processor, &event.id, event.instruction.uuid(), done.code(), now],
            )?;
            Ok::<_, Error>(done)
        });
        match taken.await {
            // The same event came twice at once, and the other one counts.
            Err(Error::Db(error)) if error.unique_violation().is_some() => Ok(Received::Repeated),
            taken => taken,
        }
    }

    fn carry_out(&self, tx: &mut Tx<'_>, processor: &str, event: &ProcessorEvent) -> Result<Received, Error> {
        let order = store::lock(tx, event.instruction)?;
        if let Some(mut order) = order.filter(|order| order.processor.as_deref() == Some(processor)) {
            let changed = self.conclude(tx, &mut order, &learned(event), "webhook")?;
            return Ok(if changed { Received::Applied } else { Received::Ignored });
        }
        let Some(refund) = refund_store::find_in(tx, event.instruction)? else {
            tracing::warn!(processor, "a processor tells of a payment that there is not");
            return Ok(Received::UnknownPayment);
        };
        let Learned::Said(said) = learned(event) else { return Ok(Received::Ignored) };
        let changed = self.conclude_refund(tx, refund.payment, refund.id, &said, "webhook")?;
        Ok(if changed { Received::Applied } else { Received::Ignored })
    }
}

fn learned(event: &ProcessorEvent) -> Learned {
    match &event.happened {
        Happened::Succeeded { fee } => {
            let processor_id = event.processor_id.clone().unwrap_or_else(|| event.id.clone());
            Learned::Said(Submitted::Succeeded { processor_id, fee: *fee })
        }
        Happened::Failed { code, text } => {
            Learned::Said(Submitted::Declined { code: code.clone(), text: text.clone() })
        }
        Happened::Returned { code, text } => Learned::Returned { code: code.clone(), text: text.clone() },
    }
}
