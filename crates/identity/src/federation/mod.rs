//! Signing in through a provider: OpenID Connect by discovery, and GitHub's OAuth 2.
//!
//! What the module promises:
//!
//! - Whoever comes back from a provider left from here, in the same browser, at most ten minutes ago and for the first
//!   time: `state` is kept as a hash and used up, and the nonce and the PKCE verifier follow from it, from a cookie of
//!   that browser and from a key of the installation, so that none of them is kept anywhere.
//! - An ID token counts when the configured issuer signed it for us, for this attempt, with an asymmetric algorithm.
//! - (issuer, subject) says who somebody is. An email that the provider did not verify is not even read.
//! - A local account is never taken over: it is linked by whoever is signed in to it, or where provider and account
//!   have proved the same address and no second factor guards the account.
//! - A second factor is asked for as after a password. What providers answer is told in the log alone.
//! - Nothing is asked of a provider within a unit of work.
//!
//! Words: a *provider* is who vouches; an *attempt* is the way there and back; an *identity* is who somebody is at a
//! provider; to *link* is to let an identity sign in as a person.

mod attempt;
mod discovery;
mod endpoint;
mod exchange;
mod finish;
mod github;
mod id_token;
mod keys;
mod linked;
mod linking;
mod port;
mod provider;
mod registering;
mod schema;
mod settings;
mod sign_in;
mod standing;
mod start;
mod store;
mod user_info;

pub use finish::{Arrival, Arrived, Callback};
pub use linked::LinkedIdentity;
pub use port::{ProviderAnswer, ProviderClient, ProviderRequest, Unreachable};
pub use settings::{ClientSecret, FederationSettings, ProviderKind, ProviderSettings};
pub use start::Departure;

pub(crate) use provider::Federation;
pub(crate) use schema::MIGRATION;
pub(crate) use store::{has_another_way, note_passwordless};
