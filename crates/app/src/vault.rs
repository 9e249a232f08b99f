//! Opening the vault: the master key from outside, the data keys from the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use florin_db::{Db, DbError, vault_keys};
use florin_kernel::{Action, Actor, Permit, Resource};
use florin_vault::fernet::Fernet;
use florin_vault::{KeyKind, KeyState, Keyring, MasterKey, Purpose, VaultError, WrappedKey, rotation_is_due};
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::StartError;
use crate::config::{Config, FieldFormat};
use crate::resealing::SealAnew;

/// How often keys are looked after.
const LOOK_EVERY: Duration = Duration::from_mins(1);

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
    let keys = wrap_anew(db, &masters, keys).await?;
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
pub(crate) fn masters(config: &Config, is_new: bool) -> Result<Vec<MasterKey>, StartError> {
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
    let permit = operator("start", Action::Operate)?;
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

/// Wraps by the first master key whatever another one wraps still; of several processes that do, one does.
async fn wrap_anew(
    db: &Db,
    masters: &[MasterKey],
    keys: Vec<WrappedKey>,
) -> Result<Vec<WrappedKey>, StartError> {
    let Some(first) = masters.first() else { return Ok(keys) };
    let by_others = keys.iter().filter(|key| key.state != KeyState::Destroyed && key.master != *first.id());
    let wrapped = by_others.map(|before| Ok((before.clone(), before.rewrap(masters, first)?)));
    let wrapped: Vec<(WrappedKey, WrappedKey)> = wrapped.collect::<Result<_, VaultError>>()?;
    if wrapped.is_empty() {
        return Ok(keys);
    }
    let (permit, master) = (operator("start", Action::Operate)?, first.id().clone());
    let written = db.write(permit, move |tx| {
        for (before, after) in &wrapped {
            if vault_keys::replace_wrapping(tx, before, after)? {
                tx.note("wrapped_anew", &format!("{}-{}", before.kind.code(), before.version));
            }
        }
        tx.note("master", &master.as_str());
        vault_keys::read_in(tx)
    });
    Ok(written.await?)
}

/// After how many seconds a key seals that was made to take the place of another: every process looks for such keys each
/// minute, and has then read it.
const SEALS_AFTER_SECONDS: i64 = 180;

/// Makes a key that takes the place of the one that seals fields, once every process has read it, and gives its version.
///
/// # Errors
/// [`StartError::System`] when one that was made before waits still; [`StartError::Vault`], [`StartError::Db`].
pub(crate) async fn announce_key(config: &Config, db: &Db) -> Result<u32, StartError> {
    let permit = operator("keys", Action::Operate)?;
    let master = masters(config, false)?.into_iter().next().ok_or(VaultError::MasterForm)?;
    let now = db.env().now();
    let announced = db.write(permit, move |tx| {
        let keys = vault_keys::read_in(tx)?;
        let last = keys.iter().filter(|key| key.kind == KeyKind::Seal).map(|key| key.version).max();
        if announced(&keys).is_some() {
            return Ok(None);
        }
        let version = last.unwrap_or(0).saturating_add(1);
        let made = WrappedKey::generate(KeyKind::Seal, version, &master, now);
        let made = made.map_err(|error| DbError::Other(error.to_string()))?;
        let key = WrappedKey { state: KeyState::DecryptOnly, ..made };
        tx.note("announced", &version);
        Ok::<_, DbError>(vault_keys::insert(tx, &key)?.then_some(version))
    });
    let waits = "a key that was made before waits to take over: try again in a few minutes";
    announced.await?.ok_or_else(|| StartError::System(waits.to_owned()))
}

/// The key that seals.
pub(crate) fn active(keys: &[WrappedKey]) -> Option<&WrappedKey> {
    keys.iter().find(|key| key.kind == KeyKind::Seal && key.state == KeyState::Active)
}

/// The sealing key that waits to take over: newer than the active one.
pub(crate) fn announced(keys: &[WrappedKey]) -> Option<&WrappedKey> {
    let seals = || keys.iter().filter(|key| key.kind == KeyKind::Seal);
    let active = active(keys)?;
    seals()
        .filter(|key| key.state == KeyState::DecryptOnly && key.version > active.version)
        .max_by_key(|key| key.version)
}

pub(crate) fn operator(name: &'static str, action: Action) -> Result<Permit, StartError> {
    let permit = Actor::system(name).permit(action, Resource::kind("vault_key"));
    permit.map_err(|denied| StartError::System(denied.to_string()))
}

/// What a process looks after of the keys: it notes their uses, takes up those that were made since, and lets the one
/// that waits seal when it is time.
pub(crate) struct Caretaker {
    config: Arc<Config>,
    db: Db,
    keyring: Keyring,
    warned: AtomicBool,
}

impl Caretaker {
    pub(crate) fn new(config: Arc<Config>, db: Db, keyring: Keyring) -> Self {
        Self { config, db, keyring, warned: AtomicBool::new(false) }
    }

    /// Looks after the keys every minute, and at the end.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.go_on().await {
            tracing::warn!(%error, "it could not be seen whether something is to be encrypted anew");
        }
        loop {
            let stopping = *stop.borrow();
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the vault's keys could not be looked after");
            }
            if stopping {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Has a job go on with what another process began to encrypt anew: that one's job is taken for running still.
    async fn go_on(&self) -> Result<(), StartError> {
        let columns = crate::keys::resealing(&self.config, &self.db).await?;
        if columns.iter().any(|one| one.finished_at.is_none()) {
            let now = self.db.env().now();
            self.db.housekeeping(move |tx| florin_jobs::enqueue(tx, SealAnew::KIND, "", now)).await?;
        }
        Ok(())
    }

    /// Looks after the keys once.
    pub(crate) async fn look(&self) -> Result<(), StartError> {
        let uses = self.keyring.take_uses();
        if !uses.is_empty() {
            let noted = self.db.housekeeping(move |tx| {
                uses.iter().try_for_each(|&(version, count)| vault_keys::add_uses(tx, version, count))
            });
            noted.await?;
        }
        let now = self.db.env().now();
        let mut keys = self.db.read(vault_keys::read).await?;
        if let Some(next) = announced(&keys)
            && now.as_second().saturating_sub(next.created_at.as_second()) >= SEALS_AFTER_SECONDS
        {
            let version = next.version;
            keys = self.take_over(version).await?;
        }
        if !self.keyring.matches(&keys) {
            self.keyring.adopt(&masters(&self.config, false)?, &keys)?;
        }
        let active = active(&keys);
        if active.is_some_and(|key| rotation_is_due(key.created_at, key.uses, now))
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "the key that seals fields is old, or has sealed a lot: it is due to be replaced with `florin keys rotate`"
            );
        }
        Ok(())
    }

    /// Lets the key of this version seal in the place of the active one, unless another process did.
    async fn take_over(&self, version: u32) -> Result<Vec<WrappedKey>, StartError> {
        let (permit, now) = (operator("keys", Action::Operate)?, self.db.env().now());
        let taken = self.db.write(permit, move |tx| {
            let keys = vault_keys::read_in(tx)?;
            if announced(&keys).is_some_and(|next| next.version == version) {
                for key in
                    keys.iter().filter(|key| key.kind == KeyKind::Seal && key.state == KeyState::Active)
                {
                    vault_keys::retire(tx, KeyKind::Seal, key.version, now)?;
                }
                vault_keys::activate(tx, KeyKind::Seal, version)?;
                florin_jobs::enqueue(tx, SealAnew::KIND, "", now)?;
                tx.note("active", &version);
            }
            vault_keys::read_in(tx)
        });
        Ok(taken.await?)
    }
}
