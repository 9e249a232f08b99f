//! Beginning a sign-in, once everything that it takes was proved, and the tokens it is answered with.

use std::sync::Arc;

use florin_db::Tx;
use florin_kernel::{DeviceId, Origin, SessionId, Timestamp, UserId, Uuid};
use secrecy::{ExposeSecret as _, SecretString};

use crate::browser::Hold;
use crate::drift::Place;
use crate::identity::{later, seconds};
use crate::person::{AccessTokens, BrowserCookie, Credentials};
use crate::risk::{SignInAttempt, SignInRecord, SignInRisk, SignInVerdict};
use crate::sessions::TokenDigest;
use crate::store::{self, Because, NewSession};
use crate::token::Claims;
use crate::{Email, Error, Identity, Letters, Profile, Settings, SignedIn, random};
use crate::{browser, devices, lockout, refresh};

/// What an access token says of a sign-in.
pub(crate) struct SessionFacts {
    pub id: SessionId,
    pub amr: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A sign-in that was begun, or goes on.
pub(crate) struct Begun {
    pub session: SessionFacts,
    pub given: Given,
    pub user: Profile,
    /// The sign-ins that made room for it.
    pub displaced: Vec<SessionId>,
    /// What was thought of it.
    pub thought: SignInVerdict,
}

/// What a sign-in is known by from now on, besides access tokens.
pub(crate) enum Given {
    RefreshToken(SecretString),
    Cookie { secret: SecretString, idle_seconds: u32 },
}

/// What a sign-in needs before its unit of work, whoever it will be for.
pub(crate) struct Opening {
    pub session: SessionId,
    seed: [u8; 32],
    origin: Origin,
    refresh_key: zeroize::Zeroizing<[u8; 32]>,
    cookie: Option<SecretString>,
    settings: Arc<Settings>,
    device: DeviceId,
    letters: Arc<dyn Letters>,
    risk: Arc<dyn SignInRisk>,
}

impl Opening {
    /// Begins the sign-in of `user`, who proved what `amr` says (RFC 8176, separated by spaces).
    ///
    /// The caller holds the lock on the person.
    pub(crate) fn begin(
        &self,
        tx: &mut Tx<'_>,
        user: Profile,
        amr: &str,
        now: Timestamp,
    ) -> Result<Begun, Error> {
        let (refresh_token, refresh_hash) = refresh::derive(&self.refresh_key, &self.seed, self.session, 0);
        let limits = self.settings.browser.of(&user.roles);
        let lasts_seconds = match self.cookie {
            Some(_) => limits.lasts_seconds,
            None if self.settings.refresh => self.settings.session_seconds,
            None => self.settings.access_seconds,
        };
        let expires_at = later(now, lasts_seconds.into());
        let session = NewSession {
            id: self.session,
            user: user.id,
            amr,
            origin: &self.origin,
            device: devices::fingerprint(&self.origin),
            now,
            expires_at,
            refresh_seed: self.seed,
            refresh_hash,
            cookie_hash: self.cookie.as_ref().map(|secret| *TokenDigest::of(secret.expose_secret()).bytes()),
            place: &Place::of(&self.origin),
        };
        let facts = SessionFacts { id: self.session, amr: amr.to_owned(), created_at: now, expires_at };
        let thought = self.think(tx, &user, now)?;
        if thought.refused {
            tx.outcome_failed("declined_by_risk");
            let given = Given::RefreshToken(refresh_token);
            return Ok(Begun { session: facts, given, user, displaced: Vec::new(), thought });
        }
        store::insert_session(tx, &session)?;
        lockout::remember_device(tx, user.id, &self.origin, now)?;
        devices::remember(tx, &user, &self.origin, self.device, now, self.letters.as_ref())?;
        let displaced = store::live_sessions(tx, user.id, now, self.settings.sessions_max)?;
        for &oldest in &displaced {
            store::revoke(tx, oldest, Because::TooMany, now)?;
        }
        tx.about(self.session.uuid());
        tx.note("amr", &amr);
        let given = match &self.cookie {
            Some(secret) => {
                tx.note("hold", &Hold::Cookie.code());
                Given::Cookie { secret: secret.clone(), idle_seconds: limits.idle_seconds }
            }
            None => Given::RefreshToken(refresh_token),
        };
        Ok(Begun { session: facts, given, user, displaced, thought })
    }

    /// What is thought of it, with the evidence written.
    fn think(&self, tx: &mut Tx<'_>, user: &Profile, at: Timestamp) -> Result<SignInVerdict, Error> {
        let thought = self.risk.assess(&self.attempt(Some(user.id), Some(&user.email), at));
        for rows in thought.record.iter().flat_map(|record| record.rows()) {
            tx.bulk(rows)?;
        }
        Ok(thought)
    }

    fn attempt<'a>(
        &'a self,
        user: Option<UserId>,
        email: Option<&'a Email>,
        at: Timestamp,
    ) -> SignInAttempt<'a> {
        SignInAttempt { session: self.session, user, email, origin: &self.origin, at }
    }

    /// Writes down that a factor was wrong.
    pub(crate) fn failed(
        &self,
        tx: &mut Tx<'_>,
        user: Option<UserId>,
        at: Timestamp,
    ) -> Result<Option<Arc<dyn SignInRecord>>, Error> {
        let record = self.risk.failed(&self.attempt(user, None, at));
        for rows in record.iter().flat_map(|record| record.rows()) {
            tx.bulk(rows)?;
        }
        Ok(record)
    }
}

impl Identity {
    /// What a sign-in from `origin` will need, which is held so.
    pub(crate) fn opening(&self, origin: &Origin, hold: Hold) -> Result<Opening, Error> {
        Ok(Opening {
            session: SessionId::from_uuid(self.env.new_uuid()),
            seed: random::bytes::<32>()?,
            origin: origin.clone(),
            refresh_key: zeroize::Zeroizing::new(*self.keyring.refresh_secret()),
            cookie: match hold {
                Hold::Tokens => None,
                Hold::Cookie => Some(browser::secret()?),
            },
            settings: Arc::clone(&self.settings),
            device: DeviceId::from_uuid(self.env.new_uuid()),
            letters: Arc::clone(&self.letters),
            risk: Arc::clone(&self.risk),
        })
    }

    /// The answer to a login or a refresh, after its commit: an access token is made for it, unless a browser keeps it.
    pub(crate) fn signed_in(&self, begun: Begun) -> Result<SignedIn, Error> {
        let signed_in = self.given(begun)?;
        self.stats.begun.one();
        Ok(signed_in)
    }

    /// What whoever holds a sign-in is given, be it begun or renewed.
    pub(crate) fn given(&self, begun: Begun) -> Result<SignedIn, Error> {
        let Begun { session, given, user, displaced, thought } = begun;
        if let Some(record) = &thought.record {
            record.settled();
        }
        if thought.refused {
            return Err(Error::RefusedByRisk);
        }
        self.ended(&displaced);
        let credentials = match given {
            Given::Cookie { secret, idle_seconds } => {
                let lasts = seconds(session.expires_at).saturating_sub(seconds(self.env.now()));
                let expires_in_seconds = u32::try_from(lasts).unwrap_or(u32::MAX);
                Credentials::Cookie(BrowserCookie { secret, idle_seconds, expires_in_seconds })
            }
            Given::RefreshToken(refresh_token) => {
                let (access_token, expires_in_seconds) =
                    self.access_token(&session, user.id.uuid(), self.settings.access_seconds, None)?;
                let refresh_token = Some(refresh_token).filter(|_| self.settings.refresh);
                Credentials::Tokens(AccessTokens { access_token, expires_in_seconds, refresh_token })
            }
        };
        Ok(SignedIn { session: session.id, credentials, user })
    }

    /// An access token of a sign-in that lives `seconds` at most, and how long it does; with `step_up` it says that a
    /// factor was proved once more then.
    pub(crate) fn access_token(
        &self,
        session: &SessionFacts,
        user: Uuid,
        seconds_max: u32,
        step_up: Option<Timestamp>,
    ) -> Result<(SecretString, u32), Error> {
        let now = self.env.now();
        let (issued_at, ends_at) = (seconds(now), seconds(session.expires_at));
        let expires_at = issued_at.saturating_add(seconds_max.into()).min(ends_at);
        let claims = Claims {
            iss: self.tokens.issuer().to_owned(),
            aud: self.tokens.audience().to_owned(),
            sub: user,
            iat: issued_at,
            nbf: issued_at,
            exp: expires_at,
            jti: Uuid::from_bytes(random::bytes::<16>()?),
            sid: session.id.uuid(),
            amr: session.amr.split(' ').map(str::to_owned).collect(),
            auth_time: seconds(session.created_at),
            step_up: step_up.map(seconds),
        };
        let lives = u32::try_from(expires_at.saturating_sub(issued_at)).unwrap_or(0);
        let token = self.tokens.issue(&claims, now).ok_or(Error::NoSigningKey)?;
        Ok((SecretString::from(token), lives))
    }
}
