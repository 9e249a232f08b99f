//! Making somebody known whom a provider vouches for.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_kernel::{Action, Actor, Resource, Role, UserId};
use zeroize::Zeroizing;

use super::exchange::Claimed;
use super::linked::LinkedIdentity;
use super::store as links;
use crate::store::{self, NewUser};
use crate::{Email, Error, FullName, Identity, Password, random};

impl Identity {
    /// Makes an account for a verified email that has none, with a password that nobody knows. Where the email was
    /// taken meanwhile nothing happens; what is to be done then is decided anew.
    pub(super) async fn register_identity(
        &self,
        by: &Actor,
        provider: &str,
        claimed: &Claimed,
    ) -> Result<(), Error> {
        let Some(email) = claimed.email.clone() else { return Ok(()) };
        let permit = by.permit(Action::Register, Resource::kind("user"))?;
        let unknown = Zeroizing::new(URL_SAFE_NO_PAD.encode(*Zeroizing::new(random::bytes::<32>()?)));
        let unknown = Password::try_new(&unknown).map_err(|_| Error::Randomness)?;
        let password_hash = self.hasher.hash(unknown).await?;

        let user = UserId::from_uuid(self.env.new_uuid());
        let (link, provider, claimed) = (self.env.new_uuid(), provider.to_owned(), claimed.clone());
        let full_name = claimed.name.clone().or_else(|| name_of(&email)).ok_or(Error::OauthFailed)?;
        let (env, letters) = (self.env.clone(), Arc::clone(&self.letters));
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                tx.note("provider", &provider);
                let new = NewUser {
                    id: user,
                    email: &email,
                    full_name: &full_name,
                    phone: None,
                    password_hash: &password_hash,
                    verified_at: Some(now),
                    created_at: now,
                };
                if !store::insert_user(tx, &new, &[Role::Customer])? {
                    tx.outcome_failed("email_taken");
                    return Ok(());
                }
                let (provider, linked_at) = (provider.clone(), now);
                let link = LinkedIdentity { id: link, provider, linked_at, last_used_at: Some(now) };
                if !links::insert(tx, user, &link, &claimed)? {
                    // Somebody else came by the same identity at once; the account is not made either.
                    return Err(Error::OauthFailed);
                }
                links::note_passwordless(tx, user, &password_hash)?;
                tx.about(user.uuid());
                tx.note("linked", &link.id);
                letters.welcome(tx, &email, &full_name)?;
                Ok(())
            })
            .await
    }
}

/// What somebody is called who has told no name: as their address begins, or as nobody in particular.
fn name_of(email: &Email) -> Option<FullName> {
    [email.local_part(), "Customer"].into_iter().find_map(|name| name.parse().ok())
}
