//! The job that seals anew what an older key sealed: it compares what should be with what is, each minute and after a
//! key took over, and goes on where it was.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use florin_db::resealing::{self, Progress, Step};
use florin_db::{Db, DbError, SealedColumn, vault_keys};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Timestamp};
use florin_vault::{Keyring, WrappedKey};
use jiff::ToSpan as _;
use tokio::time::Instant;

use crate::{sealed_columns, vault};

/// How long one job works at most; well below the two minutes after which another worker would take it for dead.
const WORK_AT_MOST: Duration = Duration::from_secs(50);
/// For how long after a key took over another process may seal with the one before: it reads the keys each minute.
const SETTLES_AFTER_SECONDS: i64 = 120;

/// Seals anew what an older key sealed.
pub(crate) struct SealAnew {
    pub(crate) db: Db,
    pub(crate) vault: Keyring,
}

impl SealAnew {
    /// The kind of the job, and the name of its schedule.
    pub(crate) const KIND: &'static str = "vault.seal_anew";

    async fn work(&self) -> Result<(), JobError> {
        let keys = self.db.read(vault_keys::read).await?;
        if !self.vault.matches(&keys) {
            // This process seals with the key before until it looks at the keys again; the next job finds it so.
            return Ok(());
        }
        if keys.iter().all(|key| key.retired_at.is_none()) && !self.vault.knows_fernet() {
            // No key was ever replaced, so nothing can be sealed with another than the one there is.
            return Ok(());
        }
        let (settled_at, began) = (settled_at(&keys), Instant::now());
        for column in sealed_columns() {
            while self.step(column, settled_at).await? {
                if began.elapsed() >= WORK_AT_MOST {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Works a page; whether there is another.
    async fn step(&self, column: &'static SealedColumn, settled_at: Timestamp) -> Result<bool, JobError> {
        let (vault, began, now) = (self.vault.clone(), Instant::now(), self.db.env().now());
        let target = vault.target();
        let step =
            self.db.housekeeping(move |tx| resealing::step(tx, &vault, column, settled_at, now)).await?;
        match step {
            Step::More => {
                // Half of the time is others'.
                tokio::time::sleep(began.elapsed()).await;
                Ok(true)
            }
            Step::Waits | Step::Done => Ok(false),
            Step::Ready => {
                let permit = vault::operator("keys", Action::Operate)
                    .map_err(|error| JobError::Fatal(error.to_string()))?;
                let done = self.db.write(permit, move |tx| {
                    let done = resealing::finish(tx, column, &target, now)?;
                    tx.note("sealed_anew", &column.name());
                    if let Some(done) = &done {
                        tx.note("fields", &done.total);
                        tx.note("unreadable", &done.unreadable);
                    }
                    Ok::<_, DbError>(done)
                });
                if let Some(Progress { place, total, unreadable, .. }) = done.await? {
                    tracing::info!(place, total, unreadable, "every field is sealed with the active key");
                }
                Ok(false)
            }
        }
    }
}

/// When every process seals with the active key at the latest.
fn settled_at(keys: &[WrappedKey]) -> Timestamp {
    let taken_over_at = keys.iter().filter_map(|key| key.retired_at).max();
    let settled = taken_over_at.and_then(|at| at.checked_add(SETTLES_AFTER_SECONDS.seconds()).ok());
    settled.unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Handler for SealAnew {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(self.work())
    }
}
