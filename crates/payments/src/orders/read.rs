//! Reading payments.

use florin_db::DbError;
use florin_kernel::{Action, Actor, Page, PageRequest, TransferId};

use super::Payments;
use super::record::{Change, PaymentOrder};
use super::refund_store::{self, Refund};
use super::store::{self, PaymentFilter};
use crate::error::Error;
use crate::transfers::{own_or_any, reach_of};

/// A payment with all that became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentDetail {
    /// The payment.
    pub order: PaymentOrder,
    /// Its history, from the beginning.
    pub history: Vec<Change>,
    /// What was, or is to be, given back of it.
    pub refunds: Vec<Refund>,
}

impl Payments {
    /// A payment of the actor's own, or anybody's for staff.
    ///
    /// # Errors
    /// [`Error::PaymentNotFound`], [`Error::Denied`], or what the database says.
    pub async fn find(&self, by: &Actor, id: TransferId) -> Result<PaymentDetail, Error> {
        let order = self.within(by, Action::ReadPayment, id).await?;
        let (history, refunds) = self
            .db
            .read(move |r| Ok::<_, DbError>((store::history(r, id)?, refund_store::of(r, id)?)))
            .await?;
        Ok(PaymentDetail { order, history, refunds })
    }

    /// Payments, the latest first: one's own, or all for staff.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        filter: PaymentFilter,
        page: &PageRequest,
    ) -> Result<Page<PaymentOrder>, Error> {
        by.permit(Action::ReadPayment, own_or_any(by, "payment"))?;
        let before = page.cursor_as::<TransferId>()?;
        let reach = reach_of(by);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.db.read(move |r| store::list(r, reach, &filter, before, limit)).await?;
        Ok(page.page(rows, |order| order.id.to_string()))
    }

    /// The payment, if the actor may do this to it: another's is one that is not there.
    pub(super) async fn within(
        &self,
        by: &Actor,
        action: Action,
        id: TransferId,
    ) -> Result<PaymentOrder, Error> {
        by.permit(action, own_or_any(by, "payment"))?;
        let reach = reach_of(by);
        let found = self.db.read(move |r| store::find(r, id)).await?;
        found.filter(|order| reach.is_none_or(|reach| reach == order.user)).ok_or(Error::PaymentNotFound)
    }
}

/// How many payments there are of which the processor does not tell what became of them.
///
/// # Errors
/// What the database says.
pub fn unknown(reader: &mut florin_db::Reader<'_>) -> Result<i64, florin_db::DbError> {
    // Those are looked at again and again, so that the index of what is looked at has them all.
    const SQL: &str =
        "SELECT COUNT(*) FROM payment_order WHERE look_at_us IS NOT NULL AND status = 'unknown'";
    reader.row(SQL, &[])?.map_or(Ok(0), |row| row.get(0))
}
