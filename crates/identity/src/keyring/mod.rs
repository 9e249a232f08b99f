//! The keys that sign tokens, as files that only the program's user may read.
//!
//! `signing-0001.pem` is an Ed25519 key in PKCS#8, `signing-0002.key` a secret for HS256 in base64url; the first line says
//! when a key was made. A key has one algorithm, and a token of another than its key's is none of ours. All of them
//! verify. The last by number signs, once it is a minute old where it takes the place of another: by then every process
//! has read it, since all look into the directory every few seconds, and at once when they meet a token of a key that
//! they do not know. The one before is taken away when the last token that it can have signed is over.
//!
//! `refresh.key` is the secret from which refresh tokens are derived. Instances that share a database share the
//! directory's content.

mod files;
mod key;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use florin_kernel::Timestamp;
use parking_lot::{Mutex, RwLock};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::identity::later;
use files::KeyFile;
pub use key::SignatureAlgorithm;
pub(crate) use key::TokenKey;

/// How often tokens of unknown keys make a process look into the directory, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why the keys cannot be used.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// A file or the directory cannot be read or written.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the program's user may read or write it.
    #[error("{} is open to other users: run `chmod {wanted:o}` on it", .path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
        /// The mode it should have.
        wanted: u32,
    },
    /// It holds no key.
    #[error("{} holds no key of the kind that is wanted", .0.display())]
    Malformed(PathBuf),
    /// There is no key at all.
    #[error("{} holds no signing key", .0.display())]
    Empty(PathBuf),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}

/// The keys of an installation; clones share them, and what they read anew.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    algorithm: SignatureAlgorithm,
    keys: RwLock<Arc<Keys>>,
    looked_at: Mutex<Option<Instant>>,
    refresh: Zeroizing<[u8; 32]>,
}

/// The signing keys as they were read, in their order.
struct Keys {
    files: Vec<KeyFile>,
    all: Vec<TokenKey>,
}

/// The present use of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// It will sign, and verifies already.
    Next,
    /// It signs and verifies.
    Signs,
    /// It verifies what it signed.
    Verifies,
}

impl KeyUse {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signs => "active",
            Self::Verifies => "verify_only",
        }
    }
}

/// A signing key without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// Its id, as tokens name it.
    pub kid: String,
    /// Its algorithm.
    pub algorithm: SignatureAlgorithm,
    /// Its present use.
    pub state: KeyUse,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Keyring {
    /// Loads the keys in `dir`; makes the directory, a signing key of this algorithm and the refresh key where they are
    /// absent.
    ///
    /// # Errors
    /// [`KeyringError`], also when others than the program's user could read a key.
    pub fn open(dir: &Path, algorithm: SignatureAlgorithm, now: Timestamp) -> Result<Self, KeyringError> {
        files::make_dir(dir)?;
        let mut keys = Keys::read(dir)?;
        if keys.all.last().is_none_or(|last| last.algorithm() != algorithm) {
            files::make_key(dir, keys.next_number(), algorithm, now)?;
            keys = Keys::read(dir)?;
        }
        let refresh = files::refresh_secret(dir)?;
        if keys.all.is_empty() {
            return Err(KeyringError::Empty(dir.to_owned()));
        }
        let keys = RwLock::new(Arc::new(keys));
        Ok(Self(Arc::new(Shared {
            dir: dir.to_owned(),
            algorithm,
            keys,
            looked_at: Mutex::new(None),
            refresh,
        })))
    }

    /// The signing keys in `dir`, the oldest first; nothing is made.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn list(dir: &Path, now: Timestamp) -> Result<Vec<KeySummary>, KeyringError> {
        let keys = Keys::read(dir)?;
        let signs = keys.all.iter().rev().find(|key| key.signs_at <= now).map_or(0, |key| key.number);
        let summary = |key: &TokenKey| KeySummary {
            kid: key.kid.clone(),
            algorithm: key.algorithm(),
            state: match key.number.cmp(&signs) {
                std::cmp::Ordering::Less => KeyUse::Verifies,
                std::cmp::Ordering::Equal => KeyUse::Signs,
                std::cmp::Ordering::Greater => KeyUse::Next,
            },
            made_at: key.made_at,
        };
        Ok(keys.all.iter().map(summary).collect())
    }

    /// Makes a key that takes the place of the one that signs, in a minute, and gives its id. Where `revoke` is asked
    /// for, it signs at once, and every other is taken away: with it go the tokens that it signed.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn rotate(
        dir: &Path,
        algorithm: SignatureAlgorithm,
        now: Timestamp,
        revoke: bool,
    ) -> Result<String, KeyringError> {
        files::make_dir(dir)?;
        let before = Keys::read(dir)?;
        files::make_key(dir, before.next_number(), algorithm, now)?;
        if revoke {
            before.files.iter().try_for_each(|file| files::remove(&file.path))?;
        }
        let last = Keys::read(dir)?.all.pop();
        last.map(|key| key.kid).ok_or_else(|| KeyringError::Empty(dir.to_owned()))
    }

    /// Reads the directory anew where it changed, and takes away the keys whose last token is over, `lives_seconds`
    /// after another took their place. Says whether a key is gone since.
    ///
    /// # Errors
    /// [`KeyringError`]; the keys then stay as they were.
    pub fn refresh(&self, now: Timestamp, lives_seconds: u32) -> Result<bool, KeyringError> {
        let files = files::key_files(&self.0.dir)?;
        let mut keys = Arc::clone(&self.0.keys.read());
        let before = Arc::clone(&keys);
        if files != keys.files {
            keys = Arc::new(Keys { all: files::read_keys(&files)?, files });
        }
        let over = keys.over(now, lives_seconds);
        if over > 0 {
            keys.files.iter().take(over).try_for_each(|file| files::remove(&file.path))?;
            // What is left keeps its times, though nothing is before it any more.
            let left = |keys: &Keys| Keys {
                files: keys.files.iter().skip(over).cloned().collect(),
                all: keys.all.iter().skip(over).cloned().collect(),
            };
            keys = Arc::new(left(&keys));
        }
        if keys.all.is_empty() {
            return Err(KeyringError::Empty(self.0.dir.clone()));
        }
        let is_gone = before.all.iter().any(|key| keys.find(&key.kid).is_none());
        *self.0.keys.write() = keys;
        Ok(is_gone)
    }

    /// The same because of a token whose key is not known, once a second at most; whether the directory was looked at.
    pub(crate) fn look_again(&self, now: Timestamp, lives_seconds: u32) -> bool {
        let mut looked_at = self.0.looked_at.lock();
        if looked_at.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return false;
        }
        *looked_at = Some(Instant::now());
        drop(looked_at);
        self.refresh(now, lives_seconds)
            .inspect_err(|error| tracing::warn!(%error, "the signing keys could not be read anew"))
            .is_ok()
    }

    /// The key that signs now.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<TokenKey> {
        let keys = Arc::clone(&self.0.keys.read());
        let mut own = keys.all.iter().rev().filter(|key| key.algorithm() == self.0.algorithm);
        // A clock that went back has nothing to sign with but what there is.
        own.clone().find(|key| key.signs_at <= now).or_else(|| own.next_back()).or(keys.all.last()).cloned()
    }

    /// The key that a token names.
    pub(crate) fn find(&self, kid: &str) -> Option<TokenKey> {
        self.0.keys.read().find(kid).cloned()
    }

    /// The public keys, as the JSON Web Key Set that `/.well-known/jwks.json` answers.
    pub fn jwks(&self) -> String {
        let keys: Vec<String> = self.0.keys.read().all.iter().filter_map(TokenKey::jwk).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    pub(crate) fn refresh_secret(&self) -> &[u8; 32] {
        &self.0.refresh
    }
}

impl Keys {
    fn read(dir: &Path) -> Result<Self, KeyringError> {
        let files = files::key_files(dir)?;
        Ok(Self { all: files::read_keys(&files)?, files })
    }

    fn find(&self, kid: &str) -> Option<&TokenKey> {
        self.all.iter().find(|key| key.kid == kid)
    }

    fn next_number(&self) -> u32 {
        self.files.last().map_or(1, |file| file.number.saturating_add(1))
    }

    /// How many of the first keys have signed no token that can still be good.
    fn over(&self, now: Timestamp, lives_seconds: u32) -> usize {
        let replaced = self.all.iter().skip(1).map(|next| later(next.signs_at, lives_seconds.into()));
        replaced.take_while(|last_is_over_at| *last_is_over_at <= now).count()
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("algorithm", &self.0.algorithm).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "../keyring_tests.rs"]
mod tests;
