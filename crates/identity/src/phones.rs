//! Telephones as they are kept: sealed, with the mask beside that answers show.

use std::sync::Arc;

use florin_db::{DbError, SealedColumn, sealed_column};
use florin_kernel::{Action, Actor, Resource, UserId};

use crate::{Error, Identity, Phone, SealedPlace, Sealer, store};

const TABLE: &str = "identity_user";
const COLUMN: &str = "phone";

/// Where telephones lie.
pub(crate) const SEALED: SealedColumn = sealed_column!("identity_user", "phone", "id");

/// A telephone as it lies in the database.
pub(crate) struct SealedPhone {
    pub(crate) sealed: String,
    pub(crate) masked: String,
}

/// Seals telephones, each for the person whose it is.
#[derive(Clone)]
pub(crate) struct Phones(Arc<dyn Sealer>);

impl Phones {
    pub(crate) fn new(sealer: Arc<dyn Sealer>) -> Self {
        Self(sealer)
    }

    pub(crate) fn seal(&self, user: UserId, phone: Option<&Phone>) -> Result<Option<SealedPhone>, Error> {
        let Some(phone) = phone else { return Ok(None) };
        let sealed = self.0.seal(&place_of(user), phone.expose().as_bytes())?;
        Ok(Some(SealedPhone { sealed, masked: phone.masked().into_string() }))
    }

    fn open(&self, user: UserId, sealed: &str) -> Result<Phone, Error> {
        let opened = self.0.open(&place_of(user), sealed)?;
        let phone = std::str::from_utf8(&opened).ok().and_then(|text| text.parse().ok());
        phone.ok_or_else(|| DbError::Corrupt(format!("{TABLE}.{COLUMN} is not what was written")).into())
    }
}

fn place_of(user: UserId) -> SealedPlace {
    SealedPlace { table: TABLE, column: COLUMN, row: user.uuid() }
}

impl Identity {
    /// Somebody's whole telephone number, for whoever may read their profile; answers show its mask.
    ///
    /// # Errors
    /// [`Error::Denied`]; [`Error::Sealed`] for what was not sealed for this person.
    pub async fn phone(&self, by: &Actor, user: UserId) -> Result<Option<Phone>, Error> {
        by.permit(Action::ReadProfile, Resource::one("user", user.uuid()).owned_by(user))?;
        let found =
            self.db.read(move |reader| store::sealed_phone(reader, user).map_err(Error::from)).await?;
        found.map(|sealed| self.phones.open(user, &sealed)).transpose()
    }
}
