//! `florin restore`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_app::backup::{self, Failed, Verified};
use florin_app::config::Config;
use florin_kernel::Env;
use florin_vault::file::{Existing, is_sealed, open_file};
use secrecy::ExposeSecret;

use super::file::FileSecret;
use super::proving;
use crate::archive::{self, Manifest};
use crate::instance::{self, Instance};
use crate::{Exit, Failure, postgres_tools};

/// What may lie in a directory that is empty otherwise.
const LOCK: &str = "florin.db.lock";

/// Make an instance of a backup, in a directory (and a database) where nothing is yet, and prove it
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin restore /backups/florin-2026-11-01.tar --data /var/lib/florin-restored\n  \
                  florin restore /backups/florin-2026-11-01.tar --verify-only"
)]
pub(super) struct Restore {
    /// The file that `florin backup` made
    file: PathBuf,
    /// Only prove that it could be restored: in a temporary directory, a dump of PostgreSQL in a database of its own
    #[arg(long)]
    verify_only: bool,
    #[command(flatten)]
    secret: FileSecret,
    #[command(flatten)]
    instance: Instance,
}

impl Restore {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        if self.verify_only {
            self.verify(&config)?;
        } else {
            self.restore(&config)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Unpacks the backup into an empty directory; an encrypted one is decrypted beside it first.
    fn unpack(&self, staging: &Path) -> Result<Manifest, Failure> {
        let sealed =
            is_sealed(&self.file).map_err(|error| Failure::from(error).during(self.file.display()))?;
        if !sealed {
            return archive::unpack(&self.file, staging);
        }
        let key = self.secret.key(false)?;
        let opened = staging.join(".opened.tar");
        open_file(&key, &self.file, &opened, Existing::Keep)
            .map_err(|error| Failure::from(error).during(self.file.display()))?;
        let manifest = archive::unpack(&opened, staging);
        fs::remove_file(opened)?;
        manifest
    }

    fn verify(&self, config: &Config) -> Result<(), Failure> {
        let staging = tempfile::Builder::new().prefix(".florin-restore-").tempdir();
        let staging = staging.map_err(|error| Failure::from(error).during("a temporary directory"))?;
        let manifest = self.unpack(staging.path());
        let data = &config.instance.data;
        let proved = manifest.and_then(|manifest| {
            let verified = proving::prove_unpacked(config, &manifest, staging.path())?;
            Ok((manifest, verified))
        });
        let last = backup::read(data).ok().and_then(|known| known.made);
        match proved {
            Ok((manifest, verified)) => {
                let (version, made_at, words) =
                    (&manifest.version, manifest.made_at, proving::words(&verified));
                tell!("{} would restore (Florin {version}, {made_at}): {words}", self.file.display());
                if last.is_some_and(|made| made.at == made_at) {
                    proving::note(data, |data| backup::note_verified(data, verified));
                }
                Ok(())
            }
            Err(failure) => {
                let is_last =
                    last.is_some_and(|made| self.file.canonicalize().is_ok_and(|file| file == made.file));
                if is_last {
                    let failed = Failed { at: Env::system().now(), why: failure.to_string() };
                    proving::note(data, |data| backup::note_failed(data, failed));
                }
                Err(failure)
            }
        }
    }

    fn restore(&self, config: &Config) -> Result<(), Failure> {
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
        let manifest = self.unpack(staging.path())?;
        let verified = put(config, &manifest, staging.path())?;
        drop(lock);
        tell!(
            "{} holds the instance as it was at {} (Florin {}): {}",
            data.display(),
            manifest.made_at,
            manifest.version,
            proving::words(&verified)
        );
        Ok(())
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

/// Puts what was unpacked in its place, proved; the database last, so that an instance is whole as soon as it is one.
fn put(config: &Config, manifest: &Manifest, staging: &Path) -> Result<Verified, Failure> {
    let data = &config.instance.data;
    let url = config.database.url.expose_secret();
    let keys = staging.join(archive::KEYS);
    let verified = match (manifest.has(archive::DATABASE), instance::is_postgres(config)) {
        (true, false) if url.is_empty() => proving::prove_unpacked(config, manifest, staging)?,
        (false, true) if manifest.has(archive::DUMP) => {
            postgres_tools::restore(url, &staging.join(archive::DUMP))?;
            proving::prove(&instance::open_existing(config)?, &keys, manifest.made_at)?
        }
        (true, _) => {
            let why = "this backup is of an embedded database: leave DATABASE_URL out and name a directory with --data";
            return Err(Failure::new(Exit::Refused, why));
        }
        (false, _) => {
            let why = "this backup is of a PostgreSQL database: name an empty one with DATABASE_URL";
            return Err(Failure::new(Exit::Refused, why));
        }
    };
    if keys.is_dir() {
        fs::rename(keys, data.join(archive::KEYS))?;
    }
    if manifest.has(archive::DATABASE) {
        fs::rename(staging.join(archive::DATABASE), data.join(archive::DATABASE))?;
    }
    File::open(data)?.sync_all()?;
    Ok(verified)
}
