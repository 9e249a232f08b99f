//! Files that appear whole, durably, or not at all.
//!
//! On Linux the content is written to a file without a name, which gets one when it is whole: whatever ends the program
//! on the way, nothing of it stays. Elsewhere, and on file systems that know no such files, the name is a temporary one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::FileError;
use crate::random;

/// What becomes of a file that is where the result should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is done.
    Keep,
    /// It stays until the result is whole, which then takes its place at once.
    Replace,
}

impl Existing {
    /// # Errors
    /// [`FileError::Exists`], [`FileError::NoFile`].
    pub(super) fn check(self, path: &Path) -> Result<(), FileError> {
        match (path.symlink_metadata(), self) {
            (Err(_), _) => Ok(()),
            (Ok(_), Self::Keep) => Err(FileError::Exists(path.to_owned())),
            (Ok(found), Self::Replace) if found.is_file() => Ok(()),
            (Ok(_), Self::Replace) => Err(FileError::NoFile(path.to_owned())),
        }
    }
}

/// Makes a file of what `write` writes, or leaves everything as it was.
pub(super) fn create_whole(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut File) -> Result<u64, FileError>,
) -> Result<u64, FileError> {
    existing.check(path)?;
    let mut draft = Draft::new(path)?;
    let length = write(&mut draft.file)?;
    draft.file.flush()?;
    draft.file.sync_all()?;
    draft.publish(path, existing)?;
    sync_directory(path)?;
    Ok(length)
}

/// A file that is being written; dropping it leaves nothing behind.
struct Draft {
    file: File,
    /// Its name, where it has one.
    named: Option<PathBuf>,
}

impl Draft {
    fn new(path: &Path) -> Result<Self, FileError> {
        if let Some(file) = nameless(directory_of(path)) {
            return Ok(Self { file, named: None });
        }
        let named = temporary_name(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        Ok(Self { file: options.open(&named)?, named: Some(named) })
    }

    /// Gives it its name.
    fn publish(&mut self, path: &Path, existing: Existing) -> Result<(), FileError> {
        let link = |to: &Path| match &self.named {
            // A link to a name that is taken fails, where a rename would replace what is there.
            Some(named) => fs::hard_link(named, to),
            None => give_name(&self.file, to),
        };
        match existing {
            Existing::Keep => link(path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
                _ => FileError::Io(error),
            }),
            Existing::Replace => {
                let between = temporary_name(path)?;
                link(&between)?;
                let renamed = fs::rename(&between, path);
                if renamed.is_err() {
                    let _ = fs::remove_file(&between);
                }
                Ok(renamed?)
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(named) = &self.named {
            let _ = fs::remove_file(named);
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name beside the result that nothing has.
fn temporary_name(path: &Path) -> Result<PathBuf, FileError> {
    let number = u64::from_ne_bytes(random::bytes().map_err(|_| FileError::Randomness)?);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{number:016x}"));
    Ok(path.with_file_name(name))
}

/// A file in `directory` that has no name and goes with the program; `None` where there are none.
#[cfg(target_os = "linux")]
fn nameless(directory: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::open(directory, flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// Gives a file without a name this one, if it is free.
#[cfg(target_os = "linux")]
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{AtFlags, CWD};
    let number = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(rustix::fs::linkat(CWD, number, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn give_name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes the name durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_with_a_name_goes_as_one_without() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("result");
        let named = directory.path().join("draft");
        let draft = || {
            fs::write(&named, "content").unwrap();
            Draft { file: File::open(&named).unwrap(), named: Some(named.clone()) }
        };

        draft().publish(&to, Existing::Keep).unwrap();
        assert!(matches!(draft().publish(&to, Existing::Keep), Err(FileError::Exists(_))));
        draft().publish(&to, Existing::Replace).unwrap();

        assert_eq!(fs::read_to_string(&to).unwrap(), "content");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
