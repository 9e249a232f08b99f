//! `florin restore`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_app::config::Config;
use secrecy::ExposeSecret;

use crate::archive::{self, Manifest};
use crate::instance::{self, Instance};
use crate::{Exit, Failure, postgres_tools};

/// What may lie in a directory that is empty otherwise.
const LOCK: &str = "florin.db.lock";

/// Make an instance of a backup, in a directory (and a database) where nothing is yet
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin restore /backups/florin-2026-11-01.tar --data /var/lib/florin-restored"
)]
pub(super) struct Restore {
    /// The file that `florin backup` made
    file: PathBuf,
    #[command(flatten)]
    instance: Instance,
}

impl Restore {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let data = &config.instance.data;
        let at_data = |error: std::io::Error| Failure::from(error).during(data.display());
        fs::create_dir_all(data).map_err(at_data)?;
        let database = data.join(archive::DATABASE);
        // Whoever serves from here says so; from now on nobody begins to.
        let lock =
            if data.join(LOCK).exists() { Some(florin_db::lock_for_serving(&database)?) } else { None };
        refuse_unless_empty(data)?;
        let lock = lock.map_or_else(|| florin_db::lock_for_serving(&database), Ok)?;

        let staging =
            tempfile::Builder::new().prefix(".florin-restore-").tempdir_in(data).map_err(at_data)?;
        let manifest = archive::unpack(&self.file, staging.path())?;
        restore(&config, &manifest, staging.path())?;
        drop(lock);
        tell!(
            "{} holds the instance as it was at {} (Florin {})",
            data.display(),
            manifest.made_at,
            manifest.version
        );
        Ok(ExitCode::SUCCESS)
    }
}

fn refuse_unless_empty(data: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(data)? {
        if entry?.file_name() != LOCK {
            let why =
                format!("{} is not empty; a backup is restored into an empty directory", data.display());
            return Err(Failure::new(Exit::Refused, why));
        }
    }
    Ok(())
}

/// Puts what was unpacked in its place; the database last, so that an instance is whole as soon as it is one.
fn restore(config: &Config, manifest: &Manifest, staging: &Path) -> Result<(), Failure> {
    let data = &config.instance.data;
    let url = config.database.url.expose_secret();
    match (manifest.has(archive::DATABASE), instance::is_postgres(config)) {
        (true, false) if url.is_empty() => {
            super::backup::verify(config, staging)?;
        }
        (false, true) if manifest.has(archive::DUMP) => {}
        (true, _) => {
            let why = "this backup is of an embedded database: leave DATABASE_URL out and name a directory with --data";
            return Err(Failure::new(Exit::Refused, why));
        }
        (false, _) => {
            let why = "this backup is of a PostgreSQL database: name an empty one with DATABASE_URL";
            return Err(Failure::new(Exit::Refused, why));
        }
    }
    if manifest.has(archive::DUMP) {
        postgres_tools::restore(url, &staging.join(archive::DUMP))?;
        super::backup::verify_books(&instance::open_existing(config)?)?;
    }
    let keys = staging.join(archive::KEYS);
    if keys.is_dir() {
        fs::rename(keys, data.join(archive::KEYS))?;
    }
    if manifest.has(archive::DATABASE) {
        fs::rename(staging.join(archive::DATABASE), data.join(archive::DATABASE))?;
    }
    File::open(data)?.sync_all()?;
    Ok(())
}
