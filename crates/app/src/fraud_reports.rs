//! What people say was fraud.

use florin_db::Db;
use florin_kernel::{Actor, TransferId, UserId};
use florin_ledger::Ledger;
use florin_risk::service::{Error, Label, Reported, Risk};

/// Takes in what people say was fraud.
#[derive(Clone)]
pub struct FraudReports {
    db: Db,
    ledger: Ledger,
    risk: Risk,
}

impl FraudReports {
    pub(crate) fn new(db: Db, ledger: Ledger, risk: Risk) -> Self {
        Self { db, ledger, risk }
    }

    /// Notes that money that left an account was taken by fraud.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a transfer whose payer the actor may not speak for; as [`Risk::report`].
    pub async fn report(
        &self,
        by: &Actor,
        transfer: TransferId,
        kind: String,
        note: Option<String>,
    ) -> Result<Label, Error> {
        let owner = self.payer(transfer).await?.ok_or(Error::NotFound)?;
        if !by.is_staff() && by.user() != Some(owner) {
            return Err(Error::NotFound);
        }
        let reported = Reported { subject: transfer.uuid(), kind, note, owner };
        self.risk.report(by, reported, |_, _| Ok(())).await
    }

    /// Whose money a transfer moved.
    async fn payer(&self, transfer: TransferId) -> Result<Option<UserId>, Error> {
        let ledger = self.ledger.clone();
        let found = self.db.read(move |r| {
            let Some(view) = ledger.transfer(r, transfer)? else { return Ok(None) };
            Ok::<_, florin_db::DbError>(
                ledger.account(r, view.transfer.debit)?.and_then(|account| account.owner),
            )
        });
        Ok(found.await?)
    }
}
