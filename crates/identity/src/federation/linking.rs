//! Linking an identity to somebody who is signed in.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, SessionId, UserId};

use super::exchange::Claimed;
use super::linked::LinkedIdentity;
use super::store as links;
use crate::ports::IdentityNews;
use crate::{Error, Identity, Letters, store};

/// So many identities a person may have.
const IDENTITIES_MAX: usize = 20;

/// What came of linking.
enum Linked {
    /// It is theirs, from now on or from before.
    Theirs(LinkedIdentity),
    Taken,
    TooMany,
}

impl Identity {
    /// Links an identity to `user`, who began the attempt in `session`, and is told by mail.
    pub(super) async fn link_identity(
        &self,
        by: &Actor,
        user: UserId,
        session: SessionId,
        provider: &str,
        claimed: Claimed,
    ) -> Result<LinkedIdentity, Error> {
        // Whoever was signed out meanwhile links nothing.
        let live = self.read_sign_in(session, Some(user)).await?;
        let reading = live.reading();
        let owner =
            Actor::new(Arc::clone(&reading.principal), by.origin().clone(), Arc::clone(&self.authority))
                .owing_a_factor(reading.drifted);
        let permit = owner.permit(Action::LinkIdentity, Resource::kind("federation").owned_by(user))?;
        let (id, provider) = (self.env.new_uuid(), provider.to_owned());
        let (env, letters) = (self.env.clone(), Arc::clone(&self.letters));
        let linked = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                tx.note("provider", &provider);
                let link =
                    LinkedIdentity { id, provider: provider.clone(), linked_at: now, last_used_at: None };
                link_to(tx, user, link, &claimed, &*letters)
            })
            .await?;
        match linked {
            Linked::Theirs(link) => Ok(link),
            Linked::Taken => Err(Error::IdentityTaken),
            Linked::TooMany => Err(Error::IdentitiesTooMany),
        }
    }
}

fn link_to(
    tx: &mut Tx<'_>,
    user: UserId,
    link: LinkedIdentity,
    claimed: &Claimed,
    letters: &dyn Letters,
) -> Result<Linked, Error> {
    if !store::lock_user(tx, user)? {
        return Err(Error::UserNotFound(user));
    }
    let known = links::of(tx, user)?;
    if let Some((owner, id)) = links::owner(tx, claimed)? {
        if let Some(theirs) = known.into_iter().find(|known| owner == user && known.id == id) {
            tx.about(id);
            return Ok(Linked::Theirs(theirs));
        }
        tx.outcome_failed("identity_taken");
        return Ok(Linked::Taken);
    }
    if known.len() >= IDENTITIES_MAX {
        tx.outcome_failed("identities_too_many");
        return Ok(Linked::TooMany);
    }
    if !links::insert(tx, user, &link, claimed)? {
        tx.outcome_failed("identity_taken");
        return Ok(Linked::Taken);
    }
    tx.about(link.id);
    if let Some(person) = store::profile(tx, user)? {
        let news = IdentityNews::Linked { provider: link.provider.clone() };
        letters.identity_news(tx, &person.email, &person.full_name, &news)?;
    }
    Ok(Linked::Theirs(link))
}
