//! How much is encrypted with the active key.

use florin_db::resealing::{self, Progress};
use florin_db::{Db, DbError, vault_keys};
use florin_vault::Keyring;

use crate::config::{Config, FieldFormat};
use crate::{StartError, sealed_columns, vault};

/// How far the fields came that are encrypted anew with the active key: each column, in its order by name.
///
/// A column that was not begun since the key took over is none of it done. Where no key was ever replaced there are none.
///
/// # Errors
/// [`StartError::Db`].
pub async fn resealing(config: &Config, db: &Db) -> Result<Vec<Progress>, StartError> {
    // Which of several Fernet keys wrote what is not seen from here.
    let by_version = config.vault.fields == FieldFormat::Aes256Gcm;
    let found = db.read(move |reader| {
        let keys = vault_keys::read(reader)?;
        if by_version && keys.iter().all(|key| key.retired_at.is_none()) {
            return Ok(Vec::new());
        }
        let active = vault::active(&keys).map(|key| Keyring::target_of(key.version));
        let begun = resealing::progress(reader)?;
        let mut all = Vec::new();
        for column in sealed_columns() {
            let place = column.name();
            let found = begun.iter().find(|progress| progress.place == place);
            let current = found.filter(|found| !by_version || Some(&found.target) == active.as_ref());
            all.push(match current {
                Some(found) => found.clone(),
                None => Progress {
                    total: resealing::count(reader, column)?,
                    target: active.clone().unwrap_or_default(),
                    place,
                    done: 0,
                    unreadable: 0,
                    finished_at: None,
                },
            });
        }
        Ok::<_, DbError>(all)
    });
    let mut all = found.await?;
    all.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(all)
}
