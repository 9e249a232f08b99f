//! What was not returned in time counts as gone through.

use std::sync::Arc;

use florin_db::Tx;
use florin_jobs::outbox;
use florin_kernel::{BankFileId, TransferId};

use super::entries::{self, EntryState};
use super::{BankFiles, store};
use crate::error::Error;
use crate::orders::{Learned, Payments, find_refund, lock_order};
use crate::rail::Submitted;

/// How many payments of a file are looked at in one go.
const PAGE: i64 = 200;

impl BankFiles {
    /// Settles every file that is at its day; each payment in a unit of its own.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn settle_due(&self) -> Result<(), Error> {
        let now = self.payments.db.env().now();
        for settings in self.networks.iter() {
            let (network, today) = (settings.network(), settings.timetable.today(now));
            let due = self.payments.db.read(move |r| store::to_settle(r, network, today)).await?;
            for file in due {
                self.settle_file(file).await?;
            }
        }
        Ok(())
    }

    async fn settle_file(&self, id: BankFileId) -> Result<(), Error> {
        loop {
            let page = self.payments.db.read(move |r| entries::unsettled(r, id, PAGE)).await?;
            if page.is_empty() {
                break;
            }
            for (payment, entry) in page {
                self.settle_entry(payment, entry).await?;
            }
        }
        let permit = Payments::own_permit_for_file(id)?;
        let env = self.payments.db.env().clone();
        self.payments
            .db
            .write(permit, move |tx| {
                store::settle(tx, id)?;
                tx.note("step", &"settled");
                Ok(outbox::publish(tx, "bank_file.settled", id.uuid(), env.now().as_microsecond())?)
            })
            .await
    }

    async fn settle_entry(&self, payment: TransferId, id: TransferId) -> Result<(), Error> {
        let payments = Arc::clone(&self.payments);
        let permit = Payments::own_permit(payment)?;
        self.payments.db.write(permit, move |tx| settle_in(tx, &payments, payment, id)).await
    }
}

fn settle_in(tx: &mut Tx<'_>, payments: &Payments, payment: TransferId, id: TransferId) -> Result<(), Error> {
    let mut order = lock_order(tx, payment)?.ok_or(Error::PaymentNotFound)?;
    // It may have been returned a moment ago.
    let entry = entries::lock(tx, id)?.filter(|entry| entry.state == EntryState::Filed);
    let Some(entry) = entry else { return Ok(()) };
    entries::set_state(tx, id, EntryState::Settled, None, payments.db.env().now())?;
    let said = Submitted::Succeeded { processor_id: id.to_string(), fee: None };
    if entry.is_refund {
        if find_refund(tx, id)?.is_some() {
            payments.conclude_refund(tx, payment, id, &said, "settled")?;
        }
    } else {
        payments.conclude(tx, &mut order, &Learned::Said(said), "settled")?;
    }
    Ok(())
}
