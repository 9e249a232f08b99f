//! The service: its parts, and the question asked for every request.

use std::sync::Arc;

use florin_db::Db;
use florin_kernel::{Actor, Authority, Env, Origin, Principal, Proved, SessionId, Timestamp, UserId};
use florin_volatile::Volatile;

use crate::api_keys::{Keys, is_api_key};
use crate::browser::{CsrfKey, is_browser_secret};
use crate::census::Stats;
use crate::factors::{Factors, is_due};
use crate::federation::{Federation, ProviderClient};
use crate::lockout::{Gates, Suspects};
use crate::phones::Phones;
use crate::risk::SignInRisk;
use crate::sessions::{Browser, Live, Reading, Sessions, TokenDigest, Told};
use crate::token::{Claims, Tokens};
use crate::{
    Error, Forged, HashWork, Keyring, Letters, PasswordHasher, RevocationFilter, Sealer, Settings, devices,
    store,
};

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
    pub(crate) factors: Arc<Factors>,
    pub(crate) federation: Federation,
    pub(crate) gates: Gates,
    pub(crate) suspects: Suspects,
    pub(crate) keys: Keys,
    pub(crate) volatile: Volatile,
    pub(crate) sessions: Sessions,
    pub(crate) csrf: CsrfKey,
    pub(crate) phones: Phones,
    pub(crate) authority: Arc<dyn Authority>,
    pub(crate) revocations: Arc<dyn RevocationFilter>,
    pub(crate) risk: Arc<dyn SignInRisk>,
    pub(crate) stats: Arc<Stats>,
}

/// What others do for identity.
#[derive(Clone)]
pub struct Ports {
    /// Writes letters.
    pub letters: Arc<dyn Letters>,
    /// Encrypts secrets that lie in the database.
    pub sealer: Arc<dyn Sealer>,
    /// Decides what the actors that identity makes may do.
    pub authority: Arc<dyn Authority>,
    /// Remembers which sign-ins ended.
    pub revocations: Arc<dyn RevocationFilter>,
    /// Asks other providers.
    pub providers: Arc<dyn ProviderClient>,
    /// The key that binds a sign-in at another provider to the browser that began it.
    pub federation_key: zeroize::Zeroizing<[u8; 32]>,
    /// The key that CSRF tokens are signed with.
    pub csrf_key: zeroize::Zeroizing<[u8; 32]>,
    /// Counts what instances count together.
    pub volatile: Volatile,
    /// Looks at sign-ins before they begin.
    pub risk: Arc<dyn SignInRisk>,
}

impl Identity {
    /// Puts the parts together and starts the threads that hash passwords. Blocking; call it before serving.
    ///
    /// # Errors
    /// [`Error::Settings`] when the settings cannot be used, [`Error::Unhashable`] when passwords cannot be hashed.
    pub fn open(db: Db, keyring: Keyring, settings: Settings, ports: Ports) -> Result<Self, Error> {
        settings.check()?;
        let phones = Phones::new(Arc::clone(&ports.sealer));
        let factors =
            Factors::open(settings.factors.clone(), Arc::clone(&ports.letters), ports.sealer, &keyring)?;
        let federation =
            Federation::open(settings.federation.clone(), &ports.providers, &ports.federation_key, db.env());
        let suspects = Suspects::new(ports.volatile.clone(), settings.lockout.clone());
        Ok(Self {
            env: db.env().clone(),
            tokens: Tokens::new(keyring.clone(), &settings),
            hasher: PasswordHasher::start(settings.hashing)?,
            settings: Arc::new(settings),
            letters: ports.letters,
            factors: Arc::new(factors),
            federation,
            gates: Gates::new(),
            suspects,
            keys: Keys::default(),
            volatile: ports.volatile,
            risk: ports.risk,
            stats: Arc::default(),
            sessions: Sessions::new(TOKENS_REMEMBERED),
            csrf: CsrfKey::new(&ports.csrf_key),
            phones,
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

    /// Whose access token or API key this is; refused when it is none of ours, its time is over or its sign-in has
    /// ended.
    ///
    /// # Errors
    /// [`Error::InvalidAccessToken`], [`Error::SessionEnded`]; [`Error::InvalidApiKey`], [`Error::QuotaUsedUp`]; or
    /// [`Error::Db`] when that cannot be told.
    pub async fn authenticate(&self, token: &str, origin: Origin) -> Result<Actor, Error> {
        if is_api_key(token) {
            return self.authenticate_key(token, origin).await;
        }
        // What a cookie holds is taken from a cookie alone, where a request has to prove that it is no other site's.
        if token.len() > Tokens::BYTES_MAX || is_browser_secret(token) {
            return Err(Error::InvalidAccessToken(Forged::Form));
        }
        let now = self.env.now();
        let digest = TokenDigest::of(token);
        let known = self.sessions.of_token(&digest, seconds(now));
        let (live, told) = match &known {
            Some(known) if known.live.is_fresh(now, self.recheck_us()) => {
                (Arc::clone(&known.live), known.told)
            }
            Some(known) => (self.read_sign_in(known.live.session, None).await?, known.told),
            None => {
                let claims = self.verify(token, now).map_err(|forged| {
                    self.stats.access_token.one();
                    Error::InvalidAccessToken(forged)
                })?;
                let live = self.read_sign_in(claims.session(), Some(claims.user())).await?;
                let told = Told { expires_at_s: claims.exp, proved: claims.proved() };
                self.sessions.put_token(digest, Arc::clone(&live), told, seconds(now));
                (live, told)
            }
        };
        if known.is_some_and(|known| !Arc::ptr_eq(&known.live, &live)) {
            self.sessions.put_token(digest, Arc::clone(&live), told, seconds(now));
        }
        let reading = live.reading();
        // A sign-in that a browser keeps has no tokens.
        if reading.browser.is_some() {
            return Err(Error::InvalidAccessToken(Forged::Claims));
        }
        self.admit(live, reading, told.proved, origin, now).await
    }

    /// What a token says. One of a key that is not known may be of a key that another process just made.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Forged> {
        match self.tokens.verify(token, seconds(now)) {
            Err(Forged::Key) if self.keyring.look_again(now, self.tokens_live_seconds()) => {
                self.tokens.verify(token, seconds(now))
            }
            known => known,
        }
    }

    /// How long a token can be good after it was signed, whatever the clocks show, in seconds.
    fn tokens_live_seconds(&self) -> u32 {
        self.settings.access_seconds.saturating_add(self.settings.leeway_seconds)
    }

    /// Takes up signing keys that were made since, and takes away those whose last token is over; to be called every few
    /// seconds. Blocking for as long as it takes to list a directory.
    ///
    /// # Errors
    /// [`KeyringError`](crate::KeyringError); the keys then stay as they were.
    pub fn refresh_keys(&self) -> Result<(), crate::KeyringError> {
        if self.keyring.refresh(self.env.now(), self.tokens_live_seconds())? {
            // A token that was checked before its key was taken away is worth nothing either.
            self.sessions.forget_tokens();
        }
        Ok(())
    }

    /// After how long a sign-in is read again, in microseconds.
    pub(crate) fn recheck_us(&self) -> i64 {
        i64::from(self.settings.recheck_seconds).saturating_mul(1_000_000)
    }

    /// Lets whoever holds a sign-in in, unless it ended or is shown from another device than its own.
    pub(crate) async fn admit(
        &self,
        live: Arc<Live>,
        reading: Arc<Reading>,
        proved: Proved,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Actor, Error> {
        if self.revocations.revoked(live.session) {
            return Err(Error::SessionEnded);
        }
        let principal = Arc::clone(&reading.principal);
        if reading.is_bound()
            && !reading.is_taken_from(devices::fingerprint(&origin))
            && let Some(owner) = principal.person()
        {
            return Err(self.shown_elsewhere(live.session, owner, &origin).await);
        }
        let owes_factor = self.owes_factor(&live, &reading, &origin).await?;
        live.used(now);
        let actor = Actor::new(principal, origin, Arc::clone(&self.authority));
        Ok(actor.having_proved(proved).owing_a_factor(owes_factor))
    }

    /// The public keys of access tokens, as a JSON Web Key Set.
    pub fn jwks(&self) -> String {
        self.keyring.jwks()
    }

    /// How much was hashed and checked so far.
    pub fn hash_work(&self) -> HashWork {
        self.hasher.work()
    }

    /// How many passwords wait to be hashed.
    pub fn hashes_waiting(&self) -> usize {
        self.hasher.waiting()
    }

    pub(crate) async fn read_sign_in(
        &self,
        session: SessionId,
        of: Option<UserId>,
    ) -> Result<Arc<Live>, Error> {
        let epoch = self.sessions.epoch();
        let now = self.env.now();
        let standing =
            self.db.read(move |reader| store::standing(reader, session).map_err(Error::from)).await?;
        let standing = standing
            .filter(|found| found.active && !found.revoked && found.expires_at > now)
            .filter(|found| of.is_none_or(|user| user == found.user))
            .ok_or(Error::SessionEnded)?;
        Ok(self.sessions.put(session, self.reading_of(session, standing), now, epoch))
    }

    fn reading_of(&self, session: SessionId, standing: store::Standing) -> Reading {
        let store::Standing { user, roles, department, verified, mfa, created_at, expires_at, .. } = standing;
        // A hash of another length was never written; nothing has it, and so the sign-in is worth nothing.
        let hash = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).unwrap_or_default();
        let limits = self.settings.browser.of(&roles);
        let browser = standing.cookie_hash.map(|cookie| Browser {
            cookie: TokenDigest::from_bytes(hash(cookie)),
            idle_us: i64::from(limits.idle_seconds).saturating_mul(1_000_000),
            // Whoever became staff since has no longer than staff have.
            ends_at: expires_at.min(later(created_at, limits.lasts_seconds.into())),
            last_seen_at: standing.last_seen_at,
            proved: Proved { signed_in_at: Some(created_at), stepped_up_at: standing.proved_at },
        });
        let mfa_due = is_due(&self.settings.factors, &roles, department, mfa);
        let principal = Arc::new(Principal::User { user, session, roles, department, verified, mfa_due });
        let device = standing.device_hash.map(hash);
        Reading { principal, device, browser, place: standing.place, drifted: standing.drifted }
    }

    /// The sign-ins that were used, and when, as far as that is worth noting.
    pub(crate) fn sign_ins_used(&self) -> Vec<(SessionId, Timestamp)> {
        self.sessions.take_uses()
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
        self.keys.forget();
    }

    /// To be called after a commit that changed what sign-ins are worth: they are read anew.
    pub(crate) fn changed(&self, sessions: &[SessionId]) {
        for &session in sessions {
            self.sessions.forget(session);
        }
        // Whose sign-ins changed may have keys, which are worth as much as their owner.
        self.keys.forget();
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
