//! Refunds through processors: asked for once, looked after until they are known.

use std::future::Future;
use std::pin::Pin;

use florin_db::Tx;
use florin_jobs::{Handler, JobError};
use florin_kernel::TransferId;
use florin_ledger::{chart, internal_account};

use super::conclude::next_look;
use super::legs::{self, Leg, Made, Role, Step};
use super::record::{Carrier, PaymentOrder};
use super::refund_store::{self, Refund, RefundStatus};
use super::submit::retried;
use super::{Payments, store};
use crate::error::Error;
use crate::rail::{Flow, Instruction, Original, Submitted};

/// The kind of the job.
pub(super) const REFUND: &str = "payment.refund";

/// Asks processors to give payments back.
pub struct RefundPayments(pub Payments);

impl Handler for RefundPayments {
    fn kind(&self) -> &'static str {
        REFUND
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let id = payload.parse().map_err(|_| JobError::Fatal("no refund is named".to_owned()))?;
            self.0.submit_refund(id).await.map_err(|error| retried(&error))
        })
    }
}

impl Payments {
    async fn submit_refund(&self, id: TransferId) -> Result<(), Error> {
        let Some((instruction, processor, payment)) = self.refund_instruction(id).await? else {
            return Ok(());
        };
        let rail = self.rail_of(&processor).ok_or(Error::Unsupported)?;
        let said = self.in_time(rail.refund(&instruction)).await;
        self.learn_of_refund(payment, id, said, "refund_submitted").await
    }

    /// Asks after the refunds that are due.
    pub(super) async fn look_at_refunds(&self) -> Result<(), Error> {
        let now = self.db.env().now();
        let due = self.db.read(move |r| refund_store::to_look_at(r, now)).await?;
        for (payment, id) in due {
            let Some((instruction, processor, _)) = self.refund_instruction(id).await? else { continue };
            let Some(rail) = self.rail_of(&processor) else { continue };
            let said = self.in_time(rail.look_up(&instruction)).await;
            if let Err(error) = self.learn_of_refund(payment, id, said, "refund_look_up").await {
                tracing::warn!(payment.id = %payment, %error, "a refund could not be looked after");
            }
        }
        Ok(())
    }

    async fn learn_of_refund(
        &self,
        payment: TransferId,
        id: TransferId,
        said: Submitted,
        cause: &'static str,
    ) -> Result<(), Error> {
        let this = self.clone();
        let permit = Self::own_permit(payment)?;
        self.db.write(permit, move |tx| this.conclude_refund(tx, payment, id, &said, cause).map(drop)).await
    }

    /// What the processor is told of a refund that is under way; none of one that is over.
    async fn refund_instruction(
        &self,
        id: TransferId,
    ) -> Result<Option<(Instruction, String, TransferId)>, Error> {
        let this = self.clone();
        self.db
            .housekeeping(move |tx| {
                let refund = refund_store::find_in(tx, id)?.filter(|refund| refund.status.is_open());
                let Some(refund) = refund else { return Ok(None) };
                let Some(order) = store::lock(tx, refund.payment)? else { return Ok(None) };
                let instruction = Instruction {
                    id,
                    flow: Flow::Out,
                    amount: refund.amount,
                    means: this.means(tx, &order)?,
                    processor_id: refund.processor_id,
                    refund_of: Some(Original { id: order.id, processor_id: order.processor_id }),
                };
                Ok(Some((instruction, order.processor.unwrap_or_default(), order.id)))
            })
            .await
    }

    /// Carries out what was learned of a refund; false when it changes nothing.
    pub(crate) fn conclude_refund(
        &self,
        tx: &mut Tx<'_>,
        payment: TransferId,
        id: TransferId,
        said: &Submitted,
        cause: &str,
    ) -> Result<bool, Error> {
        let mut order = store::lock(tx, payment)?.ok_or(Error::PaymentNotFound)?;
        let mut refund = refund_store::find_in(tx, id)?.ok_or(Error::PaymentNotFound)?;
        tx.about(payment.uuid());
        tx.note("refund", &id);
        if !refund.status.is_open() {
            return Ok(false);
        }
        let now = self.db.env().now();
        match said {
            Submitted::Succeeded { processor_id, .. } => {
                refund.processor_id = Some(processor_id.clone());
                self.refund_went_through(tx, &mut order, &mut refund, cause)?;
            }
            Submitted::Declined { code, text } => {
                if let Some(hold) = refund.hold {
                    self.resolve(tx, &order, hold, &refund, Step::Void)?;
                }
                refund.status = RefundStatus::Failed;
                refund.decline_code = Some(code.clone());
                (refund.look_at, refund.completed_at) = (None, Some(now));
                store::save(tx, &mut order, "refund_failed", Some(&format!("{code}: {text}")), now)?;
            }
            Submitted::Processing { .. } | Submitted::Unknown { .. } => {
                if let Submitted::Processing { processor_id } = said {
                    refund.processor_id = Some(processor_id.clone());
                } else {
                    refund.status = RefundStatus::Unknown;
                }
                refund.look_at = Some(next_look(now, refund.looks));
                refund.looks = refund.looks.saturating_add(1);
            }
        }
        tx.note("refund_status", &refund.status.code());
        refund_store::save(tx, &refund)?;
        Ok(true)
    }

    fn refund_went_through(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        refund: &mut Refund,
        cause: &str,
    ) -> Result<(), Error> {
        let now = self.db.env().now();
        match refund.hold {
            Some(hold) => self.resolve(tx, order, hold, refund, Step::Post)?,
            None if order.allocated && matches!(order.carrier, Carrier::Rail(..)) => {
                let due = internal_account(chart::DUE_FROM_PROCESSORS, order.amount.currency());
                self.give_back(tx, order, due)?;
            }
            None => {}
        }
        refund.status = RefundStatus::Completed;
        (refund.look_at, refund.completed_at) = (None, Some(now));
        self.count_refund(tx, order, refund, cause)
    }

    /// Posts or voids the hold under a refund.
    fn resolve(
        &self,
        tx: &mut Tx<'_>,
        order: &PaymentOrder,
        hold: TransferId,
        refund: &Refund,
        step: Step,
    ) -> Result<(), Error> {
        let (env, currency) = (self.db.env(), order.amount.currency());
        let reserved = Made { id: hold, role: Role::Refund, step: Step::Hold, amount: refund.amount.minor() };
        let leg = if step == Step::Post {
            Leg::post(env, &reserved, currency)
        } else {
            Leg::void(env, &reserved, currency)
        };
        let made = legs::post(&self.ledger, env, tx, order.id, &[leg])?.map_err(Error::Refused)?;
        Ok(legs::keep(tx, order.id, &made)?)
    }
}
