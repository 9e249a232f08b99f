//! The data keys, open: seals and opens fields, and derives keys for other purposes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_kernel::Env;
use parking_lot::RwLock;
use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::fernet::{Age, Fernet, FernetError};
use crate::{
    BlindIndex, Column, DerivedKey, KeyKind, KeyState, MasterKey, Place, Purpose, Secret, VaultError,
    WrappedKey, purpose,
};

/// How every sealed field begins.
const PREFIX: &str = "fl1.";
/// How many fields one key may seal at most: with random nonces of 96 bits (NIST SP 800-38D, 8.3).
const USES_MAX: u64 = 1 << 32;

/// The keys of an installation; clones share them, and what they [adopt](Keyring::adopt).
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<RwLock<Arc<Keys>>>,
    fernet: Option<Arc<FernetFields>>,
}

/// Fields in the format of other systems.
struct FernetFields {
    fernet: Fernet,
    env: Env,
    writes: bool,
}

struct Keys {
    active: u32,
    sealing: BTreeMap<u32, Option<Sealing>>,
    root: Zeroizing<[u8; 32]>,
}

struct Sealing {
    cipher: Cipher,
    /// Fields sealed, counting those of earlier processes.
    uses: AtomicU64,
    /// Of these, how many [`Keyring::take_uses`] has not told yet.
    untold: AtomicU64,
}

impl Keyring {
    /// Opens the wrapped keys with whichever of the master keys wrapped them.
    ///
    /// # Errors
    /// [`VaultError::MasterMissing`] or [`VaultError::Damaged`] for a key that cannot be opened,
    /// [`VaultError::Inconsistent`] unless exactly one sealing key and one root are active.
    pub fn unlock(masters: &[MasterKey], keys: &[WrappedKey]) -> Result<Self, VaultError> {
        Ok(Self { keys: Arc::new(RwLock::new(Arc::new(Keys::unlock(masters, keys)?))), fernet: None })
    }

    /// The same keyring, which reads Fernet tokens too and, where it `writes` them, seals fields as such.
    ///
    /// A Fernet token is not bound to where it lies: whoever can write to the database can put one row's in the place of
    /// another's. It is for installations whose other systems read and write the same fields.
    #[must_use]
    pub fn with_fernet(self, fernet: Fernet, writes: bool, env: Env) -> Self {
        Self { fernet: Some(Arc::new(FernetFields { fernet, env, writes })), ..self }
    }

    /// Replaces the keys, for this and every clone: after a rotation, here or in another process. Uses that were not
    /// told yet are carried over.
    ///
    /// # Errors
    /// As [`Keyring::unlock`]; the keys then stay as they were.
    pub fn adopt(&self, masters: &[MasterKey], keys: &[WrappedKey]) -> Result<(), VaultError> {
        let adopted = Arc::new(Keys::unlock(masters, keys)?);
        let mut current = self.keys.write();
        for (version, before) in &current.sealing {
            if let (Some(before), Ok(after)) = (before, adopted.sealing(*version)) {
                let untold = before.untold.swap(0, Ordering::Relaxed);
                after.untold.fetch_add(untold, Ordering::Relaxed);
                after.uses.fetch_add(untold, Ordering::Relaxed);
            }
        }
        *current = adopted;
        Ok(())
    }

    /// Seals `plain` for a place, as text: `fl1.<version>.<base64url of nonce, ciphertext and tag>`.
    ///
    /// The same value seals to another text each time.
    ///
    /// # Errors
    /// [`VaultError::Randomness`], or [`VaultError::WornOut`] when the key must be rotated first.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<String, VaultError> {
        if let Some(other) = self.fernet.as_ref().filter(|other| other.writes) {
            return other.fernet.seal(plain, other.env.now()).map_err(|_| VaultError::Randomness);
        }
        let keys = self.keys();
        let key = keys.sealing(keys.active)?;
        if key.uses.fetch_add(1, Ordering::Relaxed) >= USES_MAX {
            return Err(VaultError::WornOut);
        }
        key.untold.fetch_add(1, Ordering::Relaxed);
        let sealed = key.cipher.seal(&place.context(keys.active), plain)?;
        let mut text = format!("{PREFIX}{}.", keys.active);
        URL_SAFE_NO_PAD.encode_string(sealed, &mut text);
        Ok(text)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`], [`VaultError::DoesNotOpen`], [`VaultError::UnknownVersion`],
    /// [`VaultError::Destroyed`]. None of them is a reason to take the text as it is.
    pub fn open(&self, place: &Place<'_>, sealed: &str) -> Result<Secret, VaultError> {
        if let Some(other) = self.fernet.as_ref().filter(|_| !sealed.starts_with(PREFIX)) {
            return other.fernet.open(sealed, Age::Any).map_err(|error| match error {
                FernetError::Form => VaultError::NotSealed,
                _ => VaultError::DoesNotOpen,
            });
        }
        let (version, body) = parts(sealed)?;
        let keys = self.keys();
        let key = keys.sealing(version)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| VaultError::NotSealed)?;
        let plain = key.cipher.open(&place.context(version), &body);
        plain.map(Secret::from).ok_or(VaultError::DoesNotOpen)
    }

    /// Which key sealed it; the text is not checked beyond its form.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`].
    pub fn version_of(sealed: &str) -> Result<u32, VaultError> {
        parts(sealed).map(|(version, _)| version)
    }

    /// The same value sealed with the active key, or `None` when it is already.
    ///
    /// # Errors
    /// What [`Keyring::open`] and [`Keyring::seal`] refuse.
    pub fn reseal(&self, place: &Place<'_>, sealed: &str) -> Result<Option<String>, VaultError> {
        let is_token = self.fernet.is_some() && !sealed.starts_with(PREFIX);
        let writes_tokens = self.fernet.as_ref().is_some_and(|other| other.writes);
        let is_present = match &self.fernet {
            Some(other) if is_token && writes_tokens => other.fernet.is_by_first(sealed),
            _ if is_token || writes_tokens => false,
            _ => Self::version_of(sealed)? == self.active_version(),
        };
        if is_present {
            return Ok(None);
        }
        if let Some(other) = self.fernet.as_ref().filter(|_| is_token && writes_tokens) {
            // The time that it was made at stays.
            return other.fernet.rotate(sealed).map(Some).map_err(|_| VaultError::DoesNotOpen);
        }
        let plain = self.open(place, sealed)?;
        self.seal(place, plain.expose()).map(Some)
    }

    /// Whether it reads Fernet tokens too.
    pub fn knows_fernet(&self) -> bool {
        self.fernet.is_some()
    }

    /// What sealing gives at present, as a name: of two processes with the same name, each finds nothing to
    /// [reseal](Keyring::reseal) in what the other sealed.
    pub fn target(&self) -> String {
        match self.fernet.as_ref().filter(|other| other.writes) {
            Some(other) => format!("fernet.{}", other.fernet.first_id()),
            None => Self::target_of(self.active_version()),
        }
    }

    /// The name of what a keyring seals whose active key is of this version, where it writes no Fernet tokens.
    pub fn target_of(version: u32) -> String {
        format!("{PREFIX}{version}")
    }

    /// The beginning of every field that the key of this version sealed, and of no other.
    pub fn prefix_of(version: u32) -> String {
        format!("{PREFIX}{version}.")
    }

    /// Whether these are the keys that it has, in the states that it has them in.
    pub fn matches(&self, keys: &[WrappedKey]) -> bool {
        let (own, mut seals) = (self.keys(), 0_usize);
        let same = keys.iter().filter(|key| key.kind == KeyKind::Seal).all(|key| {
            seals = seals.saturating_add(1);
            let is_active = key.state == KeyState::Active;
            let opens = own.sealing.get(&key.version).map(Option::is_some);
            is_active == (own.active == key.version) && opens == Some(key.state != KeyState::Destroyed)
        });
        same && seals == own.sealing.len()
    }

    /// Whether there is a sealing key of this version.
    pub fn knows(&self, version: u32) -> bool {
        self.keys().sealing.contains_key(&version)
    }

    /// The version of the key that seals.
    pub fn active_version(&self) -> u32 {
        self.keys().active
    }

    /// The key for a purpose; the same one however often the sealing keys rotate.
    pub fn derive(&self, purpose: Purpose) -> DerivedKey {
        DerivedKey::new(purpose::expand(&self.keys().root, purpose.label()))
    }

    /// The index by which sealed values of a column are found.
    pub fn blind_index(&self, column: Column) -> BlindIndex {
        let label = format!("{}{}.{}", purpose::BLIND, column.table, column.column);
        BlindIndex::new(DerivedKey::new(purpose::expand(&self.keys().root, &label)), column)
    }

    /// How many fields the active key sealed, in all processes as far as was noted.
    pub fn uses(&self) -> u64 {
        let keys = self.keys();
        keys.sealing(keys.active).map_or(0, |key| key.uses.load(Ordering::Relaxed))
    }

    /// How many fields each version sealed since this was last asked: to be added to what is noted beside the keys.
    pub fn take_uses(&self) -> Vec<(u32, u64)> {
        let keys = self.keys();
        let taken = keys.sealing.iter().filter_map(|(version, key)| {
            let untold = key.as_ref()?.untold.swap(0, Ordering::Relaxed);
            (untold > 0).then_some((*version, untold))
        });
        taken.collect()
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read())
    }
}

impl Keys {
    fn unlock(masters: &[MasterKey], keys: &[WrappedKey]) -> Result<Self, VaultError> {
        let (mut sealing, mut root, mut active) = (BTreeMap::new(), None, None);
        for key in keys {
            match key.kind {
                KeyKind::Seal => {
                    if sealing.insert(key.version, Sealing::of(key, masters)?).is_some() {
                        return Err(VaultError::Inconsistent("a version occurs twice"));
                    }
                    if key.state == KeyState::Active && active.replace(key.version).is_some() {
                        return Err(VaultError::Inconsistent("two keys are active"));
                    }
                }
                KeyKind::Root if key.state == KeyState::Active => {
                    if root.replace(key.unwrap_with(masters)?).is_some() {
                        return Err(VaultError::Inconsistent("two roots are active"));
                    }
                }
                KeyKind::Root => {}
            }
        }
        let active = active.ok_or(VaultError::Inconsistent("no sealing key is active"))?;
        let root = root.ok_or(VaultError::Inconsistent("no root is active"))?;
        Ok(Self { active, sealing, root })
    }

    fn sealing(&self, version: u32) -> Result<&Sealing, VaultError> {
        match self.sealing.get(&version) {
            Some(Some(key)) => Ok(key),
            Some(None) => Err(VaultError::Destroyed(version)),
            None => Err(VaultError::UnknownVersion(version)),
        }
    }
}

impl Sealing {
    fn of(key: &WrappedKey, masters: &[MasterKey]) -> Result<Option<Self>, VaultError> {
        if key.state == KeyState::Destroyed {
            return Ok(None);
        }
        let secret = key.unwrap_with(masters)?;
        let cipher = Cipher::new(&purpose::expand(&secret, purpose::FIELD));
        Ok(Some(Self { cipher, uses: AtomicU64::new(key.uses), untold: AtomicU64::new(0) }))
    }
}

#[cfg(feature = "testing")]
impl Keyring {
    /// A keyring with new keys of its own, for tests.
    ///
    /// # Panics
    /// When the operating system gives no randomness.
    pub fn for_tests() -> Self {
        let made = || -> Result<Self, VaultError> {
            let (master, at) = (MasterKey::generate()?, florin_kernel::Timestamp::UNIX_EPOCH);
            let seal = WrappedKey::generate(KeyKind::Seal, 1, &master, at)?;
            let root = WrappedKey::generate(KeyKind::Root, 1, &master, at)?;
            Self::unlock(&[master], &[seal, root])
        };
        #[expect(clippy::expect_used, reason = "for tests alone")]
        made().expect("randomness")
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("active", &self.active_version()).finish_non_exhaustive()
    }
}

/// The version and the encoded rest of a sealed field; a version is written in one way.
fn parts(sealed: &str) -> Result<(u32, &str), VaultError> {
    let rest = sealed.strip_prefix(PREFIX).ok_or(VaultError::NotSealed)?;
    let (version, body) = rest.split_once('.').ok_or(VaultError::NotSealed)?;
    let plain = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
    let version = version.parse().ok().filter(|_| plain).ok_or(VaultError::NotSealed)?;
    Ok((version, body))
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
