//! Whether a copy of an instance is one to rely on: its books agree, and its audit trail stands.

use std::path::Path;

use florin_app::backup::{self, Verified};
use florin_app::config::Config;
use florin_audit::{Keys, Scope};
use florin_db::Db;
use florin_kernel::{Env, Timestamp};
use secrecy::SecretString;

use crate::archive::{self, Manifest};
use crate::instance;
use crate::postgres_tools::{self, Scratch};
use crate::{Exit, Failure};

/// Proves what was unpacked into `staging`; a dump of PostgreSQL is restored into a database of its own, on the server of
/// the configuration, which goes away again.
pub(super) fn prove_unpacked(
    config: &Config,
    manifest: &Manifest,
    staging: &Path,
) -> Result<Verified, Failure> {
    let keys = staging.join(archive::KEYS);
    let mut copy = config.clone();
    if manifest.has(archive::DATABASE) {
        copy.database.url = SecretString::default();
        staging.clone_into(&mut copy.instance.data);
        return prove(&instance::open_existing(&copy)?, &keys, manifest.made_at);
    }
    let url = instance::postgres_url(config).ok_or_else(|| {
        let why = "this backup is of a PostgreSQL database: name one with DATABASE_URL, beside which it is verified";
        Failure::new(Exit::Refused, why)
    })?;
    let scratch = Scratch::create(url)?;
    postgres_tools::restore(&scratch.url(), &staging.join(archive::DUMP))?;
    copy.database.url = scratch.url().into();
    prove(&instance::open_existing(&copy)?, &keys, manifest.made_at)
}

/// Reckons the books and the audit trail of a copy anew, and closes it.
pub(super) fn prove(db: &Db, keys: &Path, made_at: Timestamp) -> Result<Verified, Failure> {
    let runtime = instance::runtime()?;
    let trusted = Keys::trusted_in(keys).map_err(florin_audit::Error::from)?;
    let found = runtime.block_on(async {
        let books = florin_app::verify_books(db).await.map_err(Failure::from)?;
        let trail = florin_audit::verify(db, &trusted, &Scope::default()).await.map_err(Failure::from)?;
        Ok::<_, Failure>((books, trail))
    });
    db.close();
    let (books, trail) = found?;
    if let Some(first) = books.problems.first() {
        return Err(Failure::new(Exit::Failed, format!("the books of the backup do not agree: {first}")));
    }
    if let Some(first) = trail.faults.first() {
        return Err(Failure::new(
            Exit::Failed,
            format!("the audit trail of the backup does not stand: {}", first.text),
        ));
    }
    let at = Env::system().now();
    Ok(Verified { made_at, at, accounts: books.accounts, transfers: books.transfers, seals: trail.seals })
}

/// What was found, in words.
pub(super) fn words(verified: &Verified) -> String {
    let Verified { accounts, transfers, seals, .. } = verified;
    format!("{accounts} accounts and {transfers} transfers agree, {seals} seals of the audit trail stand")
}

/// Writes down what became of a backup; where that cannot be done, it is said, and nothing else changes.
pub(super) fn note(data: &Path, note: impl FnOnce(&Path) -> std::io::Result<()>) {
    if !data.is_dir() {
        return;
    }
    if let Err(error) = note(data) {
        tell!(
            "{}: it could not be written down that this was done: {error}",
            data.join(backup::FILE).display()
        );
    }
}
