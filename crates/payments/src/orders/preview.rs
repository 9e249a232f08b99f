//! What a payment would come to, told before anybody makes it.

use florin_kernel::{Action, Actor, Money, Resource};

use super::Payments;
use super::plan::CreatePayment;
use super::record::Carrier;
use crate::error::Error;
use crate::transfers::own_or_any;

/// What a payment would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How much would be paid.
    pub amount: Money,
    /// What would be charged besides.
    pub fee: Money,
    /// What would carry it.
    pub carrier: Carrier,
}

impl Payments {
    /// What a payment would come to; nothing is written, and nothing decided about risk.
    ///
    /// # Errors
    /// [`Error`] where [`Payments::create`] would not take the request up.
    pub async fn preview(&self, by: &Actor, request: CreatePayment) -> Result<Preview, Error> {
        by.permit(Action::CreatePayment, own_or_any(by, "payment"))?;
        let plan = self.plan(by, request).await?;
        by.permit(Action::CreatePayment, Resource::kind("payment").owned_by(plan.user))?;
        Ok(Preview { amount: plan.amount, fee: plan.fee, carrier: plan.carrier })
    }
}
