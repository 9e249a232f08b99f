//! Jobs: looking for one subject, and for all of them.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use florin_db::{DbError, Tx};
use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Actor, Resource, Timestamp};

use super::keeping::Found;
use super::{Error, Sanctions, Subject};

/// The kind of the job that looks for one subject; its payload is the subject: `customer 0190a1b2-…`.
pub const SUBJECT: &str = "screening.subject";
/// The kind of the job that looks for all.
const PASS: &str = "screening.pass";
/// How long one job looks for subjects before it leaves the rest to another: half of its lease.
const RUN_MAX: Duration = Duration::from_secs(50);

/// Has a subject be looked for, once this unit of work is durable.
///
/// # Errors
/// What the database says.
pub fn look_at(tx: &mut Tx<'_>, subject: Subject, at: Timestamp) -> Result<(), DbError> {
    florin_jobs::enqueue(tx, SUBJECT, &subject.to_string(), at)
}

fn retry(error: Error) -> JobError {
    match error {
        Error::Db(source) => source.into(),
        other => JobError::Retry(other.to_string()),
    }
}

/// Looks for one subject.
pub struct SubjectJob(pub Sanctions);

impl Handler for SubjectJob {
    fn kind(&self) -> &'static str {
        SUBJECT
    }

    fn run<'a>(
        &'a self,
        payload: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let subject: Subject =
                payload.parse().map_err(|_| JobError::Fatal("the job names no subject".to_owned()))?;
            self.0.look_for(subject).await.map_err(retry)
        })
    }
}

/// Looks for all subjects among what is new on lists.
pub struct PassJob(pub Sanctions);

impl PassJob {
    /// Has all subjects be looked for, once this unit of work is durable.
    pub(super) fn enqueue(tx: &mut Tx<'_>, at: Timestamp) -> Result<(), DbError> {
        florin_jobs::enqueue(tx, PASS, "", at)
    }
}

impl Handler for PassJob {
    fn kind(&self) -> &'static str {
        PASS
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(async move {
            let began = Instant::now();
            while began.elapsed() < RUN_MAX {
                if !self.0.pass_on().await.map_err(retry)? {
                    return Ok(());
                }
            }
            let env = self.0.0.env.clone();
            self.0.0.db.housekeeping(move |tx| Self::enqueue(tx, env.now())).await.map_err(JobError::from)
        })
    }
}

impl Sanctions {
    /// Looks for one subject on all lists, as both are now.
    async fn look_for(&self, subject: Subject) -> Result<(), Error> {
        self.refresh().await?;
        let index = self.index();
        if index.seq == 0 {
            // The first list that is loaded is looked through for everybody.
            return Ok(());
        }
        let subjects = std::sync::Arc::clone(&self.0.subjects);
        let Some(person) = self.0.db.read(move |reader| subjects.find(reader, subject)).await? else {
            return Ok(());
        };
        let searched = tokio::task::spawn_blocking(move || Found::of(&index, person, 0)).await;
        let found = searched.map_err(|error| DbError::Other(error.to_string()))?;
        let permit = Actor::system("screening")
            .permit(Action::Screen, Resource::one(subject.kind.code(), subject.id))?;
        let keeper = self.0.keeper.clone();
        let opened = self
            .0
            .db
            .write(permit, move |tx| {
                let opened = keeper.subject(tx, &found, None)?;
                tx.note("lists", &found.lists);
                tx.note("found", &opened.map_or_else(String::new, |id| id.to_string()));
                Ok::<_, Error>(opened)
            })
            .await?;
        if opened.is_some() {
            self.refresh_blocked().await?;
        }
        Ok(())
    }
}
