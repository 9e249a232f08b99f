//! The keys of an instance, as whoever operates it looks after them.

mod health;
mod progress;
mod retiring;

use std::path::{Path, PathBuf};

use florin_db::{Db, vault_keys};
use florin_identity::{KeySummary, Keyring};
use florin_kernel::Timestamp;
use florin_vault::{KeyKind, KeyState, WrappedKey};

use crate::config::Config;
use crate::{StartError, vault};

pub use health::{VaultHealth, examine_vault};
pub use progress::resealing;
pub use retiring::{Retired, retire_vault};

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// What it is for.
    pub purpose: &'static str,
    /// What it is called.
    pub id: String,
    /// What it is used with.
    pub algorithm: &'static str,
    /// Its state: what it is used for, if it still is.
    pub state: &'static str,
    /// When it was made, where that is known.
    pub made_at: Option<Timestamp>,
}

/// The directory of the keys.
pub fn directory(config: &Config) -> PathBuf {
    config.instance.data.join("keys")
}

/// The keys that sign access tokens, the oldest first.
///
/// # Errors
/// [`StartError::Keys`] when there is no such directory, or others could read a key.
pub fn signing_keys(config: &Config, now: Timestamp) -> Result<Vec<KeyFacts>, StartError> {
    let facts = |key: KeySummary| KeyFacts {
        purpose: "access tokens",
        id: key.kid,
        algorithm: key.algorithm.name(),
        state: key.state.code(),
        made_at: Some(key.made_at).filter(|at| *at > Timestamp::UNIX_EPOCH),
    };
    Ok(Keyring::list(&directory(config), now)?.into_iter().map(facts).collect())
}

/// The keys that fields in this database are encrypted with, and the master keys that wrap them.
///
/// # Errors
/// [`StartError::Db`].
pub async fn vault_keys(db: &Db) -> Result<Vec<KeyFacts>, StartError> {
    let keys: Vec<WrappedKey> = db.read(vault_keys::read).await?;
    let is_active = |key: &&WrappedKey| key.kind == KeyKind::Seal && key.state == KeyState::Active;
    let active = keys.iter().find(is_active).map(|key| key.version);
    let mut facts: Vec<KeyFacts> = keys
        .iter()
        .map(|key| KeyFacts {
            purpose: match key.kind {
                KeyKind::Seal => "encrypted fields",
                KeyKind::Root => "derived keys",
            },
            id: format!("{}-{}", key.kind.code(), key.version),
            algorithm: match key.kind {
                KeyKind::Seal => "AES-256-GCM",
                KeyKind::Root => "HKDF-SHA-256",
            },
            state: match active {
                Some(active) if key.kind == KeyKind::Seal && key.version > active => "next",
                _ => key.state.code(),
            },
            made_at: Some(key.created_at),
        })
        .collect();
    let mut masters: Vec<&str> = keys.iter().map(|key| key.master.as_str()).collect();
    masters.sort_unstable();
    masters.dedup();
    facts.extend(masters.into_iter().map(|id| KeyFacts {
        purpose: "master key",
        id: id.to_owned(),
        algorithm: "AES-256-GCM",
        state: "active",
        made_at: None,
    }));
    Ok(facts)
}

/// Makes the keys that an instance needs and does not have, without a database; the files that there are now.
///
/// The master key is made only where no database can have been encrypted with another: an embedded instance that was
/// never started, whose master key is not set otherwise.
///
/// # Errors
/// [`StartError::Keys`], [`StartError::Vault`], [`StartError::System`].
pub fn generate(config: &Config, is_new: bool, now: Timestamp) -> Result<Vec<PathBuf>, StartError> {
    let directory = directory(config);
    Keyring::open(&directory, config.tokens.signature.algorithm(), now)?;
    if is_new {
        vault::make_master_key(config)?;
    }
    let mut files = files(&directory)?;
    files.sort();
    Ok(files)
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, StartError> {
    let unreadable = |error: std::io::Error| StartError::System(format!("{}: {error}", directory.display()));
    let entries = std::fs::read_dir(directory).map_err(unreadable)?;
    entries.map(|entry| Ok(entry.map_err(unreadable)?.path())).collect()
}

/// Makes a key that signs access tokens in the place of the one that does, and gives its id; where `revoke` is asked
/// for, every other is taken away with all tokens that it signed.
///
/// # Errors
/// [`StartError::Keys`].
pub fn rotate_signing(config: &Config, now: Timestamp, revoke: bool) -> Result<String, StartError> {
    let algorithm = config.tokens.signature.algorithm();
    Ok(Keyring::rotate(&directory(config), algorithm, now, revoke)?)
}

/// Makes a key that encrypts fields in the place of the one that does, a few minutes from now, when every process has
/// read it; gives its id. What was encrypted before stays readable.
///
/// # Errors
/// [`StartError`], also when one that was made before waits still.
pub async fn rotate_vault(config: &Config, db: &Db) -> Result<String, StartError> {
    vault::announce_key(config, db).await.map(|version| format!("{}-{version}", KeyKind::Seal.code()))
}
