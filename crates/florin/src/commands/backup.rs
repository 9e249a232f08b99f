//! `florin backup`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_app::backup::{self, Failed, Made, Verified};
use florin_app::config::Config;
use florin_db::{Db, DbError};
use florin_kernel::{Env, Timestamp};
use florin_vault::file::{Existing, FileKey, seal_file};

use super::file::FileSecret;
use super::proving;
use crate::instance::{self, Instance};
use crate::{Exit, Failure, archive, postgres_tools};

/// What the names of backups begin with that are named by their moment.
const PREFIX: &str = "florin-";
/// How that moment is written.
const MOMENT: &str = "%Y%m%dT%H%M%SZ";

/// Copy the instance, while it serves or not, to a file that holds its database and its keys, and prove the copy
#[derive(Args)]
#[command(
    after_help = "The file holds secrets: it is made for your user alone, and is to be kept that way.\n\n\
                  Example:\n  florin backup /backups/florin-2026-11-01.tar --data /var/lib/florin\n  \
                  florin backup --to /backups --keep 14 --encrypt --key-file /etc/florin/backup.key"
)]
pub(super) struct Backup {
    /// The file to make; one that is there already is never written over
    #[arg(required_unless_present = "to")]
    file: Option<PathBuf>,
    /// A directory to make it in, named by its moment
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    to: Option<PathBuf>,
    /// Of the backups in that directory, keep so many of the newest and remove the others, once the new one is there
    #[arg(long, value_name = "N", requires = "to", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Encrypt it, with a key or a password, which is asked for where none is named
    #[arg(long)]
    encrypt: bool,
    /// Restore a copy of PostgreSQL into a database of its own, to prove it; a copy of an embedded one is always proved
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    secret: FileSecret,
    #[command(flatten)]
    instance: Instance,
}

impl Backup {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let began = Env::system().now();
        let done = self.make(&config, began);
        if let Err(failure) = &done {
            let failed = Failed { at: began, why: failure.to_string() };
            proving::note(&config.instance.data, |data| backup::note_failed(data, failed));
        }
        done.map(|()| ExitCode::SUCCESS)
    }

    fn make(&self, config: &Config, began: Timestamp) -> Result<(), Failure> {
        if !self.encrypt && self.secret.is_named() {
            return Err(Failure::new(Exit::Usage, "a key or a password is for --encrypt"));
        }
        let file = self.target(began)?;
        if file.exists() {
            return Err(Failure::new(Exit::Refused, format!("{} is there already", file.display())));
        }
        let key = if self.encrypt { Some(self.secret.key(true)?) } else { None };
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let staging = tempfile::Builder::new().prefix(".florin-backup-").tempdir_in(parent);
        let staging = staging.map_err(|error| Failure::from(error).during(parent.display()))?;
        let made = staging.path().join("backup.tar");
        let verified = make(config, staging.path(), &made, (began, self.verify))?;
        let made = sealed(made, key.as_ref())?;

        // A link is refused where somebody made the file in the meantime.
        fs::hard_link(&made, &file).map_err(|error| Failure::from(error).during(file.display()))?;
        fs::File::open(parent).and_then(|parent| parent.sync_all())?;
        told(config, &file, began, verified);
        match (&self.to, self.keep) {
            (Some(directory), Some(keep)) => {
                remove_old(directory, usize::try_from(keep).unwrap_or(usize::MAX))
            }
            _ => Ok(()),
        }
    }

    fn target(&self, began: Timestamp) -> Result<PathBuf, Failure> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let directory = self
            .to
            .as_ref()
            .ok_or_else(|| Failure::new(Exit::Usage, "name a file, or a directory with --to"))?;
        let suffix = if self.encrypt { ".tar.florin" } else { ".tar" };
        Ok(directory.join(format!("{PREFIX}{}{suffix}", began.strftime(MOMENT))))
    }
}

/// The archive as it is to be kept: encrypted, where there is a key.
fn sealed(archive: PathBuf, key: Option<&FileKey>) -> Result<PathBuf, Failure> {
    let Some(key) = key else { return Ok(archive) };
    let sealed = archive.with_extension("tar.florin");
    seal_file(key, &archive, &sealed, Existing::Keep).map_err(Failure::from)?;
    fs::remove_file(archive)?;
    Ok(sealed)
}

/// Says and writes down what was made.
fn told(config: &Config, file: &Path, began: Timestamp, verified: Option<Verified>) {
    let data = &config.instance.data;
    let kept = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    proving::note(data, |data| backup::note_made(data, Made { at: began, file: kept }));
    let proved = verified.as_ref().map_or_else(String::new, |found| format!(": {}", proving::words(found)));
    if let Some(verified) = verified {
        proving::note(data, |data| backup::note_verified(data, verified));
    }
    tell!("{} holds the instance as it was at {began}{proved}", file.display());
    if proved.is_empty() {
        tell!(
            "it can be read to its end; `florin restore --verify-only` proves it, and `florin backup --verify` at once"
        );
    }
}

/// Makes the archive and reads it back; what it proved to be is the answer, where it was proved.
fn make(
    config: &Config,
    staging: &Path,
    archive: &Path,
    (began, verify): (Timestamp, bool),
) -> Result<Option<Verified>, Failure> {
    let db = instance::open_existing(config)?;
    let mut files = Vec::new();
    if let Some(url) = instance::postgres_url(config) {
        let dump = staging.join(archive::DUMP);
        archive::create_private(&dump)?;
        postgres_tools::dump(url, &dump)?;
        files.push((archive::DUMP.to_owned(), dump));
    } else {
        let copy = staging.join(archive::DATABASE);
        archive::create_private(&copy)?;
        db.backup_to(&copy)?;
        files.push((archive::DATABASE.to_owned(), copy));
    }
    files.extend(archive::keys(&config.instance.data.join(archive::KEYS))?);
    let schema = schema(&db)?;
    db.close();
    archive::pack(archive, began, schema, &files)?;
    for (_, path) in files.iter().take(1) {
        fs::remove_file(path)?;
    }

    let unpacked = staging.join("unpacked");
    fs::create_dir(&unpacked)?;
    let manifest = archive::unpack(archive, &unpacked)?;
    let proved = if verify || manifest.has(archive::DATABASE) {
        Some(proving::prove_unpacked(config, &manifest, &unpacked)?)
    } else {
        postgres_tools::check(&unpacked.join(archive::DUMP))?;
        None
    };
    fs::remove_dir_all(&unpacked)?;
    Ok(proved)
}

fn schema(db: &Db) -> Result<Vec<String>, Failure> {
    let applied = instance::runtime()?.block_on(db.read(florin_db::applied));
    let applied = applied.map_err(|error: DbError| error)?;
    Ok(applied.into_iter().map(|migration| migration.name).collect())
}

/// Removes all but the newest backups that are named by their moment; what has another name is not looked at.
fn remove_old(directory: &Path, keep: usize) -> Result<(), Failure> {
    let at = |error: std::io::Error| Failure::from(error).during(directory.display());
    let mut backups = Vec::new();
    for entry in fs::read_dir(directory).map_err(at)? {
        let entry = entry.map_err(at)?;
        let moment = entry.file_name().to_str().and_then(moment_of);
        if let Some(moment) = moment.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())) {
            backups.push((moment, entry.path()));
        }
    }
    backups.sort();
    let old = backups.len().saturating_sub(keep);
    for (_, path) in backups.into_iter().take(old) {
        fs::remove_file(&path).map_err(|error| Failure::from(error).during(path.display()))?;
        tell!("{} is removed, {keep} newer ones are kept", path.display());
    }
    Ok(())
}

/// The moment in the name of a backup that this program named.
fn moment_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix(PREFIX)?;
    let moment = rest.strip_suffix(".tar").or_else(|| rest.strip_suffix(".tar.florin"))?;
    jiff::civil::DateTime::strptime(MOMENT, moment).ok()?;
    Some(moment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_of_its_own_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let names = [
            "florin-20261120T030000Z.tar",
            "florin-20261121T030000Z.tar.florin",
            "florin-20261122T030000Z.tar",
            "florin-before-the-move.tar",
            "florin-20261301T030000Z.tar",
            "notes.txt",
        ];
        for name in names {
            fs::write(directory.path().join(name), "").unwrap();
        }

        remove_old(directory.path(), 2).unwrap();

        let left: Vec<bool> = names.iter().map(|name| directory.path().join(name).exists()).collect();
        assert_eq!(left, [false, true, true, true, true, true]);
    }
}
