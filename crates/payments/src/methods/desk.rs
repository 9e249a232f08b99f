//! Saving, reading and forgetting what people pay with.

use std::sync::Arc;

use florin_db::Db;
use florin_db::card_tokens::CardVault;
use florin_kernel::{Action, Actor, Page, PageRequest, PaymentMethodId, Permit, Resource, UserId, Uuid};
use florin_ledger::Ledger;
use florin_vault::Keyring;

use super::store::{self, CardRow};
use super::{NewMethod, PaymentMethod};
use crate::checks::{BankAccountForm, Brand, CardForm};
use crate::error::{Error, taken};
use crate::ports::CardKeeper;
use crate::sealing::{Sealing, Table};
use crate::transfers::{own_or_any, reach_of};

/// What people pay with. Clones share the keys.
#[derive(Clone)]
pub struct PaymentMethods {
    pub(super) db: Db,
    pub(super) ledger: Ledger,
    cards: CardVault,
    pub(super) sealing: Sealing,
    pub(super) keepers: Arc<[Arc<dyn CardKeeper>]>,
}

impl PaymentMethods {
    /// Methods over this database; cards are kept in `cards`, everything else is sealed by `vault`. Whether a card
    /// expired is asked of the ledger's business date.
    pub fn new(db: Db, ledger: Ledger, cards: CardVault, vault: Keyring) -> Self {
        Self { db, ledger, cards, sealing: Sealing::new(vault), keepers: Arc::default() }
    }

    /// The same where these processors keep cards as well.
    #[must_use]
    pub fn with_keepers(self, keepers: Vec<Arc<dyn CardKeeper>>) -> Self {
        Self { keepers: keepers.into(), ..self }
    }

    /// Somebody's bank accounts and cards: one's own, or those of `customer` for staff.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], [`Error::Vault`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        customer: Option<UserId>,
        page: &PageRequest,
    ) -> Result<Page<PaymentMethod>, Error> {
        let owner = customer.or(by.user()).ok_or(Error::CustomerNotFound)?;
        by.permit(Action::ReadPaymentMethods, Resource::kind("payment_method").owned_by(owner))?;
        let after = page.cursor_as::<PaymentMethodId>()?.map_or(Uuid::nil(), PaymentMethodId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.db.read(move |r| store::of_user(r, owner, after, limit)).await?;
        let opened = rows.iter().map(|row| row.open(&self.sealing)).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(opened, |method| method.id.to_string()))
    }

    /// Saves a bank account or a card of the actor's own.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`], [`Error::Duplicate`], [`Error::KeeperSilent`], [`Error::Vault`], or what the
    /// database says.
    pub async fn save(&self, by: &Actor, new: NewMethod) -> Result<PaymentMethod, Error> {
        let user = by.user().ok_or(Error::CustomerNotFound)?;
        let id = PaymentMethodId::from_uuid(self.db.env().new_uuid());
        let about = Resource::one("payment_method", id.uuid()).owned_by(user);
        let permit = by.permit(Action::ChangePaymentMethod, about)?;
        match new {
            NewMethod::Bank(form) => self.save_bank(permit, (id, user), &form).await,
            NewMethod::Kept(form) => self.save_kept(permit, (id, user), form).await,
            NewMethod::Card(form) => {
                by.permit(Action::KeepCard, Resource::kind("card_token").owned_by(user))?;
                self.save_card(permit, (id, user), &form).await
            }
        }
    }

    async fn save_bank(
        &self,
        permit: Permit,
        (id, user): (PaymentMethodId, UserId),
        form: &BankAccountForm,
    ) -> Result<PaymentMethod, Error> {
        let account = form.read().map_err(Error::Invalid)?;
        let sealed = self.sealing.seal_account(Table::Method, id.uuid(), &account)?;
        let this = self.clone();
        let made = self.db.write(permit, move |tx| {
            store::insert_bank(tx, (id, user), &account, &sealed, this.db.env().now())?;
            tx.note("kind", &"bank_account");
            tx.note("masked", &account.masked());
            store::lock(tx, id)?.ok_or(Error::MethodNotFound)?.open(&this.sealing)
        });
        made.await.map_err(|error| taken(error, "this bank account"))
    }

    async fn save_card(
        &self,
        permit: Permit,
        (id, user): (PaymentMethodId, UserId),
        form: &CardForm,
    ) -> Result<PaymentMethod, Error> {
        let today = self.ledger.business_date(self.db.env().now());
        let (pan, expiry, holder) = form.read(today).map_err(Error::Invalid)?;
        let holder = self.sealing.seal(Table::Method, "holder", id.uuid(), holder.expose())?;
        let this = self.clone();
        let made = self.db.write(permit, move |tx| {
            let kept = this.cards.tokenise_in(tx, user, &pan)?;
            let card = CardRow {
                token: kept.token.as_str(),
                masked: kept.masked.as_str(),
                brand: Brand::of(&pan),
                expiry,
                holder: &holder,
            };
            store::insert_card(tx, (id, user), &card, this.db.env().now())?;
            // The vault speaks of the card; what was saved is the method.
            tx.about(id.uuid());
            tx.note("kind", &"card");
            tx.note("masked", &kept.masked);
            store::lock(tx, id)?.ok_or(Error::MethodNotFound)?.open(&this.sealing)
        });
        made.await.map_err(|error| taken(error, "this card"))
    }

    /// Forgets a bank account or a card. What was paid with it can still be given back.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::MethodNotFound`], [`Error::InUse`], or what the database says.
    pub async fn remove(&self, by: &Actor, id: PaymentMethodId) -> Result<(), Error> {
        let found = self.db.read(move |r| store::find(r, id)).await?;
        let reach = reach_of(by);
        let owner = found.map(|method| method.user).filter(|owner| reach.is_none_or(|reach| reach == *owner));
        let Some(owner) = owner else {
            by.permit(Action::ChangePaymentMethod, own_or_any(by, "payment_method"))?;
            return Err(Error::MethodNotFound);
        };
        let about = Resource::one("payment_method", id.uuid()).owned_by(owner);
        let permit = by.permit(Action::ChangePaymentMethod, about)?;
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                store::lock(tx, id)?.ok_or(Error::MethodNotFound)?;
                if store::is_in_use(tx, id)? {
                    return Err(Error::InUse);
                }
                Ok(store::remove(tx, id, env.now())?)
            })
            .await
    }
}
