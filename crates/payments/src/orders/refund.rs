//! Giving payments back, on purpose: whole or in part, and never more than was paid.

use std::sync::Arc;

use florin_db::Tx;
use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_jobs::outbox;
use florin_kernel::{Action, Actor, Money, Resource, TransferId};
use florin_ledger::{chart, internal_account};

use super::create::topic;
use super::legs::{self, Leg, Path, Role, Step};
use super::record::{Carrier, PaymentOrder, Source};
use super::refund_rail::REFUND;
use super::refund_store::{self, Refund, RefundStatus};
use super::{Payments, Status, store};
use crate::error::Error;
use crate::order::Asked;
use crate::rail::Flow;

/// Money to give back.
#[derive(Clone, Debug)]
pub struct RefundOrder {
    /// The payment.
    pub payment: TransferId,
    /// How much of it; all that is left when left out.
    pub amount: Option<Asked>,
    /// Why.
    pub reason: Option<String>,
}

/// Makes the answer that is frozen in the commit.
pub type RefundRender = Arc<dyn Fn(&PaymentOrder, &Refund) -> Frozen + Send + Sync>;

impl Payments {
    /// Gives a payment back. Within the books it is done at once; through a processor its money is reserved and it waits.
    /// What the institution charged for the payment it keeps.
    ///
    /// # Errors
    /// [`Error::PaymentNotFound`], [`Error::NotRefundable`], [`Error::RefundTooLarge`], [`Error::Refused`] where the money
    /// is not there any more, [`Error::LoanRefused`], [`Error::Denied`], or what the database says. Nothing was done then.
    #[tracing::instrument(name = "payments.payment.refund", skip_all, fields(payment.id = %request.payment))]
    pub async fn refund(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        request: RefundOrder,
        render: RefundRender,
    ) -> Result<Answer, Error> {
        let found = self.within(by, Action::RefundPayment, request.payment).await?;
        let about = Resource::one("payment", found.id.uuid()).owned_by(found.user);
        let permit = by.permit(Action::RefundPayment, about)?;
        if let Some(answer) = self.db.answered(key).await? {
            return Ok(answer);
        }
        let currency = found.amount.currency();
        let asked = request.amount.as_ref().map(|amount| amount.in_currency(currency)).transpose()?;
        if let Some(asked) = asked {
            florin_kernel::Amount::new(asked)?;
            if asked.currency() != currency {
                return Err(Error::CurrencyMismatch { account: currency, given: asked.currency() });
            }
        }
        let (this, user) = (self.clone(), by.user());
        let answer = self.db.write_once(permit, key, move |tx| {
            let mut order = store::lock(tx, request.payment)?.ok_or(Error::PaymentNotFound)?;
            let amount = Self::refundable(tx, &order, asked)?;
            let mut refund = this.asked_for(&order, amount, request.reason.clone());
            refund.requested_by = user;
            tx.note("refund", &refund.id);
            match order.carrier {
                Carrier::Internal => this.refund_now(tx, &mut order, &mut refund)?,
                Carrier::Rail(..) => this.refund_later(tx, &mut order, &mut refund)?,
            }
            Ok::<_, Error>(render(&order, &refund))
        });
        let answer = answer.await?;
        self.wake.notify_one();
        Ok(answer)
    }

    fn asked_for(&self, order: &PaymentOrder, amount: Money, reason: Option<String>) -> Refund {
        Refund {
            id: TransferId::from_uuid(self.db.env().new_uuid()),
            payment: order.id,
            amount,
            reason,
            status: RefundStatus::Pending,
            hold: None,
            processor_id: None,
            decline_code: None,
            requested_by: None,
            looks: 0,
            look_at: None,
            created_at: self.db.env().now(),
            completed_at: None,
        }
    }

    /// How much is to be given back, if so much can be.
    fn refundable(tx: &mut Tx<'_>, order: &PaymentOrder, asked: Option<Money>) -> Result<Money, Error> {
        match order.status {
            Status::Completed => {}
            Status::Refunded => return Err(Error::NotRefundable("all of the payment was given back")),
            _ => return Err(Error::NotRefundable("only a payment that went through can be given back")),
        }
        if matches!(order.carrier, Carrier::Rail(Flow::Out, _)) {
            return Err(Error::NotRefundable(
                "a payment to an account elsewhere comes back by a return alone",
            ));
        }
        let left = order.left().saturating_sub(refund_store::open_total(tx, order.id)?);
        if left <= 0 {
            return Err(Error::NotRefundable("all that is left of the payment is being given back"));
        }
        let amount = asked.map_or(left, Money::minor);
        if amount > left {
            return Err(Error::RefundTooLarge);
        }
        if order.allocated && amount != order.amount.minor() {
            return Err(Error::NotRefundable("what a loan took is given back whole"));
        }
        Ok(Money::new(amount, order.amount.currency()))
    }

    /// Within the books: what was moved is reversed in this unit.
    fn refund_now(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        refund: &mut Refund,
    ) -> Result<(), Error> {
        let (Source::Account(payer), currency) = (order.source, order.amount.currency()) else {
            return Err(Error::NotRefundable("the payment came from elsewhere"));
        };
        if order.allocated {
            self.give_back(tx, order, payer)?;
        } else {
            let moved = legs::of(tx, order.id, &[Step::Move])?;
            let moved = moved.iter().find(|one| one.role == Role::Principal);
            let moved = moved.ok_or(Error::NotRefundable("nothing of the payment was moved"))?;
            let reversal = [Leg::reverse(self.db.env(), moved, refund.amount.minor(), currency)];
            let made = legs::post(&self.ledger, self.db.env(), tx, order.id, &reversal)?;
            legs::keep(tx, order.id, &made.map_err(Error::Refused)?)?;
        }
        refund.status = RefundStatus::Completed;
        refund.completed_at = Some(refund.created_at);
        refund_store::insert(tx, refund)?;
        self.count_refund(tx, order, refund, "refunded")
    }

    /// Through a processor: the money is reserved where it went, and a job asks the processor.
    fn refund_later(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        refund: &mut Refund,
    ) -> Result<(), Error> {
        let currency = order.amount.currency();
        let went_to = match order.credited {
            Some(account) => Some(account),
            // A loan gives it back once the processor did.
            None if order.allocated => None,
            None if order.loan().is_some() => Some(internal_account(chart::SUSPENSE, currency)),
            None => Some(internal_account(chart::DUE_TO_BILLERS, currency)),
        };
        if let Some(debit) = went_to {
            let credit = internal_account(chart::DUE_FROM_PROCESSORS, currency);
            let path = Path { debit, credit, amount: refund.amount.minor(), currency };
            let hold = [Leg::hold(Role::Refund, refund.id, path, None)];
            let made = legs::post(&self.ledger, self.db.env(), tx, order.id, &hold)?;
            legs::keep(tx, order.id, &made.map_err(Error::Refused)?)?;
            refund.hold = Some(refund.id);
        }
        refund_store::insert(tx, refund)?;
        let now = self.db.env().now();
        store::save(tx, order, "refund_requested", Some(&refund.amount.decimal()), now)?;
        Ok(florin_jobs::enqueue(tx, REFUND, &refund.id.to_string(), now)?)
    }

    /// Notes that so much more of a payment was given back.
    pub(super) fn count_refund(
        &self,
        tx: &mut Tx<'_>,
        order: &mut PaymentOrder,
        refund: &Refund,
        cause: &str,
    ) -> Result<(), Error> {
        let now = self.db.env().now();
        order.refunded = order.refunded.plus(refund.amount)?;
        let whole = order.left() == 0 && order.status.may_become(Status::Refunded);
        if whole {
            order.status = Status::Refunded;
        }
        store::save(tx, order, cause, Some(&refund.amount.decimal()), now)?;
        let told = if whole { topic(Status::Refunded) } else { "payment.partially_refunded" };
        outbox::publish(tx, told, order.id.uuid(), now.as_microsecond())?;
        Ok(())
    }
}
