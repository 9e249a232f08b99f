//! The providers, and what is remembered of each: how it is asked, and its keys.

use std::sync::Arc;

use florin_kernel::{Env, Timestamp};
use secrecy::SecretString;
use thiserror::Error;
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

use super::attempt::AttemptKey;
use super::discovery::{self, Metadata};
use super::id_token::{Parts, Unfit};
use super::keys::KeySet;
use super::settings::{FederationSettings, ProviderKind, ProviderSettings};
use super::{ProviderClient, ProviderRequest, Unreachable, endpoint};
use crate::Error;

/// How long what a provider said of itself is remembered, in seconds.
const REMEMBERED: i64 = 3_600;
/// How long keys are not asked for again because of one that is not among them, in seconds.
const KEYS_AGAIN: i64 = 60;
/// How long a provider that did not answer is not asked again, in seconds.
const PAUSE: i64 = 5;

/// Why a provider's word does not count; for the log and the audit record, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Failure {
    #[error("the provider cannot be reached: {0}")]
    Unreachable(#[from] Unreachable),
    #[error("the provider could not be reached a moment ago")]
    Paused,
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("{0} of the provider cannot be read")]
    Malformed(&'static str),
    #[error("the provider calls itself by another issuer")]
    OtherIssuer,
    #[error("an address of the provider is not one that may be asked")]
    Address,
    #[error("the provider refused: {0}")]
    Refused(String),
    #[error("there is no code to redeem")]
    NoCode,
    #[error("what came back names another provider, or none where it must")]
    MixedUp,
    #[error(transparent)]
    IdToken(#[from] Unfit),
    #[error("the provider does not say who somebody is")]
    NoSubject,
}

/// Sign-in through providers: its parts.
pub(crate) struct Federation {
    pub(super) settings: FederationSettings,
    pub(super) key: AttemptKey,
    providers: Vec<Arc<Provider>>,
}

/// A provider.
pub(super) struct Provider {
    pub settings: ProviderSettings,
    /// Where it sends people back to.
    pub redirect_uri: String,
    loopback: bool,
    client: Arc<dyn ProviderClient>,
    env: Env,
    known: Mutex<Known>,
}

/// What is remembered; whoever asks the provider holds it, so that others wait for the same answer.
#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    metadata_failed_at: Option<Timestamp>,
    keys: Option<(Timestamp, Arc<KeySet>)>,
    keys_asked_at: Option<Timestamp>,
}

impl Federation {
    pub(crate) fn open(
        settings: FederationSettings,
        client: &Arc<dyn ProviderClient>,
        key: &[u8; 32],
        env: &Env,
    ) -> Self {
        let providers = settings.providers.iter().map(|provider| {
            let (base, name) = (settings.public_url.trim_end_matches('/'), &provider.name);
            Arc::new(Provider {
                settings: provider.clone(),
                redirect_uri: format!("{base}/api/v1/auth/oauth/{name}/callback"),
                loopback: settings.loopback,
                client: Arc::clone(client),
                env: env.clone(),
                known: Mutex::default(),
            })
        });
        Self { providers: providers.collect(), key: AttemptKey::new(key), settings }
    }

    /// The provider of this name.
    pub(super) fn provider(&self, name: &str) -> Result<Arc<Provider>, Error> {
        let found = self.providers.iter().find(|provider| provider.settings.name == name);
        found.cloned().ok_or(Error::ProviderNotFound)
    }
}

impl Provider {
    /// How it is asked.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        if self.settings.kind == ProviderKind::GitHub {
            return super::github::metadata(&self.settings.issuer, self.loopback).map(Arc::new);
        }
        let mut known = self.known.lock().await;
        let now = self.env.now();
        if let Some((_, metadata)) = known.metadata.as_ref().filter(|(at, _)| is_within(*at, now, REMEMBERED))
        {
            return Ok(Arc::clone(metadata));
        }
        if known.metadata_failed_at.is_some_and(|at| is_within(at, now, PAUSE)) {
            return Err(Failure::Paused);
        }
        let found = self.discover().await.map(Arc::new);
        match &found {
            Ok(metadata) => known.metadata = Some((now, Arc::clone(metadata))),
            Err(_) => known.metadata_failed_at = Some(now),
        }
        found
    }

    async fn discover(&self) -> Result<Metadata, Failure> {
        let issuer = &self.settings.issuer;
        let address = discovery::address(issuer, self.loopback).ok_or(Failure::Address)?;
        discovery::read(&self.get(address, None).await?, issuer, self.loopback)
    }

    /// Its keys. They are asked for again every hour, and when the one that signed `token` is not among them, though
    /// not more often than once a minute.
    pub(super) async fn keys(&self, metadata: &Metadata, token: &Parts<'_>) -> Result<Arc<KeySet>, Failure> {
        let mut known = self.known.lock().await;
        let now = self.env.now();
        let kept = known.keys.as_ref().filter(|(at, _)| is_within(*at, now, REMEMBERED));
        let kept = kept.map(|(_, keys)| Arc::clone(keys));
        let pause = if kept.is_some() { KEYS_AGAIN } else { PAUSE };
        let asked_lately = known.keys_asked_at.is_some_and(|at| is_within(at, now, pause));
        match kept {
            Some(keys) if asked_lately || keys.knows(token.algorithm, token.key_id.as_deref()) => Ok(keys),
            None if asked_lately => Err(Failure::Paused),
            Some(_) | None => {
                known.keys_asked_at = Some(now);
                let keys = Arc::new(KeySet::read(&self.get(metadata.keys.clone(), None).await?)?);
                known.keys = Some((now, Arc::clone(&keys)));
                Ok(keys)
            }
        }
    }

    /// What lies at `url`.
    pub(super) async fn get(
        &self,
        url: Url,
        authorization: Option<SecretString>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.send(ProviderRequest { url, form: None, authorization }).await
    }

    /// What is answered to a form.
    pub(super) async fn send(&self, request: ProviderRequest) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let answer = self.client.send(request).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(Failure::Status(answer.status)) }
    }

    /// An address below what the provider is configured with.
    pub(super) fn address(&self, text: &str) -> Result<Url, Failure> {
        endpoint::parse(text, self.loopback).ok_or(Failure::Address)
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        crate::identity::seconds(self.env.now())
    }
}

fn is_within(at: Timestamp, now: Timestamp, seconds: i64) -> bool {
    (0..seconds).contains(&now.as_second().saturating_sub(at.as_second()))
}

impl Failure {
    /// What the audit record says.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Paused | Self::Status(_) => "oauth_unreachable",
            Self::Malformed(_) | Self::Address | Self::NoSubject => "oauth_malformed",
            Self::OtherIssuer | Self::MixedUp => "oauth_issuer",
            Self::Refused(_) | Self::NoCode => "oauth_refused",
            Self::IdToken(_) => "oauth_id_token",
        }
    }
}
