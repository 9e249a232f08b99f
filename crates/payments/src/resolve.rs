//! What is done with a transfer later: posting, voiding, reversing.

use florin_db::DbError;
use florin_kernel::{Action, Actor, Money, TransferId};
use florin_ledger::rules::{AmountMode, Event};
use florin_ledger::{Posted, Posting};

use crate::error::Error;
use crate::order::{Asked, Key, Papers, Prepared, Rendered};
use crate::payment::Kind;
use crate::ports::{Decision, Verdict};
use crate::transfers::{Transfers, own_or_any, reach_of};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Move what a pending transfer reserved, and release the rest.
    Post,
    /// Release what it reserved.
    Void,
    /// Give back what a transfer moved.
    Reverse,
}

/// An order about an earlier transfer.
#[derive(Clone, Debug)]
pub struct ResolveOrder {
    /// The earlier transfer.
    pub transfer: TransferId,
    /// What is to be done with it.
    pub resolution: Resolution,
    /// How much of it; all when left out.
    pub amount: Option<Asked>,
    /// Why.
    pub description: Option<String>,
}

impl Transfers {
    /// Posts, voids or reverses; `None` when there is no such transfer within the actor's reach.
    ///
    /// # Errors
    /// [`Error`] when the order cannot be taken up; nothing was changed then.
    pub async fn resolve(
        &self,
        by: &Actor,
        key: Key,
        order: ResolveOrder,
        render: Rendered,
    ) -> Result<Option<Posted>, Error> {
        let action = match order.resolution {
            Resolution::Post | Resolution::Void => Action::ResolveTransfer,
            Resolution::Reverse => Action::ReverseTransfer,
        };
        let permit = by.permit(action, own_or_any(by, "transfer"))?;
        let (ledger, original) = (self.ledger.clone(), order.transfer);
        let found =
            self.db.read(move |r| ledger.transfer(r, original)).await.map_err(|error: DbError| error)?;
        let Some(found) = found else { return Ok(None) };
        let transfer = found.transfer;
        let asked = order.amount.as_ref().map(|amount| amount.in_currency(transfer.currency)).transpose()?;
        if let Some(asked) = asked
            && asked.currency() != transfer.currency
        {
            return Err(Error::CurrencyMismatch { account: transfer.currency, given: asked.currency() });
        }
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let left = transfer.amount.saturating_sub(found.reversed).max(1);
        let (kind, event) = match order.resolution {
            Resolution::Post => (Kind::Post, Event::post(id, original, transfer.currency)),
            Resolution::Void => (Kind::Void, Event::void(id, original, transfer.currency)),
            Resolution::Reverse => (
                Kind::Reversal,
                Event::reversal(id, original, asked.map_or(left, Money::minor), transfer.currency),
            ),
        };
        let mut event = Event { fresh: true, reach: reach_of(by), ..event };
        if let (Resolution::Post, Some(asked)) = (order.resolution, asked) {
            event.amount = asked.minor();
            event.mode = AmountMode::Exact;
        }
        let prepared = Prepared {
            id,
            kind,
            from: Some(transfer.debit),
            to: Some(transfer.credit),
            amount: asked.unwrap_or(Money::new(transfer.amount, transfer.currency)),
            description: order.description,
            pending: false,
            decision: Decision { verdict: Verdict::Approve, score: 0, reasons: Vec::new() },
        };
        let papers = Papers { permit, prepared: vec![prepared], render, batch: false };
        let posting = Posting { events: vec![event], key, record: papers.into_record() };
        Ok(Some(self.ledger.submit(posting).await?))
    }
}
