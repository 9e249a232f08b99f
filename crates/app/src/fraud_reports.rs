//! What people say was fraud.

use std::sync::Arc;

use florin_db::{Db, DbError, Tx};
use florin_kernel::{Actor, TransferId, UserId};
use florin_ledger::Ledger;
use florin_risk::service::{Error, Label, Reported, Risk};

use crate::CaseDesk;
use crate::cases::FraudReport;

/// Takes in what people say was fraud.
#[derive(Clone)]
pub struct FraudReports {
    db: Db,
    ledger: Ledger,
    risk: Risk,
    cases: Arc<CaseDesk>,
}

impl FraudReports {
    pub(crate) fn new(db: Db, ledger: Ledger, risk: Risk, cases: Arc<CaseDesk>) -> Self {
        Self { db, ledger, risk, cases }
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
        let (cases, id) = (Arc::clone(&self.cases), self.db.env().new_uuid());
        let within = move |tx: &mut Tx<'_>, label: &Label| {
            let report = FraudReport { id, transfer, owner: label.user, by: label.by, text: told(label) };
            // What is told is never empty and never too long.
            cases.open_fraud_case(tx, &report).map(drop).map_err(|error| DbError::Other(error.to_string()))
        };
        self.risk.report(by, reported, within).await
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

/// A report in a line.
fn told(label: &Label) -> String {
    let kind = label.kind.replace('_', " ");
    match &label.note {
        Some(note) => format!("Reported as {kind}: {note}"),
        None => format!("Reported as {kind}"),
    }
}
