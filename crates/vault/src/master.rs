//! The one key that lies outside the database.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::{VaultError, purpose, random};

/// Which master key it is: derived from the key, and tells nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MasterId(String);

impl MasterId {
    /// The id as it is kept beside a wrapped key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as it was read beside a wrapped key.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for MasterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key that wraps data keys: 32 random bytes, from a file that only the program's user may read, or from outside.
#[derive(Clone)]
pub struct MasterKey {
    id: MasterId,
    secret: Zeroizing<[u8; 32]>,
}

impl MasterKey {
    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self::of(random::key()?))
    }

    /// The one that `text` writes, in base64url or hexadecimal.
    ///
    /// # Errors
    /// [`VaultError::MasterForm`]; [`VaultError::MasterWeak`] when the bytes are plainly not random.
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        let secret = parse(text.trim()).ok_or(VaultError::MasterForm)?;
        if is_weak(&secret) {
            return Err(VaultError::MasterWeak);
        }
        Ok(Self::of(secret))
    }

    /// The one in the file, or `None` when there is no such file.
    ///
    /// # Errors
    /// [`VaultError::Exposed`] when others may read it, [`VaultError::Io`], or what [`MasterKey::from_text`] refuses.
    pub fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_at(path)(error)),
        };
        refuse_exposed(path)?;
        Self::from_text(&text).map(Some)
    }

    /// The one in the file, which is made with a new key when there is none; of several that make it, one does.
    ///
    /// To be called only where no wrapped key exists yet: a new master key opens nothing that was wrapped before.
    ///
    /// # Errors
    /// As [`MasterKey::read`].
    pub fn read_or_create(path: &Path) -> Result<Self, VaultError> {
        if let Some(found) = Self::read(path)? {
            return Ok(found);
        }
        let made = Self::generate()?;
        create_once(path, Zeroizing::new(URL_SAFE_NO_PAD.encode(*made.secret)).as_bytes())?;
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        Self::read(path)?.ok_or_else(|| VaultError::Io { path: path.to_owned(), source: gone() })
    }

    /// Which one it is.
    pub fn id(&self) -> &MasterId {
        &self.id
    }

    /// The cipher that wraps data keys, and does nothing else.
    pub(crate) fn wrapping(&self) -> Cipher {
        Cipher::new(&purpose::expand(&self.secret, purpose::WRAP))
    }

    /// The key that encrypts files, where one like this was given for that.
    pub(crate) fn for_files(&self) -> Zeroizing<[u8; 32]> {
        purpose::expand(&self.secret, purpose::FILE_KEY)
    }

    fn of(secret: Zeroizing<[u8; 32]>) -> Self {
        let check = purpose::expand(&secret, purpose::MASTER_ID);
        let mut id = String::with_capacity(16);
        for byte in check.iter().take(8) {
            let _ = write!(id, "{byte:02x}");
        }
        Self { id: MasterId(id), secret }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id.0).finish_non_exhaustive()
    }
}

fn parse(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    if text.len() == 64 {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (slot, pair) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
            *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        return Some(secret);
    }
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_suffix('=').unwrap_or(text)).ok()?);
    if bytes.len() != secret.len() {
        return None;
    }
    secret.copy_from_slice(&bytes);
    Some(secret)
}

/// Whether somebody typed it: few bytes over and over, equal steps, or all of it text.
///
/// Of 32 random bytes, fewer than sixteen differ, or all are text, less than once in ten thousand billion times.
fn is_weak(secret: &[u8; 32]) -> bool {
    let differing = secret.iter().collect::<BTreeSet<_>>().len();
    let mut steps = secret.windows(2).map(|pair| match pair {
        [a, b] => b.wrapping_sub(*a),
        _ => 0,
    });
    let first = steps.next();
    let even = steps.all(|step| Some(step) == first);
    differing < 16 || even || secret.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

pub(crate) fn io_at(path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::Io { path, source }
}

/// Writes a file that must not exist, whole or not at all; the first of several that do wins.
fn create_once(path: &Path, content: &[u8]) -> Result<(), VaultError> {
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
        _ => sync_directory(path),
    }
}

/// Makes the name of a new file durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> Result<(), VaultError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(directory).and_then(|opened| opened.sync_all()).map_err(io_at(directory))
}

/// Other systems cannot open a directory to make it durable.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> Result<(), VaultError> {
    Ok(())
}

/// Refuses what the group or others may touch.
#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(io_at(path))?.permissions().mode();
    let for_others = mode & 0o077;
    if for_others == 0 { Ok(()) } else { Err(VaultError::Exposed(path.to_owned())) }
}

/// Other systems have no such modes.
#[cfg(not(unix))]
fn refuse_exposed(_: &Path) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "8f1d2c3b4a5968778695a4b3c2d1e0ff0123456789abcdeffedcba9876543210";

    #[test]
    fn a_master_key_reads_in_both_forms_and_has_the_same_id() {
        let hex = MasterKey::from_text(GOOD).unwrap();
        let base64 = MasterKey::from_text(&format!("{}=\n", URL_SAFE_NO_PAD.encode(*hex.secret))).unwrap();

        assert_eq!(hex.id(), base64.id());
        assert_eq!(hex.id().as_str().len(), 16);
        assert!(!GOOD.contains(hex.id().as_str()));
        assert!(format!("{hex:?}").starts_with("MasterKey { id:"));
    }

    #[test]
    fn what_is_no_key_or_no_random_one_is_refused() {
        for text in ["", "secret", &GOOD[1..], &format!("{GOOD}00"), &GOOD.replace('f', "g")] {
            assert!(matches!(MasterKey::from_text(text), Err(VaultError::MasterForm)), "{text}");
        }
        let weak: [[u8; 32]; 4] = [
            [0; 32],
            std::array::from_fn(|at| u8::try_from(at).unwrap()),
            std::array::from_fn(|at| u8::try_from(at % 15).unwrap() * 17),
            *b"correct horse battery staple 123",
        ];
        for bytes in weak {
            let text = URL_SAFE_NO_PAD.encode(bytes);
            assert!(matches!(MasterKey::from_text(&text), Err(VaultError::MasterWeak)), "{bytes:?}");
        }
        for _ in 0..1_000 {
            assert!(!is_weak(&random::key().unwrap()));
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        assert!(MasterKey::read(&path).unwrap().is_none());

        let made = MasterKey::read_or_create(&path).unwrap();
        let again = MasterKey::read_or_create(&path).unwrap();

        assert_eq!(made.id(), again.id());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn of_many_that_make_the_file_all_read_the_same_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        // Within one process they share the partial file's name, so one at a time makes it.
        let first = MasterKey::generate().unwrap();
        create_once(&path, URL_SAFE_NO_PAD.encode(*first.secret).as_bytes()).unwrap();
        create_once(&path, b"another").unwrap();

        assert_eq!(MasterKey::read_or_create(&path).unwrap().id(), first.id());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        MasterKey::read_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(MasterKey::read(&path), Err(VaultError::Exposed(_))));
        }
    }
}
