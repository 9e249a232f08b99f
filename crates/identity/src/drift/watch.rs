//! Watching where sign-ins are used from.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Origin, Resource, SessionId, Timestamp, UserId};

use super::rows::{SessionPlace, session_place, set_drifted};
use super::{DriftSettings, Place};
use crate::sessions::{Live, Reading};
use crate::{Error, Identity, Letters, SignInNews, Whereabouts, store};

impl Identity {
    /// Whether a factor has to be proved before this request may change anything; a place that was looked at before is
    /// recognised without looking again.
    pub(crate) async fn owes_factor(
        &self,
        live: &Arc<Live>,
        reading: &Reading,
        origin: &Origin,
    ) -> Result<bool, Error> {
        let again;
        let mut reading = reading;
        if reading.drifted {
            // Its owner may have proved a factor in another process.
            again = self.read_sign_in(live.session, None).await?.reading();
            if again.drifted {
                return Ok(true);
            }
            reading = &again;
        }
        let seen = self.sessions.place_hash(origin);
        if live.was_seen_at(seen) {
            return Ok(false);
        }
        let (settings, here) = (self.settings.drift, Place::of(origin));
        if !settings.is_too_far(settings.score(&reading.place, &here)) {
            live.seen_at(seen);
            return Ok(false);
        }
        self.drifted(live.session, reading, here, origin).await
    }

    /// Marks a sign-in as used from too far away, unless another process did or its owner just vouched for the place;
    /// whether it is.
    async fn drifted(
        &self,
        session: SessionId,
        reading: &Reading,
        here: Place,
        origin: &Origin,
    ) -> Result<bool, Error> {
        let owner = reading.principal.person().ok_or(Error::SessionEnded)?;
        let about = Resource::one("session", session.uuid()).owned_by(owner);
        let permit = Actor::system("identity.drift").permit(Action::WatchSession, about)?;
        let mark =
            Mark { session, owner, here, place: Whereabouts::of(origin), settings: self.settings.drift };
        let (letters, env) = (Arc::clone(&self.letters), self.env.clone());
        let drifted = self.db.write(permit, move |tx| mark.make(tx, letters.as_ref(), env.now())).await?;
        if drifted {
            tracing::warn!(session.id = %session, "a sign-in is used from elsewhere: a factor is asked for");
        }
        self.changed(&[session]);
        Ok(drifted)
    }
}

/// What was seen of a sign-in.
struct Mark {
    session: SessionId,
    owner: UserId,
    here: Place,
    place: Whereabouts,
    settings: DriftSettings,
}

impl Mark {
    fn make(&self, tx: &mut Tx<'_>, letters: &dyn Letters, now: Timestamp) -> Result<bool, Error> {
        tx.on_behalf_of(self.owner.uuid());
        store::lock_user(tx, self.owner)?;
        let Some(SessionPlace { place: began, drifted }) = session_place(tx, self.session, now)? else {
            return Err(Error::SessionEnded);
        };
        // What was remembered may be older than the last factor that was proved.
        let score = self.settings.score(&began, &self.here);
        tx.note("score", &score);
        if drifted || !self.settings.is_too_far(score) {
            return Ok(drifted);
        }
        tx.outcome_failed("session_drift");
        if let Some(ip) = &self.place.ip {
            tx.note("ip", ip);
        }
        set_drifted(tx, self.session, now)?;
        let owner = store::profile(tx, self.owner)?.ok_or(Error::UserNotFound(self.owner))?;
        letters.sign_in_news(tx, &owner.email, &owner.full_name, SignInNews::Drifted, &self.place)?;
        Ok(true)
    }
}
