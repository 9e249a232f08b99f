//! Whether the keys that encrypt fields are as they should be.

use florin_db::resealing::Progress;
use florin_db::{Db, vault_keys};
use florin_kernel::Timestamp;
use florin_vault::{KeyState, Keyring, MasterKey, WrappedKey, rotation_is_due};
use secrecy::ExposeSecret as _;

use super::resealing;
use crate::config::Config;
use crate::{StartError, vault};

/// How the keys of the fields are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultHealth {
    /// They open, and nothing is to be done.
    Well(String),
    /// They open, and somebody should do something.
    Warning(String),
    /// They do not open, or fields do not.
    Broken(String),
}

/// Looks whether the master key opens every key, and what is to be done about them.
///
/// # Errors
/// [`StartError::Db`].
pub async fn examine_vault(config: &Config, db: &Db) -> Result<VaultHealth, StartError> {
    let keys: Vec<WrappedKey> = db.read(vault_keys::read).await?;
    if keys.is_empty() {
        return Ok(VaultHealth::Warning("there are none yet; the first start makes them".to_owned()));
    }
    let masters = match vault::masters(config, false) {
        Ok(masters) => masters,
        Err(error) => return Ok(VaultHealth::Broken(error.to_string())),
    };
    if let Err(error) = Keyring::unlock(&masters, &keys) {
        return Ok(VaultHealth::Broken(error.to_string()));
    }
    let columns = resealing(config, db).await?;
    let unreadable: u64 = columns.iter().map(|one| one.unreadable).sum();
    if unreadable > 0 {
        return Ok(VaultHealth::Broken(format!(
            "{unreadable} encrypted fields do not open: the log names their rows"
        )));
    }
    Ok(what_to_do(config, &keys, &masters, &columns, db.env().now()))
}

fn what_to_do(
    config: &Config,
    keys: &[WrappedKey],
    masters: &[MasterKey],
    columns: &[Progress],
    now: Timestamp,
) -> VaultHealth {
    let (done, total) = columns.iter().fold((0_u64, 0_u64), |(done, total), one| {
        (done.saturating_add(one.done), total.saturating_add(one.total))
    });
    let first = masters.first().map(MasterKey::id);
    let by_others = keys.iter().any(|key| key.state != KeyState::Destroyed && Some(&key.master) != first);
    let replaced = keys.iter().any(|key| key.retired_at.is_some());
    let active = vault::active(keys);
    if active.is_some_and(|key| rotation_is_due(key.created_at, key.uses, now)) {
        VaultHealth::Warning(
            "the key that encrypts fields is due to be replaced: run `florin keys rotate`".to_owned(),
        )
    } else if by_others {
        VaultHealth::Warning(
            "some keys are encrypted with the master key before; the next start encrypts them anew"
                .to_owned(),
        )
    } else if !config.vault.previous_master_key.expose_secret().is_empty() {
        VaultHealth::Warning("nothing needs vault.previous_master_key any more: take it away".to_owned())
    } else if replaced && columns.iter().any(|one| one.finished_at.is_none()) {
        VaultHealth::Well(format!("they open; {done} of {total} fields are encrypted anew so far"))
    } else {
        VaultHealth::Well("they open, and encrypt every field".to_owned())
    }
}
