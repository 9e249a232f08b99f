//! Cash at the counter: a teller pays in and out.

use florin_db::DbError;
use florin_kernel::{AccountId, Action, Actor, Amount, Currency, Resource, TransferId};
use florin_ledger::rules::Event;
use florin_ledger::{Posted, chart, internal_account};

use crate::error::Error;
use crate::order::{Asked, Key, Papers, Prepared, Rendered};
use crate::payment::Kind;
use crate::risk::{Assessment, Moving};
use crate::transfers::Transfers;

/// Which way the cash goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the account.
    In,
    /// Out of it.
    Out,
}

/// Cash to pay in or out.
#[derive(Clone, Debug)]
pub struct CashOrder {
    /// The customer's account.
    pub account: AccountId,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub amount: Asked,
    /// What the teller notes.
    pub description: Option<String>,
}

impl Transfers {
    /// Pays cash in or out, against the institution's cash account of the currency.
    ///
    /// # Errors
    /// [`Error`] when the order cannot be taken up; nothing was changed then.
    pub async fn cash(
        &self,
        by: &Actor,
        key: Key,
        order: CashOrder,
        render: Rendered,
    ) -> Result<Posted, Error> {
        let (action, kind) = match order.direction {
            Direction::In => (Action::Deposit, Kind::Deposit),
            Direction::Out => (Action::Withdraw, Kind::Withdrawal),
        };
        by.permit(action, Resource::kind("account"))?;
        let (owner, currency) = self.owner_and_currency(order.account).await?;
        let about = Resource::one("account", order.account.uuid());
        let permit = by.permit(action, owner.map_or(about, |owner| about.owned_by(owner)))?;
        let amount = order.amount.in_currency(currency)?;
        if amount.currency() != currency {
            return Err(Error::CurrencyMismatch { account: currency, given: amount.currency() });
        }
        Amount::new(amount)?;
        self.open_cash(currency).await?;
        let cash = internal_account(chart::CASH, currency);
        let (from, to) = match order.direction {
            Direction::In => (cash, order.account),
            Direction::Out => (order.account, cash),
        };
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let moving = match order.direction {
            Direction::In => Moving::Deposit,
            Direction::Out => Moving::Withdrawal,
        };
        let decision = self.risk.assess(&Assessment {
            id,
            moving,
            at: self.db.env().now(),
            user: owner,
            from: Some(from),
            to: Some(to),
            payee: None,
            amount,
            available: self.available_for(order.account, amount).await?,
            origin: by.origin(),
        });
        // Cash that lies on the counter is taken in; somebody looks at it afterwards.
        let pending = decision.holds() && moving == Moving::Withdrawal;
        let make = if pending { Event::hold } else { Event::transfer };
        let event = Event {
            fresh: true,
            code: Some(chart::CASH),
            policy: decision.policy(),
            timeout_s: pending.then_some(self.review_s),
            ..make(id, from, to, amount.minor(), currency)
        };
        let prepared = Prepared {
            id,
            kind,
            from: Some(from),
            to: Some(to),
            amount,
            description: order.description,
            pending,
            decision,
        };
        let papers = Papers { permit, prepared: vec![prepared], render, batch: false };
        self.submit(vec![event], key, papers).await
    }

    /// Opens the cash account of a currency when its first cash arrives.
    async fn open_cash(&self, currency: Currency) -> Result<(), Error> {
        if self.cash_open.read().contains(&currency) {
            return Ok(());
        }
        let permit = Actor::system("payments.cash").permit(Action::OpenAccount, Resource::kind("account"))?;
        let ledger = self.ledger.clone();
        let open = self.db.read(move |r| ledger.account(r, internal_account(chart::CASH, currency))).await;
        if open.map_err(|error: DbError| error)?.is_none() {
            let ledger = self.ledger.clone();
            let opened: Result<AccountId, DbError> = self
                .db
                .write(permit, move |tx| {
                    let id = ledger.ensure_internal(tx, chart::CASH, currency)?;
                    tx.about(id.uuid());
                    Ok(id)
                })
                .await;
            opened?;
        }
        self.cash_open.write().push(currency);
        Ok(())
    }
}
