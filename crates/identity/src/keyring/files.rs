//! Keys as files that only the program's user may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use florin_kernel::Timestamp;
use zeroize::Zeroizing;

use super::KeyringError;
use super::key::{Material, SignatureAlgorithm, TokenKey};
use crate::random;

/// How the line begins that says when a key was made.
const MADE: &str = "# made ";

/// A file of a signing key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyFile {
    pub number: u32,
    pub path: PathBuf,
}

pub(super) fn make_dir(dir: &Path) -> Result<(), KeyringError> {
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

/// The files of signing keys, sorted by number.
pub(super) fn key_files(dir: &Path) -> Result<Vec<KeyFile>, KeyringError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(io_at(dir))? {
        let entry = entry.map_err(io_at(dir))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let stem = name.strip_suffix(".pem").or_else(|| name.strip_suffix(".key"));
        let number =
            stem.and_then(|stem| stem.strip_prefix("signing-")).and_then(|number| number.parse().ok());
        if let Some(number) = number {
            files.push(KeyFile { number, path: entry.path() });
        }
    }
    files.sort();
    Ok(files)
}

/// The keys in these files, in their order.
pub(super) fn read_keys(files: &[KeyFile]) -> Result<Vec<TokenKey>, KeyringError> {
    let mut keys: Vec<TokenKey> = Vec::with_capacity(files.len());
    for file in files {
        let (made_at, material) = read_key(&file.path)?;
        let key = TokenKey::new(file.number, made_at, material, keys.last());
        keys.push(key);
    }
    Ok(keys)
}

fn read_key(path: &Path) -> Result<(Timestamp, Material), KeyringError> {
    refuse_exposed(path, 0o600)?;
    let malformed = || KeyringError::Malformed(path.to_owned());
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io_at(path))?);
    let (made_at, body) = match text.strip_prefix(MADE).and_then(|rest| rest.split_once('\n')) {
        Some((made, body)) => (made.trim().parse::<Timestamp>().map_err(|_| malformed())?, body),
        // A key that somebody laid here by hand is as old as can be.
        None => (Timestamp::UNIX_EPOCH, text.as_str()),
    };
    let material = if path.extension().is_some_and(|extension| extension == "key") {
        Material::Hs256(secret(body).ok_or_else(malformed)?)
    } else {
        Material::EdDsa(Box::new(SigningKey::from_pkcs8_pem(body).map_err(|_| malformed())?))
    };
    Ok((made_at, material))
}

/// Makes a key with this number; when another process was first, its key stays.
pub(super) fn make_key(
    dir: &Path,
    number: u32,
    algorithm: SignatureAlgorithm,
    now: Timestamp,
) -> Result<(), KeyringError> {
    let seed = Zeroizing::new(random::bytes::<32>().map_err(|_| KeyringError::Randomness)?);
    let (path, body) = match algorithm {
        SignatureAlgorithm::EdDsa => {
            let path = dir.join(format!("signing-{number:04}.pem"));
            let pem = SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF);
            (path.clone(), pem.map_err(|_| KeyringError::Malformed(path))?)
        }
        SignatureAlgorithm::Hs256 => {
            let body = Zeroizing::new(format!("{}\n", &*Zeroizing::new(URL_SAFE_NO_PAD.encode(*seed))));
            (dir.join(format!("signing-{number:04}.key")), body)
        }
    };
    let made_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let content = Zeroizing::new(format!("{MADE}{made_at}\n{}", body.as_str()));
    create_once(&path, content.as_bytes())
}

/// Takes a key away; one that is gone already is gone.
pub(super) fn remove(path: &Path) -> Result<(), KeyringError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(path)(error)),
        _ => Ok(()),
    }
}

/// The secret that refresh tokens are derived from; made where it is absent.
pub(super) fn refresh_secret(dir: &Path) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
    let path = dir.join("refresh.key");
    if !path.exists() {
        let made = Zeroizing::new(random::bytes::<32>().map_err(|_| KeyringError::Randomness)?);
        create_once(&path, Zeroizing::new(URL_SAFE_NO_PAD.encode(*made)).as_bytes())?;
    }
    refuse_exposed(&path, 0o600)?;
    let text = Zeroizing::new(fs::read_to_string(&path).map_err(io_at(&path))?);
    secret(&text).ok_or_else(|| KeyringError::Malformed(path.clone()))
}

/// 256 bits in base64url; fewer are no secret.
fn secret(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim_end()).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> KeyringError {
    let path = path.to_owned();
    move |source| KeyringError::Io { path, source }
}

/// Makes a file with this content, whole or not at all; when another process was first, its file stays.
pub(super) fn create_once(path: &Path, content: &[u8]) -> Result<(), KeyringError> {
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
