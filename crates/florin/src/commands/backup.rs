//! `florin backup`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_app::config::Config;
use florin_db::{Db, DbError};
use florin_kernel::Env;
use secrecy::{ExposeSecret, SecretString};

use crate::instance::{self, Instance};
use crate::{Exit, Failure, archive, postgres_tools};

/// Copy the instance, while it serves or not, to a file that holds its database and its keys
#[derive(Args)]
#[command(
    after_help = "The file holds secrets: it is made for your user alone, and is to be kept that way.\n\n\
                  Example:\n  florin backup /backups/florin-2026-11-01.tar --data /var/lib/florin"
)]
pub(super) struct Backup {
    /// The file to make; one that is there already is never written over
    file: PathBuf,
    #[command(flatten)]
    instance: Instance,
}

impl Backup {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let file = &self.file;
        if file.exists() {
            return Err(Failure::new(Exit::Refused, format!("{} is there already", file.display())));
        }
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let staging = tempfile::Builder::new().prefix(".florin-backup-").tempdir_in(parent);
        let staging = staging.map_err(|error| Failure::from(error).during(parent.display()))?;
        let made = staging.path().join("backup.tar");
        let accounts = make(&config, staging.path(), &made)?;

        // A link is refused where somebody made the file in the meantime.
        fs::hard_link(&made, file).map_err(|error| Failure::from(error).during(file.display()))?;
        fs::File::open(parent).and_then(|parent| parent.sync_all())?;
        // Where this lies the running server tells how old the newest backup is.
        let told = config.instance.data.join(florin_app::operations::LAST_BACKUP);
        if let Err(error) = fs::write(told, Env::system().now().to_string()) {
            tracing::warn!(%error, "when the backup was made could not be noted for the server");
        }
        let verified =
            accounts.map_or(String::new(), |accounts| format!(", its books verified ({accounts} accounts)"));
        tell!("{} holds the instance as it is now{verified}", file.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes the archive and reads it back; how many accounts its books have is the answer where they can be read.
fn make(config: &Config, staging: &Path, archive: &Path) -> Result<Option<u64>, Failure> {
    let db = instance::open_existing(config)?;
    let mut files = Vec::new();
    if instance::is_postgres(config) {
        let dump = staging.join(archive::DUMP);
        archive::create_private(&dump)?;
        postgres_tools::dump(config.database.url.expose_secret(), &dump)?;
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
    archive::pack(archive, Env::system().now(), schema, &files)?;
    for (_, path) in files.iter().take(1) {
        fs::remove_file(path)?;
    }

    let unpacked = staging.join("unpacked");
    fs::create_dir(&unpacked)?;
    archive::unpack(archive, &unpacked)?;
    if instance::is_postgres(config) {
        postgres_tools::check(&unpacked.join(archive::DUMP))?;
        return Ok(None);
    }
    verify(config, &unpacked).map(Some)
}

fn schema(db: &Db) -> Result<Vec<String>, Failure> {
    let applied = instance::runtime()?.block_on(db.read(florin_db::applied));
    let applied = applied.map_err(|error: DbError| error)?;
    Ok(applied.into_iter().map(|migration| migration.name).collect())
}

/// Opens the database that was unpacked into this directory and reckons its books; how many accounts they have is the
/// answer.
pub(super) fn verify(config: &Config, directory: &Path) -> Result<u64, Failure> {
    let mut config = config.clone();
    config.database.url = SecretString::default();
    directory.clone_into(&mut config.instance.data);
    verify_books(&instance::open_existing(&config)?)
}

/// Reckons the books of a copy and closes it; how many accounts they have is the answer.
pub(super) fn verify_books(db: &Db) -> Result<u64, Failure> {
    let report = instance::runtime()?.block_on(db.read(florin_ledger::verify));
    db.close();
    let report = report.map_err(|error: DbError| error)?;
    match report.problems.as_slice() {
        [] => Ok(report.accounts),
        [first, ..] => {
            Err(Failure::new(Exit::Failed, format!("the books of the backup do not agree: {first}")))
        }
    }
}
