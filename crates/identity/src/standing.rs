//! Somebody as whoever acts for them must know them: by a schedule that they set up, say.

use std::sync::Arc;

use florin_db::{DbError, Tx, params};
use florin_kernel::{Actor, Origin, Principal, Role, SessionId, UserId, Uuid};

use crate::{Email, FullName, Identity, store};

/// A person, as they stand now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonStanding {
    /// Where they are written to.
    pub email: Email,
    /// What they are called.
    pub full_name: FullName,
    /// Whether they may sign in.
    pub active: bool,
    /// Their roles, sorted.
    pub roles: Vec<Role>,
    /// Whether their email is proved.
    pub verified: bool,
}

impl Identity {
    /// A person as they stand in this unit of work; none where there is no such person.
    ///
    /// # Errors
    /// What the database says.
    pub fn standing_of(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Option<PersonStanding>, DbError> {
        let Some(profile) = store::profile(tx, user)? else { return Ok(None) };
        let status = tx.row("SELECT status FROM identity_user WHERE id = $1", &params![user.uuid()])?;
        let active = status.is_some_and(|row| row.get::<String>(0).is_ok_and(|status| status == "active"));
        Ok(Some(PersonStanding {
            email: profile.email,
            full_name: profile.full_name,
            active,
            roles: profile.roles,
            verified: profile.verified,
        }))
    }

    /// Somebody as they are asked about when what they set up before is done for them now. They are not signed in, and
    /// this gives permits to nobody who could not get them by signing in.
    pub fn absent(&self, user: UserId, standing: &PersonStanding) -> Actor {
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(Uuid::nil()),
            roles: standing.roles.clone(),
            department: None,
            verified: standing.verified,
            mfa_due: false,
        };
        Actor::new(Arc::new(principal), Origin::default(), Arc::clone(&self.authority))
    }
}
