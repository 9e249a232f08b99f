//! The file of a backup: a tar archive of the database, the keys, and a manifest that says what must be in it.
//!
//! The manifest comes first. Reading takes nothing that it does not name, and nothing whose content it does not
//! confirm.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use florin_kernel::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

use crate::{Exit, Failure};

/// The name of the embedded database in an archive.
pub(crate) const DATABASE: &str = "florin.db";
/// The name of PostgreSQL's dump in an archive.
pub(crate) const DUMP: &str = "postgres.dump";
/// The folder of the keys in an archive.
pub(crate) const KEYS: &str = "keys";
const MANIFEST: &str = "manifest.json";
const FORMAT: u64 = 1;
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The version of the program that made it.
    pub(crate) version: String,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// The migrations that the database has.
    pub(crate) schema: Vec<String>,
    /// Its files.
    pub(crate) files: Vec<Member>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Whether it has a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    fn to_json(&self) -> Value {
        let file = |file: &Member| json!({ "name": file.name, "bytes": file.bytes, "sha256": file.sha256 });
        json!({
            "format": FORMAT,
            "florin": self.version,
            "made_at": self.made_at.to_string(),
            "schema": self.schema,
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        if value.get("format")?.as_u64()? != FORMAT {
            return None;
        }
        let file = |value: &Value| {
            let bytes = value.get("bytes")?.as_u64()?;
            Some(Member { name: text(value, "name")?, bytes, sha256: text(value, "sha256")? })
        };
        let schema = value.get("schema")?.as_array()?.iter();
        Some(Self {
            version: text(value, "florin")?,
            made_at: text(value, "made_at")?.parse().ok()?,
            schema: schema.map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            files: value.get("files")?.as_array()?.iter().map(file).collect::<Option<_>>()?,
        })
    }
}

/// Makes a file that only the program's user may read; one that is there already is left alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes an archive of these files, by their names in it, to a new file.
pub(crate) fn pack(
    target: &Path,
    made_at: Timestamp,
    schema: Vec<String>,
    files: &[(String, PathBuf)],
) -> Result<Manifest, Failure> {
    let files_of = files.iter().map(|(name, path)| member(name, path));
    let version = crate::VERSION.to_owned();
    let manifest = Manifest { version, made_at, schema, files: files_of.collect::<Result<_, _>>()? };
    let at = |error: io::Error| Failure::from(error).during(target.display());
    let mut archive = Builder::new(io::BufWriter::new(create_private(target).map_err(at)?));
    let text = format!("{:#}\n", manifest.to_json());
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    append(&mut archive, MANIFEST, length, made_at, text.as_bytes()).map_err(at)?;
    for ((name, path), member) in files.iter().zip(&manifest.files) {
        let file = File::open(path).map_err(|error| Failure::from(error).during(path.display()))?;
        append(&mut archive, name, member.bytes, made_at, file.take(member.bytes)).map_err(at)?;
    }
    let file =
        archive.into_inner().and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error));
    file.and_then(|file| file.sync_all()).map_err(at)?;
    Ok(manifest)
}

fn append<W: Write>(
    archive: &mut Builder<W>,
    name: &str,
    bytes: u64,
    made_at: Timestamp,
    content: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(made_at.as_second()).unwrap_or(0));
    header.set_size(bytes);
    archive.append_data(&mut header, name, content)
}

fn member(name: &str, path: &Path) -> Result<Member, Failure> {
    let read = || {
        let mut digest = Digesting::of(io::sink());
        let bytes = io::copy(&mut File::open(path)?, &mut digest)?;
        Ok((bytes, digest.finish()))
    };
    let (bytes, sha256) = read().map_err(|error: io::Error| Failure::from(error).during(path.display()))?;
    Ok(Member { name: name.to_owned(), bytes, sha256 })
}

/// Unpacks an archive into an empty directory, every file of it confirmed; a file that is cut off, changed, missing or
/// not named fails.
pub(crate) fn unpack(source: &Path, directory: &Path) -> Result<Manifest, Failure> {
    unpack_all(source, directory).map_err(|failure| failure.during(source.display()))
}

fn unpack_all(source: &Path, directory: &Path) -> Result<Manifest, Failure> {
    let broken = |why: &str| Failure::new(Exit::Failed, why);
    let no_backup = || broken("this is not a backup of Florin");
    let mut archive = Archive::new(io::BufReader::new(File::open(source)?));
    let mut entries = archive.entries()?;
    let mut first = entries.next().ok_or_else(no_backup)?.map_err(|_| no_backup())?;
    let mut text = Vec::new();
    if first.path_bytes().as_ref() != MANIFEST.as_bytes() {
        return Err(no_backup());
    }
    first.by_ref().take(MANIFEST_BYTES_MAX).read_to_end(&mut text)?;
    let value: Value = serde_json::from_slice(&text).map_err(|_| no_backup())?;
    let manifest = Manifest::from_json(&value).ok_or_else(no_backup)?;
    let mut expected = manifest.files.iter();
    for entry in entries {
        let mut entry = entry?;
        let member =
            expected.next().ok_or_else(|| broken("it has a file that its manifest does not name"))?;
        if entry.path_bytes().as_ref() != member.name.as_bytes()
            || entry.header().entry_type() != EntryType::Regular
        {
            return Err(broken("its files are not those of its manifest"));
        }
        let target =
            place(directory, &member.name).ok_or_else(|| broken("it has a file that belongs nowhere"))?;
        let mut digest = Digesting::of(create_private(&target)?);
        let bytes = io::copy(&mut entry, &mut digest)?;
        digest.inner.sync_all()?;
        if bytes != member.bytes || digest.finish() != member.sha256 {
            return Err(broken(&format!("{} is damaged", member.name)));
        }
    }
    match expected.next() {
        Some(missing) => Err(broken(&format!("it is cut off: {} is missing", missing.name))),
        None => Ok(manifest),
    }
}

/// Where a file of an archive goes: only the places that backups use.
fn place(directory: &Path, name: &str) -> Option<PathBuf> {
    if name == DATABASE || name == DUMP {
        return Some(directory.join(name));
    }
    let key = name.strip_prefix(KEYS)?.strip_prefix('/')?;
    let is_plain = !key.starts_with('.') && !key.contains(['/', '\\', '\0']) && !key.is_empty();
    let keys = directory.join(KEYS);
    if is_plain && !keys.is_dir() {
        DirBuilder::new().mode(0o700).create(&keys).ok()?;
    }
    is_plain.then(|| keys.join(key))
}

/// The keys in this directory, by their names in an archive.
pub(crate) fn keys(directory: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let at = |error: io::Error| Failure::from(error).during(directory.display());
    let mut found = Vec::new();
    if !directory.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(directory).map_err(at)? {
        let entry = entry.map_err(at)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if entry.file_type().map_err(at)?.is_file() {
            found.push((format!("{KEYS}/{name}"), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Makes the digest of all that is written through it.
struct Digesting<W> {
    inner: W,
    digest: Sha256,
}

impl<W> Digesting<W> {
    fn of(inner: W) -> Self {
        Self { inner, digest: Sha256::new() }
    }

    fn finish(self) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in self.digest.finalize() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    struct Case {
        directory: tempfile::TempDir,
        archive: PathBuf,
        manifest: Manifest,
    }

    fn case() -> Case {
        let directory = tempfile::tempdir().unwrap();
        let (database, key) = (directory.path().join("db"), directory.path().join("key"));
        fs::write(&database, vec![7; 100_000]).unwrap();
        fs::write(&key, "secret").unwrap();
        let files = [(DATABASE.to_owned(), database), ("keys/signing-0001.pem".to_owned(), key)];
        let archive = directory.path().join("backup.tar");
        let made_at = Timestamp::from_second(1_790_000_000).unwrap();
        let manifest = pack(&archive, made_at, vec!["db_0001".to_owned()], &files).unwrap();
        Case { directory, archive, manifest }
    }

    fn target(case: &Case) -> PathBuf {
        let target = case.directory.path().join("target");
        fs::create_dir(&target).unwrap();
        target
    }

    #[test]
    fn what_was_packed_is_unpacked_for_the_user_alone() {
        let case = case();
        let target = target(&case);

        let manifest = unpack(&case.archive, &target).unwrap();

        assert_eq!(manifest, case.manifest);
        assert_eq!(fs::read(target.join("keys/signing-0001.pem")).unwrap(), b"secret");
        assert_eq!(fs::read(target.join(DATABASE)).unwrap(), vec![7; 100_000]);
        for path in [case.archive, target.join(DATABASE), target.join("keys/signing-0001.pem")] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::metadata(target.join(KEYS)).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn an_archive_is_never_written_over() {
        let case = case();

        let refused = pack(&case.archive, case.manifest.made_at, Vec::new(), &[]).unwrap_err();

        assert!(refused.to_string().contains("exists"), "{refused}");
    }

    #[test]
    fn a_changed_byte_is_found() {
        let case = case();
        let target = target(&case);
        let mut bytes = fs::read(&case.archive).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&case.archive, bytes).unwrap();

        let refused = unpack(&case.archive, &target).unwrap_err();

        assert!(refused.to_string().contains("florin.db is damaged"), "{refused}");
    }

    #[test]
    fn an_archive_that_is_cut_off_is_refused() {
        let case = case();
        let target = target(&case);
        let bytes = fs::read(&case.archive).unwrap();
        fs::write(&case.archive, &bytes[..bytes.len() / 2]).unwrap();

        assert!(unpack(&case.archive, &target).is_err());
    }

    #[test]
    fn nothing_is_written_outside_the_directory() {
        let directory = Path::new("/nowhere");
        for name in
            ["../florin.db", "/etc/passwd", "keys/../florin.db", "keys/", "keys", "other", "keys/.hidden"]
        {
            assert_eq!(place(directory, name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_archive_is_called_that() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "hello").unwrap();

        let refused = unpack(&file, directory.path()).unwrap_err();

        assert!(refused.to_string().contains("not a backup of Florin"), "{refused}");
    }
}
