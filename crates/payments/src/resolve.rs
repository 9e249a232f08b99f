//! What is done with a transfer later: posting, voiding, reversing.

use std::sync::Arc;

use florin_db::DbError;
use florin_kernel::{Action, Actor, Money, Resource, TransferId};
use florin_ledger::Posted;
use florin_ledger::rules::{AmountMode, Event, HoldState};

use crate::error::Error;
use crate::order::{Asked, Key, Papers, Prepared, Rendered};
use crate::payment::Kind;
use crate::risk::{Decision, ReviewVerdict, Verdict};
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
        let (ledger, original) = (self.ledger.clone(), order.transfer);
        // What the staff do with what is held says what they found.
        let verdict = match order.resolution {
            Resolution::Post => Some(ReviewVerdict::Release),
            Resolution::Void => Some(ReviewVerdict::Refuse),
            Resolution::Reverse => None,
        };
        let verdict = verdict.filter(|_| by.is_staff());
        let (risk, staff) = (Arc::clone(&self.risk), by.user());
        let found = self.db.read(move |r| {
            let Some(found) = ledger.transfer(r, original)? else { return Ok(None) };
            let payment = crate::payment(r, original)?.map(|(payment, _)| payment);
            let owner = ledger.account(r, found.transfer.debit)?.and_then(|account| account.owner);
            let review = match verdict {
                Some(verdict) => risk.review(r, original, verdict, staff)?,
                None => None,
            };
            Ok(Some((found, payment, owner, review)))
        });
        let found = found.await.map_err(|error: DbError| error)?;
        let under_review = found.as_ref().is_some_and(|(found, payment, ..)| {
            found.hold == Some(HoldState::Open)
                && payment.as_ref().is_some_and(|payment| payment.decision == Verdict::Review.code())
        });
        // Nobody decides about their own money: of that even staff are the payer and no more.
        let pays = found.as_ref().is_some_and(|(_, _, owner, _)| owner.is_some() && *owner == by.user());
        let decides = by.is_staff() && !pays;
        let permit = match (order.resolution, &found) {
            // What is held for review is released by whoever decides about risk; the payer may take it back.
            (Resolution::Post | Resolution::Void, Some((_, _, owner, _))) if under_review && decides => {
                let about = Resource::one("transfer", original.uuid());
                by.permit(Action::DecideRisk, owner.map_or(about, |owner| about.owned_by(owner)))?
            }
            (Resolution::Post | Resolution::Void, _) => {
                by.permit(Action::ResolveTransfer, own_or_any(by, "transfer"))?
            }
            (Resolution::Reverse, _) => by.permit(Action::ReverseTransfer, own_or_any(by, "transfer"))?,
        };
        let Some((found, _, owner, review)) = found else { return Ok(None) };
        let review = review.filter(|_| decides);
        if reach_of(by).is_some_and(|reach| owner != Some(reach)) {
            return Ok(None);
        }
        if under_review && order.resolution == Resolution::Post && !decides {
            return Err(Error::UnderReview);
        }
        let transfer = found.transfer;
        // What payments and loans are made of is moved by them alone.
        if transfer.group.is_some() {
            return Err(Error::PartOfPayment);
        }
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
            decision: Decision::reviewed(review),
        };
        let papers = Papers { permit, prepared: vec![prepared], render, batch: false };
        Ok(Some(self.submit(vec![event], key, papers).await?))
    }
}
