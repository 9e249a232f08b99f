//! People whom staff make known: they choose a password by a letter, and prove their address by doing so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_db::{DbError, Tx};
use florin_kernel::{Role, Timestamp, UserId};
use zeroize::Zeroizing;

use crate::identity::later;
use crate::store::{self, NewUser};
use crate::{Email, FullName, Identity, federation, passwords, random};

/// Somebody who is made known by others.
#[derive(Clone, Debug)]
pub struct Invitee {
    /// The identifier they are given.
    pub id: UserId,
    /// Where the letter goes.
    pub email: Email,
    /// What they are called.
    pub full_name: FullName,
}

impl Identity {
    /// Makes somebody known with these roles and without a password, in a unit of work that was permitted, and writes
    /// them a letter by which they set one; false when the email is taken, and then nothing was written.
    ///
    /// Until they used the letter nobody can sign in as them. It works once, for
    /// [`Settings::invitation_seconds`](crate::Settings::invitation_seconds); who comes later asks for another password
    /// as anybody does.
    ///
    /// # Errors
    /// What the database says, and [`DbError::Other`] when the operating system gives no randomness.
    pub fn invite(
        &self,
        tx: &mut Tx<'_>,
        invitee: &Invitee,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let nobodys = self.hasher.nobodys();
        let user = NewUser {
            id: invitee.id,
            email: &invitee.email,
            full_name: &invitee.full_name,
            phone: None,
            password_hash: &nobodys,
            verified_at: None,
            created_at: now,
        };
        if !store::insert_user(tx, &user, roles)? {
            return Ok(false);
        }
        federation::note_passwordless(tx, invitee.id, &nobodys)?;
        let bytes = random::bytes::<32>().map_err(|error| DbError::Other(error.to_string()))?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(*Zeroizing::new(bytes)));
        let expires_at = later(now, self.settings.invitation_seconds.into());
        passwords::insert_invitation(tx, self.env.new_uuid(), invitee.id, &token, now, expires_at)?;
        self.letters.invitation(tx, &invitee.email, &invitee.full_name, &token)?;
        Ok(true)
    }
}
