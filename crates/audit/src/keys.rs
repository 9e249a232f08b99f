//! The keys that seal: files that only the program's user may read, for this one purpose.
//!
//! `audit-*.pem` are Ed25519 keys in PKCS#8. All of them verify; the last by name seals. Instances that share a database
//! share the directory's content.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::hex;

/// The name of a key: the first 16 bytes of the SHA-256 of its public half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

impl KeyId {
    fn of(key: &VerifyingKey) -> Self {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut id = [0; 16];
        for (slot, byte) in id.iter_mut().zip(digest) {
            *slot = byte;
        }
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Its name.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0)
    }

    /// Whether it made this signature, by the strict rules: one encoding, no weak keys.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = hex::decode_array(text.trim()).ok_or("a public key has 32 bytes in hexadecimal")?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| "these bytes are no public key")?;
        Ok(Self(key))
    }
}

/// The public keys whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Trusted(BTreeMap<KeyId, PublicKey>);

impl Trusted {
    /// These keys.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self(keys.into_iter().map(|key| (key.id(), key)).collect())
    }

    /// The key of this name.
    pub fn key(&self, id: KeyId) -> Option<&PublicKey> {
        self.0.get(&id)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn verifies(&self, id: KeyId, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key(id).is_some_and(|key| key.verifies(message, signature))
    }
}

/// The keys of an installation; clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Held>);

struct Held {
    signing: SigningKey,
    id: KeyId,
    trusted: Trusted,
}

impl Keys {
    /// Loads the keys in `dir`; makes the directory and a first key where they are absent.
    ///
    /// # Errors
    /// [`KeyError`], also when others than the program's user could read a key.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        make_dir(dir)?;
        if files(dir)?.is_empty() {
            make_key(&dir.join("audit-0001.pem"))?;
        }
        let mut keys = Vec::new();
        for path in files(dir)? {
            keys.push(read(&path)?);
        }
        let trusted = Trusted::of(keys.iter().map(|key| PublicKey(key.verifying_key())));
        let signing = keys.pop().ok_or_else(|| KeyError::Malformed(dir.to_owned()))?;
        let id = KeyId::of(&signing.verifying_key());
        Ok(Self(Arc::new(Held { signing, id, trusted })))
    }

    /// The public halves of the keys in `dir`, which is not touched; none where there is no such directory.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn trusted_in(dir: &Path) -> Result<Trusted, KeyError> {
        if !dir.is_dir() {
            return Ok(Trusted::default());
        }
        let keys: Result<Vec<SigningKey>, KeyError> = files(dir)?.iter().map(|path| read(path)).collect();
        Ok(Trusted::of(keys?.iter().map(|key| PublicKey(key.verifying_key()))))
    }

    /// The name of the key that seals.
    pub fn id(&self) -> KeyId {
        self.0.id
    }

    /// The public halves of all.
    pub fn trusted(&self) -> &Trusted {
        &self.0.trusted
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.signing.sign(message).to_bytes()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.0.id).finish_non_exhaustive()
    }
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| KeyError::Io { path, source }
}

fn make_dir(dir: &Path) -> Result<(), KeyError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(dir).map_err(io_at(dir))
}

/// The files of keys, sorted by name.
fn files(dir: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(io_at(dir))? {
        let entry = entry.map_err(io_at(dir))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("audit-") && name.ends_with(".pem") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a key in a file, whole or not at all; where another process was first, its file stays.
fn make_key(path: &Path) -> Result<(), KeyError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyError::Randomness)?;
    let pem = SigningKey::from_bytes(&seed)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| KeyError::Malformed(path.to_owned()))?;
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&partial).map_err(io_at(&partial))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(io_at(&partial))?;
    let linked = fs::hard_link(&partial, path);
    fs::remove_file(&partial).map_err(io_at(&partial))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_at(path)(error)),
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<SigningKey, KeyError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(io_at(path))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
    }
    let pem = Zeroizing::new(fs::read_to_string(path).map_err(io_at(path))?);
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyError::Malformed(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back_and_the_last_of_them_seals() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        let (first, again) = (Keys::open(&dir).unwrap(), Keys::open(&dir).unwrap());
        let signature = first.sign(b"text");

        make_key(&dir.join("audit-0002.pem")).unwrap();
        let later = Keys::open(&dir).unwrap();

        assert_eq!(first.id(), again.id());
        assert_ne!(later.id(), first.id());
        assert!(later.trusted().verifies(first.id(), b"text", &signature));
        assert!(!later.trusted().verifies(first.id(), b"other", &signature));
        assert!(!later.trusted().verifies(later.id(), b"text", &signature));
        assert!(!first.trusted().verifies(later.id(), b"text", &later.sign(b"text")), "not known yet");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn a_public_key_reads_back_from_its_text() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let public = keys.trusted().key(keys.id()).unwrap();

        assert_eq!(public.to_string().parse::<PublicKey>().as_ref(), Ok(public));
        assert!("00".parse::<PublicKey>().is_err());
        assert!(!format!("{keys:?}").contains("signing"));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        Keys::open(dir.path()).unwrap();
        let file = dir.path().join("audit-0001.pem");

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(dir.path()), Err(KeyError::Exposed(_))));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "no key").unwrap();
        assert!(matches!(Keys::open(dir.path()), Err(KeyError::Malformed(_))));
    }
}
