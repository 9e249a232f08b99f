//! Taking a payment back before it is submitted.

use florin_kernel::{Action, Actor, Resource, TransferId};

use super::record::PaymentOrder;
use super::{Payments, Status, store};
use crate::error::Error;

impl Payments {
    /// Cancels a payment that waits, and releases its money. One that is cancelled already stays so.
    ///
    /// # Errors
    /// [`Error::PaymentNotFound`], [`Error::NotCancellable`] once it was submitted, [`Error::Denied`], or what the
    /// database says.
    #[tracing::instrument(name = "payments.payment.cancel", skip_all, fields(payment.id = %id))]
    pub async fn cancel(&self, by: &Actor, id: TransferId) -> Result<PaymentOrder, Error> {
        let found = self.within(by, Action::CancelPayment, id).await?;
        let about = Resource::one("payment", id.uuid()).owned_by(found.user);
        let permit = by.permit(Action::CancelPayment, about)?;
        let this = self.clone();
        self.db
            .write(permit, move |tx| {
                let mut order = store::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
                match order.status {
                    Status::Cancelled => return Ok(order),
                    Status::Pending => {}
                    other => return Err(Error::NotCancellable(other)),
                }
                this.release(tx, &order)?;
                order.status = Status::Cancelled;
                order.under_review = false;
                order.completed_at = Some(this.db.env().now());
                this.save(tx, &mut order, "cancelled", None)?;
                Ok(order)
            })
            .await
    }
}
