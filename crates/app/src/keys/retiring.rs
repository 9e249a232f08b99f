//! Destroying keys that nothing is encrypted with any more.

use florin_db::{Db, DbError, Tx, resealing, vault_keys};
use florin_kernel::{Action, Timestamp};
use florin_vault::{KeyKind, KeyState, Keyring};
use jiff::SignedDuration;

use crate::config::Config;
use crate::{StartError, sealed_columns, vault};

/// What became of a key that was to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The key, as `florin keys list` calls it.
    pub id: String,
    /// Why it stays; `None` when it is destroyed.
    pub kept: Option<String>,
}

/// Destroys the keys that encrypted fields once and encrypt none any more, after `vault.retire_after_days` of only
/// opening; the one named alone, where one is. What backups hold is not concerned: they hold the key as well.
///
/// # Errors
/// [`StartError::System`] when no such key was replaced; [`StartError::Db`].
pub async fn retire_vault(
    config: &Config,
    db: &Db,
    only: Option<String>,
) -> Result<Vec<Retired>, StartError> {
    let permit = vault::operator("keys", Action::Operate)?;
    let (now, days) = (db.env().now(), config.vault.retire_after_days);
    let retired = db.write(permit, move |tx| {
        let keys = vault_keys::read_in(tx)?;
        let mut all = Vec::new();
        for key in keys.iter().filter(|key| key.kind == KeyKind::Seal && key.state == KeyState::DecryptOnly) {
            let (id, Some(retired_at)) = (format!("{}-{}", key.kind.code(), key.version), key.retired_at)
            else {
                continue;
            };
            if only.as_ref().is_some_and(|only| *only != id) {
                continue;
            }
            let kept = why_kept(tx, key.version, retired_at, days, now)?;
            if kept.is_none() && vault_keys::destroy(tx, key.version)? {
                tx.note("destroyed", &id);
            }
            all.push(Retired { id, kept });
        }
        Ok::<_, DbError>(all)
    });
    let retired = retired.await?;
    if retired.is_empty() {
        let words =
            "no key was replaced and waits to be destroyed; `florin keys list` shows which keys there are";
        return Err(StartError::System(words.to_owned()));
    }
    Ok(retired)
}

/// Why the key of this version cannot go yet.
fn why_kept(
    tx: &mut Tx<'_>,
    version: u32,
    retired_at: Timestamp,
    days: u32,
    now: Timestamp,
) -> Result<Option<String>, DbError> {
    let prefix = Keyring::prefix_of(version);
    for column in sealed_columns() {
        let left = resealing::count_sealed_as(tx, column, &prefix)?;
        if left > 0 {
            return Ok(Some(format!("{left} fields of {} are encrypted with it still", column.name())));
        }
    }
    let goes_at = retired_at.checked_add(SignedDuration::from_hours(i64::from(days).saturating_mul(24)));
    match goes_at {
        Ok(at) if at <= now => Ok(None),
        Ok(at) => Ok(Some(format!("it is kept until {at}"))),
        Err(_) => Ok(Some("it is kept for ever".to_owned())),
    }
}
