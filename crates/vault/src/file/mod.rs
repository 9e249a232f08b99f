//! Encrypted files: any length in constant memory, under a key or a password.
//!
//! A file is a header of 92 bytes and segments. The header names the format, says how the key is found, and bears a
//! salt, the prefix of all nonces and an HMAC-SHA-256 over all of that. Each file has keys of its own, derived from its
//! salt and the whole header. A segment is 64 KiB of the content (the last may be shorter) under AES-256-GCM with the
//! nonce `prefix (7 bytes) ‖ index (4 bytes) ‖ 1 if it is the last, else 0`, the STREAM construction of Hoang,
//! Reyhanitabar, Rogaway and Vizár (2015). So segments that are missing, repeated, in another order, of another file or
//! appended do not open, and nothing of a segment is released before all of it was checked.
//!
//! What was released before a fault showed was written by somebody who had the key, but it may be cut short: whoever
//! reads must throw it away unless the end was reached. [`open_file`] does.

mod header;
mod open;
mod seal;
mod unlock;
mod whole;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

pub use open::Opener;
pub use seal::Sealer;
pub use unlock::{FileKey, PasswordCost};
pub use whole::Existing;
use whole::create_whole;

/// Bytes of the content in a segment.
const SEGMENT: usize = 64 * 1024;

/// Why a file was not encrypted or decrypted.
#[derive(Debug, Error)]
pub enum FileError {
    /// It does not begin as an encrypted file of ours does, or is of a version that this program does not know.
    #[error("this is not a file that Florin encrypted")]
    Form,
    /// It was encrypted with a password and a key was given, or the other way round.
    #[error("the file is encrypted with {0}")]
    OtherLock(&'static str),
    /// The key or the password is wrong, or the header was changed: which of these cannot be told.
    #[error("the key or the password is wrong, or the file was changed at its beginning")]
    WrongKey,
    /// Its header asks for more work than any file of ours does.
    #[error("the file asks for more memory or time than this program gives to opening one")]
    CostTooHigh,
    /// A segment was changed, is missing, repeated or in another place, or something was appended.
    #[error("the file was changed or cut at its segment {0}")]
    Damaged(u32),
    /// More than 256 TiB.
    #[error("the file is too long to be encrypted")]
    TooLong,
    /// There is something where the result should go.
    #[error("{} exists and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// What is where the result should go is no file that could be replaced.
    #[error("{} is no file and is not replaced", .0.display())]
    NoFile(PathBuf),
    /// The password cannot be hashed: there is not the memory for it.
    #[error("there is not the memory to make a key of the password")]
    Unhashable,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    Io(#[from] io::Error),
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

/// What an `io::Error` that came out of [`Opener`] or [`Sealer`] was.
fn told(error: io::Error) -> FileError {
    match error.downcast::<FileError>() {
        Ok(error) => error,
        Err(error) => FileError::Io(error),
    }
}

/// Encrypts a file into one that only its owner may read; answers the bytes of the content.
///
/// # Errors
/// [`FileError`]; `to` is as it was then.
pub fn seal_file(key: &FileKey, from: &Path, to: &Path, existing: Existing) -> Result<u64, FileError> {
    let mut source = open_source(from)?;
    create_whole(to, existing, |target| {
        let mut sealer = Sealer::new(key, target)?;
        let length = copy(&mut source, &mut sealer)?;
        sealer.finish()?;
        Ok(length)
    })
}

/// Decrypts a file into one that only its owner may read; answers the bytes of the content.
///
/// # Errors
/// [`FileError`]; `to` is as it was then.
pub fn open_file(key: &FileKey, from: &Path, to: &Path, existing: Existing) -> Result<u64, FileError> {
    let source = open_source(from)?;
    // Whatever is in the way is told before a password is hashed.
    existing.check(to)?;
    let mut opener = Opener::new(key, source)?;
    create_whole(to, existing, |target| copy(&mut opener, target))
}

/// Whether a file begins as those do that [`seal_file`] makes; what is shorter does not.
///
/// # Errors
/// When it cannot be read.
pub fn is_sealed(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut beginning)?;
    Ok(beginning == header::MAGIC)
}

/// The file to read; a directory opens too, and is told as what it is.
fn open_source(from: &Path) -> Result<File, FileError> {
    let source = File::open(from)?;
    if source.metadata()?.is_dir() {
        return Err(FileError::Io(io::ErrorKind::IsADirectory.into()));
    }
    Ok(source)
}

/// Copies all there is, and wipes what it held.
fn copy(source: &mut impl io::Read, target: &mut impl io::Write) -> Result<u64, FileError> {
    let mut buffer = Zeroizing::new(vec![0; SEGMENT]);
    let mut length = 0_u64;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok(length),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(told(error)),
        };
        let (filled, _) = buffer.split_at(read);
        target.write_all(filled).map_err(told)?;
        length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests;
