//! Making a file of everything that is queued: once, in one unit of work.

use std::fmt::Write as _;
use std::sync::Arc;

use florin_db::Tx;
use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_jobs::outbox;
use florin_kernel::{Action, Actor, BankFileId, Money, Permit, Resource, UserId};
use sha2::{Digest as _, Sha256};

use super::entries::{self, Entry};
use super::file::{BankFile, FileState, Line, Making};
use super::settings::{BankFileSettings, BankNetwork, Format};
use super::{AchSettings, BankFiles, store};
use crate::error::Error;
use crate::rail::Flow;
use crate::sealing::Table;

/// How many payments a file has at most; more wait for the next one.
const ENTRIES_MAX: i64 = 2_000;

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The file.
    pub file: BankFile,
    /// Whether payments wait that it had no room for.
    pub more: bool,
}

/// Makes the answer that is frozen in the commit.
pub type BuildRender = Arc<dyn Fn(&Built) -> Frozen + Send + Sync>;

/// The SHA-256 of some text, in hexadecimal.
pub(super) fn digest(text: &[u8]) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl BankFiles {
    /// Writes everything that waits for a file of this network into one, as far as it fits.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Unsupported`] for a network that is not set up, [`Error::NothingQueued`],
    /// [`Error::NotWritten`], [`Error::Vault`], or what the database says. Nothing was done then.
    #[tracing::instrument(name = "payments.bank_file.build", skip_all, fields(network = network.code()))]
    pub async fn build(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        network: BankNetwork,
        render: BuildRender,
    ) -> Result<Answer, Error> {
        let (id, permit) = self.may_build(by)?;
        let settings = self.settings(network)?.clone();
        let (this, user) = (self.clone(), by.user());
        self.payments
            .db
            .write_once(permit, key, move |tx| {
                let built = this.build_in(tx, &settings, id, user)?.ok_or(Error::NothingQueued)?;
                Ok(render(&built))
            })
            .await
    }

    /// The same at the cut-off, where nothing may be queued; none on days that banks are closed.
    pub(super) async fn build_by_schedule(&self, network: BankNetwork) -> Result<Option<Built>, Error> {
        let settings = self.settings(network)?.clone();
        if !settings.timetable.is_open(self.payments.db.env().now()) {
            return Ok(None);
        }
        let (id, permit) = self.may_build(&Actor::system("payments.bank_files"))?;
        let this = self.clone();
        let built = self.payments.db.write(permit, move |tx| {
            // An empty queue is no reason for a record.
            this.build_in(tx, &settings, id, None)?.ok_or(Error::NothingQueued)
        });
        match built.await {
            Ok(built) => Ok(Some(built)),
            Err(Error::NothingQueued) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn may_build(&self, by: &Actor) -> Result<(BankFileId, Permit), Error> {
        let id = BankFileId::from_uuid(self.payments.db.env().new_uuid());
        let permit = by.permit(Action::ExchangeBankFiles, Resource::one("bank_file", id.uuid()))?;
        Ok((id, permit))
    }

    fn build_in(
        &self,
        tx: &mut Tx<'_>,
        settings: &BankFileSettings,
        id: BankFileId,
        user: Option<UserId>,
    ) -> Result<Option<Built>, Error> {
        let (network, now) = (settings.network(), self.payments.db.env().now());
        let (files, traces) = store::lock_counter(tx, network)?;
        let queued = entries::lock_queued(tx, network, ENTRIES_MAX.saturating_add(1))?;
        let taken = fitting(&queued, settings.file_minor_max);
        if taken.is_empty() {
            return Ok(None);
        }
        let today = settings.timetable.today(now);
        let effective_on = settings.timetable.effective_on(now);
        let number = files.saturating_add(1);
        let making = Making {
            number,
            of_day: store::made_on(tx, network, today)?,
            effective_on,
            zone: settings.timetable.zone.clone(),
        };
        let from = first_trace(settings, traces, &taken);
        let lines = self.lines(settings, from, &taken)?;
        let text = settings.write(&making, &lines, now)?;
        let total =
            |flow| taken.iter().filter(|entry| entry.flow == flow).map(|entry| entry.amount.minor()).sum();
        let file = BankFile {
            id,
            network,
            number,
            state: FileState::Created,
            effective_on,
            settles_on: settings.timetable.settles_on(effective_on),
            entries: i64::try_from(taken.len()).unwrap_or(i64::MAX),
            debits: Money::new(total(Flow::In), network.currency()),
            credits: Money::new(total(Flow::Out), network.currency()),
            digest: digest(text.as_bytes()),
            created_by: user,
            created_at: now,
            sent_at: None,
        };
        let content = self.payments.sealing.seal(Table::BankFile, "content", id.uuid(), &text)?;
        store::insert(tx, &file, today, &content)?;
        for (entry, line) in taken.iter().zip(&lines) {
            entries::file(tx, entry.id, id, line.trace, now)?;
        }
        store::set_counter(tx, network, number, from.saturating_add(file.entries))?;
        tx.about(id.uuid());
        tx.note("network", &network.code());
        tx.note("number", &number);
        tx.note("entries", &file.entries);
        tx.note("debits", &file.debits.decimal());
        tx.note("credits", &file.credits.decimal());
        tx.note("digest", &file.digest);
        outbox::publish(tx, "bank_file.created", id.uuid(), now.as_microsecond())?;
        Ok(Some(Built { file, more: queued.len() > taken.len() }))
    }

    fn lines(&self, settings: &BankFileSettings, from: i64, taken: &[&Entry]) -> Result<Vec<Line>, Error> {
        let line = |(running, entry): (i64, &&Entry)| {
            Ok(Line {
                flow: entry.flow,
                minor: entry.amount.minor(),
                account: entry.account(&self.payments.sealing)?,
                trace: settings.trace(running),
                reference: running.to_string(),
            })
        };
        (from.saturating_add(1)..).zip(taken).map(line).collect()
    }
}

/// The first entries that together move no more than `minor_max` in either direction.
fn fitting(queued: &[Entry], minor_max: i64) -> Vec<&Entry> {
    let (mut debits, mut credits) = (0_i64, 0_i64);
    let limit = usize::try_from(ENTRIES_MAX).unwrap_or(usize::MAX);
    let fits = |entry: &&Entry| {
        let total = if entry.flow == Flow::In { &mut debits } else { &mut credits };
        let more = total.saturating_add(entry.amount.minor());
        let fits = more <= minor_max;
        if fits {
            *total = more;
        }
        fits
    };
    queued.iter().filter(fits).take(limit).collect()
}

/// After which running number the payments of a file are counted: the last that was given, unless the digits of trace
/// numbers end within this file.
fn first_trace(settings: &BankFileSettings, traces: i64, taken: &[&Entry]) -> i64 {
    let count = i64::try_from(taken.len()).unwrap_or(i64::MAX);
    match settings.format {
        Format::Ach(_) if !AchSettings::rises(traces, count) => AchSettings::next_round(traces),
        Format::Ach(_) | Format::Eft(_) => traces,
    }
}
