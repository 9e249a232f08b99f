//! What opens a file: a key, or a password.

use std::fmt;
use std::io;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::FileError;
use super::header::{Header, Lock};
use crate::{DerivedKey, MasterKey, Secret, VaultError};

/// The most memory that opening a file may take, in KiB.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 10;
const LANES_MAX: u32 = 16;

/// What making a key of a password costs: Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// 64 MiB, three passes, four lanes: the second choice of RFC 9106.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 }
    }
}

/// What a file is encrypted with.
#[derive(Clone)]
pub struct FileKey(Kind);

#[derive(Clone)]
enum Kind {
    Key(DerivedKey),
    Password(Secret, PasswordCost),
}

impl FileKey {
    /// A key; usually [`Keyring::derive`](crate::Keyring::derive) for [`Purpose::File`](crate::Purpose::File).
    pub fn key(key: DerivedKey) -> Self {
        Self(Kind::Key(key))
    }

    /// The key in a file that only its owner may read: 32 random bytes, as 43 characters of base64url or 64 of
    /// hexadecimal (`openssl rand -hex 32`).
    ///
    /// # Errors
    /// What [`MasterKey::read`] refuses; [`VaultError::Io`] also when there is no such file.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let missing = || VaultError::Io { path: path.to_owned(), source: io::ErrorKind::NotFound.into() };
        let read = MasterKey::read(path)?.ok_or_else(missing)?;
        Ok(Self::key(DerivedKey::new(read.for_files())))
    }

    /// A password, taken as its bytes are; of those that open a file, the cost is the file's own.
    pub fn password(password: Secret, cost: PasswordCost) -> Self {
        Self(Kind::Password(password, cost))
    }

    /// How files that are encrypted with it say so.
    pub(super) fn lock(&self) -> Lock {
        match self.0 {
            Kind::Key(_) => Lock::Key,
            Kind::Password(_, cost) => Lock::Password(cost),
        }
    }

    /// The secret from which a file's keys are derived.
    pub(super) fn secret(&self, header: &Header) -> Result<Zeroizing<[u8; 32]>, FileError> {
        match (&self.0, header.lock) {
            (Kind::Key(key), Lock::Key) => Ok(Zeroizing::new(*key.expose())),
            (Kind::Password(password, _), Lock::Password(cost)) => hash(password, cost, &header.salt),
            (Kind::Password(..), Lock::Key) => Err(FileError::OtherLock("a key, not a password")),
            (Kind::Key(_), Lock::Password(_)) => Err(FileError::OtherLock("a password, not a key")),
        }
    }
}

fn hash(password: &Secret, cost: PasswordCost, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, FileError> {
    let PasswordCost { memory_kib, passes, lanes } = cost;
    // A header comes from outside: it must not choose how much memory or time is spent.
    if memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX || lanes > LANES_MAX {
        return Err(FileError::CostTooHigh);
    }
    let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| FileError::Form)?;
    let mut secret = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.expose(), salt, secret.as_mut_slice())
        .map_err(|_| FileError::Unhashable)?;
    Ok(secret)
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Key(_) => "FileKey::key",
            Kind::Password(..) => "FileKey::password",
        })
    }
}
