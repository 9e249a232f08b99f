//! Consents put together: the purposes of the configuration, and the people of identity.

use std::fs;
use std::sync::Arc;

use florin_compliance::consents::{Consents, People, Purposes};
use florin_db::{Db, DbError, Reader, Tx};
use florin_identity::Identity;
use florin_kernel::UserId;

use crate::StartError;
use crate::config::Config;

/// Consents to the purposes of the configuration. Blocking.
///
/// # Errors
/// [`StartError`], which names the file of purposes and what is wrong with it.
pub(crate) fn open(config: &Config, db: &Db) -> Result<Consents, StartError> {
    let purposes = purposes(config).map_err(StartError::System)?;
    Ok(Consents::new(db.clone(), Arc::new(PeopleOfIdentity), purposes))
}

/// What people are asked to agree to, by the file of the configuration or by default.
fn purposes(config: &Config) -> Result<Purposes, String> {
    let file = &config.compliance.consents_file;
    if file.as_os_str().is_empty() {
        return Purposes::shipped().map_err(|error| error.to_string());
    }
    let wrong = |why: String| format!("compliance.consents_file: {}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Purposes::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// Everybody who can sign in.
struct PeopleOfIdentity;

impl People for PeopleOfIdentity {
    fn is_known(&self, reader: &mut Reader<'_>, user: UserId) -> Result<bool, DbError> {
        Ok(Identity::find_person(reader, user)?.is_some())
    }

    fn lock(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        Ok(Identity::lock_person(tx, user)?.is_some())
    }
}
