//! Many orders in one request.

use florin_kernel::{Action, Actor, Amount};
use florin_ledger::Posted;
use florin_ledger::rules::Flags;

use crate::error::Error;
use crate::order::{Asked, Key, Order, Papers, Rendered};
use crate::transfers::{Transfers, own_or_any, reach_of};

/// Orders to take in order; linked ones go through together or not at all.
#[derive(Clone, Debug)]
pub struct BatchOrder {
    /// The orders; every amount has its currency.
    pub orders: Vec<Order>,
    /// Whether all or none go through.
    pub linked: bool,
}

impl Transfers {
    /// Takes many orders in one durable commit; each gets its own outcome.
    ///
    /// # Errors
    /// [`Error`] when the request cannot be taken up; nothing was changed then. Whether a fresh factor is asked for is
    /// decided by what the batch comes to in each currency.
    pub async fn create_many(
        &self,
        by: &Actor,
        key: Key,
        batch: BatchOrder,
        render: Rendered,
    ) -> Result<Posted, Error> {
        let permit = by.permit(Action::CreateTransfer, own_or_any(by, "transfer"))?;
        let reach = reach_of(by);
        let mut events = Vec::with_capacity(batch.orders.len());
        let mut prepared = Vec::with_capacity(batch.orders.len());
        for order in batch.orders {
            let amount = match &order.amount {
                Asked::Money(money) => *money,
                Asked::Figure(_) => order.amount.in_currency(self.currency_of(order.from, reach).await?)?,
            };
            Amount::new(amount)?;
            let available = self.available_for(order.from, amount).await?;
            let (event, paper) = self.prepare(by, reach, (amount, available), order);
            events.push(event);
            prepared.push(paper);
        }
        self.step_up.check(by, prepared.iter().map(|paper| paper.amount), self.db.env().now())?;
        if batch.linked {
            let all_but_last = events.len().saturating_sub(1);
            for event in events.iter_mut().take(all_but_last) {
                event.flags = event.flags.with(Flags::LINKED);
            }
        }
        let papers = Papers { permit, prepared, render, batch: true };
        self.submit(events, key, papers).await
    }
}
