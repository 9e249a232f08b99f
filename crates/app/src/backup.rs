//! What is known of an instance's backups: when one was made, when one was last proved, and what went wrong.
//!
//! It is a small file in the data directory, written by `florin backup` and `florin restore`, and read by whoever wants to
//! know how old the last backup is that somebody could rely on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use florin_kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of the file in the data directory.
pub const FILE: &str = "backups.json";

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The moment that it holds.
    pub at: Timestamp,
    /// Where it was written.
    pub file: PathBuf,
}

/// A backup that was restored somewhere and found whole: its books agree and its audit trail stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The moment that the backup holds: its age is what could be lost.
    pub made_at: Timestamp,
    /// When it was verified.
    pub at: Timestamp,
    /// How many accounts its books have.
    pub accounts: u64,
    /// How many transfers.
    pub transfers: u64,
    /// How many seals its audit trail has.
    pub seals: i64,
}

/// A backup or its verification that failed after the last one that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub why: String,
}

/// What is known of an instance's backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backups {
    /// The last that was made.
    pub made: Option<Made>,
    /// The last that was verified.
    pub verified: Option<Verified>,
    /// What failed since.
    pub failed: Option<Failed>,
}

/// What is known of the backups of the instance in this data directory.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read(data: &Path) -> io::Result<Backups> {
    match fs::read(data.join(FILE)) {
        Ok(text) => serde_json::from_slice(&text).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Backups::default()),
        Err(error) => Err(error),
    }
}

/// The last backup of the instance in this data directory that was verified, if any was.
///
/// # Errors
/// When what is known cannot be read.
pub fn last_verified(data: &Path) -> io::Result<Option<Verified>> {
    Ok(read(data)?.verified)
}

/// Notes that a backup was made.
///
/// # Errors
/// When it cannot be written down.
pub fn note_made(data: &Path, made: Made) -> io::Result<()> {
    change(data, |backups| Backups { made: Some(made), ..backups })
}

/// Notes that a backup was verified; one of an older moment than the one that is noted changes nothing.
///
/// # Errors
/// When it cannot be written down.
pub fn note_verified(data: &Path, verified: Verified) -> io::Result<()> {
    change(data, |backups| {
        let is_older = backups.verified.as_ref().is_some_and(|known| known.made_at > verified.made_at);
        let verified = if is_older { backups.verified } else { Some(verified) };
        Backups { verified, failed: None, ..backups }
    })
}

/// Notes that a backup failed, or did not stand.
///
/// # Errors
/// When it cannot be written down.
pub fn note_failed(data: &Path, failed: Failed) -> io::Result<()> {
    change(data, |backups| Backups { failed: Some(failed), ..backups })
}

/// Writes what is known anew, whole or not at all. What cannot be read is begun anew: it is no evidence of anything.
fn change(data: &Path, change: impl FnOnce(Backups) -> Backups) -> io::Result<()> {
    let changed = change(read(data).unwrap_or_default());
    let next = data.join(format!(".{FILE}.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(&serde_json::to_vec_pretty(&changed)?)?;
    file.sync_all()?;
    fs::rename(&next, data.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn verified(made: i64) -> Verified {
        Verified { made_at: at(made), at: at(made + 60), accounts: 3, transfers: 7, seals: 2 }
    }

    #[test]
    fn the_newest_verified_backup_is_remembered_and_ends_what_failed() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(last_verified(data.path()).unwrap(), None);

        note_made(data.path(), Made { at: at(100), file: PathBuf::from("/backups/one.tar") }).unwrap();
        note_failed(data.path(), Failed { at: at(110), why: "the disk is full".to_owned() }).unwrap();
        let failing = read(data.path()).unwrap();
        note_verified(data.path(), verified(200)).unwrap();
        note_verified(data.path(), verified(100)).unwrap();

        assert_eq!(failing.failed.unwrap().why, "the disk is full");
        assert_eq!(
            last_verified(data.path()).unwrap(),
            Some(verified(200)),
            "an older one does not replace it"
        );
        let known = read(data.path()).unwrap();
        assert_eq!((known.failed, known.made.unwrap().at), (None, at(100)));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_and_begun_anew() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FILE), "{").unwrap();

        assert!(last_verified(data.path()).is_err());
        note_verified(data.path(), verified(1)).unwrap();
        assert_eq!(last_verified(data.path()).unwrap(), Some(verified(1)));
    }
}
