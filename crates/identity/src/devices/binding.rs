//! Tokens shown from another device than the one they were issued to, and the uses of sign-ins.

use florin_db::Tx;
use florin_kernel::{Action, Actor, Origin, Resource, SessionId, Timestamp, UserId};

use super::{Whereabouts, store};
use crate::store::{self as rows, Because};
use crate::{Error, Identity, Letters, SignInNews};

/// Ends a sign-in whose token was shown from `place`, and tells its owner; once, however often it is shown.
pub(crate) fn end_stolen(
    tx: &mut Tx<'_>,
    session: SessionId,
    owner: UserId,
    place: &Whereabouts,
    letters: &dyn Letters,
    now: Timestamp,
) -> Result<(), Error> {
    tx.on_behalf_of(owner.uuid());
    tx.outcome_failed("device_mismatch");
    rows::lock_user(tx, owner)?;
    let live = rows::lock_session(tx, session)?.is_some_and(|found| !found.revoked);
    if !live {
        return Ok(());
    }
    rows::revoke(tx, session, Because::DeviceMismatch, now)?;
    let owner = rows::profile(tx, owner)?.ok_or(Error::UserNotFound(owner))?;
    letters.sign_in_news(tx, &owner.email, &owner.full_name, SignInNews::StolenToken, place)?;
    Ok(())
}

impl Identity {
    /// Ends the sign-in of a token that came from another device than it was issued to.
    pub(crate) async fn shown_elsewhere(&self, session: SessionId, owner: UserId, origin: &Origin) -> Error {
        tracing::warn!(session.id = %session, "a token was shown from another device than its own: the sign-in is ended");
        let about = Resource::one("session", session.uuid()).owned_by(owner);
        let permit = Actor::system("identity.device_binding").permit(Action::EndSession, about);
        let permit = match permit {
            Ok(permit) => permit,
            Err(denied) => return denied.into(),
        };
        let (letters, env, place) = (self.letters.clone(), self.env.clone(), Whereabouts::of(origin));
        let done = self
            .db
            .write(permit, move |tx| {
                if let Some(ip) = &place.ip {
                    tx.note("ip", ip);
                }
                end_stolen(tx, session, owner, &place, letters.as_ref(), env.now())
            })
            .await;
        self.ended(&[session]);
        done.err().unwrap_or(Error::DeviceMismatch)
    }

    /// Notes when sign-ins were used last; to be called every few seconds, and at the end.
    ///
    /// # Errors
    /// [`Error::Db`]; what could not be noted is lost, and the next use is noted again.
    pub async fn note_sign_in_uses(&self) -> Result<(), Error> {
        let used = self.sign_ins_used();
        if used.is_empty() {
            return Ok(());
        }
        self.db.housekeeping(move |tx| store::note_used(tx, &used).map_err(Error::from)).await
    }
}
