//! The ledger's desk: the books as staff see them.

use std::sync::Arc;

use florin_db::{Db, DbError};
use florin_kernel::{Action, Actor, Date, Page, PageError, PageRequest, Resource};
use florin_ledger::rules::Transfer;
use florin_ledger::{AccountView, Ledger, TrialLine};

use crate::error::Error;

/// Shows the books and closes their periods.
#[derive(Clone)]
pub struct Desk {
    db: Db,
    ledger: Ledger,
}

impl Desk {
    /// The desk of this ledger.
    pub fn new(db: Db, ledger: Ledger) -> Self {
        Self { db, ledger }
    }

    /// All accounts, in the order they were opened.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn accounts(
        &self,
        by: &Actor,
        page: &PageRequest,
    ) -> Result<Result<Page<AccountView>, PageError>, Error> {
        by.permit(Action::ReadLedger, Resource::kind("ledger"))?;
        let after = match page.cursor_as::<i64>() {
            Ok(after) => after.unwrap_or(0),
            Err(error) => return Ok(Err(error)),
        };
        let (ledger, limit) = (self.ledger.clone(), page.limit().saturating_add(1));
        let rows =
            self.db.read(move |r| ledger.accounts(r, after, limit)).await.map_err(|error: DbError| error)?;
        Ok(Ok(page.page(rows, |view| view.no.to_string())))
    }

    /// All transfers, latest first.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn transfers(
        &self,
        by: &Actor,
        page: &PageRequest,
    ) -> Result<Result<Page<Arc<Transfer>>, PageError>, Error> {
        by.permit(Action::ReadLedger, Resource::kind("ledger"))?;
        let before = match page.cursor_as::<i64>() {
            Ok(before) => before.unwrap_or(i64::MAX),
            Err(error) => return Ok(Err(error)),
        };
        let (ledger, limit) = (self.ledger.clone(), page.limit().saturating_add(1));
        let rows = self
            .db
            .read(move |r| ledger.latest_transfers(r, before, limit))
            .await
            .map_err(|error: DbError| error)?;
        Ok(Ok(page.page(rows, |transfer| transfer.seq.to_string())))
    }

    /// What was debited and credited, by line of the chart and currency; now, or by value date.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn trial_balance(&self, by: &Actor, as_of: Option<Date>) -> Result<Vec<TrialLine>, Error> {
        by.permit(Action::ReadLedger, Resource::kind("ledger"))?;
        let ledger = self.ledger.clone();
        Ok(self.db.read(move |r| ledger.trial_balance(r, as_of)).await.map_err(|error: DbError| error)?)
    }

    /// Closes all business days through `last`; false when they are closed already.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::PeriodNotOver`], or what the database says.
    pub async fn close_period(&self, by: &Actor, last: Date) -> Result<bool, Error> {
        let permit = by.permit(Action::ClosePeriod, Resource::kind("ledger"))?;
        if last >= self.ledger.business_date(self.db.env().now()) {
            return Err(Error::PeriodNotOver(last));
        }
        let ledger = self.ledger.clone();
        self.db
            .write(permit, move |tx| {
                tx.note("through", &last);
                Ok(ledger.close_period(tx, last)?)
            })
            .await
    }
}
