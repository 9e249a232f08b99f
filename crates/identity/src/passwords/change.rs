//! Changing one's password.

use std::sync::Arc;

use florin_kernel::{Action, Actor, Denied, Resource, SessionId};
use secrecy::SecretString;

use super::checking::Checked;
use super::store as hashes;
use crate::store::{self, Because};
use crate::{Error, Identity, Password};

impl Identity {
    /// Changes the password of whoever asks: every other sign-in of theirs ends, and they get a letter of it.
    ///
    /// Wrong present passwords are counted as guesses of somebody who is signed in.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] or [`Error::Locked`] when the present password is wrong or not looked at,
    /// [`Error::WeakPassword`], [`Error::Overloaded`], [`Error::Denied`].
    #[tracing::instrument(name = "identity.password.change", skip_all)]
    pub async fn change_password(&self, by: &Actor, current: &Password, new: &Password) -> Result<(), Error> {
        let (Some(user), Some(session)) = (by.user(), by.session()) else {
            return Err(Denied::Unauthenticated.into());
        };
        let about = Resource::one("user", user.uuid()).owned_by(user);
        let permit = by.permit(Action::ChangePassword, about)?;
        let (checked, gate) = self.check_own_password(user, current).await?;
        let (subject, closed_until) = (checked.subject(), checked.closed_until);
        let new_hash = if checked.right {
            let earlier = self.earlier(user).await?.ok_or(Error::UserNotFound(user))?;
            self.judge_anew(new, &earlier).await?;
            Some(self.hasher.hash(new.clone()).await?)
        } else {
            None
        };

        let change = Change { checked, new_hash, session, history: self.settings.passwords.history };
        let (env, letters) = (self.env.clone(), Arc::clone(&self.letters));
        let ended = self.db.write(permit, move |tx| change.make(tx, &*letters, env.now())).await;
        drop(gate);
        match ended? {
            Some(ended) => {
                self.ended(&ended);
                Ok(())
            }
            None => Err(self.refusal(by.origin(), subject, closed_until).await),
        }
    }

    /// A password that nobody has, which the policy takes.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system gives none.
    pub fn generate_password(&self) -> Result<SecretString, Error> {
        super::generate_password(&self.settings.passwords).map(|text| SecretString::from(text.as_str()))
    }
}

/// A change that was judged, and not yet made.
struct Change {
    checked: Checked,
    /// `None` when the present password was wrong.
    new_hash: Option<String>,
    session: SessionId,
    history: u32,
}

impl Change {
    /// The sign-ins that ended, or `None` when it was refused.
    fn make(
        &self,
        tx: &mut florin_db::Tx<'_>,
        letters: &dyn crate::Letters,
        now: florin_kernel::Timestamp,
    ) -> Result<Option<Vec<SessionId>>, Error> {
        let (Some(new), Some(found)) = (&self.new_hash, &self.checked.found) else {
            self.checked.refused(tx, now)?;
            return Ok(None);
        };
        let unchanged = store::lock_credentials(tx, found.user)?
            .is_some_and(|now| now.active && now.password_hash == found.password_hash);
        let Some(profile) = store::profile(tx, found.user)?.filter(|_| unchanged) else {
            self.checked.refused(tx, now)?;
            return Ok(None);
        };
        self.checked.accepted(tx)?;
        hashes::set_password(tx, profile.id, new, self.history, now)?;
        let mut others = store::live_sessions(tx, profile.id, now, 0)?;
        others.retain(|session| *session != self.session);
        for &other in &others {
            store::revoke(tx, other, Because::PasswordChanged, now)?;
        }
        tx.note("sessions_ended", &others.len());
        letters.password_changed(tx, &profile.email, &profile.full_name)?;
        Ok(Some(others))
    }
}
