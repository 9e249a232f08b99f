//! The service: its parts, and the question asked for every request.

use std::sync::Arc;

use florin_db::Db;
use florin_kernel::{Actor, Authority, Env, Origin, Principal, SessionId, Timestamp, UserId};

use crate::sessions::{Live, Sessions, TokenDigest};
use crate::token::Tokens;
use crate::{Error, Forged, Keyring, Letters, PasswordHasher, RevocationFilter, Settings, store};

/// How many checked tokens are remembered.
const TOKENS_REMEMBERED: usize = 100_000;

/// People and their sign-ins.
pub struct Identity {
    pub(crate) db: Db,
    pub(crate) env: Env,
    pub(crate) settings: Arc<Settings>,
    pub(crate) keyring: Keyring,
    pub(crate) tokens: Tokens,
    pub(crate) hasher: PasswordHasher,
    pub(crate) letters: Arc<dyn Letters>,
    sessions: Sessions,
    authority: Arc<dyn Authority>,
    revocations: Arc<dyn RevocationFilter>,
}

/// What others do for identity.
#[derive(Clone)]
pub struct Ports {
    /// Writes letters.
    pub letters: Arc<dyn Letters>,
    /// Decides what the actors that identity makes may do.
    pub authority: Arc<dyn Authority>,
    /// Remembers which sign-ins ended.
    pub revocations: Arc<dyn RevocationFilter>,
}

impl Identity {
    /// Puts the parts together and starts the threads that hash passwords. Blocking; call it before serving.
    ///
    /// # Errors
    /// [`Error::Settings`] when the settings cannot be used, [`Error::Unhashable`] when passwords cannot be hashed.
    pub fn open(db: Db, keyring: Keyring, settings: Settings, ports: Ports) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self {
            env: db.env().clone(),
            tokens: Tokens::new(keyring.clone(), &settings),
            hasher: PasswordHasher::start(settings.hashing)?,
            settings: Arc::new(settings),
            letters: ports.letters,
            sessions: Sessions::new(TOKENS_REMEMBERED),
            authority: ports.authority,
            revocations: ports.revocations,
            keyring,
            db,
        })
    }

    /// Somebody who has not signed in.
    pub fn anonymous(&self, origin: Origin) -> Actor {
        Actor::new(Arc::new(Principal::Anonymous), origin, Arc::clone(&self.authority))
    }

    /// Whose access token this is; refused when it is none of ours, its time is over or its sign-in has ended.
    ///
    /// # Errors
    /// [`Error::InvalidAccessToken`], [`Error::SessionEnded`], or [`Error::Db`] when that cannot be told.
    pub async fn authenticate(&self, token: &str, origin: Origin) -> Result<Actor, Error> {
        if token.len() > Tokens::BYTES_MAX {
            return Err(Error::InvalidAccessToken(Forged::Form));
        }
        let now = self.env.now();
        let recheck_us = i64::from(self.settings.recheck_seconds).saturating_mul(1_000_000);
        let digest = TokenDigest::of(token);
        let known = self.sessions.of_token(&digest, seconds(now));
        let live = match known.as_ref().map(|known| &known.live) {
            Some(live) if live.is_fresh(now, recheck_us) => Arc::clone(live),
            Some(live) => self.read_sign_in(live.session, None).await?,
            None => {
                let claims = self.tokens.verify(token, seconds(now)).map_err(Error::InvalidAccessToken)?;
                let live = self.read_sign_in(claims.session(), Some(claims.user())).await?;
                self.sessions.put_token(digest, Arc::clone(&live), claims.exp, seconds(now));
                live
            }
        };
        if let Some(known) = known.filter(|known| !Arc::ptr_eq(&known.live, &live)) {
            self.sessions.put_token(digest, Arc::clone(&live), known.expires_at_s, seconds(now));
        }
        if self.revocations.revoked(live.session) {
            return Err(Error::SessionEnded);
        }
        Ok(Actor::new(live.principal(), origin, Arc::clone(&self.authority)))
    }

    /// The public keys of access tokens, as a JSON Web Key Set.
    pub fn jwks(&self) -> String {
        self.keyring.jwks()
    }

    /// How many passwords wait to be hashed.
    pub fn hashes_waiting(&self) -> usize {
        self.hasher.waiting()
    }

    async fn read_sign_in(&self, session: SessionId, of: Option<UserId>) -> Result<Arc<Live>, Error> {
        let epoch = self.sessions.epoch();
        let now = self.env.now();
        let standing =
            self.db.read(move |reader| store::standing(reader, session).map_err(Error::from)).await?;
        let standing = standing
            .filter(|found| found.active && !found.revoked && found.expires_at > now)
            .filter(|found| of.is_none_or(|user| user == found.user))
            .ok_or(Error::SessionEnded)?;
        let store::Standing { user, roles, verified, .. } = standing;
        let principal = Arc::new(Principal::User { user, session, roles, verified });
        Ok(self.sessions.put(session, principal, now, epoch))
    }

    /// To be called after a commit that ended sign-ins: from here on none of their tokens is taken.
    pub(crate) fn ended(&self, sessions: &[SessionId]) {
        let now = self.env.now();
        let outlived =
            i64::from(self.settings.access_seconds).saturating_add(self.settings.leeway_seconds.into());
        let until = later(now, outlived);
        for &session in sessions {
            self.revocations.revoke(session, until, now);
            self.sessions.forget(session);
        }
    }

    /// To be called after a commit that changed what sign-ins are worth: they are read anew.
    pub(crate) fn changed(&self, sessions: &[SessionId]) {
        for &session in sessions {
            self.sessions.forget(session);
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Whole seconds since 1970, as tokens count them.
pub(crate) fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

/// So many seconds later, or the end of time.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    let micros = at.as_microsecond().saturating_add(seconds.saturating_mul(1_000_000));
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}
