//! The first 92 bytes of an encrypted file.

use std::io::Read;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{FileError, FileKey, PasswordCost};
use crate::{purpose, random};

/// What every encrypted file begins with.
pub(super) const MAGIC: &[u8; 8] = b"FLORINF1";
const SALT: usize = 32;
/// Bytes that all nonces of a file begin with.
pub(super) const PREFIX: usize = 7;
/// What the HMAC covers: magic, lock, three parameters, salt, prefix.
const BODY: usize = 8 + 1 + 12 + SALT + PREFIX;
const MAC: usize = 32;

/// How the key of a file is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// It was given.
    Key,
    /// It is made of a password, with this cost.
    Password(PasswordCost),
}

/// A header, taken apart and not yet believed.
pub(super) struct Header {
    pub(super) lock: Lock,
    pub(super) salt: [u8; SALT],
    pub(super) prefix: [u8; PREFIX],
}

impl Header {
    pub(super) fn new(lock: Lock) -> Result<Self, FileError> {
        let random = |_| FileError::Randomness;
        Ok(Self { lock, salt: random::bytes().map_err(random)?, prefix: random::bytes().map_err(random)? })
    }

    /// The bytes as they are written, and the key of the segments.
    pub(super) fn write(&self, key: &FileKey) -> Result<(Vec<u8>, Zeroizing<[u8; 32]>), FileError> {
        let mut bytes = self.body();
        let keys = Keys::of(key, self, &bytes)?;
        bytes.extend_from_slice(&keys.mac(&bytes).finalize().into_bytes());
        Ok((bytes, keys.segments))
    }

    /// Reads and checks a header; answers it with the key of the segments.
    pub(super) fn read(
        key: &FileKey,
        source: &mut impl Read,
    ) -> Result<(Self, Zeroizing<[u8; 32]>), FileError> {
        let mut bytes = [0; BODY + MAC];
        source.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => FileError::Form,
            _ => super::told(error),
        })?;
        let (body, mac) = bytes.split_last_chunk::<MAC>().ok_or(FileError::Form)?;
        let header = Self::parse(body).ok_or(FileError::Form)?;
        let keys = Keys::of(key, &header, body)?;
        keys.mac(body).verify_slice(mac).map_err(|_| FileError::WrongKey)?;
        Ok((header, keys.segments))
    }

    fn body(&self) -> Vec<u8> {
        let (lock, cost) = match self.lock {
            Lock::Key => (1, [0; 3]),
            Lock::Password(cost) => (2, [cost.memory_kib, cost.passes, cost.lanes]),
        };
        let mut body = Vec::with_capacity(BODY + MAC);
        body.extend_from_slice(MAGIC);
        body.push(lock);
        for number in cost {
            body.extend_from_slice(&number.to_be_bytes());
        }
        body.extend_from_slice(&self.salt);
        body.extend_from_slice(&self.prefix);
        body
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let rest = body.strip_prefix(MAGIC)?;
        let (lock, rest) = rest.split_first()?;
        let (cost, rest) = rest.split_first_chunk::<12>()?;
        let (salt, prefix) = rest.split_first_chunk::<SALT>()?;
        let mut numbers = cost.as_chunks::<4>().0.iter().map(|number| u32::from_be_bytes(*number));
        let (memory_kib, passes, lanes) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let lock = match lock {
            1 if (memory_kib, passes, lanes) == (0, 0, 0) => Lock::Key,
            2 => Lock::Password(PasswordCost { memory_kib, passes, lanes }),
            _ => return None,
        };
        Some(Self { lock, salt: *salt, prefix: prefix.try_into().ok()? })
    }
}

/// The keys of one file.
struct Keys {
    header: Zeroizing<[u8; 32]>,
    segments: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn of(key: &FileKey, header: &Header, body: &[u8]) -> Result<Self, FileError> {
        let secret = key.secret(header)?;
        let derive =
            |label: &[u8]| purpose::expand_salted(secret.as_slice(), &header.salt, &[label, body].concat());
        Ok(Self { header: derive(b"florin/1/file-header|"), segments: derive(b"florin/1/file-segments|") })
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        block.iter_mut().zip(self.header.iter()).for_each(|(slot, byte)| *slot = *byte);
        let mut mac = Hmac::<Sha256>::new(&block);
        mac.update(body);
        mac
    }
}
