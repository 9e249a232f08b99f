//! The service: what all of screening shares.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use florin_db::{Db, DbError};
use florin_kernel::{Env, PayeeId, UserId};
use florin_vault::Keyring;
use tokio::sync::{Mutex, watch};

use super::keeping::Keeper;
use super::sealing::Sealing;
use super::{Blocked, Error, Index, Subject, SubjectKind, Subjects, store};
use crate::cases::Deadlines;

/// How often is looked whether another process loaded a list, or decided something.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How screening is done here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// From which score on somebody must decide, in thousandths.
    pub alert_above: u16,
    /// By when.
    pub deadlines: Deadlines,
    /// The folder whose lists are loaded when they change; none for none.
    pub folder: Option<std::path::PathBuf>,
}

/// Screening. Clones share everything.
#[derive(Clone)]
pub struct Sanctions(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) env: Env,
    pub(super) settings: Settings,
    pub(super) keeper: Keeper,
    pub(super) subjects: Arc<dyn Subjects>,
    index: ArcSwap<Index>,
    /// One index is made at a time.
    making: Mutex<()>,
    blocked: ArcSwap<Blocked>,
}

impl std::fmt::Debug for Sanctions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sanctions").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Sanctions {
    /// Screening of `subjects` over this database, sealed by the keys of `vault`; no list is in memory yet.
    pub fn new(db: Db, vault: Keyring, subjects: Arc<dyn Subjects>, settings: Settings) -> Self {
        let env = db.env().clone();
        let keeper = Keeper {
            env: env.clone(),
            deadlines: settings.deadlines,
            sealing: Sealing::new(vault),
            threshold: settings.alert_above,
        };
        Self(Arc::new(Inner {
            db,
            env,
            settings,
            keeper,
            subjects,
            index: ArcSwap::from_pointee(Index::empty()),
            making: Mutex::new(()),
            blocked: ArcSwap::default(),
        }))
    }

    /// The lists as this process has them in memory.
    pub fn index(&self) -> Arc<Index> {
        self.0.index.load_full()
    }

    /// Whose money is held.
    pub fn blocked(&self) -> Arc<Blocked> {
        self.0.blocked.load_full()
    }

    /// Makes another index when a list was loaded since this one was made; whether it did.
    ///
    /// # Errors
    /// What the database says; the index stays as it was.
    pub async fn refresh(&self) -> Result<bool, Error> {
        let newest = self.0.db.read(store::state).await?.seq;
        if self.index().seq >= newest {
            return Ok(false);
        }
        let _one = self.0.making.lock().await;
        if self.index().seq >= newest {
            return Ok(false);
        }
        let (seq, lists, rows) = self
            .0
            .db
            .read(|reader| {
                Ok::<_, DbError>((store::state(reader)?.seq, store::lists(reader)?, store::entries(reader)?))
            })
            .await?;
        let threshold = self.0.settings.alert_above;
        let made = tokio::task::spawn_blocking(move || Index::build(seq, &lists, rows, threshold)).await;
        let made = made.map_err(|error| DbError::Other(error.to_string()))??;
        tracing::info!(seq, entries = made.len(), "lists of sanctions are in memory");
        self.0.index.store(Arc::new(made));
        Ok(true)
    }

    /// Learns whose money is held, also from other processes.
    ///
    /// # Errors
    /// What the database says; what was known stays known.
    pub async fn refresh_blocked(&self) -> Result<(), Error> {
        let subjects = Arc::clone(&self.0.subjects);
        let found = self
            .0
            .db
            .read(move |reader| {
                let mut blocked = Blocked::default();
                for subject in store::blocking(reader)? {
                    match subject.kind {
                        SubjectKind::Customer => {
                            let user = UserId::from_uuid(subject.id);
                            blocked.customers.insert(user);
                            blocked.accounts.extend(subjects.accounts(reader, user)?);
                        }
                        SubjectKind::Payee => {
                            blocked.payees.insert(PayeeId::from_uuid(subject.id));
                        }
                        SubjectKind::Name => {}
                    }
                }
                Ok::<_, DbError>(blocked)
            })
            .await?;
        if **self.0.blocked.load() != found {
            self.0.blocked.store(Arc::new(found));
        }
        Ok(())
    }

    /// Holds money of this subject in this process at once, before anything is read anew.
    pub(super) fn block_now(&self, subject: Subject) {
        self.0.blocked.rcu(|known| {
            let mut blocked = Blocked::clone(known);
            match subject.kind {
                SubjectKind::Customer => blocked.customers.insert(UserId::from_uuid(subject.id)),
                SubjectKind::Payee => blocked.payees.insert(PayeeId::from_uuid(subject.id)),
                SubjectKind::Name => false,
            };
            blocked
        });
    }

    /// Keeps lists and blocks as they are in the database, and looks into the folder of lists at once and every day, until told to stop.
    pub async fn keep_looking(self, mut stop: watch::Receiver<bool>) {
        let mut told = false;
        let mut folder_at = None;
        while !*stop.borrow() {
            let now = self.0.env.now();
            if folder_at.is_none_or(|at| now >= at) {
                self.look_into_folder_quietly().await;
                folder_at = Some(super::folder::tomorrow(now));
            }
            let looked = async {
                self.refresh().await?;
                self.refresh_blocked().await
            };
            match looked.await {
                Ok(()) => told = false,
                // An outage is told of once.
                Err(error) if !told => {
                    tracing::warn!(%error, "lists of sanctions cannot be looked at");
                    told = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
}
