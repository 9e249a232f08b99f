//! The identities of a person: which there are, and taking one away.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Denied, Resource, SessionId, Timestamp, UserId, Uuid};

use super::store as links;
use crate::ports::IdentityNews;
use crate::store::{self, Because};
use crate::{Error, Identity, Letters};

/// An identity that can be signed in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Its identifier.
    pub id: Uuid,
    /// The name of the provider.
    pub provider: String,
    /// Since when it can be used.
    pub linked_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl Identity {
    /// The identities of whoever asks, the oldest first.
    ///
    /// # Errors
    /// [`Error::Denied`] when nobody is signed in.
    pub async fn linked_identities(&self, by: &Actor) -> Result<Vec<LinkedIdentity>, Error> {
        let user = by.user().ok_or(Denied::Unauthenticated)?;
        by.permit(Action::ReadIdentities, Resource::kind("federation").owned_by(user))?;
        self.db.read(move |reader| links::of(reader, user).map_err(Error::from)).await
    }

    /// Takes an identity away from whoever asks, with a fresh factor; their other sign-ins end, and they are told by
    /// mail.
    ///
    /// # Errors
    /// [`Error::IdentityNotFound`]; [`Error::LastWayIn`] when there is neither a password that they set nor a passkey
    /// nor another identity; [`Error::Denied`].
    #[tracing::instrument(name = "identity.federation.unlink", skip_all)]
    pub async fn unlink_identity(&self, by: &Actor, id: Uuid) -> Result<(), Error> {
        let (Some(user), Some(session)) = (by.user(), by.session()) else {
            return Err(Denied::Unauthenticated.into());
        };
        let about = Resource::one("federation", id).owned_by(user);
        let permit = by.permit(Action::UnlinkIdentity, about)?;
        by.must_have_stepped_up(self.env.now())?;
        let (env, letters) = (self.env.clone(), Arc::clone(&self.letters));
        let ended =
            self.db.write(permit, move |tx| unlink(tx, user, session, id, &*letters, env.now())).await?;
        self.ended(&ended);
        Ok(())
    }
}

/// Takes the identity away, and says which sign-ins ended; a refusal undoes all of it.
fn unlink(
    tx: &mut Tx<'_>,
    user: UserId,
    session: SessionId,
    id: Uuid,
    letters: &dyn Letters,
    now: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    store::lock_user(tx, user)?;
    let Some(gone) = links::remove(tx, user, id)? else { return Err(Error::IdentityNotFound) };
    if !links::has_another_way(tx, user)? && links::of(tx, user)?.is_empty() {
        return Err(Error::LastWayIn);
    }
    tx.note("provider", &gone.provider);
    let mut others = store::live_sessions(tx, user, now, 0)?;
    others.retain(|other| *other != session);
    for &other in &others {
        store::revoke(tx, other, Because::FactorChanged, now)?;
    }
    if let Some(person) = store::profile(tx, user)? {
        let news = IdentityNews::Unlinked { provider: gone.provider };
        letters.identity_news(tx, &person.email, &person.full_name, &news)?;
    }
    Ok(others)
}
