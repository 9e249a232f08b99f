//! What the vault refuses.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::MasterId;

/// Why something was not sealed, not opened, or a key cannot be used. No message holds a key or a value.
#[derive(Debug, Error)]
pub enum VaultError {
    /// It is not text of the form `fl1.<version>.<base64url>`: perhaps it was never sealed.
    #[error("this is not a sealed field")]
    NotSealed,
    /// It was changed, or sealed for another place or with another key: which of these cannot be told.
    #[error("the sealed field does not open: it was changed, moved, or sealed with another key")]
    DoesNotOpen,
    /// It was sealed with a key that the keyring does not have.
    #[error("there is no key of version {0}")]
    UnknownVersion(u32),
    /// The key it was sealed with was destroyed, and what it sealed with it.
    #[error("the key of version {0} was destroyed")]
    Destroyed(u32),
    /// The text of a secret is not UTF-8.
    #[error("the secret is not text")]
    NotText,
    /// A master key is not 32 bytes in base64url or hexadecimal.
    #[error("a master key is 32 random bytes, as 43 characters of base64url or 64 of hexadecimal")]
    MasterForm,
    /// A master key that somebody typed, copied from an example or made of one byte.
    #[error("the key is not random: make one with `openssl rand -hex 32`")]
    MasterWeak,
    /// A key was wrapped by a master key that is not at hand.
    #[error(
        "the key {kind} {version} is wrapped by master key {master}, which is not here: give the program that one, \
         from its file or its backup"
    )]
    MasterMissing {
        /// `seal` or `root`.
        kind: &'static str,
        /// The key's version.
        version: u32,
        /// The master key's id.
        master: MasterId,
    },
    /// A wrapped key is not what was written, though the master key is the right one.
    #[error("the key {kind} {version} was changed where it is kept")]
    Damaged {
        /// `seal` or `root`.
        kind: &'static str,
        /// The key's version.
        version: u32,
    },
    /// The keys contradict each other.
    #[error("the keys cannot be used together: {0}")]
    Inconsistent(&'static str),
    /// The active key sealed as much as one key may.
    #[error("the active key has sealed as much as one key may: rotate it")]
    WornOut,
    /// A key file cannot be read or written.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than the program's user may read or write a key file.
    #[error("{} is open to other users: run `chmod 600` on it", .0.display())]
    Exposed(PathBuf),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}
