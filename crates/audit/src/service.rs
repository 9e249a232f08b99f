//! The trail as the rest of the program sees it.

use std::path::PathBuf;
use std::sync::Arc;

use florin_db::{Db, DbError, Reader};
use florin_kernel::{Action, Actor, Denied, Permit, Resource, Uuid};
use tokio::sync::Semaphore;

use crate::delivery::{Delivery, Sink, append};
use crate::error::Error;
use crate::events::EventFormat;
use crate::keys::{Keys, Trusted};
use crate::proof::{Anchor, ConsistencyProof, InclusionProof};
use crate::record::{self, Record};
use crate::retention::{self, Removed};
use crate::seal::Seal;
use crate::sealing::{BATCH_MAX, Run, Sealer};
use crate::search::{self, Filter, Found};
use crate::verify::{self, Report, Scope};
use crate::{merkle, store};

/// How the trail is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// After how many seconds a record is sealed at the latest; sooner where many wait.
    pub seal_seconds: u32,
    /// For how many days records are kept; 0 for ever.
    pub retention_days: u32,
    /// A file that each new seal is added to, as a line; none where it is absent.
    pub anchor_file: Option<PathBuf>,
    /// Where security events go; nowhere where it is absent.
    pub events_to: Option<Sink>,
    /// How they are written.
    pub events_format: EventFormat,
}

/// The sealed trail. Clones share it.
#[derive(Clone)]
pub struct Audit(Arc<Inner>);

struct Inner {
    db: Db,
    keys: Keys,
    settings: Settings,
    sealer: Sealer,
    delivery: Option<Delivery>,
    verifying: Semaphore,
}

impl Audit {
    /// The trail of this database.
    pub fn new(db: Db, keys: Keys, settings: Settings) -> Self {
        let delivery = settings.events_to.clone().map(|sink| Delivery {
            db: db.clone(),
            sink,
            format: settings.events_format,
            holder: db.env().new_uuid(),
        });
        let sealer = Sealer::new(db.clone(), keys.clone());
        Self(Arc::new(Inner { db, keys, settings, sealer, delivery, verifying: Semaphore::new(1) }))
    }

    /// How it is kept.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The public halves of the keys that seal.
    pub fn trusted(&self) -> &Trusted {
        self.0.keys.trusted()
    }

    /// Seals all that is complete.
    ///
    /// # Errors
    /// [`Error::Broken`] where the last seal does not stand; nothing is built on it. What the database says.
    pub async fn seal(&self) -> Result<Run, Error> {
        let run = self.0.sealer.run().await?;
        if run.seals > 0
            && let Some(path) = self.0.settings.anchor_file.clone()
            && let Some(anchor) = self.anchor().await?
        {
            let line = format!("{}\n", anchor.to_line());
            let written = tokio::task::spawn_blocking(move || append(&path, &line)).await;
            written.unwrap_or_else(|_| Err(Error::Broken("writing an anchor panicked".to_owned())))?;
        }
        Ok(run)
    }

    /// Whether records wait that should be sealed now: too many, or too long.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_due(&self) -> Result<bool, Error> {
        let (newest, last) =
            self.0.db.read(|r| Ok::<_, DbError>((store::newest(r)?, store::last_seq(r)?))).await?;
        let after = newest.as_ref().map_or(0, |seal| seal.last_seq);
        let waiting = last.saturating_sub(after);
        let since = newest.map_or(i64::MIN, |seal| seal.sealed_at_us);
        let age_us = self.0.db.env().now().as_microsecond().saturating_sub(since);
        let is_old =
            age_us >= i64::from(self.0.settings.seal_seconds).saturating_mul(1_000_000) || age_us < 0;
        Ok(waiting >= BATCH_MAX || (waiting > 0 && is_old))
    }

    /// How many records no seal covers yet.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unsealed(&self) -> Result<i64, Error> {
        let (newest, last) =
            self.0.db.read(|r| Ok::<_, DbError>((store::newest(r)?, store::last_seq(r)?))).await?;
        Ok(last.saturating_sub(newest.map_or(0, |seal| seal.last_seq)).max(0))
    }

    /// Delivers the security events that were not delivered yet; how many.
    ///
    /// # Errors
    /// [`Error::Write`], or what the database says; what was not delivered is delivered the next time.
    pub async fn deliver(&self) -> Result<u64, Error> {
        let Some(delivery) = &self.0.delivery else { return Ok(0) };
        match self.0.sealer.complete_through().await? {
            Some(through) => delivery.run(through).await,
            None => Ok(0),
        }
    }

    /// The newest seal, to be kept elsewhere; `None` where nothing is sealed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn anchor(&self) -> Result<Option<Anchor>, Error> {
        let newest = self.0.db.read(store::newest).await?;
        Ok(newest.map(|seal| Anchor::of(seal, &self.0.keys)))
    }

    /// The proof that the log at this earlier seal is a beginning of the log now.
    ///
    /// # Errors
    /// [`Error::Broken`] where the earlier seal is not in the trail, or what the database says.
    pub async fn consistency(&self, first: &Seal) -> Result<ConsistencyProof, Error> {
        let seals: Vec<Seal> = self.0.db.read(all_seals).await?;
        let old = usize::try_from(first.number).unwrap_or(usize::MAX);
        let hashes: Vec<merkle::Hash> = seals.iter().map(Seal::hash).collect();
        let path = merkle::consistency_path(&hashes, old);
        let (Some(path), Some(second)) = (path, seals.last()) else {
            return Err(Error::Broken(format!("seal {} is not in it", first.number)));
        };
        Ok(ConsistencyProof::new(first.clone(), second.clone(), path, &self.0.keys))
    }

    /// The records that the filter wants before number `before`, newest first.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn search(
        &self,
        by: &Actor,
        filter: Filter,
        before: i64,
        limit: usize,
    ) -> Result<Found, Error> {
        let permit = by.permit(Action::ReadAudit, Resource::kind("audit"))?;
        let told = filter.told();
        let found = self.0.db.read(move |r| search::search(r, &filter, before, limit)).await;
        let found = found.map_err(|error: DbError| error)?;
        self.note_reading(permit, "search", told, found.records.len()).await?;
        Ok(found)
    }

    /// What somebody did themselves to what they sign in with, before number `before`, newest first: a page of it, which may
    /// have fewer than `limit` and still lead on.
    ///
    /// Reading what is one's own is not noted in the trail.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn own_events(&self, by: &Actor, before: i64, limit: usize) -> Result<Found, Error> {
        /// How many of a person's records one page looks at.
        const LOOKS: usize = 400;
        let user = by.user().ok_or(Denied::Unauthenticated)?;
        by.permit(Action::ReadSessions, Resource::kind("session").owned_by(user))?;
        let filter = Filter { user_id: Some(user.uuid()), ..Filter::default() };
        let found = self.0.db.read(move |r| search::search(r, &filter, before, LOOKS)).await;
        let mut found = found.map_err(|error: DbError| error)?;
        found.records.retain(|record| is_of_sign_in(&record.action));
        if let Some(last) = found.records.get(limit.saturating_sub(1)).filter(|_| found.records.len() > limit)
        {
            found.next_before = Some(last.seq);
            found.records.truncate(limit);
        }
        Ok(found)
    }

    /// Begins to read out all that the filter wants; [`Audit::next_of`] goes on.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn export(&self, by: &Actor, filter: &Filter) -> Result<i64, Error> {
        let permit = by.permit(Action::ReadAudit, Resource::kind("audit"))?;
        let last = self.0.db.read(store::last_seq).await?;
        self.note_reading(permit, "export", filter.told(), 0).await?;
        Ok(last.saturating_add(1))
    }

    /// The next records of an export that [`Audit::export`] began, before this number.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_of(&self, filter: &Filter, before: i64) -> Result<Found, Error> {
        const AT_ONCE: usize = 1_000;
        let filter = filter.clone();
        let found = self.0.db.read(move |r| search::search(r, &filter, before, AT_ONCE)).await;
        let cut_off = |error: &DbError| tracing::warn!(%error, "an export of the audit trail was cut off");
        Ok(found.inspect_err(cut_off)?)
    }

    /// The proof that a record is sealed; what waits is sealed first.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::RecordNotFound`], [`Error::NotSealed`] where older transactions are still under way,
    /// [`Error::Broken`] where the record is not what was sealed.
    pub async fn proof(&self, by: &Actor, id: Uuid) -> Result<InclusionProof, Error> {
        let permit = by.permit(Action::ReadAudit, Resource::kind("audit"))?;
        let seq = record::seq_of(id);
        let told = vec![("record", id.to_string())];
        let mut found = self.sealed_record(id, seq).await?;
        if found.1.is_none() {
            self.seal().await?;
            found = self.sealed_record(id, seq).await?;
        }
        let (record, Some((seal, hashes, index))) = found else { return Err(Error::NotSealed) };
        let path = merkle::inclusion_path(&hashes, index).unwrap_or_default();
        if merkle::root(&hashes) != seal.root || hashes.get(index) != Some(&record.hash()) {
            return Err(Error::Broken(format!("record {seq} is not what seal {} seals", seal.number)));
        }
        self.note_reading(permit, "proof", told, 1).await?;
        Ok(InclusionProof::new(record, index, path, seal, &self.0.keys))
    }

    async fn sealed_record(&self, id: Uuid, seq: i64) -> Result<(Record, Option<Place>), Error> {
        self.0.db.read(move |r| sealed_record(r, id, seq)).await
    }

    /// Verifies a part of the trail for somebody who asks.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Busy`], [`Error::TooMuch`], or what the database says. What is wrong is in the report.
    pub async fn verify(&self, by: &Actor, scope: &Scope) -> Result<Report, Error> {
        let permit = by.permit(Action::ReadAudit, Resource::kind("audit"))?;
        let Ok(_turn) = self.0.verifying.try_acquire() else { return Err(Error::Busy) };
        let report = verify::verify(&self.0.db, self.trusted(), scope).await?;
        if !report.is_intact() {
            tracing::error!(faults = report.fault_count, "the audit trail is not what was sealed");
        }
        let told = vec![("faults", report.fault_count.to_string())];
        let records = usize::try_from(report.records).unwrap_or(usize::MAX);
        self.note_reading(permit, "verify", told, records).await?;
        Ok(report)
    }

    /// What retention would remove now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn removable(&self) -> Result<Removed, Error> {
        match self.0.settings.retention_days {
            0 => Ok(Removed::default()),
            days => retention::preview(&self.0.db, days).await,
        }
    }

    /// Removes the records whose time is over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn remove_old(&self) -> Result<Removed, Error> {
        match self.0.settings.retention_days {
            0 => Ok(Removed::default()),
            days => retention::remove(&self.0.db, &self.0.keys, days).await,
        }
    }

    /// Records that the trail was read: without that, nothing is told.
    async fn note_reading(
        &self,
        permit: Permit,
        how: &'static str,
        told: Vec<(&'static str, String)>,
        records: usize,
    ) -> Result<(), DbError> {
        let noted = self.0.db.write(permit, move |tx| {
            tx.note("how", &how);
            tx.note("records", &records);
            for (name, value) in &told {
                tx.note(name, value);
            }
            Ok(())
        });
        noted.await
    }
}

/// The seal of a record, the hashes of all its records, and the record's place among them.
type Place = (Seal, Vec<merkle::Hash>, usize);

/// Whether an action is about what somebody signs in with, and changes something.
fn is_of_sign_in(action: &str) -> bool {
    const ACTIONS: [Action; 11] = [
        Action::EndSession,
        Action::Logout,
        Action::StepUp,
        Action::ForgetDevice,
        Action::AddFactor,
        Action::RemoveFactor,
        Action::CreateApiKey,
        Action::RevokeApiKey,
        Action::LinkIdentity,
        Action::UnlinkIdentity,
        Action::ChangePassword,
    ];
    ACTIONS.iter().any(|one| one.code() == action) || action == Action::ChangeProfile.code()
}

fn sealed_record(r: &mut Reader<'_>, id: Uuid, seq: i64) -> Result<(Record, Option<Place>), Error> {
    let row = store::row(r, seq)?.ok_or(Error::RecordNotFound)?;
    let record = Record::read(&row)?;
    if record.id() != id {
        return Err(Error::RecordNotFound);
    }
    let Some(seal) = store::seal_of(r, seq)? else { return Ok((record, None)) };
    let leaves = store::leaves(r, seal.number)?.unwrap_or_default();
    let index = leaves.iter().position(|(at, _)| *at == seq);
    let broken = || Error::Broken(format!("record {seq} is not one that seal {} seals", seal.number));
    let index = index.ok_or_else(broken)?;
    let hashes = leaves.into_iter().map(|(_, hash)| hash).collect();
    Ok((record, Some((seal, hashes, index))))
}

fn all_seals(r: &mut Reader<'_>) -> Result<Vec<Seal>, DbError> {
    let mut seals = Vec::new();
    loop {
        let after = i64::try_from(seals.len()).unwrap_or(i64::MAX);
        let next = store::seals_after(r, after, 1_024)?;
        if next.is_empty() {
            return Ok(seals);
        }
        for seal in next {
            let unreadable = |number| DbError::Corrupt(format!("seal {number} cannot be read"));
            seals.push(seal.map_err(unreadable)?);
        }
    }
}
