//! Files as staff see them.

use std::sync::Arc;

use florin_jobs::outbox;
use florin_kernel::{Action, Actor, BankFileId, Page, PageRequest, Resource, Uuid};
use florin_vault::Secret;

use super::file::{BankFile, BankFileDetail, FileState};
use super::settings::{BankFileSettings, BankNetwork};
use super::{entries, store};
use crate::error::Error;
use crate::orders::Payments;
use crate::sealing::Table;

/// Files of payments for banks, and what banks answer. Clones share everything.
#[derive(Clone)]
pub struct BankFiles {
    pub(super) payments: Arc<Payments>,
    pub(super) networks: Arc<[BankFileSettings]>,
}

impl BankFiles {
    /// The files of these networks, for these payments.
    pub fn new(payments: Payments, networks: Vec<BankFileSettings>) -> Self {
        Self { payments: Arc::new(payments), networks: networks.into() }
    }

    pub(super) fn settings(&self, network: BankNetwork) -> Result<&BankFileSettings, Error> {
        self.networks.iter().find(|known| known.network() == network).ok_or(Error::Unsupported)
    }

    /// Files, the latest first.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Page`], or what the database says.
    pub async fn list(&self, by: &Actor, page: &PageRequest) -> Result<Page<BankFile>, Error> {
        by.permit(Action::ReadBankFiles, Resource::kind("bank_file"))?;
        let before = page.cursor_as::<BankFileId>()?.map_or(Uuid::max(), BankFileId::uuid);
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let rows = self.payments.db.read(move |r| store::list(r, before, limit)).await?;
        Ok(page.page(rows, |file| file.id.to_string()))
    }

    /// A file with its payments.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::FileNotFound`], or what the database says.
    pub async fn find(&self, by: &Actor, id: BankFileId) -> Result<BankFileDetail, Error> {
        by.permit(Action::ReadBankFiles, Resource::one("bank_file", id.uuid()))?;
        self.payments
            .db
            .read(move |r| {
                let file = store::find(r, id)?.ok_or(Error::FileNotFound)?;
                Ok(BankFileDetail { entries: entries::of_file(r, id)?, file })
            })
            .await
    }

    /// The content of a file, for the bank: account numbers stand in it, so a factor must have been proved just now, and
    /// a record is left of it.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::FileNotFound`], [`Error::Vault`], or what the database says.
    pub async fn content(&self, by: &Actor, id: BankFileId) -> Result<(BankFile, Secret), Error> {
        let permit = by.permit(Action::ExchangeBankFiles, Resource::one("bank_file", id.uuid()))?;
        by.must_be_recent(self.payments.db.env().now())?;
        let sealing = self.payments.sealing.clone();
        self.payments
            .db
            .write(permit, move |tx| {
                let file = store::lock(tx, id)?.ok_or(Error::FileNotFound)?;
                let sealed = store::content(tx, id)?.ok_or(Error::FileNotFound)?;
                tx.note("step", &"content_read");
                Ok((file, sealing.open(Table::BankFile, "content", id.uuid(), &sealed)?))
            })
            .await
    }

    /// Notes that the bank has a file: from now on its days count. A file that is late settles later. One that was sent
    /// already stays as it is.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::FileNotFound`], [`Error::Unsupported`], or what the database says.
    pub async fn mark_sent(&self, by: &Actor, id: BankFileId) -> Result<BankFile, Error> {
        let permit = by.permit(Action::ExchangeBankFiles, Resource::one("bank_file", id.uuid()))?;
        let (this, user) = (self.clone(), by.user());
        self.payments
            .db
            .write(permit, move |tx| {
                let mut file = store::lock(tx, id)?.ok_or(Error::FileNotFound)?;
                if file.state != FileState::Created {
                    return Ok(file);
                }
                let now = this.payments.db.env().now();
                let timetable = &this.settings(file.network)?.timetable;
                file.effective_on = file.effective_on.max(timetable.effective_on(now));
                file.settles_on = timetable.settles_on(file.effective_on);
                file.state = FileState::Sent;
                file.sent_at = Some(now);
                store::send(tx, &file, user, now)?;
                tx.note("step", &"sent");
                tx.note("settles_on", &file.settles_on);
                outbox::publish(tx, "bank_file.sent", id.uuid(), now.as_microsecond())?;
                Ok(file)
            })
            .await
    }
}
