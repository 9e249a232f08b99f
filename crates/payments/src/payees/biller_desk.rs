//! Billers, as managers keep them and everybody reads them.

use florin_db::Db;
use florin_kernel::{Action, Actor, BillerId, Page, PageRequest, Resource, Uuid};
use florin_ledger::Ledger;

use super::{Biller, BillerChange, NewBiller, store};
use crate::error::{Error, taken};
use crate::transfers::own_or_any;

/// The billers of the institution. Clones share them.
#[derive(Clone)]
pub struct Billers {
    db: Db,
    ledger: Ledger,
}

impl Billers {
    /// Billers over this database; their accounts here are the ledger's.
    pub fn new(db: Db, ledger: Ledger) -> Self {
        Self { db, ledger }
    }

    /// The billers in the order they were made known; customers see those that take payments.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], or what the database says.
    pub async fn list(&self, by: &Actor, page: &PageRequest) -> Result<Page<Biller>, Error> {
        by.permit(Action::ReadBillers, own_or_any(by, "biller"))?;
        let after = page.cursor_as::<BillerId>()?.map_or(Uuid::nil(), BillerId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let active = !by.is_staff();
        let rows = self.db.read(move |r| store::billers(r, after, active, limit)).await?;
        Ok(page.page(rows, |biller| biller.id.to_string()))
    }

    /// Makes a biller known.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::Duplicate`] for a name that is taken,
    /// [`Error::AccountNotFound`], [`Error::CurrencyMismatch`], or what the database says.
    pub async fn create(&self, by: &Actor, new: NewBiller) -> Result<Biller, Error> {
        let id = BillerId::from_uuid(self.db.env().new_uuid());
        let permit = by.permit(Action::ChangeBiller, Resource::one("biller", id.uuid()))?;
        new.check().map_err(Error::Invalid)?;
        if let Some(account) = new.account {
            let ledger = self.ledger.clone();
            let found = self.db.read(move |r| ledger.account(r, account)).await?;
            let found = found.filter(|view| view.owner.is_some()).ok_or(Error::AccountNotFound(account))?;
            if found.currency != new.currency {
                return Err(Error::CurrencyMismatch { account: found.currency, given: new.currency });
            }
        }
        let env = self.db.env().clone();
        let made = self.db.write(permit, move |tx| {
            store::insert_biller(tx, id, &new, env.now())?;
            tx.note("name", &new.name);
            store::lock_biller(tx, id)?.ok_or(Error::BillerNotFound)
        });
        made.await.map_err(|error| taken(error, "a biller of this name"))
    }

    /// Changes a biller.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::BillerNotFound`], [`Error::Changed`], [`Error::Duplicate`], or
    /// what the database says.
    pub async fn change(&self, by: &Actor, id: BillerId, change: BillerChange) -> Result<Biller, Error> {
        let permit = by.permit(Action::ChangeBiller, Resource::one("biller", id.uuid()))?;
        change.check().map_err(Error::Invalid)?;
        let env = self.db.env().clone();
        let made = self.db.write(permit, move |tx| {
            let mut biller = store::lock_biller(tx, id)?.ok_or(Error::BillerNotFound)?;
            if biller.version != change.version {
                return Err(Error::Changed(biller.version));
            }
            if let Some(name) = &change.name {
                tx.note_change("name", Some(&biller.name), Some(name));
                biller.name.clone_from(name);
            }
            if let Some(category) = &change.category {
                tx.note_change("category", Some(&biller.category), Some(category));
                biller.category.clone_from(category);
            }
            if let Some(active) = change.active {
                tx.note_change("active", Some(&biller.active), Some(&active));
                biller.active = active;
            }
            store::update_biller(tx, &biller, env.now())?;
            store::lock_biller(tx, id)?.ok_or(Error::BillerNotFound)
        });
        made.await.map_err(|error| taken(error, "a biller of this name"))
    }
}
