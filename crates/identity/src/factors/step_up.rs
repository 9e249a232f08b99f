//! Proving a factor once more, for something sensitive.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{Action, Actor, Denied, FRESH_SECONDS, Resource, SessionId, Timestamp, UserId};
use secrecy::{ExposeSecret as _, SecretString};

use super::code::Code;
use super::desk::Factors;
use super::enrolment::{Answer, CheckedPassword, lock, signed_in};
use super::passkey_login::{CheckedPasskey, Purpose};
use super::store;
use crate::drift::Place;
use crate::identity::{later, seconds};
use crate::opening::SessionFacts;
use crate::sessions::TokenDigest;
use crate::{BrowserCookie, Error, Identity, Password, browser, drift};

/// What is shown to step up.
#[derive(Clone, Debug)]
pub enum StepUp {
    /// The password; not enough where a second factor is on.
    Password(Password),
    /// A code of the second factor.
    Code(Code),
    /// A passkey's answer.
    Passkey {
        /// What [`Identity::start_passkey_step_up`] gave.
        challenge_token: SecretString,
        /// The `PublicKeyCredential` of the browser, as JSON.
        credential: serde_json::Value,
    },
}

/// What stepping up gives.
#[derive(Clone, Debug)]
pub struct SteppedUp {
    /// An access token of the same sign-in that says that a factor is fresh.
    pub access_token: SecretString,
    /// How long it lives, in seconds; five minutes at most.
    pub expires_in_seconds: u32,
}

/// The same after what takes time was done.
enum Checked {
    Password(CheckedPassword),
    Code(Code),
    Passkey(Option<CheckedPasskey>),
}

impl Identity {
    /// Gives somebody who is signed in an access token with a fresh factor, for five minutes. Where they are is where
    /// the sign-in belongs from then on.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], [`Error::OtherFactor`] when a password is shown and a second factor is on or the
    /// other way round, [`Error::SessionEnded`] for a sign-in that a browser keeps, [`Error::Overloaded`],
    /// [`Error::Denied`].
    #[tracing::instrument(name = "identity.session.step_up", skip_all)]
    pub async fn step_up(&self, by: &Actor, shown: StepUp) -> Result<SteppedUp, Error> {
        let user = by.user().ok_or(Denied::Unauthenticated)?;
        let (facts, at) = self.prove_once_more(by, shown, None).await?;
        let seconds = u32::try_from(FRESH_SECONDS).unwrap_or(0).min(self.settings.access_seconds);
        let (access_token, expires_in_seconds) = self.access_token(&facts, user.uuid(), seconds, Some(at))?;
        Ok(SteppedUp { access_token, expires_in_seconds })
    }

    /// The same for somebody whose browser keeps `cookie`: it is given another, and is fresh for five minutes. The one
    /// before is worth nothing from then on; of two requests that step up with the same one, one does.
    ///
    /// # Errors
    /// As [`Identity::step_up`]; [`Error::InvalidCookie`] when another took its place meanwhile.
    #[tracing::instrument(name = "identity.session.step_up_browser", skip_all)]
    pub async fn step_up_browser(
        &self,
        by: &Actor,
        shown: StepUp,
        cookie: &SecretString,
    ) -> Result<BrowserCookie, Error> {
        let before = browser::digest(cookie.expose_secret()).ok_or(Error::InvalidCookie)?;
        let secret = browser::secret()?;
        let after = TokenDigest::of(secret.expose_secret());
        let change = CookieChange { before: *before.bytes(), after: *after.bytes() };
        let (facts, at) = self.prove_once_more(by, shown, Some(change)).await?;
        let limits = self.settings.browser.of(by.roles());
        let ends_at = facts.expires_at.min(later(facts.created_at, limits.lasts_seconds.into()));
        let lasts = seconds(ends_at).saturating_sub(seconds(at));
        let expires_in_seconds = u32::try_from(lasts).unwrap_or(u32::MAX);
        Ok(BrowserCookie { secret, idle_seconds: limits.idle_seconds, expires_in_seconds })
    }

    async fn prove_once_more(
        &self,
        by: &Actor,
        shown: StepUp,
        cookie: Option<CookieChange>,
    ) -> Result<(SessionFacts, Timestamp), Error> {
        let (user, session) = signed_in(by)?;
        let about = Resource::one("session", session.uuid()).owned_by(user);
        let permit = by.permit(Action::StepUp, about)?;
        let checked = match shown {
            StepUp::Password(password) => Checked::Password(self.checked(user, &password).await?),
            StepUp::Code(code) => Checked::Code(code),
            StepUp::Passkey { challenge_token, credential } => {
                Checked::Passkey(self.check_passkey(&challenge_token, &credential, Purpose::StepUp).await?)
            }
        };
        let (factors, env, place) = (Arc::clone(&self.factors), self.env.clone(), Place::of(by.origin()));
        let proved = self.db.write(permit, move |tx| {
            let now = env.now();
            let answer = prove(tx, &factors, user, session, &checked, now)?;
            if matches!(answer, Answer::Done(_)) {
                settle(tx, session, &place, cookie.as_ref(), now)?;
            }
            Ok::<_, Error>(answer)
        });
        let done = proved.await?.done()?;
        // Where the sign-in belongs, and by which cookie, is read anew.
        self.changed(&[session]);
        Ok(done)
    }
}

/// The cookie that a browser has, and the one that it gets, as they are kept.
struct CookieChange {
    before: [u8; 32],
    after: [u8; 32],
}

/// The sign-in belongs here from now on, by another cookie where a browser keeps it.
fn settle(
    tx: &mut Tx<'_>,
    session: SessionId,
    place: &Place,
    cookie: Option<&CookieChange>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(CookieChange { before, after }) = cookie {
        if !browser::rotate(tx, session, *before, *after, now)? {
            return Err(Error::InvalidCookie);
        }
    } else if browser::is_kept(tx, session)? {
        return Err(Error::SessionEnded);
    }
    Ok(drift::settle(tx, session, place)?)
}

/// Decides in a unit of work whether what was shown is enough.
fn prove(
    tx: &mut Tx<'_>,
    factors: &Factors,
    user: UserId,
    session: SessionId,
    checked: &Checked,
    now: Timestamp,
) -> Result<Answer<(SessionFacts, Timestamp)>, Error> {
    let Some((credentials, person)) = lock(tx, user)? else { return Err(Error::SessionEnded) };
    let own = store::live_session(tx, session, now)?.ok_or(Error::SessionEnded)?;
    let on = store::is_on(tx, user)?;
    let proof = match checked {
        Checked::Password(_) if on => return Err(Error::OtherFactor("code")),
        Checked::Code(_) if !on => return Err(Error::OtherFactor("password")),
        Checked::Password(password) => {
            if store::guard(tx, user, now)?.is_closed(now) || !password.is_right(&credentials) {
                factors.count_wrong(tx, &person, now)?;
                tx.outcome_failed("invalid_credentials");
                return Ok(Answer::Wrong);
            }
            None
        }
        Checked::Code(code) => Some(factors.check(tx, &person, code, now)?),
        Checked::Passkey(passkey) => {
            Some(passkey.as_ref().map_or(Ok(None), |passkey| passkey.accept(tx, factors, &person, now))?)
        }
    };
    let amr = match proof {
        None => own.amr,
        Some(Some(proof)) => proof.added_to(&own.amr),
        Some(None) => {
            tx.outcome_failed("invalid_code");
            return Ok(Answer::Wrong);
        }
    };
    tx.note("amr", &amr);
    let facts = SessionFacts { id: session, amr, created_at: own.created_at, expires_at: own.expires_at };
    Ok(Answer::Done((facts, now)))
}
