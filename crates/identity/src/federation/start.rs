//! The way to a provider.

use florin_kernel::{Action, Actor, Denied, Resource};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::attempt::{self, Attempt, Derived};
use super::discovery::Metadata;
use super::provider::Provider;
use super::settings::ProviderKind;
use super::store::{self, AttemptRow};
use crate::identity::later;
use crate::{Error, Hold, Identity};

/// Where somebody is sent, and what their browser keeps meanwhile.
#[derive(Clone, Debug)]
pub struct Departure {
    /// The provider's page, with the attempt's `state` in it: it leads whoever started back, and nobody else.
    pub location: SecretString,
    /// The other half of the attempt, for a cookie.
    pub browser: SecretString,
    /// How long both can be used, in seconds.
    pub expires_in_seconds: u32,
}

impl Identity {
    /// Whether there is a provider of this name.
    ///
    /// # Errors
    /// [`Error::ProviderNotFound`].
    pub fn knows_provider(&self, name: &str) -> Result<(), Error> {
        self.federation.provider(name).map(|_| ())
    }

    /// Sends somebody to a provider: a stranger to sign in, somebody who is signed in to link an identity. They may be
    /// sent on to `next` afterwards. A sign-in that comes of it is held as is wanted.
    ///
    /// # Errors
    /// [`Error::ProviderNotFound`], [`Error::UnknownNext`], [`Error::ProviderUnavailable`]; [`Error::Denied`], also when
    /// somebody wants to link who did not prove themselves recently.
    #[tracing::instrument(name = "identity.federation.start", skip_all, fields(provider.name = name))]
    pub async fn start_federation(
        &self,
        by: &Actor,
        name: &str,
        next: Option<&str>,
        hold: Hold,
    ) -> Result<Departure, Error> {
        let provider = self.federation.provider(name)?;
        let now = self.env.now();
        let linking = match by.user() {
            None => {
                by.permit(Action::Login, Resource::kind("session"))?;
                None
            }
            Some(user) => {
                let session = by.session().ok_or(Denied::Unauthenticated)?;
                by.permit(Action::LinkIdentity, Resource::kind("federation").owned_by(user))?;
                by.must_be_recent(now)?;
                Some((user, session))
            }
        };
        let next = self.federation.settings.next(next)?;
        let metadata = provider.metadata().await.map_err(|failure| {
            tracing::warn!(provider.name = name, error = %failure, "nobody can be sent to a provider");
            Error::ProviderUnavailable
        })?;
        let attempt = Attempt::new()?;
        let derived = self.federation.key.derive(&attempt);
        let location = address(&provider, &metadata, &attempt, &derived);
        let (hashes, row) = (attempt.hashes(), AttemptRow { provider: name.to_owned(), linking, next, hold });
        // What waits for an answer is nothing that an auditor would ask about; the answer is.
        self.db
            .housekeeping(move |tx| {
                let expires_at = later(now, attempt::SECONDS.into());
                store::insert_attempt(tx, hashes, &row, now, expires_at).map_err(Error::from)
            })
            .await?;
        Ok(Departure {
            location: SecretString::from(String::from(location)),
            browser: attempt.browser,
            expires_in_seconds: attempt::SECONDS,
        })
    }
}

/// The provider's page with what it must know.
fn address(provider: &Provider, metadata: &Metadata, attempt: &Attempt, derived: &Derived) -> Url {
    let mut url = metadata.authorization.clone();
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &provider.redirect_uri)
        .append_pair("scope", &provider.settings.scopes)
        .append_pair("state", attempt.state.expose_secret())
        .append_pair("code_challenge", &derived.challenge())
        .append_pair("code_challenge_method", "S256");
    if provider.settings.kind == ProviderKind::OpenId {
        query.append_pair("nonce", derived.nonce.expose_secret());
    }
    drop(query);
    url
}
