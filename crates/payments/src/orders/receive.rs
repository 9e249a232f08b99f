//! What processors tell by themselves: believed when it is signed, counted once, and never taken backwards.

use florin_db::{DbError, Tx, params};
use florin_kernel::{Action, Actor, Money, Resource, TransferId};

use super::conclude::Learned;
use super::record::PaymentOrder;
use super::{Payments, refund_store, store};
use crate::error::Error;
use crate::rail::{About, Happened, Headers, ProcessorEvent, Submitted, WebhookRefused};

/// What is told of a dispute that was lost about a part of a payment: people settle it.
const LOST_IN_PART: &str = "payment.dispute_lost_in_part";

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
        match receiver.read(headers, body, self.db.env().now()) {
            Ok(Some(event)) => self.take_in(receiver.name(), event).await.map(Ok),
            Ok(None) => Ok(Ok(Received::Ignored)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    async fn take_in(&self, processor: &'static str, event: ProcessorEvent) -> Result<Received, Error> {
        let (id, about) = (event.id.clone(), event.about.clone());
        let found = self.db.read(move |r| {
            let row = r.row(
                "SELECT 1 FROM payment_webhook_event WHERE processor = $1 AND event_id = $2",
                &params![processor, &id],
            )?;
            let instruction = match about {
                About::Instruction(id) => Some(id),
                About::Payment { processor_id } => store::by_processor(r, processor, &processor_id)?,
            };
            Ok::<_, DbError>((row.is_some(), instruction))
        });
        let (known, instruction) = found.await?;
        if known {
            return Ok(Received::Repeated);
        }
        let about = Resource::kind("payment");
        let about = instruction.map_or(about, |id| Resource::one("payment", id.uuid()));
        let permit = Actor::system("payments.webhook").permit(Action::SettlePayment, about)?;
        let this = self.clone();
        let taken = self.db.write(permit, move |tx| {
            tx.note("processor", &processor);
            tx.note("event", &event.id);
            let done = match instruction {
                Some(id) => this.carry_out(tx, processor, id, &event)?,
                None => Received::UnknownPayment,
            };
            if done == Received::UnknownPayment {
                tracing::warn!(processor, "a processor tells of a payment that there is not");
            }
            tx.note("effect", &done.code());
            let now = this.db.env().now();
            tx.execute(
                "INSERT INTO payment_webhook_event (processor, event_id, instruction_id, effect, at_us)
                 VALUES ($1, $2, $3, $4, $5)",
                &params![processor, &event.id, instruction.map(TransferId::uuid), done.code(), now],
            )?;
            Ok::<_, Error>(done)
        });
        match taken.await {
            // The same event came twice at once, and the other one counts.
            Err(Error::Db(error)) if error.unique_violation().is_some() => Ok(Received::Repeated),
            taken => taken,
        }
    }

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        processor: &str,
        instruction: TransferId,
        event: &ProcessorEvent,
    ) -> Result<Received, Error> {
        let done = |changed| if changed { Received::Applied } else { Received::Ignored };
        let order = store::lock(tx, instruction)?;
        if let Some(mut order) = order.filter(|order| order.processor.as_deref() == Some(processor)) {
            if is_of_another_amount(event, order.charged()?) {
                return Ok(Received::Ignored);
            }
            let learned = learned_of(&order, event);
            return Ok(done(self.conclude(tx, &mut order, &learned, "webhook")?));
        }
        let Some(refund) = refund_store::find_in(tx, instruction)? else {
            return Ok(Received::UnknownPayment);
        };
        let of = store::lock(tx, refund.payment)?;
        if of.is_none_or(|of| of.processor.as_deref() != Some(processor)) {
            return Ok(Received::UnknownPayment);
        }
        let Learned::Said(said) = learned(event) else { return Ok(Received::Ignored) };
        if is_of_another_amount(event, refund.amount) {
            return Ok(Received::Ignored);
        }
        Ok(done(self.conclude_refund(tx, refund.payment, refund.id, &said, "webhook")?))
    }
}

/// Whether a processor says that it moved another amount than it was told to: then a person must look, and the processor
/// is asked as if it had told nothing.
fn is_of_another_amount(event: &ProcessorEvent, instructed: Money) -> bool {
    let another = event.amount.is_some_and(|amount| amount != instructed);
    if another {
        tracing::error!(event.id, "a processor tells of another amount than it was instructed to move");
    }
    another
}

/// What an event says of this payment: what was lost whole came back.
fn learned_of(order: &PaymentOrder, event: &ProcessorEvent) -> Learned {
    match &event.happened {
        Happened::Lost { code, text, amount: Some(amount) }
            if amount.currency() == order.amount.currency() && amount.minor() >= order.left() =>
        {
            Learned::Returned { code: code.clone(), text: text.clone() }
        }
        _ => learned(event),
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
        Happened::Lost { text, .. } => Learned::Noted { topic: LOST_IN_PART, text: text.clone() },
        Happened::Noted { topic, text } => Learned::Noted { topic, text: text.clone() },
    }
}
