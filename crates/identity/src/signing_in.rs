//! Signing in, staying signed in, signing out.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Denied, Origin, Resource, Timestamp, UserId};

use crate::factors::{Code, Factors, FirstFactor, MfaChallenge, Second};
use crate::opening::{Begun, Given, Opening, SessionFacts};
use crate::passwords::Checked;
use crate::refresh::{self, Presented};
use crate::risk::{SignInRecord, SignInVerdict};
use crate::store::{self, Because, Session};
use crate::{Error, Hold, Identity, Password, Profile, SignedIn, Whereabouts, devices};

impl Identity {
    /// Signs somebody in by email and password.
    ///
    /// An unknown email, a wrong password and a suspended person get the same answer after the same work.
    ///
    /// # Errors
    /// [`Error::MfaRequired`] when the password is right and a second factor is on, [`Error::InvalidCredentials`],
    /// [`Error::Overloaded`], [`Error::Denied`] when somebody is signed in already.
    pub async fn login(&self, by: &Actor, email: &str, password: &Password) -> Result<SignedIn, Error> {
        self.login_with_code(by, email, password, None, Hold::Tokens).await
    }

    /// The same with a code of the second factor, which is looked at only where there is one, and held as is wanted.
    ///
    /// # Errors
    /// As [`Identity::login`], also for a wrong code.
    #[tracing::instrument(name = "identity.session.login", skip_all)]
    pub async fn login_with_code(
        &self,
        by: &Actor,
        email: &str,
        password: &Password,
        code: Option<&Code>,
        hold: Hold,
    ) -> Result<SignedIn, Error> {
        let permit = by.permit(Action::Login, Resource::kind("session"))?;
        let (checked, gate) = self.check_password(by.origin(), email, password).await?;
        let (subject, closed_until) = (checked.subject(), checked.closed_until);

        let attempt = Attempt {
            checked,
            code: code.cloned(),
            factors: Arc::clone(&self.factors),
            opening: self.opening(by.origin(), hold)?,
        };
        let env = self.env.clone();
        let attempted = self.db.write(permit, move |tx| attempt.begin(tx, env.now())).await;
        drop(gate);
        match attempted? {
            Attempted::Begun(begun) => self.signed_in(*begun),
            Attempted::SecondFactorAsked(challenge) => Err(Error::MfaRequired(challenge)),
            Attempted::CodeRefused => {
                self.stats.second_factor.one();
                Err(Error::InvalidCredentials)
            }
            Attempted::PasswordRefused(record) => {
                if let Some(record) = record {
                    record.settled();
                }
                Err(self.refusal(by.origin(), subject, closed_until).await)
            }
        }
    }

    /// Gives new tokens for a refresh token, which is then used up.
    ///
    /// Shown again within the grace of [`Settings::reuse_grace_seconds`](crate::Settings::reuse_grace_seconds), it gives
    /// the same successor; shown later, it ends the sign-in, because one of two who hold it stole it.
    ///
    /// # Errors
    /// [`Error::InvalidRefreshToken`], also where refresh tokens are off; [`Error::Denied`] when somebody is signed in.
    #[tracing::instrument(name = "identity.session.refresh", skip_all)]
    pub async fn refresh(&self, by: &Actor, refresh_token: &str) -> Result<SignedIn, Error> {
        let presented = Presented::parse(refresh_token).filter(|_| self.settings.refresh);
        let presented = presented.ok_or(Error::InvalidRefreshToken)?;
        let about = Resource::one("session", presented.session.uuid());
        let permit = by.permit(Action::RefreshSession, about)?;
        let (env, settings, keyring) = (self.env.clone(), Arc::clone(&self.settings), self.keyring.clone());
        let (id, origin, letters) = (presented.session, by.origin().clone(), Arc::clone(&self.letters));
        let refreshed = self
            .db
            .write(permit, move |tx| {
                let grace_us = i64::from(settings.reuse_grace_seconds).saturating_mul(1_000_000);
                let now = env.now();
                let taken = take(tx, &presented, keyring.refresh_secret(), &origin, now, grace_us)?;
                if let Refreshed::Elsewhere(owner) = taken {
                    devices::end_stolen(
                        tx,
                        presented.session,
                        owner,
                        &Whereabouts::of(&origin),
                        letters.as_ref(),
                        now,
                    )?;
                }
                Ok::<_, Error>(taken)
            })
            .await?;
        match refreshed {
            Refreshed::Begun(begun) => self.given(*begun),
            Refreshed::Unknown => {
                self.stats.refresh_token.one();
                Err(Error::InvalidRefreshToken)
            }
            Refreshed::Elsewhere(_) => {
                self.stats.device.one();
                self.ended(&[id]);
                Err(Error::DeviceMismatch)
            }
            Refreshed::Reused => {
                self.stats.refresh_token.one();
                tracing::warn!(session.id = %id, "a used refresh token was shown again: the sign-in is ended");
                self.ended(&[id]);
                Err(Error::InvalidRefreshToken)
            }
        }
    }

    /// Ends the sign-in of whoever asks; none of its tokens is taken from the next request on.
    ///
    /// # Errors
    /// [`Error::Denied`] when nobody is signed in.
    #[tracing::instrument(name = "identity.session.logout", skip_all)]
    pub async fn logout(&self, by: &Actor) -> Result<(), Error> {
        let (Some(user), Some(session)) = (by.user(), by.session()) else {
            return Err(Denied::Unauthenticated.into());
        };
        let permit = by.permit(Action::Logout, Resource::one("session", session.uuid()).owned_by(user))?;
        let env = self.env.clone();
        self.db
            .write(permit, move |tx| {
                store::revoke(tx, session, Because::Logout, env.now()).map_err(Error::from)
            })
            .await?;
        self.ended(&[session]);
        Ok(())
    }

    /// Ends every sign-in of whoever asks, and says how many there were.
    ///
    /// # Errors
    /// [`Error::Denied`] when nobody is signed in.
    #[tracing::instrument(name = "identity.session.logout_all", skip_all)]
    pub async fn logout_all(&self, by: &Actor) -> Result<usize, Error> {
        let user = by.user().ok_or(Denied::Unauthenticated)?;
        let permit = by.permit(Action::Logout, Resource::kind("session").owned_by(user))?;
        let env = self.env.clone();
        let ended = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                store::lock_user(tx, user)?;
                let sessions = store::live_sessions(tx, user, now, 0)?;
                for &session in &sessions {
                    store::revoke(tx, session, Because::LogoutAll, now)?;
                }
                tx.note("sessions", &sessions.len());
                Ok::<_, Error>(sessions)
            })
            .await?;
        self.ended(&ended);
        Ok(ended.len())
    }
}

/// One try to sign in, with the password checked already.
struct Attempt {
    checked: Checked,
    code: Option<Code>,
    factors: Arc<Factors>,
    opening: Opening,
}

/// What came of it.
enum Attempted {
    Begun(Box<Begun>),
    SecondFactorAsked(Box<MfaChallenge>),
    CodeRefused,
    PasswordRefused(Option<Arc<dyn SignInRecord>>),
}

impl Attempt {
    /// Begins the sign-in, or asks for the second factor, or records that it was refused.
    fn begin(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Attempted, Error> {
        if let Some(found) = &self.checked.found {
            tx.on_behalf_of(found.user.uuid());
        }
        let (Some((user, profile)), Some(found)) = (self.entitled(tx)?, &self.checked.found) else {
            self.checked.refused(tx, now)?;
            let user = self.checked.found.as_ref().map(|found| found.user);
            return Ok(Attempted::PasswordRefused(self.opening.failed(tx, user, now)?));
        };
        self.checked.accepted(tx)?;
        let mut stored = &found.password_hash;
        if let Some(new) = &self.checked.rehashed {
            store::replace_hash(tx, user, &found.password_hash, new)?;
            stored = new;
        }
        let first = FirstFactor::password(user, stored);
        let amr = match self.factors.second(tx, &profile, &first, self.code.as_ref(), now)? {
            Second::NotOn => first.amr.to_owned(),
            Second::Passed(proof) => first.amr_with(proof),
            Second::Asked(challenge) => return Ok(Attempted::SecondFactorAsked(Box::new(challenge))),
            Second::Wrong => return Ok(Attempted::CodeRefused),
        };
        let begun = self.opening.begin(tx, profile, &amr, now)?;
        Ok(Attempted::Begun(Box::new(begun)))
    }

    /// Who signs in, if the password was right and nothing about it changed since it was checked.
    fn entitled(&self, tx: &mut Tx<'_>) -> Result<Option<(UserId, Profile)>, Error> {
        let Checked { found, right, .. } = &self.checked;
        let Some(found) = found.as_ref().filter(|found| *right && found.active) else {
            return Ok(None);
        };
        let unchanged = store::lock_credentials(tx, found.user)?
            .is_some_and(|now| now.active && now.password_hash == found.password_hash);
        if !unchanged {
            return Ok(None);
        }
        Ok(store::profile(tx, found.user)?.map(|profile| (found.user, profile)))
    }
}

/// What came of showing a refresh token.
enum Refreshed {
    Begun(Box<Begun>),
    Reused,
    /// It was shown from another device than its own; whose it is.
    Elsewhere(UserId),
    Unknown,
}

/// What to do about a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its turn: the next generation begins.
    Rotate,
    /// It was just used: the same successor once more.
    Repeat,
    /// It was used long ago: somebody stole it, or its successor.
    End,
    /// Not a token that is worth anything.
    Refuse,
}

/// Decides about a token of generation `shown`, given that it is `genuine` and, if of this generation, the stored one.
fn decide(session: &Session, shown: u32, genuine: bool, stored: bool, now: Timestamp, grace_us: i64) -> Step {
    let current = session.refresh_generation;
    let age_us = now.as_microsecond().saturating_sub(session.refreshed_at.as_microsecond());
    if !genuine || session.revoked || session.expires_at <= now || shown > current {
        Step::Refuse
    } else if shown == current {
        if stored { Step::Rotate } else { Step::Refuse }
    } else if shown.checked_add(1) == Some(current) && (0..grace_us).contains(&age_us) {
        Step::Repeat
    } else {
        Step::End
    }
}

/// Takes a refresh token, in a unit of work.
fn take(
    tx: &mut Tx<'_>,
    presented: &Presented,
    key: &[u8; 32],
    origin: &Origin,
    now: Timestamp,
    grace_us: i64,
) -> Result<Refreshed, Error> {
    let refused = |tx: &mut Tx<'_>| {
        tx.outcome_failed("invalid_refresh_token");
        Ok(Refreshed::Unknown)
    };
    let Some(session) = store::lock_session(tx, presented.session)? else { return refused(tx) };
    tx.on_behalf_of(session.user.uuid());
    let genuine = presented.is_genuine(key, &session.refresh_seed);
    let stored = presented.has_hash(&session.refresh_hash);
    let here = devices::fingerprint(origin);
    let elsewhere = session.device_hash.as_ref().is_some_and(|bound| here.is_none_or(|here| *bound != here));
    if genuine && elsewhere && !session.revoked && session.expires_at > now {
        return Ok(Refreshed::Elsewhere(session.user));
    }
    let generation = match decide(&session, presented.generation, genuine, stored, now, grace_us) {
        Step::Refuse => return refused(tx),
        Step::End => {
            store::revoke(tx, session.id, Because::RefreshReused, now)?;
            tx.outcome_failed("authn_token_reuse");
            return Ok(Refreshed::Reused);
        }
        Step::Repeat => session.refresh_generation,
        Step::Rotate => session.refresh_generation.saturating_add(1),
    };

    let active = store::lock_credentials(tx, session.user)?.is_some_and(|found| found.active);
    let Some(user) = store::profile(tx, session.user)?.filter(|_| active) else { return refused(tx) };
    let (refresh_token, hash) = refresh::derive(key, &session.refresh_seed, session.id, generation);
    if generation != session.refresh_generation && !store::rotate(tx, &session, generation, hash, now)? {
        return refused(tx);
    }
    let Session { id, amr, created_at, expires_at, .. } = session;
    let session = SessionFacts { id, amr, created_at, expires_at };
    Ok(Refreshed::Begun(Box::new(Begun {
        session,
        given: Given::RefreshToken(refresh_token),
        user,
        displaced: Vec::new(),
        thought: SignInVerdict::default(),
    })))
}

#[cfg(test)]
mod tests {
    use florin_kernel::{SessionId, Uuid};

    use super::*;

    fn session(generation: u32) -> Session {
        let at = |second| Timestamp::from_second(second).unwrap();
        Session {
            id: SessionId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            amr: "pwd".to_owned(),
            created_at: at(0),
            expires_at: at(1000),
            revoked: false,
            refresh_seed: vec![],
            refresh_generation: generation,
            refresh_hash: vec![],
            refreshed_at: at(100),
            device_hash: None,
        }
    }

    #[test]
    fn each_token_gets_the_step_it_deserves() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let five = 5_000_000;
        let revoked = Session { revoked: true, ..session(3) };
        for (name, session, shown, genuine, stored, now, grace_us, step) in [
            ("the live one", session(3), 3, true, true, 110, five, Step::Rotate),
            ("the live one, of another key", session(3), 3, true, false, 110, five, Step::Refuse),
            ("the one before, at once", session(3), 2, true, false, 104, five, Step::Repeat),
            ("the one before, too late", session(3), 2, true, false, 105, five, Step::End),
            ("the one before, without a grace", session(3), 2, true, false, 100, 0, Step::End),
            ("the one before, under a clock that went back", session(3), 2, true, false, 99, five, Step::End),
            ("the one before that, at once", session(3), 1, true, false, 100, five, Step::End),
            ("a forged old one", session(3), 1, false, false, 110, five, Step::Refuse),
            ("one from the future", session(3), 4, true, false, 110, five, Step::Refuse),
            ("the live one, of an ended sign-in", revoked, 3, true, true, 110, five, Step::Refuse),
            ("the live one, when its time is over", session(3), 3, true, true, 1000, five, Step::Refuse),
        ] {
            assert_eq!(decide(&session, shown, genuine, stored, at(now), grace_us), step, "{name}");
        }
    }
}
