//! Payments that a bank sends back.

use florin_db::Tx;
use florin_rails::{cpa005, nacha};

use super::BankFiles;
use super::answers::Effect;
use super::entries::{self, EntryState};
use super::line_store::StoredLine;
use super::settings::BankNetwork;
use crate::error::Error;
use crate::orders::{BankReturn, lock_order};
use crate::rail::Submitted;

/// What a return's code says, in words.
fn text_of(network: BankNetwork, code: &str) -> &'static str {
    match network {
        BankNetwork::Ach => nacha::reason_text(code),
        BankNetwork::Eft => cpa005::return_text(code.parse().unwrap_or(0)),
    }
}

/// Which network's codes these are: Nacha's begin with a letter.
pub(super) fn network_of(code: &str) -> BankNetwork {
    if code.starts_with(|c: char| c.is_ascii_digit()) { BankNetwork::Eft } else { BankNetwork::Ach }
}

impl BankFiles {
    /// Takes a return in: what is not ours, or not as it was sent, changes nothing.
    pub(super) fn take_return(&self, tx: &mut Tx<'_>, stored: &StoredLine) -> Result<Effect, Error> {
        let network = network_of(&stored.line.code);
        let found = stored.trace.map(|trace| entries::by_trace(tx, network, trace)).transpose()?.flatten();
        let Some((payment, id)) = found else { return Ok((None, "unknown", None)) };
        // Whoever changes both locks the payment first.
        let mut order = lock_order(tx, payment)?.ok_or(Error::PaymentNotFound)?;
        let entry = entries::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
        tx.about(payment.uuid());
        if Some(entry.amount.minor()) != stored.line.minor || Some(entry.flow) != stored.flow {
            return Ok((Some(id), "mismatch", Some("the amount or the direction is another".to_owned())));
        }
        if entry.state == EntryState::Returned {
            return Ok((Some(id), "known", None));
        }
        let (now, code) = (self.payments.db.env().now(), stored.line.code.as_str());
        let text = text_of(network, code);
        entries::set_state(tx, id, EntryState::Returned, Some(code), now)?;
        let done = if entry.is_refund {
            self.payments.refund_returned_by_bank(tx, &mut order, id, code, text)?
        } else {
            self.recall_refunds(tx, &entry)?;
            // A refund that was taken back leaves a line in the payment's history.
            let mut order = lock_order(tx, payment)?.ok_or(Error::PaymentNotFound)?;
            self.payments.returned_by_bank(tx, &mut order, code, text)?
        };
        let effect = match done {
            BankReturn::TakenBack => "returned",
            BankReturn::AfterRefund => "returned_after_refund",
            BankReturn::RefundFailed => "refund_failed",
            BankReturn::Nothing => "recorded",
        };
        Ok((Some(id), effect, None))
    }

    /// Refunds of what came back by itself are not sent after it, as far as they stand in no file yet.
    fn recall_refunds(&self, tx: &mut Tx<'_>, entry: &entries::Entry) -> Result<(), Error> {
        let now = self.payments.db.env().now();
        for refund in entries::queued_refunds(tx, entry.payment)? {
            entries::set_state(tx, refund.id, EntryState::Recalled, Some("payment_returned"), now)?;
            let said = Submitted::Declined {
                code: "payment_returned".to_owned(),
                text: "the payment came back by itself".to_owned(),
            };
            self.payments.conclude_refund(tx, entry.payment, refund.id, &said, "returned")?;
        }
        Ok(())
    }
}
