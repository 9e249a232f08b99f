//! Signing in, staying signed in, signing out.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Denied, Origin, Resource, SessionId, Timestamp, UserId, Uuid};
use secrecy::SecretString;

use crate::argon::Verdict;
use crate::identity::{later, seconds};
use crate::refresh::{self, Presented};
use crate::store::{self, Because, Credentials, NewSession, Session};
use crate::token::Claims;
use crate::{Email, Error, Identity, Password, Profile, SignedIn, random};

/// The way of proving oneself that a password is (RFC 8176).
const BY_PASSWORD: &str = "pwd";

impl Identity {
    /// Signs somebody in by email and password.
    ///
    /// An unknown email, a wrong password and a suspended person get the same answer after the same work.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::Overloaded`], [`Error::Denied`] when somebody is signed in already.
    #[tracing::instrument(name = "identity.session.login", skip_all)]
    pub async fn login(&self, by: &Actor, email: &str, password: &Password) -> Result<SignedIn, Error> {
        let permit = by.permit(Action::Login, Resource::kind("session"))?;
        let found = match email.parse::<Email>() {
            Ok(email) => {
                let key = email.key().to_owned();
                self.db.read(move |reader| store::credentials(reader, &key).map_err(Error::from)).await?
            }
            Err(_) => None,
        };
        let stored = found.as_ref().map(|found| found.password_hash.clone());
        let verdict = self.hasher.verify(password.clone(), stored).await?;
        let rehashed = match verdict {
            // When there is no time for it now, the next sign-in does it.
            Verdict::RightButOutdated => self.hasher.hash(password.clone()).await.ok(),
            Verdict::Right | Verdict::Wrong => None,
        };

        let attempt = Attempt {
            found,
            right: verdict != Verdict::Wrong,
            rehashed,
            session: SessionId::from_uuid(self.env.new_uuid()),
            seed: random::bytes::<32>()?,
            origin: by.origin().clone(),
        };
        let (env, settings, keyring) = (self.env.clone(), Arc::clone(&self.settings), self.keyring.clone());
        let begun = self
            .db
            .write(permit, move |tx| {
                attempt.begin(
                    tx,
                    env.now(),
                    keyring.refresh_secret(),
                    settings.session_seconds,
                    settings.sessions_max,
                )
            })
            .await?;
        let begun = begun.ok_or(Error::InvalidCredentials)?;
        self.ended(&begun.displaced);
        self.signed_in(begun)
    }

    /// Gives new tokens for a refresh token, which is then used up.
    ///
    /// Shown again within the grace of [`Settings::reuse_grace_seconds`](crate::Settings::reuse_grace_seconds), it gives
    /// the same successor; shown later, it ends the sign-in, because one of two who hold it stole it.
    ///
    /// # Errors
    /// [`Error::InvalidRefreshToken`], [`Error::Denied`] when somebody is signed in.
    #[tracing::instrument(name = "identity.session.refresh", skip_all)]
    pub async fn refresh(&self, by: &Actor, refresh_token: &str) -> Result<SignedIn, Error> {
        let presented = Presented::parse(refresh_token).ok_or(Error::InvalidRefreshToken)?;
        let about = Resource::one("session", presented.session.uuid());
        let permit = by.permit(Action::RefreshSession, about)?;
        let (env, settings, keyring) = (self.env.clone(), Arc::clone(&self.settings), self.keyring.clone());
        let id = presented.session;
        let refreshed = self
            .db
            .write(permit, move |tx| {
                let grace_us = i64::from(settings.reuse_grace_seconds).saturating_mul(1_000_000);
                take(tx, &presented, keyring.refresh_secret(), env.now(), grace_us)
            })
            .await?;
        match refreshed {
            Refreshed::Begun(begun) => self.signed_in(*begun),
            Refreshed::Unknown => Err(Error::InvalidRefreshToken),
            Refreshed::Reused => {
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

    /// The answer to a login or a refresh: an access token is made for it.
    fn signed_in(&self, begun: Begun) -> Result<SignedIn, Error> {
        let Begun { session, refresh_token, user, .. } = begun;
        let now = self.env.now();
        let (issued_at, ends_at) = (seconds(now), seconds(session.expires_at));
        let expires_at = issued_at.saturating_add(self.settings.access_seconds.into()).min(ends_at);
        let claims = Claims {
            iss: self.tokens.issuer().to_owned(),
            aud: self.tokens.audience().to_owned(),
            sub: user.id.uuid(),
            iat: issued_at,
            nbf: issued_at,
            exp: expires_at,
            jti: Uuid::from_bytes(random::bytes::<16>()?),
            sid: session.id.uuid(),
            amr: session.amr.split(' ').map(str::to_owned).collect(),
            auth_time: seconds(session.created_at),
        };
        Ok(SignedIn {
            session: session.id,
            access_token: SecretString::from(self.tokens.issue(&claims)),
            expires_in_seconds: u32::try_from(expires_at.saturating_sub(issued_at)).unwrap_or(0),
            refresh_token,
            user,
        })
    }
}

/// What an access token says of a sign-in.
struct SessionFacts {
    id: SessionId,
    amr: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// One try to sign in, with the password checked already.
struct Attempt {
    found: Option<Credentials>,
    right: bool,
    rehashed: Option<String>,
    session: SessionId,
    seed: [u8; 32],
    origin: Origin,
}

/// A sign-in that was begun, or goes on.
struct Begun {
    session: SessionFacts,
    refresh_token: SecretString,
    user: Profile,
    /// The sign-ins that made room for it.
    displaced: Vec<SessionId>,
}

impl Attempt {
    /// Begins the sign-in, or records that it was refused.
    fn begin(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        key: &[u8; 32],
        seconds: u32,
        sessions_max: u32,
    ) -> Result<Option<Begun>, Error> {
        if let Some(found) = &self.found {
            tx.on_behalf_of(found.user.uuid());
        }
        let Some((user, profile)) = self.entitled(tx)? else {
            tx.outcome_failed("invalid_credentials");
            return Ok(None);
        };
        if let (Some(found), Some(new)) = (&self.found, &self.rehashed) {
            store::replace_hash(tx, user, &found.password_hash, new)?;
        }

        let (refresh_token, refresh_hash) = refresh::derive(key, &self.seed, self.session, 0);
        let expires_at = later(now, seconds.into());
        let session = NewSession {
            id: self.session,
            user,
            amr: BY_PASSWORD,
            origin: &self.origin,
            now,
            expires_at,
            refresh_seed: self.seed,
            refresh_hash,
        };
        store::insert_session(tx, &session)?;
        let displaced = store::live_sessions(tx, user, now, sessions_max)?;
        for &oldest in &displaced {
            store::revoke(tx, oldest, Because::TooMany, now)?;
        }
        tx.about(self.session.uuid());
        let facts =
            SessionFacts { id: self.session, amr: BY_PASSWORD.to_owned(), created_at: now, expires_at };
        Ok(Some(Begun { session: facts, refresh_token, user: profile, displaced }))
    }

    /// Who signs in, if the password was right and nothing about it changed since it was checked.
    fn entitled(&self, tx: &mut Tx<'_>) -> Result<Option<(UserId, Profile)>, Error> {
        let Some(found) = self.found.as_ref().filter(|found| self.right && found.active) else {
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
    Ok(Refreshed::Begun(Box::new(Begun { session, refresh_token, user, displaced: Vec::new() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(generation: u32) -> Session {
        let at = |second| Timestamp::from_second(second).unwrap();
        Session {
            id: SessionId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            amr: BY_PASSWORD.to_owned(),
            created_at: at(0),
            expires_at: at(1000),
            revoked: false,
            refresh_seed: vec![],
            refresh_generation: generation,
            refresh_hash: vec![],
            refreshed_at: at(100),
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
