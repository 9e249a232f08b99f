//! Keys that machines sign in with.
//!
//! What the module promises:
//!
//! - A key acts for its owner, within its *scopes*, and never beyond what the owner may do at that moment. What only a
//!   person may do (passwords, factors, roles, keys, signing in and out) is in no scope.
//! - A key is shown once. The database has its SHA-256; 256 random bits need no slower hash.
//! - Every key ends: after a year at the latest, at once when it is revoked, and for as long as its owner is suspended
//!   or owes a second factor.
//! - A key can be bound to networks and to so many requests a minute and a day.
//! - Uses are counted in memory and noted in bulk, so that a request costs no write.
//!
//! A key reads `flk_` and 49 letters and digits, of which the last six are a checksum: scanners that look for secrets
//! recognise one by `flk_[0-9A-Za-z]{49}` and by that sum, without asking anybody.

mod check;
mod desk;
mod memory;
mod network;
mod schema;
mod scope;
mod store;
mod token;

use florin_kernel::{ApiKeyId, Timestamp, UserId};
use secrecy::SecretString;
use thiserror::Error;

pub use network::{InvalidNetwork, Network};
pub use scope::{Scope, UnknownScope};

pub(crate) use memory::Keys;
pub(crate) use schema::MIGRATION;
pub(crate) use token::is_api_key;

/// How many keys that can still be used a person may have.
pub const KEYS_MAX: usize = 50;
/// The longest life of a key, in days.
pub const DAYS_MAX: i64 = 366;
/// How many networks a key may be bound to.
pub const NETWORKS_MAX: usize = 32;
/// The longest name of a key, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// A key as it is asked for.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Where it may be used from; empty for anywhere.
    pub networks: Vec<Network>,
    /// How many requests it may send, by itself.
    pub quota: Quota,
}

/// How many requests a key may send; what is not said is not limited by the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// In a minute.
    pub per_minute: Option<u32>,
    /// In a day.
    pub per_day: Option<u32>,
}

/// A key as its owner sees it afterwards.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Which one.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// How it begins, to be recognised by.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Where it may be used from; empty for anywhere.
    pub networks: Vec<Network>,
    /// How many requests it may send.
    pub quota: Quota,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, as far as was noted.
    pub last_used_at: Option<Timestamp>,
    /// How often it was used, as far as was noted.
    pub uses: u64,
}

/// A key and whose it is, as whoever looks after all of them sees it.
#[derive(Clone, Debug)]
pub struct OwnedApiKey {
    /// The key.
    pub key: ApiKey,
    /// Whose it is.
    pub owner: UserId,
    /// What they are called.
    pub owner_name: String,
}

/// Which keys are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiKeyQuery {
    /// Those of this person alone.
    pub owner: Option<UserId>,
    /// Those made before this one alone.
    pub before: Option<ApiKeyId>,
    /// How many at most.
    pub limit: usize,
}

/// A key, and what it has left of its quotas.
#[derive(Clone, Debug)]
pub struct ApiKeyUsage {
    /// The key.
    pub key: ApiKey,
    /// Of the requests of this minute; `None` where it has no such quota.
    pub left_this_minute: Option<u32>,
    /// The same of this day.
    pub left_today: Option<u32>,
}

/// A key that was just made, and its secret, which is shown once.
#[derive(Debug)]
pub struct IssuedApiKey {
    /// What is known of it.
    pub key: ApiKey,
    /// The key itself.
    pub secret: SecretString,
}

/// Why a key that was asked for cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnusableKey {
    /// Its name is empty, too long or has control characters.
    #[error("a key's name has 1 to 64 characters, and no control characters")]
    Name,
    /// It has no scopes.
    #[error("a key needs one scope at least")]
    NoScope,
    /// Its owner may not do this themselves.
    #[error("you may not do `{0}` yourself")]
    BeyondOwner(&'static str),
    /// It ends before it begins, or later than in a year.
    #[error("a key ends within 366 days, and not in the past")]
    Expiry,
    /// It is bound to too many networks.
    #[error("a key is bound to 32 networks at most")]
    Networks,
    /// Its quota lets nothing through.
    #[error("a quota is above zero")]
    Quota,
}

impl UnusableKey {
    /// The field that is wrong.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NoScope | Self::BeyondOwner(_) => "scopes",
            Self::Expiry => "expires_at",
            Self::Networks => "allowed_networks",
            Self::Quota => "quota",
        }
    }
}

/// Why a key is not taken; for the log and for tests, never for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRefusal {
    /// It is no key of ours: its form or its checksum is wrong.
    #[error("not the form of an API key")]
    Form,
    /// There is no such key, it ended or was revoked, or its owner may not sign in.
    #[error("no such API key, or not any more")]
    Unknown,
    /// It is bound to networks, and this is none of them.
    #[error("the API key may not be used from this address")]
    Elsewhere,
}
