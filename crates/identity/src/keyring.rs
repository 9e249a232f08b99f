//! The keys that sign tokens, as files that only the program's user may read.
//!
//! `signing-*.pem` are Ed25519 keys in PKCS#8. All of them verify; the last by name signs. `refresh.key` is the secret
//! from which refresh tokens are derived. Instances that share a database share the directory's content.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random;

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
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
}

/// The keys of an installation; clones share them.
#[derive(Clone)]
pub struct Keyring(Arc<Keys>);

struct Keys {
    signing: SigningKey,
    signing_kid: String,
    verifying: BTreeMap<String, VerifyingKey>,
    refresh: Zeroizing<[u8; 32]>,
}

impl Keyring {
    /// Loads the keys in `dir`; makes the directory, a first signing key and the refresh key where they are absent.
    ///
    /// # Errors
    /// [`KeyringError`], also when others than the program's user could read a key.
    pub fn open(dir: &Path) -> Result<Self, KeyringError> {
        make_dir(dir)?;
        if signing_files(dir)?.is_empty() {
            let seed = Zeroizing::new(random::bytes::<32>().map_err(|_| KeyringError::Randomness)?);
            let path = dir.join("signing-0001.pem");
            let pem = SigningKey::from_bytes(&seed)
                .to_pkcs8_pem(LineEnding::LF)
                .map_err(|_| KeyringError::Malformed(path.clone()))?;
            create_once(&path, pem.as_bytes())?;
        }
        let refresh_path = dir.join("refresh.key");
        if !refresh_path.exists() {
            let secret = Zeroizing::new(random::bytes::<32>().map_err(|_| KeyringError::Randomness)?);
            create_once(&refresh_path, Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret)).as_bytes())?;
        }

        let refresh = read_refresh(&refresh_path)?;
        let mut verifying = BTreeMap::new();
        let mut last = None;
        for path in signing_files(dir)? {
            let key = read_signing(&path)?;
            let kid = thumbprint(&key.verifying_key());
            verifying.insert(kid.clone(), key.verifying_key());
            last = Some((key, kid));
        }
        let (signing, signing_kid) = last.ok_or_else(|| KeyringError::Malformed(dir.to_owned()))?;
        Ok(Self(Arc::new(Keys { signing, signing_kid, verifying, refresh })))
    }

    /// The id of the key that signs.
    pub fn signing_kid(&self) -> &str {
        &self.0.signing_kid
    }

    /// The public keys, as the JSON Web Key Set that `/.well-known/jwks.json` answers.
    pub fn jwks(&self) -> String {
        let keys: Vec<String> = self
            .0
            .verifying
            .iter()
            .map(|(kid, key)| {
                let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
                format!(
                    r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","kid":"{kid}","alg":"EdDSA","use":"sig"}}"#
                )
            })
            .collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.signing.sign(message).to_bytes()
    }

    /// Whether the key named `kid` made this signature, by the strict rules: one encoding, no weak keys.
    pub(crate) fn verifies(&self, kid: &str, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verifying.get(kid).is_some_and(|key| key.verify_strict(message, &signature).is_ok())
    }

    pub(crate) fn knows(&self, kid: &str) -> bool {
        self.0.verifying.contains_key(kid)
    }

    pub(crate) fn refresh_secret(&self) -> &[u8; 32] {
        &self.0.refresh
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("signing_kid", &self.0.signing_kid).finish_non_exhaustive()
    }
}

/// The thumbprint of RFC 7638: the same key has the same id everywhere.
fn thumbprint(key: &VerifyingKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> KeyringError {
    let path = path.to_owned();
    move |source| KeyringError::Io { path, source }
}

fn make_dir(dir: &Path) -> Result<(), KeyringError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(dir).map_err(io_at(dir))?;
    refuse_exposed(dir, 0o700)
}

/// The files of signing keys, sorted by name.
fn signing_files(dir: &Path) -> Result<Vec<PathBuf>, KeyringError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(io_at(dir))? {
        let entry = entry.map_err(io_at(dir))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("signing-") && name.ends_with(".pem") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn read_signing(path: &Path) -> Result<SigningKey, KeyringError> {
    refuse_exposed(path, 0o600)?;
    let pem = Zeroizing::new(fs::read_to_string(path).map_err(io_at(path))?);
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| KeyringError::Malformed(path.to_owned()))
}

fn read_refresh(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
    refuse_exposed(path, 0o600)?;
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io_at(path))?);
    let malformed = || KeyringError::Malformed(path.to_owned());
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim_end()).map_err(|_| malformed())?);
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| malformed())?))
}

/// Makes a file with this content, whole or not at all; when another process was first, its file stays.
fn create_once(path: &Path, content: &[u8]) -> Result<(), KeyringError> {
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&partial).map_err(io_at(&partial))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(io_at(&partial))?;
    let linked = fs::hard_link(&partial, path);
    fs::remove_file(&partial).map_err(io_at(&partial))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_at(path)(error)),
        _ => Ok(()),
    }
}

/// Refuses what the group or others may touch.
#[cfg(unix)]
fn refuse_exposed(path: &Path, wanted: u32) -> Result<(), KeyringError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(io_at(path))?.permissions().mode();
    let for_others = mode & 0o077;
    if for_others == 0 { Ok(()) } else { Err(KeyringError::Exposed { path: path.to_owned(), wanted }) }
}

/// Other systems have no such modes.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: u32) -> Result<(), KeyringError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");

        let (first, again) = (Keyring::open(&dir).unwrap(), Keyring::open(&dir).unwrap());

        assert_eq!(first.signing_kid(), again.signing_kid());
        assert_eq!(first.refresh_secret(), again.refresh_secret());
        assert!(again.verifies(first.signing_kid(), b"text", &first.sign(b"text")));
        assert!(!again.verifies(first.signing_kid(), b"other", &first.sign(b"text")));
        let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "nothing is left behind: {names:?}");
    }

    #[test]
    fn the_last_key_signs_and_those_before_still_verify() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        let before = Keyring::open(&dir).unwrap();
        let next = SigningKey::from_bytes(&[7; 32]).to_pkcs8_pem(LineEnding::LF).unwrap();
        create_once(&dir.join("signing-0002.pem"), next.as_bytes()).unwrap();

        let after = Keyring::open(&dir).unwrap();

        assert_ne!(after.signing_kid(), before.signing_kid());
        assert!(after.verifies(before.signing_kid(), b"text", &before.sign(b"text")));
        assert!(!before.verifies(after.signing_kid(), b"text", &after.sign(b"text")));
        assert!(after.jwks().contains(before.signing_kid()) && after.jwks().contains(after.signing_kid()));
    }

    #[test]
    fn the_key_set_says_what_rfc_8037_says_and_nothing_secret() {
        // RFC 8037, appendix A: the key, its public half and its thumbprint.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = SigningKey::from_bytes(&secret.try_into().unwrap());

        assert_eq!(
            URL_SAFE_NO_PAD.encode(key.verifying_key()),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(thumbprint(&key.verifying_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");

        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(&dir.path().join("keys")).unwrap();
        let set: serde_json::Value = serde_json::from_str(&keyring.jwks()).unwrap();
        let mut fields: Vec<&String> = set["keys"][0].as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["alg", "crv", "kid", "kty", "use", "x"]);
    }

    #[cfg(unix)]
    #[test]
    fn keys_that_others_may_read_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        Keyring::open(&dir).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&dir), mode(&dir.join("signing-0001.pem")), mode(&dir.join("refresh.key"))),
            (0o700, 0o600, 0o600)
        );

        fs::set_permissions(dir.join("signing-0001.pem"), fs::Permissions::from_mode(0o640)).unwrap();

        assert!(matches!(Keyring::open(&dir), Err(KeyringError::Exposed { wanted: 0o600, .. })));
    }

    #[test]
    fn a_file_without_a_key_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("keys");
        make_dir(&dir).unwrap();
        create_once(&dir.join("signing-0001.pem"), b"not a key").unwrap();

        let refusal = Keyring::open(&dir).unwrap_err();

        assert!(refusal.to_string().contains("signing-0001.pem"));
    }
}
