//! Fernet tokens, as other systems write and read them.
//!
//! Fernet is AES-128-CBC with HMAC-SHA-256 (<https://github.com/fernet/spec>): sound, and weaker bound than a sealed
//! field, since a token opens wherever it is put. It is for fields that other systems wrote or will read; for all else
//! there is [`Keyring::seal`](crate::Keyring::seal).

use std::fmt::{self, Write as _};

use aes::Aes128;
use aes::cipher::{Block, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use florin_kernel::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Secret, VaultError, purpose, random};

/// The first byte of every token.
const VERSION: u8 = 0x80;
/// How far in the future a token may have been made, in seconds, where its age matters.
const SKEW_SECONDS: u64 = 60;
const IV: usize = 16;
const BLOCK: usize = 16;
const MAC: usize = 32;

/// Why a token does not open. To whoever sent it, all of these are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FernetError {
    /// A key is not 32 bytes in base64url.
    #[error("a Fernet key is 32 bytes in base64url")]
    Key,
    /// There is no key to write with.
    #[error("no Fernet key was given")]
    NoKey,
    /// It is not base64url, too short, or of another version.
    #[error("this is not a Fernet token")]
    Form,
    /// It is older than is allowed, or was made in the future.
    #[error("the Fernet token is too old, or from the future")]
    Age,
    /// None of the keys made it, or it was changed.
    #[error("the Fernet token was changed, or made with another key")]
    Mac,
    /// It was made by somebody who has the key and does not know the format.
    #[error("the Fernet token holds no whole message")]
    Padding,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}

/// How old a token may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// As old as it is; for what is stored.
    Any,
    /// At most so many seconds at this instant, and at most a minute from the future; for what is sent.
    AtMost {
        /// The greatest age, in seconds.
        seconds: u64,
        /// The present.
        now: Timestamp,
    },
}

/// The keys of an installation: the first writes, all of them read.
#[derive(Clone)]
pub struct Fernet(Vec<Key>);

#[derive(Clone)]
struct Key {
    signing: Zeroizing<[u8; 16]>,
    encryption: Zeroizing<[u8; 16]>,
}

impl Fernet {
    /// The keys in base64url, as other systems write them.
    ///
    /// # Errors
    /// [`FernetError::Key`], [`FernetError::NoKey`].
    pub fn try_new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, FernetError> {
        let keys = keys.into_iter().map(Key::parse).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(FernetError::NoKey) } else { Ok(Self(keys)) }
    }

    /// A new key in base64url.
    ///
    /// # Errors
    /// [`FernetError::Randomness`].
    pub fn generate_key() -> Result<Secret, FernetError> {
        let key = random::key().map_err(randomness)?;
        Ok(Secret::new(URL_SAFE.encode(*key).into_bytes()))
    }

    /// A token of `plain`, written with the first key.
    ///
    /// # Errors
    /// [`FernetError::Randomness`].
    pub fn seal(&self, plain: &[u8], now: Timestamp) -> Result<String, FernetError> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        self.seal_at(plain, seconds, random::bytes().map_err(randomness)?)
    }

    /// What a token holds, whichever of the keys wrote it.
    ///
    /// # Errors
    /// [`FernetError`].
    pub fn open(&self, token: &str, age: Age) -> Result<Secret, FernetError> {
        let token = Token::parse(token)?;
        token.check_age(age)?;
        let key = self.0.iter().find(|key| key.made(&token)).ok_or(FernetError::Mac)?;
        key.decrypt(&token)
    }

    /// Whether the first key made this token; the others' are to be [rotated](Fernet::rotate).
    pub fn is_by_first(&self, token: &str) -> bool {
        let made = |key: &Key| Token::parse(token).is_ok_and(|token| key.made(&token));
        self.0.first().is_some_and(made)
    }

    /// Which key is the first: derived from it, and tells nothing of it.
    pub(crate) fn first_id(&self) -> String {
        let mut whole = Zeroizing::new([0_u8; 32]);
        if let Some(key) = self.0.first() {
            let parts = key.signing.iter().chain(key.encryption.iter());
            whole.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = *byte);
        }
        let id = purpose::expand(&whole, purpose::FERNET_ID);
        id.iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The same message at the same time, written with the first key.
    ///
    /// # Errors
    /// [`FernetError`].
    pub fn rotate(&self, token: &str) -> Result<String, FernetError> {
        let plain = self.open(token, Age::Any)?;
        let seconds = Token::parse(token)?.seconds;
        self.seal_at(plain.expose(), seconds, random::bytes().map_err(randomness)?)
    }

    fn seal_at(&self, plain: &[u8], seconds: u64, iv: [u8; IV]) -> Result<String, FernetError> {
        let key = self.0.first().ok_or(FernetError::NoKey)?;
        let mut token = vec![VERSION];
        token.extend_from_slice(&seconds.to_be_bytes());
        token.extend_from_slice(&iv);
        token.extend_from_slice(&key.encrypt(plain, &iv));
        let mac = key.mac(&token).finalize().into_bytes();
        token.extend_from_slice(&mac);
        Ok(URL_SAFE.encode(token))
    }
}

impl fmt::Debug for Fernet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fernet").field("keys", &self.0.len()).finish()
    }
}

fn randomness(_: VaultError) -> FernetError {
    FernetError::Randomness
}

/// A token, taken apart and not yet believed.
struct Token {
    bytes: Vec<u8>,
    seconds: u64,
}

impl Token {
    fn parse(text: &str) -> Result<Self, FernetError> {
        // Padding is part of a token: each has exactly one form.
        let bytes = URL_SAFE.decode(text).map_err(|_| FernetError::Form)?;
        let (version, rest) = bytes.split_first().ok_or(FernetError::Form)?;
        let (seconds, rest) = rest.split_first_chunk::<8>().ok_or(FernetError::Form)?;
        let seconds = u64::from_be_bytes(*seconds);
        let ciphertext = rest.len().checked_sub(IV + MAC).ok_or(FernetError::Form)?;
        if *version != VERSION || ciphertext == 0 || ciphertext.checked_rem(BLOCK) != Some(0) {
            return Err(FernetError::Form);
        }
        Ok(Self { bytes, seconds })
    }

    fn check_age(&self, age: Age) -> Result<(), FernetError> {
        let Age::AtMost { seconds, now } = age else { return Ok(()) };
        let now = u64::try_from(now.as_second()).unwrap_or(0);
        let expired = now > self.seconds.saturating_add(seconds);
        let future = self.seconds > now.saturating_add(SKEW_SECONDS);
        if expired || future { Err(FernetError::Age) } else { Ok(()) }
    }

    /// What is authenticated, and by what.
    fn signed(&self) -> Option<(&[u8], &[u8; MAC])> {
        self.bytes.split_last_chunk::<MAC>()
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, FernetError> {
        let bytes = Zeroizing::new(URL_SAFE.decode(text.trim()).map_err(|_| FernetError::Key)?);
        let halves = bytes.split_first_chunk::<16>().and_then(|(signing, rest)| {
            let encryption: &[u8; 16] = rest.try_into().ok()?;
            Some((*signing, *encryption))
        });
        let (signing, encryption) = halves.ok_or(FernetError::Key)?;
        Ok(Self { signing: Zeroizing::new(signing), encryption: Zeroizing::new(encryption) })
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&hmac_key(&self.signing));
        mac.update(signed);
        mac
    }

    /// Whether this key made the token; the comparison takes the same time wherever they differ.
    fn made(&self, token: &Token) -> bool {
        token.signed().is_some_and(|(signed, mac)| self.mac(signed).verify_slice(mac).is_ok())
    }

    fn encrypt(&self, plain: &[u8], iv: &[u8; IV]) -> Vec<u8> {
        let mut encryptor = cbc::Encryptor::<Aes128>::new((&*self.encryption).into(), iv.into());
        let mut ciphertext = Vec::with_capacity(plain.len().saturating_add(BLOCK));
        let (whole, rest) = plain.as_chunks::<BLOCK>();
        let missing = BLOCK.saturating_sub(rest.len());
        let mut last = [u8::try_from(missing).unwrap_or(0); BLOCK];
        last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
        for block in whole.iter().chain([&last]) {
            let mut block = Block::<Aes128>::from(*block);
            encryptor.encrypt_block(&mut block);
            ciphertext.extend_from_slice(&block);
        }
        ciphertext
    }

    /// Only for a token that this key made.
    fn decrypt(&self, token: &Token) -> Result<Secret, FernetError> {
        let (signed, _) = token.signed().ok_or(FernetError::Form)?;
        let (_, sealed) = signed.split_at_checked(1 + 8).ok_or(FernetError::Form)?;
        let (iv, ciphertext) = sealed.split_first_chunk::<IV>().ok_or(FernetError::Form)?;
        let mut decryptor = cbc::Decryptor::<Aes128>::new((&*self.encryption).into(), iv.into());
        let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
        for block in ciphertext.as_chunks::<BLOCK>().0 {
            let mut block = Block::<Aes128>::from(*block);
            decryptor.decrypt_block(&mut block);
            plain.extend_from_slice(&block);
        }
        let length = unpadded(&plain).ok_or(FernetError::Padding)?;
        plain.truncate(length);
        Ok(plain.into())
    }
}

/// The signing half as HMAC's own block, which is what HMAC makes of a short key.
fn hmac_key(signing: &[u8; 16]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(signing).for_each(|(slot, byte)| *slot = *byte);
    block
}

/// How long the message before the padding of PKCS #7 is.
fn unpadded(plain: &[u8]) -> Option<usize> {
    let padding = *plain.last()?;
    let length = plain.len().checked_sub(padding.into())?;
    let (_, tail) = plain.split_at_checked(length)?;
    let right = (1..=16).contains(&padding) && tail.iter().all(|byte| *byte == padding);
    right.then_some(length)
}

#[cfg(test)]
#[path = "fernet_tests.rs"]
mod tests;
