//! Opening the vault: the master key from outside, the data keys from the database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use florin_db::{Db, DbError, vault_keys};
use florin_kernel::{Action, Actor, Resource};
use florin_vault::fernet::Fernet;
use florin_vault::{KeyKind, KeyState, Keyring, MasterKey, Purpose, VaultError, WrappedKey, rotation_is_due};
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::StartError;
use crate::config::{Config, FieldFormat};

/// How often the uses of keys are noted.
const NOTE_EVERY: Duration = Duration::from_mins(1);

/// Opens the keys that fields are sealed with, and makes the first ones at the first start.
///
/// # Errors
/// [`StartError::Vault`] when a key is missing, weak or open to others; [`StartError::System`] when the file of the
/// master key is gone while keys that it wrapped are not.
pub(crate) async fn open(config: &Config, db: &Db) -> Result<Keyring, StartError> {
    let keys = db.read(vault_keys::read).await?;
    let masters = masters(config, keys.is_empty())?;
    let is_complete =
        |kind| keys.iter().any(|key: &WrappedKey| key.kind == kind && key.state == KeyState::Active);
    let keys = if is_complete(KeyKind::Seal) && is_complete(KeyKind::Root) {
        keys
    } else {
        make_first(db, masters.first().cloned()).await?
    };
    with_fernet(config, db, Keyring::unlock(&masters, &keys)?)
}

/// The same keyring with the Fernet keys that fields are read, and perhaps written, with.
fn with_fernet(config: &Config, db: &Db, keyring: Keyring) -> Result<Keyring, StartError> {
    let (writes, given) =
        (config.vault.fields == FieldFormat::Fernet, config.vault.fernet_keys.expose_secret());
    let given: Vec<&str> = given.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    if given.is_empty() && !writes {
        return Ok(keyring);
    }
    let own = Zeroizing::new(URL_SAFE.encode(keyring.derive(Purpose::Fernet).expose()));
    // The own key reads on after others' were given, and what it wrote is not lost.
    let fernet = Fernet::try_new(given.into_iter().chain([own.as_str()]))
        .map_err(|error| StartError::System(format!("vault.fernet_keys: {error}")))?;
    Ok(keyring.with_fernet(fernet, writes, db.env().clone()))
}

/// The master keys at hand, the one that wraps first.
fn masters(config: &Config, is_new: bool) -> Result<Vec<MasterKey>, StartError> {
    let mut masters = Vec::new();
    for text in [&config.vault.master_key, &config.vault.previous_master_key] {
        if !text.expose_secret().is_empty() {
            masters.push(MasterKey::from_text(text.expose_secret())?);
        }
    }
    let file = key_file(config);
    if config.vault.master_key.expose_secret().is_empty() {
        let from_file = if is_new { Some(make_file(&file)?) } else { MasterKey::read(&file)? };
        let from_file = from_file.ok_or_else(|| {
            StartError::System(format!(
                "{} is gone, and what is encrypted in the database cannot be read without it: put it back from a \
                 backup, or set vault.master_key",
                file.display()
            ))
        })?;
        masters.insert(0, from_file);
    } else if let Some(from_file) = MasterKey::read(&file)? {
        // A key that moved from its file into the environment may have wrapped what is there.
        masters.push(from_file);
    }
    Ok(masters)
}

/// Makes the file of the master key, where the key is not set otherwise; to be called only where nothing was encrypted yet.
pub(crate) fn make_master_key(config: &Config) -> Result<(), StartError> {
    if config.vault.master_key.expose_secret().is_empty() {
        make_file(&key_file(config))?;
    }
    Ok(())
}

fn key_file(config: &Config) -> PathBuf {
    config.instance.data.join("keys").join("master.key")
}

fn make_file(path: &Path) -> Result<MasterKey, StartError> {
    if let Some(directory) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder
            .create(directory)
            .map_err(|error| StartError::System(format!("{}: {error}", directory.display())))?;
    }
    Ok(MasterKey::read_or_create(path)?)
}

/// Makes the keys that are missing; of several processes that do, one does, and all read what is there then.
async fn make_first(db: &Db, master: Option<MasterKey>) -> Result<Vec<WrappedKey>, StartError> {
    let permit = Actor::system("start")
        .permit(Action::Operate, Resource::kind("vault_key"))
        .map_err(|denied| StartError::System(denied.to_string()))?;
    let master = master.ok_or(VaultError::MasterForm)?;
    let now = db.env().now();
    let made = db.write(permit, move |tx| {
        for kind in [KeyKind::Seal, KeyKind::Root] {
            let key = WrappedKey::generate(kind, 1, &master, now)
                .map_err(|error| DbError::Other(error.to_string()))?;
            let inserted = vault_keys::insert(tx, &key)?;
            tx.note(kind.code(), &if inserted { "made" } else { "kept" });
        }
        vault_keys::read_in(tx)
    });
    Ok(made.await?)
}

/// Notes every minute, and at the end, how much the keys sealed, and warns when one is due to be replaced.
pub(crate) async fn note_uses(db: Db, keyring: Keyring, mut stop: watch::Receiver<bool>) {
    let mut warned = false;
    loop {
        let stopping = *stop.borrow();
        match note(&db, &keyring).await {
            Ok(true) if !warned => {
                warned = true;
                tracing::warn!(
                    "the key that seals fields is old, or has sealed a lot: it is due to be replaced"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the uses of the vault's keys could not be noted"),
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(NOTE_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Notes the uses since the last time; whether the active key is due to be replaced.
async fn note(db: &Db, keyring: &Keyring) -> Result<bool, DbError> {
    let uses = keyring.take_uses();
    let now = db.env().now();
    if !uses.is_empty() {
        db.housekeeping(move |tx| {
            uses.iter().try_for_each(|&(version, count)| vault_keys::add_uses(tx, version, count))
        })
        .await?;
    }
    let keys = db.read(vault_keys::read).await?;
    let active = keys.iter().find(|key| key.kind == KeyKind::Seal && key.state == KeyState::Active);
    Ok(active.is_some_and(|key| rotation_is_due(key.created_at, key.uses, now)))
}
