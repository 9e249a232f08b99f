//! What whoever administers an installation sees of it: how it is set, which keys it has, what work waits.

use std::sync::Arc;

use florin_db::{Db, DbError};
use florin_jobs::{DeadJob, Waiting};
use florin_kernel::{Action, Actor, Denied, Resource};
use thiserror::Error;
use tokio::sync::Notify;

use crate::config::{Config, Setting};
use crate::keys::{self, KeyFacts, VaultHealth};
use crate::{StartError, keys::examine_vault};

/// Looks after a running installation, for people.
#[derive(Clone)]
pub struct Administration {
    config: Arc<Config>,
    db: Db,
    wake: Arc<Notify>,
}

/// The keys of an installation.
#[derive(Clone, Debug)]
pub struct KeyReport {
    /// Each without its secret, by what it is for, the oldest first.
    pub keys: Vec<KeyFacts>,
    /// How those are that encrypt fields, and what is to be done about them.
    pub health: VaultHealth,
}

/// The queue of work.
#[derive(Clone, Debug)]
pub struct WorkReport {
    /// What waits, by kinds.
    pub waiting: Vec<Waiting>,
    /// What failed too often, the newest first, a hundred at most.
    pub dead: Vec<DeadJob>,
}

/// Why the installation is not shown, or not looked after.
#[derive(Debug, Error)]
pub enum AdministrationError {
    /// Nobody permits it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such job, or it is not dead any more.
    #[error("no dead job has the number {0}")]
    JobNotFound(i64),
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] StartError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Administration {
    pub(crate) fn new(config: &Arc<Config>, db: &Db, wake: &Arc<Notify>) -> Self {
        Self { config: Arc::clone(config), db: db.clone(), wake: Arc::clone(wake) }
    }

    /// Every setting with its value and where that comes from; secrets are told as `••••`.
    ///
    /// # Errors
    /// [`AdministrationError::Denied`].
    pub fn settings(&self, by: &Actor) -> Result<Arc<[Setting]>, AdministrationError> {
        by.permit(Action::ReadSettings, Resource::kind("setting"))?;
        Ok(Arc::clone(&self.config.settings))
    }

    /// Every key, what it is for and since when; never a secret.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn keys(&self, by: &Actor) -> Result<KeyReport, AdministrationError> {
        by.permit(Action::ReadSettings, Resource::kind("setting"))?;
        let (config, now) = (Arc::clone(&self.config), self.db.env().now());
        let signing = tokio::task::spawn_blocking(move || keys::signing_keys(&config, now));
        let mut facts = signing.await.map_err(|error| StartError::System(error.to_string()))??;
        facts.extend(keys::vault_keys(&self.db).await?);
        let health = examine_vault(&self.config, &self.db).await?;
        Ok(KeyReport { keys: facts, health })
    }

    /// What work waits, and what failed too often.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn work(&self, by: &Actor) -> Result<WorkReport, AdministrationError> {
        by.permit(Action::ReadOperations, Resource::kind("operations"))?;
        let now = self.db.env().now();
        let report = self.db.read(move |reader| {
            let waiting = florin_jobs::waiting(reader, now)?;
            Ok::<_, DbError>(WorkReport { waiting, dead: florin_jobs::dead(reader)? })
        });
        Ok(report.await?)
    }

    /// Gives a job that failed too often as many tries as a new one has, from now on.
    ///
    /// # Errors
    /// [`AdministrationError::JobNotFound`], also where somebody else did so a moment ago.
    #[tracing::instrument(name = "app.job.retry", skip_all, fields(job.seq = job))]
    pub async fn retry(&self, by: &Actor, job: i64) -> Result<(), AdministrationError> {
        let permit = by.permit(Action::RetryJob, Resource::kind("job"))?;
        let now = self.db.env().now();
        self.db
            .write(permit, move |tx| {
                tx.note("job", &job);
                let kind = florin_jobs::revive(tx, job, now)?.ok_or(AdministrationError::JobNotFound(job))?;
                tx.note("kind", &kind);
                Ok::<_, AdministrationError>(())
            })
            .await?;
        self.wake.notify_one();
        Ok(())
    }
}
