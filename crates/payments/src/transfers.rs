//! Transfers between accounts.

use std::sync::Arc;

use florin_db::{Db, DbError};
use florin_kernel::{AccountId, Action, Actor, Amount, Currency, Money, Resource, TransferId, UserId};
use florin_ledger::rules::Event;
use florin_ledger::{AccountView, Ledger, Posted, Posting, TransferView, chart};
use parking_lot::RwLock;

use crate::error::Error;
use crate::order::{Asked, Key, Order, Papers, Prepared, Rendered};
use crate::payment::Kind;
use crate::risk::{AfterCommit, Assessment, Moving, RiskCheck};
use crate::step_up::StepUpLimit;

/// How long money is held for review, in seconds, unless something else is set: three days.
const REVIEW_SECONDS: u32 = 3 * 86_400;

/// Moves money between accounts, and in and out at the counter.
#[derive(Clone)]
pub struct Transfers {
    pub(crate) db: Db,
    pub(crate) ledger: Ledger,
    pub(crate) risk: Arc<dyn RiskCheck>,
    pub(crate) step_up: StepUpLimit,
    pub(crate) review_s: u32,
    /// Currencies whose cash account is known to be open.
    pub(crate) cash_open: Arc<RwLock<Vec<Currency>>>,
}

impl Transfers {
    /// Transfers over this ledger, with decisions by `risk`.
    pub fn new(db: Db, ledger: Ledger, risk: Arc<dyn RiskCheck>) -> Self {
        Self {
            db,
            ledger,
            risk,
            step_up: StepUpLimit::default(),
            review_s: REVIEW_SECONDS,
            cash_open: Arc::default(),
        }
    }

    /// The same, which holds money for review so many seconds at most; then it is free again.
    #[must_use]
    pub fn holding_for_review(self, seconds: u32) -> Self {
        Self { review_s: seconds, ..self }
    }

    /// The same, which asks for a fresh factor above so many major units of a currency.
    #[must_use]
    pub fn asking_for_step_up_above(self, major: i64) -> Self {
        Self { step_up: StepUpLimit::above(major), ..self }
    }

    /// Takes one order: decides it, posts it and freezes the answer, in one durable commit.
    ///
    /// A request sent again with the same key is answered as it was at first.
    ///
    /// # Errors
    /// [`Error`] when the order cannot be taken up; nothing was changed then. Among them is
    /// [`StepUpRequired`](florin_kernel::Denied::StepUpRequired) for an amount above the limit without a fresh factor.
    pub async fn create(
        &self,
        by: &Actor,
        key: Key,
        order: Order,
        render: Rendered,
    ) -> Result<Posted, Error> {
        let permit = by.permit(Action::CreateTransfer, own_or_any(by, "transfer"))?;
        let reach = reach_of(by);
        let amount = match &order.amount {
            Asked::Money(money) => *money,
            Asked::Figure(_) => order.amount.in_currency(self.currency_of(order.from, reach).await?)?,
        };
        Amount::new(amount)?;
        self.step_up.check(by, [amount], self.db.env().now())?;
        let available = self.available_for(order.from, amount).await?;
        let (event, prepared) = self.prepare(by, reach, (amount, available), order);
        let papers = Papers { permit, prepared: vec![prepared], render, batch: false };
        self.submit(vec![event], key, papers).await
    }

    /// Posts orders with all that belongs to them, and tells whoever decided what became of it.
    pub(crate) async fn submit(&self, events: Vec<Event>, key: Key, papers: Papers) -> Result<Posted, Error> {
        let after = AfterCommit::default();
        let posting = Posting { events, key, record: papers.into_record(after.clone()) };
        let posted = self.ledger.submit(posting).await?;
        after.tell();
        Ok(posted)
    }

    pub(crate) fn prepare(
        &self,
        by: &Actor,
        reach: Option<UserId>,
        (amount, available): (Money, Option<i64>),
        order: Order,
    ) -> (Event, Prepared) {
        let fresh = order.id.is_none();
        let id = order.id.unwrap_or_else(|| TransferId::from_uuid(self.db.env().new_uuid()));
        let decision = self.risk.assess(&Assessment {
            id,
            moving: Moving::Transfer,
            at: self.db.env().now(),
            user: by.user(),
            from: Some(order.from),
            to: Some(order.to),
            payee: None,
            amount,
            available,
            origin: by.origin(),
        });
        let review_s = (decision.holds() && !order.pending).then_some(self.review_s);
        let pending = order.pending || decision.holds();
        let make = if pending { Event::hold } else { Event::transfer };
        let event = Event {
            fresh,
            reach,
            timeout_s: review_s.or(order.timeout_s),
            code: Some(chart::CHECKING),
            policy: decision.policy(),
            ..make(id, order.from, order.to, amount.minor(), amount.currency())
        };
        let prepared = Prepared {
            id,
            kind: Kind::Transfer,
            from: Some(order.from),
            to: Some(order.to),
            amount,
            description: order.description,
            pending,
            decision,
        };
        (event, prepared)
    }

    /// What could be taken out of an account before this amount is, where whoever decides wants to know.
    pub(crate) async fn available_for(&self, id: AccountId, amount: Money) -> Result<Option<i64>, Error> {
        if !self.risk.wants_available(amount) {
            return Ok(None);
        }
        let ledger = self.ledger.clone();
        let view = self.db.read(move |r| ledger.account(r, id)).await.map_err(|error: DbError| error)?;
        Ok(view.as_ref().and_then(available_of))
    }

    /// The currency of an account within reach.
    pub(crate) async fn currency_of(&self, id: AccountId, reach: Option<UserId>) -> Result<Currency, Error> {
        let ledger = self.ledger.clone();
        let view = self.db.read(move |r| ledger.account(r, id)).await.map_err(|error: DbError| error)?;
        view.filter(|view| reach.is_none() || view.owner == reach)
            .map(|view| view.currency)
            .ok_or(Error::AccountNotFound(id))
    }

    /// Whose an account is, and its currency.
    pub(crate) async fn owner_and_currency(
        &self,
        id: AccountId,
    ) -> Result<(Option<UserId>, Currency), Error> {
        let ledger = self.ledger.clone();
        let view = self.db.read(move |r| ledger.account(r, id)).await.map_err(|error: DbError| error)?;
        view.map(|view| (view.owner, view.currency)).ok_or(Error::AccountNotFound(id))
    }

    /// The transfer of this identifier, if it touches what the actor may see.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn find(
        &self,
        by: &Actor,
        id: TransferId,
    ) -> Result<Option<(TransferView, Option<crate::Payment>)>, Error> {
        by.permit(Action::ReadTransfer, own_or_any(by, "transfer"))?;
        let (ledger, reach) = (self.ledger.clone(), reach_of(by));
        let found = self.db.read(move |r| {
            let Some(view) = ledger.transfer(r, id)? else { return Ok(None) };
            if let Some(reach) = reach {
                let mut seen = false;
                for account in [view.transfer.debit, view.transfer.credit] {
                    seen |= ledger.account(r, account)?.is_some_and(|account| account.owner == Some(reach));
                }
                if !seen {
                    return Ok(None);
                }
            }
            let payment = crate::payment(r, id)?.map(|(payment, _)| payment);
            Ok(Some((view, payment)))
        });
        found.await.map_err(|error: DbError| error.into())
    }
}

/// What can be taken out of an account, in minor units; none where there is no limit.
pub(crate) fn available_of(view: &AccountView) -> Option<i64> {
    view.account.available().map(|available| i64::try_from(available).unwrap_or(i64::MAX))
}

/// A customer acts on what is their own; staff are asked about the thing as such.
pub(crate) fn own_or_any(by: &Actor, kind: &'static str) -> Resource {
    let resource = Resource::kind(kind);
    match by.user() {
        Some(user) if !by.is_staff() => resource.owned_by(user),
        _ => resource,
    }
}

/// Whose money alone the actor may touch.
pub(crate) fn reach_of(by: &Actor) -> Option<UserId> {
    if by.is_staff() { None } else { by.user() }
}
