//! The way back from a provider.

use florin_kernel::{Action, Actor, Resource};
use secrecy::SecretString;

use super::LinkedIdentity;
use super::attempt::{Attempt, Derived};
use super::store::{self, AttemptRow};
use crate::{Error, Identity, MfaChallenge, SignedIn};

/// What somebody brings back from a provider.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// The attempt.
    pub state: Option<String>,
    /// What is redeemed at the provider.
    pub code: Option<SecretString>,
    /// Why the provider refused, where it did.
    pub error: Option<String>,
    /// Who the provider says it is.
    pub iss: Option<String>,
    /// What the browser kept.
    pub browser: Option<SecretString>,
}

/// What came of it, and where to go on.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// What came of it.
    pub arrival: Arrival,
    /// One of the paths that people may be sent to, where one was asked for.
    pub next: Option<String>,
}

/// What somebody who comes back from a provider has.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A sign-in.
    SignedIn(Box<SignedIn>),
    /// A sign-in that waits for the second factor.
    MfaRequired(Box<MfaChallenge>),
    /// Another way to sign in.
    Linked(LinkedIdentity),
}

impl Identity {
    /// Takes somebody back from a provider: signs them in, makes them known, or links the identity to whoever began.
    ///
    /// # Errors
    /// [`Error::ProviderNotFound`]; [`Error::OauthFailed`] whatever is wrong with the attempt or with what the provider
    /// says; [`Error::LinkFirst`] when they must sign in here first; [`Error::InvalidCredentials`] for a suspended
    /// person; [`Error::IdentityTaken`], [`Error::IdentitiesTooMany`] and [`Error::SessionEnded`] when linking;
    /// [`Error::Overloaded`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.federation.finish", skip_all, fields(provider.name = name))]
    pub async fn finish_federation(
        &self,
        by: &Actor,
        name: &str,
        callback: &Callback,
    ) -> Result<Arrived, Error> {
        let provider = self.federation.provider(name)?;
        by.permit(Action::Login, Resource::kind("session"))?;
        let Some((attempt, derived)) = self.take_attempt(name, callback).await? else {
            return Err(self.refused(by, name, "oauth_state").await);
        };
        let claimed = match provider.claims(callback, &derived).await {
            Ok(claimed) => claimed,
            Err(failure) => {
                tracing::warn!(provider.name = name, error = %failure, "a provider's word does not count");
                return Err(self.refused(by, name, failure.code()).await);
            }
        };
        let arrival = match attempt.linking {
            Some((user, session)) => {
                Arrival::Linked(self.link_identity(by, user, session, name, claimed).await?)
            }
            None => self.sign_in_identity(by, name, claimed, attempt.hold).await?,
        };
        Ok(Arrived { arrival, next: attempt.next })
    }

    /// The attempt that somebody shows, which is then used up, with what follows from it.
    async fn take_attempt(
        &self,
        name: &str,
        callback: &Callback,
    ) -> Result<Option<(AttemptRow, Derived)>, Error> {
        let shown = Attempt::shown(callback.state.as_deref(), callback.browser.as_ref());
        let Some(attempt) = shown else { return Ok(None) };
        let (hashes, provider, now) = (attempt.hashes(), name.to_owned(), self.env.now());
        let taken = self
            .db
            .housekeeping(move |tx| store::take_attempt(tx, hashes, &provider, now).map_err(Error::from));
        Ok(taken.await?.map(|row| (row, self.federation.key.derive(&attempt))))
    }

    /// Records that somebody came back in vain.
    async fn refused(&self, by: &Actor, name: &str, code: &'static str) -> Error {
        let permit = match by.permit(Action::Login, Resource::kind("session")) {
            Ok(permit) => permit,
            Err(denied) => return denied.into(),
        };
        let provider = name.to_owned();
        let recorded = self.db.write(permit, move |tx| {
            tx.note("provider", &provider);
            tx.outcome_failed(code);
            Ok::<_, Error>(())
        });
        match recorded.await {
            Ok(()) => Error::OauthFailed,
            Err(error) => error,
        }
    }
}
