//! Payees, as whoever pays them keeps them.

use std::sync::Arc;

use florin_db::{Db, Reader, Tx};
use florin_kernel::{Action, Actor, Page, PageRequest, PayeeId, Resource, UserId, Uuid};
use florin_ledger::Ledger;
use florin_vault::Keyring;

use super::biller::fault_of_text;
use super::store::{self, NewRow};
use super::{NewPayee, Payee};
use crate::checks::HolderName;
use crate::error::{Error, taken};
use crate::ports::{Holder, HolderCheck, HolderLook, KnownHolder};
use crate::sealing::{Sealing, Table};
use crate::transfers::{own_or_any, reach_of};

/// The longest name, in characters.
const NAME_MAX: usize = 100;

/// What is to be changed of a payee. Where the money goes is never changed: that is another payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayeeChange {
    /// The version that was read.
    pub version: i64,
    /// What the payer calls it.
    pub name: String,
}

/// Whom people pay. Clones share the keys.
#[derive(Clone)]
pub struct Payees {
    db: Db,
    ledger: Ledger,
    sealing: Sealing,
    holders: Option<Arc<dyn HolderCheck>>,
}

impl Payees {
    /// Payees over this database, sealed by these keys.
    pub fn new(db: Db, ledger: Ledger, vault: Keyring) -> Self {
        Self { db, ledger, sealing: Sealing::new(vault), holders: None }
    }

    /// The same, whose holders are looked for before they can be paid.
    #[must_use]
    pub fn looking_for_holders(self, holders: Arc<dyn HolderCheck>) -> Self {
        Self { holders: Some(holders), ..self }
    }

    /// The holders of accounts elsewhere after `after` in the order of payees, `limit` at most, for a read of the program's own that
    /// was permitted.
    ///
    /// # Errors
    /// [`Error::Vault`], or what the database says.
    pub fn holders_after(
        &self,
        reader: &mut Reader<'_>,
        after: PayeeId,
        limit: usize,
    ) -> Result<Vec<KnownHolder>, Error> {
        let rows = store::banks_after(reader, after, i64::try_from(limit).unwrap_or(i64::MAX))?;
        rows.iter().filter_map(|row| self.holder(row).transpose()).collect()
    }

    /// The holder of the account behind a payee, if it is one elsewhere; for a read of the program's own that was permitted.
    ///
    /// # Errors
    /// [`Error::Vault`], or what the database says.
    pub fn holder_of(&self, reader: &mut Reader<'_>, id: PayeeId) -> Result<Option<KnownHolder>, Error> {
        let Some(stored) = store::find_payee(reader, id)? else { return Ok(None) };
        self.holder(&stored)
    }

    fn holder(&self, stored: &store::StoredPayee) -> Result<Option<KnownHolder>, Error> {
        let bank = stored.bank(&self.sealing)?;
        Ok(bank.map(|bank| KnownHolder { payee: stored.id, user: stored.user, name: bank.holder }))
    }

    /// Somebody's payees: one's own, or those of `customer` for staff.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], [`Error::Vault`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        customer: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<Payee>, Error> {
        let owner = customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        by.permit(Action::ReadPayees, Resource::kind("payee").owned_by(owner))?;
        let after = page.cursor_as::<PayeeId>()?.map_or(Uuid::nil(), PayeeId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.db.read(move |r| store::payees(r, owner, after, limit)).await?;
        let opened = rows.iter().map(|row| store::open(&self.sealing, row)).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(opened, |payee| payee.id.to_string()))
    }

    /// A payee of one's own, or of a customer's for staff.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::PayeeNotFound`], also for another's; [`Error::Vault`], or what the database says.
    pub async fn find(&self, by: &Actor, id: PayeeId) -> Result<Payee, Error> {
        by.permit(Action::ReadPayees, own_or_any(by, "payee"))?;
        let reach = reach_of(by);
        let found = self.db.read(move |r| store::find_payee(r, id)).await?;
        let found = found.filter(|payee| reach.is_none_or(|reach| reach == payee.user));
        store::open(&self.sealing, &found.ok_or(Error::PayeeNotFound)?)
    }

    /// Makes somebody known to be paid.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::BillerNotFound`], [`Error::AccountNotFound`],
    /// [`Error::Duplicate`], [`Error::Vault`], or what the database says.
    pub async fn create(&self, by: &Actor, new: NewPayee) -> Result<Payee, Error> {
        let user = by.user().ok_or(Error::CustomerNotFound)?;
        let id = PayeeId::from_uuid(self.db.env().new_uuid());
        let about = Resource::one("payee", id.uuid()).owned_by(user);
        let permit = by.permit(Action::ChangePayee, about)?;
        if let Some(fault) = fault_of_text("name", new.name(), NAME_MAX) {
            return Err(Error::Invalid(vec![fault]));
        }
        let looked = self.look(id, user, &new);
        let row = self.row(id, user, new).await?;
        let (env, sealing, written) = (self.db.env().clone(), self.sealing.clone(), looked.clone());
        let made = self.db.write(permit, move |tx| {
            store::insert_payee(tx, &row, env.now())?;
            if let Some(look) = &written {
                look.write(tx)?;
            }
            tx.note("kind", &row.kind);
            shown(tx, &sealing, id)
        });
        let made = made.await.map_err(|error| taken(error, "this payee"))?;
        if let Some(look) = looked {
            look.settled();
        }
        Ok(made)
    }

    fn look(&self, payee: PayeeId, user: UserId, new: &NewPayee) -> Option<Arc<dyn HolderLook>> {
        let (holders, NewPayee::Bank { account, .. }) = (self.holders.as_ref()?, new) else { return None };
        // What is no name is refused anyway.
        let name: HolderName = account.holder.parse().ok()?;
        holders.look(&Holder { payee, user, name: name.expose() })
    }

    async fn row(&self, id: PayeeId, user: UserId, new: NewPayee) -> Result<NewRow, Error> {
        let blank = |kind, name, index| NewRow {
            id,
            user,
            kind,
            name,
            biller: None,
            account: None,
            bank: None,
            details: None,
            index,
            holder: None,
        };
        match new {
            NewPayee::Biller { name, biller, reference } => {
                let found = self.db.read(move |r| store::find_biller(r, biller)).await?;
                let found = found.filter(|biller| biller.active).ok_or(Error::BillerNotFound)?;
                let reference = found.reference(&reference).map_err(|fault| Error::Invalid(vec![fault]))?;
                let (details, index) = self.sealing.seal_reference(id.uuid(), biller, &reference)?;
                Ok(NewRow { biller: Some(biller), details: Some(details), ..blank("biller", name, index) })
            }
            NewPayee::Account { name, account } => {
                let ledger = self.ledger.clone();
                let found = self.db.read(move |r| ledger.account(r, account)).await?;
                if found.is_none_or(|view| view.owner.is_none() || view.account.closed) {
                    return Err(Error::AccountNotFound(account));
                }
                let index = self.sealing.account_index(account);
                Ok(NewRow { account: Some(account), ..blank("account", name, index) })
            }
            NewPayee::Bank { name, account } => {
                let elsewhere = account.read().map_err(Error::Invalid)?;
                let sealed = self.sealing.seal_account(Table::Payee, id.uuid(), &elsewhere)?;
                Ok(NewRow {
                    bank: Some((elsewhere.place.country(), elsewhere.kind)),
                    details: Some(sealed.details),
                    holder: Some(sealed.holder),
                    ..blank("bank_account", name, sealed.index)
                })
            }
        }
    }

    /// Calls a payee something else.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::PayeeNotFound`], [`Error::Changed`], or what the database says.
    pub async fn change(&self, by: &Actor, id: PayeeId, change: PayeeChange) -> Result<Payee, Error> {
        if let Some(fault) = fault_of_text("name", &change.name, NAME_MAX) {
            return Err(Error::Invalid(vec![fault]));
        }
        let permit = self.permit(by, id).await?;
        let (env, sealing) = (self.db.env().clone(), self.sealing.clone());
        self.db
            .write(permit, move |tx| {
                let found = store::lock_payee(tx, id)?.ok_or(Error::PayeeNotFound)?;
                if found.version != change.version {
                    return Err(Error::Changed(found.version));
                }
                store::rename_payee(tx, id, &change.name, env.now())?;
                shown(tx, &sealing, id)
            })
            .await
    }

    /// Forgets a payee; payments that were made to it keep it.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::PayeeNotFound`], or what the database says.
    pub async fn remove(&self, by: &Actor, id: PayeeId) -> Result<(), Error> {
        let permit = self.permit(by, id).await?;
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                store::lock_payee(tx, id)?.ok_or(Error::PayeeNotFound)?;
                Ok(store::remove_payee(tx, id, env.now())?)
            })
            .await
    }

    /// Another's payee is one that is not there.
    async fn permit(&self, by: &Actor, id: PayeeId) -> Result<florin_kernel::Permit, Error> {
        let found = self.db.read(move |r| store::find_payee(r, id)).await?;
        let reach = reach_of(by);
        let owner = found.map(|payee| payee.user).filter(|owner| reach.is_none_or(|reach| reach == *owner));
        let Some(owner) = owner else {
            by.permit(Action::ChangePayee, own_or_any(by, "payee"))?;
            return Err(Error::PayeeNotFound);
        };
        Ok(by.permit(Action::ChangePayee, Resource::one("payee", id.uuid()).owned_by(owner))?)
    }
}

fn shown(tx: &mut Tx<'_>, sealing: &Sealing, id: PayeeId) -> Result<Payee, Error> {
    let stored = store::lock_payee(tx, id)?.ok_or(Error::PayeeNotFound)?;
    store::open(sealing, &stored)
}
