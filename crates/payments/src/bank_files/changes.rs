//! Notifications of change: what a bank wants to be written otherwise the next time.

use florin_db::Tx;
use florin_jobs::outbox;
use florin_rails::nacha;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::BankFiles;
use super::answers::Effect;
use super::entries;
use super::line_store::StoredLine;
use super::settings::BankNetwork;
use crate::checks::{AccountType, BankAccount, BankPlace};
use crate::error::Error;
use crate::methods;
use crate::orders::{Source, Target, lock_order};
use crate::payees;
use crate::sealing::Table;

/// What is to be written instead, as it lies sealed.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Correction {
    bank: Option<String>,
    account: Option<String>,
    code: Option<u8>,
    name: Option<String>,
    id: Option<String>,
}

impl From<nacha::Correction> for Correction {
    fn from(told: nacha::Correction) -> Self {
        Self {
            bank: told.bank.map(|bank| bank.digits().to_owned()),
            account: told.account.map(|account| account.expose().to_owned()),
            code: told.code.map(nacha::TransactionCode::digits),
            name: told.name,
            id: told.id,
        }
    }
}

impl Correction {
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(serde_json::to_string(self).unwrap_or_default())
    }

    /// The account as it is to be written; none where what is told is no matter of bank, number and kind, or makes no account.
    fn apply(&self, account: &BankAccount) -> Option<BankAccount> {
        if self.bank.is_none() && self.account.is_none() && self.code.is_none() {
            return None;
        }
        let mut corrected = account.clone();
        if let Some(bank) = &self.bank {
            corrected.place = BankPlace::Us(bank.parse().ok()?);
        }
        if let Some(number) = &self.account {
            corrected.number = number.parse().ok()?;
        }
        if let Some(code) = self.code {
            corrected.kind = match code / 10 {
                2 => AccountType::Checking,
                3 => AccountType::Savings,
                _ => return None,
            };
        }
        Some(corrected)
    }
}

/// Why a person must look at a correction.
const NOT_OURS_TO_CHANGE: &str =
    "a person must look at it: it is about a name, or makes no account that can be saved";
const CHANGED_SINCE: &str =
    "the saved account was changed or forgotten since, or is saved a second time as it would be";

impl BankFiles {
    /// Takes a notification in: bank, number and kind of the saved account are corrected; anything else is flagged.
    pub(super) fn take_change(&self, tx: &mut Tx<'_>, stored: &StoredLine) -> Result<Effect, Error> {
        let found =
            stored.trace.map(|trace| entries::by_trace(tx, BankNetwork::Ach, trace)).transpose()?.flatten();
        let Some((payment, id)) = found else { return Ok((None, "unknown", None)) };
        let order = lock_order(tx, payment)?.ok_or(Error::PaymentNotFound)?;
        let entry = entries::lock(tx, id)?.ok_or(Error::PaymentNotFound)?;
        tx.about(payment.uuid());
        let sealing = &self.payments.sealing;
        let told = stored.correction.as_deref().unwrap_or_default();
        let told = sealing.open(Table::BankFileAnswerLine, "correction", stored.line.id, told)?;
        let told: Correction = serde_json::from_str(told.expose_str()?)
            .map_err(|_| Table::BankFileAnswerLine.corrupt("correction"))?;
        let instructed = entry.account(sealing)?;
        let now = self.payments.db.env().now();
        let Some(corrected) = told.apply(&instructed) else {
            outbox::publish(tx, "bank_account.flagged", payment.uuid(), now.as_microsecond())?;
            return Ok((Some(id), "flagged", Some(NOT_OURS_TO_CHANGE.to_owned())));
        };
        let done = match (order.source, order.target) {
            (Source::Method(method), _) => {
                methods::correct(tx, sealing, method, (&instructed, &corrected))?.then_some(method.uuid())
            }
            (Source::Account(_), Target::Payee(payee, _)) => {
                let accounts = (&instructed, &corrected);
                payees::correct(tx, sealing, payee, accounts, now)?.then_some(payee.uuid())
            }
            (Source::Account(_), _) => None,
        };
        let Some(row) = done else {
            outbox::publish(tx, "bank_account.flagged", payment.uuid(), now.as_microsecond())?;
            return Ok((Some(id), "flagged", Some(CHANGED_SINCE.to_owned())));
        };
        outbox::publish(tx, "bank_account.corrected", row, now.as_microsecond())?;
        let masked = format!("{} at {}", corrected.masked(), corrected.masked_bank());
        Ok((Some(id), "corrected", Some(masked)))
    }
}
