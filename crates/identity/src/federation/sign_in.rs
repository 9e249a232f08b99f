//! Signing in whom a provider vouches for.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Resource, Timestamp, UserId, Uuid};

use super::Arrival;
use super::exchange::Claimed;
use super::linked::LinkedIdentity;
use super::standing::{Standing, Step, decide};
use super::store as links;
use crate::factors::{Factors, FirstFactor, MfaChallenge, Second};
use crate::opening::{Begun, Opening};
use crate::ports::IdentityNews;
use crate::{Error, Hold, Identity, Letters, Profile, store};

impl Identity {
    /// Signs somebody in, after making them an account where that is due.
    pub(super) async fn sign_in_identity(
        &self,
        by: &Actor,
        provider: &str,
        claimed: Claimed,
        hold: Hold,
    ) -> Result<Arrival, Error> {
        let register = self.federation.settings.register;
        let asking = claimed.clone();
        let standing = self.db.read(move |reader| Standing::of(reader, &asking)).await?;
        if decide(standing, register) == Step::Register {
            self.register_identity(by, provider, &claimed).await?;
        }
        let permit = by.permit(Action::Login, Resource::kind("session"))?;
        let arriving = Arriving {
            claimed,
            provider: provider.to_owned(),
            link: self.env.new_uuid(),
            factors: Arc::clone(&self.factors),
            letters: Arc::clone(&self.letters),
            opening: self.opening(by.origin(), hold)?,
        };
        let env = self.env.clone();
        match self.db.write(permit, move |tx| arriving.arrive(tx, env.now())).await? {
            Came::Begun(begun) => Ok(Arrival::SignedIn(Box::new(self.signed_in(*begun)?))),
            Came::Asked(challenge) => Ok(Arrival::MfaRequired(challenge)),
            Came::LinkFirst => Err(Error::LinkFirst),
            Came::Refused => Err(Error::InvalidCredentials),
        }
    }
}

/// Somebody whom a provider vouches for, on the way in.
struct Arriving {
    claimed: Claimed,
    provider: String,
    /// What a link will be called.
    link: Uuid,
    factors: Arc<Factors>,
    letters: Arc<dyn Letters>,
    opening: Opening,
}

/// What came of it.
enum Came {
    Begun(Box<Begun>),
    Asked(Box<MfaChallenge>),
    LinkFirst,
    Refused,
}

impl Arriving {
    /// Begins the sign-in, or asks for the second factor, or records that it was refused.
    fn arrive(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Came, Error> {
        tx.note("provider", &self.provider);
        let step = decide(Standing::of(tx, &self.claimed)?, false);
        let (Step::SignIn(user) | Step::Link(user)) = step else {
            tx.outcome_failed("oauth_link_required");
            return Ok(Came::LinkFirst);
        };
        tx.on_behalf_of(user.uuid());
        let Some(person) = self.entitled(tx, user, step)? else {
            tx.outcome_failed("invalid_credentials");
            return Ok(Came::Refused);
        };
        if step == Step::Link(user) && !self.link(tx, &person, now)? {
            tx.outcome_failed("invalid_credentials");
            return Ok(Came::Refused);
        }
        if let Some((_, link)) = links::owner(tx, &self.claimed)? {
            links::note_use(tx, link, now)?;
        }
        let first = FirstFactor::provider(user);
        let amr = match self.factors.second(tx, &person, &first, None, now)? {
            Second::NotOn => first.amr.to_owned(),
            Second::Asked(challenge) => return Ok(Came::Asked(Box::new(challenge))),
            // No code is shown here, so that none is right and none is wrong.
            Second::Passed(_) | Second::Wrong => return Ok(Came::Refused),
        };
        Ok(Came::Begun(Box::new(self.opening.begin(tx, person, &amr, now)?)))
    }

    /// The person, locked, if they may sign in and nothing changed since it was decided.
    fn entitled(&self, tx: &mut Tx<'_>, user: UserId, step: Step) -> Result<Option<Profile>, Error> {
        let active = store::lock_credentials(tx, user)?.is_some_and(|found| found.active);
        let unchanged = decide(Standing::of(tx, &self.claimed)?, false) == step;
        if active && unchanged { Ok(store::profile(tx, user)?) } else { Ok(None) }
    }

    /// Links the identity to the person who has its address; false when it is somebody's already.
    fn link(&self, tx: &mut Tx<'_>, person: &Profile, now: Timestamp) -> Result<bool, Error> {
        let link = LinkedIdentity {
            id: self.link,
            provider: self.provider.clone(),
            linked_at: now,
            last_used_at: Some(now),
        };
        if !links::insert(tx, person.id, &link, &self.claimed)? {
            return Ok(false);
        }
        tx.note("linked", &link.id);
        let news = IdentityNews::Linked { provider: self.provider.clone() };
        self.letters.identity_news(tx, &person.email, &person.full_name, &news)?;
        Ok(true)
    }
}
