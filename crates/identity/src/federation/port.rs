//! What asks providers.

use std::future::Future;
use std::pin::Pin;

use secrecy::SecretString;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

/// A question to a provider.
pub struct ProviderRequest {
    /// Where to: `https`, or `http` on this machine where that is allowed.
    pub url: Url,
    /// The body of a `POST`, in `application/x-www-form-urlencoded`; without one it is a `GET`.
    pub form: Option<SecretString>,
    /// The `Authorization` header.
    pub authorization: Option<SecretString>,
}

/// What a provider answered.
pub struct ProviderAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

/// A provider did not answer, or not in bounds; the text says why, and nothing of what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// Carries questions to providers. It follows no redirect, waits five seconds at most, takes 256 KiB at most, checks
/// certificates, and asks for JSON.
pub trait ProviderClient: Send + Sync {
    /// Asks, and gives whatever is answered.
    ///
    /// # Errors
    /// [`Unreachable`] when there is no answer, or none that is in bounds.
    fn send(
        &self,
        request: ProviderRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ProviderAnswer, Unreachable>> + Send + '_>>;
}
