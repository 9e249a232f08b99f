//! Saying what became of a payment that its processor cannot tell of: by two persons.

use florin_db::Tx;
use florin_kernel::{Action, Actor, Permit, Resource, TransferId, UserId};

use super::conclude::Learned;
use super::record::PaymentOrder;
use super::{Payments, Status, store};
use crate::error::Error;
use crate::rail::Submitted;

/// The kind of the command that is held for a second person.
pub const SETTLE_PAYMENT: &str = "payment.settle";

/// What is said to have become of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It went through.
    Completed,
    /// It did not.
    Failed,
}

impl Verdict {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The verdict of this name.
    pub fn find(code: &str) -> Option<Self> {
        [Self::Completed, Self::Failed].into_iter().find(|verdict| verdict.code() == code)
    }
}

/// What somebody wants to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettleOrder {
    /// The payment.
    pub payment: TransferId,
    /// Whose it is.
    pub owner: UserId,
    /// What became of it.
    pub verdict: Verdict,
}

impl Payments {
    /// Permits somebody to ask for a payment to be settled.
    ///
    /// # Errors
    /// [`Error::Denied`], also without a fresh factor; [`Error::PaymentNotFound`], [`Error::NotUnknown`].
    pub async fn may_settle(
        &self,
        by: &Actor,
        id: TransferId,
        verdict: Verdict,
    ) -> Result<(Permit, SettleOrder), Error> {
        let found = self.within(by, Action::SettlePayment, id).await?;
        let about = Resource::one("payment", id.uuid()).owned_by(found.user);
        let permit = by.permit(Action::SettlePayment, about)?;
        by.must_be_recent(self.db.env().now())?;
        if found.status != Status::Unknown {
            return Err(Error::NotUnknown(found.status));
        }
        Ok((permit, SettleOrder { payment: id, owner: found.user, verdict }))
    }

    /// Settles a payment, in the unit of work of its approval. What the processor told in between stands.
    ///
    /// # Errors
    /// [`Error::NotUnknown`], [`Error::PaymentNotFound`], or what the database says.
    pub fn settle_in(
        &self,
        tx: &mut Tx<'_>,
        id: TransferId,
        verdict: Verdict,
    ) -> Result<PaymentOrder, Error> {
        let mut order = store::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
        if order.status != Status::Unknown {
            return Err(Error::NotUnknown(order.status));
        }
        let said = match verdict {
            Verdict::Completed => Submitted::Succeeded {
                processor_id: order.processor_id.clone().unwrap_or_else(|| id.to_string()),
                fee: None,
            },
            Verdict::Failed => {
                florin_jobs::enqueue(tx, super::submit::RECALL, &id.to_string(), self.db.env().now())?;
                let text = "two persons said that it did not go through".to_owned();
                Submitted::Declined { code: "settled_as_failed".to_owned(), text }
            }
        };
        self.conclude(tx, &mut order, &Learned::Said(said), "override")?;
        Ok(order)
    }
}
