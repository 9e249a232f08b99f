//! Submitting payments to processors: a job for each.

use std::future::Future;
use std::pin::Pin;

use florin_db::Tx;
use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Actor, BankFileId, Permit, Resource, TransferId, Uuid};

use super::conclude::{Learned, next_look};
use super::record::{Carrier, PaymentOrder, Source, Target};
use super::{Payments, Status, store};
use crate::error::Error;
use crate::methods;
use crate::payees;
use crate::rail::{Answer, Instruction, Means, Rail, Recalled, Submitted};

/// The kind of the job.
pub(crate) const SUBMIT: &str = "payment.submit";

/// Submits a payment that waits.
pub struct SubmitPayments(pub Payments);

impl Handler for SubmitPayments {
    fn kind(&self) -> &'static str {
        SUBMIT
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let id = payload.parse().map_err(|_| JobError::Fatal("no payment is named".to_owned()))?;
            self.0.submit(id).await.map_err(|error| retried(&error))
        })
    }
}

/// What a job says of an error; the text holds no secrets, since no error does.
pub(super) fn retried(error: &Error) -> JobError {
    JobError::Retry(error.to_string())
}

impl Payments {
    /// What a processor answers, or that it did not in time: then nobody can tell.
    pub(super) async fn in_time(&self, answer: Answer<'_, Submitted>) -> Submitted {
        let late = |_| Submitted::Unknown { why: "no answer in time".to_owned() };
        tokio::time::timeout(self.patience, answer).await.unwrap_or_else(late)
    }

    /// The program's own permit about a payment.
    pub(crate) fn own_permit(id: TransferId) -> Result<Permit, Error> {
        let about = Resource::one("payment", id.uuid());
        Ok(Actor::system("payments").permit(Action::SettlePayment, about)?)
    }

    /// Submits a payment that waits, and carries out what is answered. Whoever runs it twice submits the same
    /// instruction twice, which is one payment.
    pub(super) async fn submit(&self, id: TransferId) -> Result<(), Error> {
        let this = self.clone();
        let claimed = self.db.write(Self::own_permit(id)?, move |tx| this.claim(tx, id)).await?;
        let Some(instruction) = claimed else { return Ok(()) };
        let Some(rail) = self.rail_of(&instruction.1) else {
            tracing::error!(payment.id = %id, processor = instruction.1, "there is no such processor any more");
            return Err(Error::Unsupported);
        };
        let said = self.in_time(rail.submit(&instruction.0)).await;
        self.learn(id, Learned::Said(said), "submitted").await.map(drop)
    }

    pub(super) fn rail_of(&self, processor: &str) -> Option<std::sync::Arc<dyn Rail>> {
        self.rails.named(processor)
    }

    /// Carries out what was learned of a payment, in a unit of its own; false when it changed nothing.
    pub(super) async fn learn(
        &self,
        id: TransferId,
        learned: Learned,
        cause: &'static str,
    ) -> Result<bool, Error> {
        let this = self.clone();
        self.db
            .write(Self::own_permit(id)?, move |tx| {
                let mut order = store::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
                this.conclude(tx, &mut order, &learned, cause)
            })
            .await
    }

    /// Makes a payment that waits one that is submitted; from here on it cannot be cancelled. One whose submission was
    /// not answered, because the program stopped, is submitted once more.
    fn claim(&self, tx: &mut Tx<'_>, id: TransferId) -> Result<Option<(Instruction, String)>, Error> {
        let Some(mut order) = store::lock(tx, id)? else { return Ok(None) };
        let unanswered = order.status == Status::Processing && order.processor_id.is_none();
        if (order.status != Status::Pending && !unanswered) || order.under_review {
            return Ok(None);
        }
        let Some(instruction) = self.instruction(tx, &order)? else { return Ok(None) };
        if order.status == Status::Pending {
            let now = self.db.env().now();
            order.status = Status::Processing;
            order.processed_at = Some(now);
            order.look_at = Some(next_look(now, order.looks.saturating_add(2)));
            self.save(tx, &mut order, "submitting", None)?;
        }
        Ok(Some((instruction, order.processor.unwrap_or_default())))
    }

    /// The program's own permit about a file.
    pub(crate) fn own_permit_for_file(id: BankFileId) -> Result<Permit, Error> {
        let about = Resource::one("bank_file", id.uuid());
        Ok(Actor::system("payments.bank_files").permit(Action::ExchangeBankFiles, about)?)
    }

    /// The program's own permit about what a bank answered.
    pub(crate) fn own_permit_for_answer(answer: Uuid) -> Result<Permit, Error> {
        let about = Resource::one("bank_file_answer", answer);
        Ok(Actor::system("payments.bank_files").permit(Action::ExchangeBankFiles, about)?)
    }

    /// What the processor is told; none for a payment within the books.
    pub(super) fn instruction(
        &self,
        tx: &mut Tx<'_>,
        order: &PaymentOrder,
    ) -> Result<Option<Instruction>, Error> {
        let Carrier::Rail(flow, _) = order.carrier else { return Ok(None) };
        Ok(Some(Instruction {
            id: order.id,
            flow,
            amount: order.charged()?,
            means: self.means(tx, order)?,
            processor_id: order.processor_id.clone(),
            refund_of: None,
        }))
    }

    /// The bank account or card of a payment, also where its owner forgot it since.
    pub(super) fn means(&self, tx: &mut Tx<'_>, order: &PaymentOrder) -> Result<Means, Error> {
        match (order.source, order.target) {
            (Source::Method(method), _) => {
                let method = methods::method_of_order(tx, method)?.ok_or(Error::MethodNotFound)?;
                method.means(&self.sealing)
            }
            (Source::Account(_), Target::Payee(payee, _)) => {
                let payee = payees::payee_of_order(tx, payee)?.ok_or(Error::PayeeNotFound)?;
                payee.bank(&self.sealing)?.map(Means::Bank).ok_or(Error::PayeeNotFound)
            }
            (Source::Account(_), _) => Err(Error::PayeeNotFound),
        }
    }
}

/// The kind of the job that stops what two persons said did not go through.
pub(super) const RECALL: &str = "payment.recall";

/// Tells the processor of a payment that was settled as failed not to make it any more.
pub struct RecallPayments(pub Payments);

impl Handler for RecallPayments {
    fn kind(&self) -> &'static str {
        RECALL
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let id = payload.parse().map_err(|_| JobError::Fatal("no payment is named".to_owned()))?;
            self.0.recall(id).await.map_err(|error| retried(&error))
        })
    }
}

impl Payments {
    async fn recall(&self, id: TransferId) -> Result<(), Error> {
        let this = self.clone();
        let found = self
            .db
            .housekeeping(move |tx| {
                let Some(order) = store::lock(tx, id)? else { return Ok(None) };
                let instruction = this.instruction(tx, &order)?;
                Ok::<_, Error>(instruction.zip(order.processor))
            })
            .await?;
        let Some((instruction, processor)) = found else { return Ok(()) };
        let rail = self.rail_of(&processor).ok_or(Error::Unsupported)?;
        match tokio::time::timeout(self.patience, rail.cancel(&instruction)).await {
            Ok(Recalled::Stopped) => Ok(()),
            Ok(Recalled::TooLate) | Err(_) => {
                tracing::error!(payment.id = %id, "a payment that was settled as failed could not be stopped");
                Ok(())
            }
        }
    }
}
