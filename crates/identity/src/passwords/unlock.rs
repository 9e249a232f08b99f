//! Opening an account that guesses closed, and forgetting what was counted long ago.

use std::pin::Pin;
use std::sync::Arc;

use florin_jobs::{Handler, JobError};
use florin_kernel::{Action, Actor, Resource, UserId};

use super::store as resets;
use crate::identity::later;
use crate::lockout::{self, Subject};
use crate::{Error, Identity, Suspicion, store};

/// How long letters that reset passwords are kept after they were written, in seconds: a week, for whoever looks into it.
const RESETS_SECONDS: i64 = 7 * 24 * 60 * 60;

impl Identity {
    /// Opens the account of `user` to sign-ins again, and says whether it was closed.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::UserNotFound`].
    #[tracing::instrument(name = "identity.user.unlock", skip_all, fields(user.id = %user))]
    pub async fn unlock(&self, by: &Actor, user: UserId) -> Result<bool, Error> {
        let about = Resource::one("user", user.uuid()).owned_by(user);
        let permit = by.permit(Action::UnlockUser, about)?;
        let env = self.env.clone();
        self.db
            .write(permit, move |tx| {
                let profile = store::profile(tx, user)?.ok_or(Error::UserNotFound(user))?;
                let closed = lockout::open(tx, Subject::of(profile.email.key()), env.now())?;
                tx.note("was_locked", &closed);
                Ok(closed)
            })
            .await
    }

    /// What is thought of an address, by the sign-ins that failed from there.
    pub async fn suspicion(&self, ip: std::net::IpAddr) -> Suspicion {
        self.suspects.of(ip).await
    }

    async fn forget_failures(&self) -> Result<(), Error> {
        let now = self.env.now();
        while self.db.housekeeping(move |tx| lockout::sweep(tx, now)).await? > 0 {}
        let before = later(now, -RESETS_SECONDS);
        self.db.housekeeping(move |tx| resets::sweep_resets(tx, before).map_err(Error::from)).await?;
        Ok(())
    }
}

/// The job that forgets failures and letters which count for nothing any more.
pub struct ForgetFailures(pub Arc<Identity>);

impl ForgetFailures {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "identity.forget_failures";
}

impl Handler for ForgetFailures {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>> {
        Box::pin(
            async move { self.0.forget_failures().await.map_err(|error| JobError::Retry(error.to_string())) },
        )
    }
}
