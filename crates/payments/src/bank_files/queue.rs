//! The rail: what is submitted waits for a file.

use florin_db::{Db, Tx};
use florin_kernel::{Action, Actor, Currency, Resource, TransferId};
use florin_vault::Keyring;

use super::entries::{self, Entry, EntryState};
use super::settings::BankFileSettings;
use crate::checks::BankCountry;
use crate::error::Error;
use crate::rail::{Answer, Flow, Instruction, Means, MeansKind, Rail, Recalled, Submitted};
use crate::sealing::Sealing;

/// A network of banks as a rail. Clones share its queue.
#[derive(Clone)]
pub struct BankRail {
    db: Db,
    sealing: Sealing,
    settings: BankFileSettings,
}

impl BankRail {
    /// The rail of a network over this database; account numbers are sealed by `vault`.
    pub fn new(db: Db, vault: Keyring, settings: BankFileSettings) -> Self {
        Self { db, sealing: Sealing::new(vault), settings }
    }

    /// Puts an instruction into the queue, once, and says how far it is.
    async fn take(&self, instruction: &Instruction) -> Result<Submitted, Error> {
        let id = instruction.id;
        if let Some(entry) = self.db.read(move |r| entries::find(r, id)).await? {
            return Ok(said(&entry));
        }
        let Means::Bank(account) = &instruction.means else {
            return Ok(declined("unsupported_method", "a bank account is wanted"));
        };
        if instruction.amount.minor() > self.settings.file_minor_max {
            return Ok(declined("amount_above_file_limit", "no file may move so much"));
        }
        if let Err(why) = self.settings.check(instruction.flow, instruction.amount, account) {
            return Ok(declined("not_writable", &why.to_string()));
        }
        let (env, sealing, network) = (self.db.env().clone(), self.sealing.clone(), self.settings.network());
        let (instruction, account) = (instruction.clone(), account.clone());
        self.write(instruction.id, move |tx| {
            entries::queue(tx, &sealing, network, (&instruction, &account), env.now())?;
            let entry = entries::lock(tx, instruction.id)?.ok_or(Error::PaymentNotFound)?;
            Ok(said(&entry))
        })
        .await
    }

    /// Takes an instruction out of the queue, unless it stands in a file already.
    async fn stop(&self, id: TransferId) -> Result<Recalled, Error> {
        let env = self.db.env().clone();
        self.write(id, move |tx| {
            let Some(entry) = entries::lock(tx, id)? else { return Ok(Recalled::Stopped) };
            match entry.state {
                EntryState::Queued => {
                    entries::set_state(tx, id, EntryState::Recalled, Some("recalled"), env.now())?;
                    Ok(Recalled::Stopped)
                }
                EntryState::Recalled | EntryState::Returned => Ok(Recalled::Stopped),
                EntryState::Filed | EntryState::Settled => Ok(Recalled::TooLate),
            }
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        id: TransferId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let about = Resource::one("payment", id.uuid());
        let permit = Actor::system("payments.bank_files").permit(Action::Operate, about)?;
        self.db.write(permit, work).await
    }
}

fn declined(code: &str, text: &str) -> Submitted {
    Submitted::Declined { code: code.to_owned(), text: text.to_owned() }
}

fn said(entry: &Entry) -> Submitted {
    let processor_id = entry.id.to_string();
    match entry.state {
        EntryState::Queued | EntryState::Filed => Submitted::Processing { processor_id },
        EntryState::Settled => Submitted::Succeeded { processor_id, fee: None },
        EntryState::Returned | EntryState::Recalled => {
            let reason = entry.reason.as_deref().unwrap_or("recalled");
            declined(reason, "it came back, or was taken out of the queue")
        }
    }
}

/// A fault of our own database is an answer that never came.
fn or_unknown(answer: Result<Submitted, Error>) -> Submitted {
    answer.unwrap_or_else(|error| Submitted::Unknown { why: error.to_string() })
}

impl Rail for BankRail {
    fn name(&self) -> &'static str {
        self.settings.network().code()
    }

    fn carries(&self, _: Flow, means: MeansKind, currency: Currency) -> bool {
        means == MeansKind::BankAccount && currency == self.settings.network().currency()
    }

    fn reaches(&self, country: BankCountry) -> bool {
        country == self.settings.network().country()
    }

    fn submit<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { or_unknown(self.take(instruction).await) })
    }

    fn look_up<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        // What was queued is queued once: to ask is to submit again.
        Box::pin(async move { or_unknown(self.take(instruction).await) })
    }

    fn refund<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { or_unknown(self.take(instruction).await) })
    }

    fn cancel<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Recalled> {
        Box::pin(async move {
            let stopped = self.stop(instruction.id).await;
            stopped.unwrap_or_else(|error| {
                tracing::error!(%error, "what waits for a file could not be taken back");
                Recalled::TooLate
            })
        })
    }
}
