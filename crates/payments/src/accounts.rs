//! Customers' accounts: opening, reading, freezing, closing.

use std::sync::Arc;

use florin_db::idempotency::{self, Answer, Frozen, IdempotencyKey};
use florin_db::{Db, DbError, Tx};
use florin_kernel::{
    AccountId, Action, Actor, Currency, Page, PageError, PageRequest, Permit, Resource, Timestamp, UserId,
};
use florin_ledger::rules::{Accumulators, Overdraft};
use florin_ledger::{AccountView, Control, ControlRefused, Entry, Ledger, NewAccount, chart};

use crate::error::Error;
use crate::ports::Customers;
use crate::transfers::{own_or_any, reach_of};

/// What a customer's account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// For everyday payments.
    Checking,
    /// For savings.
    Savings,
}

impl Product {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
        }
    }

    const fn chart_code(self) -> u16 {
        match self {
            Self::Checking => chart::CHECKING,
            Self::Savings => chart::SAVINGS,
        }
    }
}

/// An account to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAccount {
    /// Which product.
    pub product: Product,
    /// In which currency.
    pub currency: Currency,
    /// For whom; the actor when left out.
    pub customer: Option<UserId>,
}

/// Makes the answer that is frozen in the commit.
pub type RenderAccount = Arc<dyn Fn(&AccountView) -> Frozen + Send + Sync>;

/// An account that somebody may open: for whom, and as what the ledger keeps it.
#[derive(Clone, Debug)]
struct Opening {
    owner: UserId,
    new: NewAccount,
}

/// Customers' accounts.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) db: Db,
    pub(crate) ledger: Ledger,
    pub(crate) customers: Arc<dyn Customers>,
}

impl Accounts {
    /// Accounts over this ledger, for people whom `customers` knows.
    pub fn new(db: Db, ledger: Ledger, customers: Arc<dyn Customers>) -> Self {
        Self { db, ledger, customers }
    }

    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Opens an account; a customer's own, or a customer's by staff.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::CustomerNotFound`], or what the database says.
    pub async fn open(&self, by: &Actor, request: OpenAccount) -> Result<AccountView, Error> {
        let (permit, opening) = self.opening(by, request)?;
        let (id, this) = (opening.new.id, self.clone());
        let opened: Result<(), Error> = self.db.write(permit, move |tx| this.open_in(tx, &opening)).await;
        opened?;
        self.find(by, id).await
    }

    /// The same for a request with a key, and gives what `render` makes of it: sent again with the same key, the request is
    /// answered as it was at first, and opens no other account.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::CustomerNotFound`], or what the database says.
    pub async fn open_once(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        request: OpenAccount,
        render: RenderAccount,
    ) -> Result<Answer, Error> {
        let (permit, opening) = self.opening(by, request)?;
        let this = self.clone();
        self.db
            .write_once(permit, key, move |tx| {
                this.open_in(tx, &opening)?;
                let id = opening.new.id;
                let opened = this.ledger.account(&mut tx.reader(), id)?;
                Ok(render(&opened.ok_or(Error::AccountNotFound(id))?))
            })
            .await
    }

    /// Who opens what, if they may.
    fn opening(&self, by: &Actor, request: OpenAccount) -> Result<(Permit, Opening), Error> {
        let owner = request.customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        let id = AccountId::from_uuid(self.db.env().new_uuid());
        let permit = by.permit(Action::OpenAccount, Resource::one("account", id.uuid()).owned_by(owner))?;
        let new = NewAccount {
            id,
            owner: Some(owner),
            kind: request.product.code(),
            name: request.product.code().to_owned(),
            currency: request.currency,
            code: request.product.chart_code(),
            overdraft: Overdraft::None,
            ceiling: None,
        };
        Ok((permit, Opening { owner, new }))
    }

    fn open_in(&self, tx: &mut Tx<'_>, opening: &Opening) -> Result<(), Error> {
        if !self.customers.is_known(tx, opening.owner)? {
            return Err(Error::CustomerNotFound);
        }
        self.ledger.open_account(tx, &opening.new)?;
        Ok(())
    }

    /// The account, if it is within the actor's reach.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::Denied`], or what the database says.
    pub async fn find(&self, by: &Actor, id: AccountId) -> Result<AccountView, Error> {
        by.permit(Action::ReadAccount, own_or_any(by, "account"))?;
        let (ledger, reach) = (self.ledger.clone(), reach_of(by));
        let view = self.db.read(move |r| ledger.account(r, id)).await.map_err(|error: DbError| error)?;
        view.filter(|view| reach.is_none() || view.owner == reach).ok_or(Error::AccountNotFound(id))
    }

    /// The actor's own accounts, or those of `customer` for staff.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        customer: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Result<Page<AccountView>, PageError>, Error> {
        let owner = customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        by.permit(Action::ReadAccount, Resource::kind("account").owned_by(owner))?;
        let after = match page.cursor_as::<i64>() {
            Ok(after) => after.unwrap_or(0),
            Err(error) => return Ok(Err(error)),
        };
        let (ledger, limit) = (self.ledger.clone(), page.limit().saturating_add(1));
        let rows = self
            .db
            .read(move |r| ledger.accounts_of(r, owner, after, limit))
            .await
            .map_err(|error: DbError| error)?;
        Ok(Ok(page.page(rows, |view| view.no.to_string())))
    }

    /// The account's entries, latest first.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::Denied`], or what the database says.
    pub async fn entries(
        &self,
        by: &Actor,
        id: AccountId,
        page: &PageRequest,
    ) -> Result<Result<(AccountView, Page<Entry>), PageError>, Error> {
        let view = self.find(by, id).await?;
        let from = match page.cursor_as::<i64>() {
            Ok(from) => from.unwrap_or(view.account.last_seq),
            Err(error) => return Ok(Err(error)),
        };
        let (ledger, no, limit) = (self.ledger.clone(), view.no, page.limit());
        let rows = self
            .db
            .read(move |r| ledger.entries(r, no, from, limit))
            .await
            .map_err(|error: DbError| error)?;
        let next = rows.last().map(Entry::previous).filter(|previous| *previous > 0 && rows.len() == limit);
        Ok(Ok((view, Page { next_cursor: next.map(|seq| seq.to_string()), rows })))
    }

    /// The account's sums at an instant.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::Denied`], or what the database says.
    pub async fn balance_as_of(
        &self,
        by: &Actor,
        id: AccountId,
        at: Timestamp,
    ) -> Result<(AccountView, Accumulators), Error> {
        let view = self.find(by, id).await?;
        let ledger = self.ledger.clone();
        let found =
            self.db.read(move |r| ledger.balance_as_of(r, id, at)).await.map_err(|error: DbError| error)?;
        Ok((view, found.ok_or(Error::AccountNotFound(id))?))
    }

    /// Freezes, unfreezes or closes an account.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::AccountClosed`], [`Error::AccountNotEmpty`], [`Error::Denied`], or what
    /// the database says.
    pub async fn control(
        &self,
        by: &Actor,
        id: AccountId,
        controls: Vec<Control>,
    ) -> Result<AccountView, Error> {
        by.permit(Action::ChangeAccount, Resource::kind("account"))?;
        let owner = self.find(by, id).await?.owner;
        let about = Resource::one("account", id.uuid());
        let permit = by.permit(Action::ChangeAccount, owner.map_or(about, |owner| about.owned_by(owner)))?;
        let ledger = self.ledger.clone();
        let done: Result<(), Error> = self
            .db
            .write(permit, move |tx| {
                for control in &controls {
                    tx.note("control", &format!("{control:?}"));
                    ledger.change_control(tx, id, *control)?.map_err(|refused| match refused {
                        ControlRefused::NotFound => Error::AccountNotFound(id),
                        ControlRefused::NotEmpty => Error::AccountNotEmpty,
                        ControlRefused::Closed => Error::AccountClosed,
                    })?;
                }
                Ok(())
            })
            .await;
        done?;
        self.find(by, id).await
    }

    /// Forgets frozen answers older than a day: the job of the hour.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_answers(&self, before: Timestamp) -> Result<u64, DbError> {
        self.db.housekeeping(move |tx| idempotency::forget_before(tx, before.as_microsecond())).await
    }
}
