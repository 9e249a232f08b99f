//! What the scenarios stand on: a database of each engine, an authority, a letter box, a clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_db::testing::TestDatabase;
use florin_db::{Db, DbError, Migration, Reader, Tx, params};
use florin_identity::{
    Cost, Email, FactorNews, FullName, HashingSettings, Identity, IdentityNews, Keyring, Letters,
    LocalRevocations, MIGRATIONS, NewPerson, Password, Ports, ProviderAnswer, ProviderClient,
    ProviderRequest, RevocationFilter, SealError, SealedPlace, Sealer, Settings, SignInNews,
    SignatureAlgorithm, SignedIn, Unreachable, Whereabouts,
};
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, ManualClock, Origin, Principal, Resource, Role, Timestamp, UserId,
};
use florin_volatile::Volatile;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

pub const PASSWORD: &str = "velvet tundra orbit lantern";

/// A letter that was written: its kind, whom to, and the proof in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub kind: &'static str,
    pub to: String,
    pub proof: Option<String>,
}

/// Letters as rows of the unit that they belong to, so that what is rolled back was never written.
struct LetterTable;

static LETTER_MIGRATIONS: &[Migration] = &[Migration::new(
    "test_0001_letter",
    "CREATE TABLE test_letter (seq {serial}, kind TEXT NOT NULL, address TEXT NOT NULL, proof TEXT) {strict};",
)];

fn write(tx: &mut Tx<'_>, kind: &'static str, to: &Email, proof: Option<&str>) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO test_letter (kind, address, proof) VALUES ($1, $2, $3)",
        &params![kind, to.as_str(), proof],
    )?;
    Ok(())
}

impl Letters for LetterTable {
    fn verify_email(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName, proof: &str) -> Result<(), DbError> {
        write(tx, "verify", to, Some(proof))
    }

    fn already_registered(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName) -> Result<(), DbError> {
        write(tx, "already_registered", to, None)
    }

    fn welcome(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName) -> Result<(), DbError> {
        write(tx, "welcome", to, None)
    }

    fn api_key_made(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName, _: &str) -> Result<(), DbError> {
        write(tx, "api_key", to, None)
    }

    fn reset_password(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName, token: &str) -> Result<(), DbError> {
        write(tx, "reset", to, Some(token))
    }

    fn invitation(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName, token: &str) -> Result<(), DbError> {
        write(tx, "invitation", to, Some(token))
    }

    fn password_changed(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName) -> Result<(), DbError> {
        write(tx, "password_changed", to, None)
    }

    fn locked_out(&self, tx: &mut Tx<'_>, to: &Email, _: &FullName, _: Timestamp) -> Result<(), DbError> {
        write(tx, "locked", to, None)
    }

    fn sign_in_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        _: &FullName,
        news: SignInNews,
        _: &Whereabouts,
    ) -> Result<(), DbError> {
        let kind = match news {
            SignInNews::NewDevice => "new_device",
            SignInNews::StolenToken => "stolen_token",
            SignInNews::Drifted => "drifted",
        };
        write(tx, kind, to, None)
    }

    fn factor_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        _: &FullName,
        news: &FactorNews,
    ) -> Result<(), DbError> {
        write(tx, "factor", to, Some(&format!("{news:?}")))
    }

    fn identity_news(
        &self,
        tx: &mut Tx<'_>,
        to: &Email,
        _: &FullName,
        news: &IdentityNews,
    ) -> Result<(), DbError> {
        write(tx, "identity", to, Some(&format!("{news:?}")))
    }
}

/// AES-256-GCM under a key of the test's own, bound to the place.
pub struct TestSealer(Aes256Gcm);

impl Default for TestSealer {
    fn default() -> Self {
        Self(Aes256Gcm::new(&[7; 32].into()))
    }
}

impl Sealer for TestSealer {
    fn seal(&self, place: &SealedPlace, plain: &[u8]) -> Result<String, SealError> {
        static NONCES: AtomicU64 = AtomicU64::new(0);
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&NONCES.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let mut sealed = plain.to_vec();
        let place = format!("{place:?}");
        self.0
            .encrypt_in_place(&nonce.into(), place.as_bytes(), &mut sealed)
            .map_err(|_| SealError("too long".to_owned()))?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn open(&self, place: &SealedPlace, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let refused = || SealError("it does not open".to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| refused())?;
        let (nonce, body) = bytes.split_first_chunk::<12>().ok_or_else(refused)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let place = format!("{place:?}");
        self.0.decrypt_in_place(&(*nonce).into(), place.as_bytes(), &mut *plain).map_err(|_| refused())?;
        Ok(plain)
    }
}

/// Providers that nobody reaches.
struct NoProviders;

impl ProviderClient for NoProviders {
    fn send(
        &self,
        _: ProviderRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ProviderAnswer, Unreachable>> + Send + '_>> {
        Box::pin(async { Err(Unreachable("there is no network here".to_owned())) })
    }
}

/// Strangers may come in, people may do anything with their own, administrators anything with others'.
struct HouseRules;

impl Authority for HouseRules {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        let entrance = matches!(
            action,
            Action::Register
                | Action::VerifyEmail
                | Action::ResetPassword
                | Action::Login
                | Action::RefreshSession
        );
        match principal {
            Principal::Anonymous if entrance => Ok(()),
            Principal::Anonymous => Err(Denied::Unauthenticated),
            Principal::User { .. } if entrance => Err(Denied::Forbidden { action }),
            Principal::User { user, roles, .. } => {
                let own = resource.owner == Some(*user);
                let admin = roles.contains(&Role::Admin);
                let may = if action == Action::ChangeRoles { admin && !own } else { admin || own };
                if may { Ok(()) } else { Err(Denied::Forbidden { action }) }
            }
            Principal::Client { .. } => Err(Denied::Forbidden { action }),
            Principal::System(_) => Ok(()),
        }
    }
}

pub struct World {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub identity: Arc<Identity>,
    pub settings: Settings,
    keyring: Keyring,
    _keys: tempfile::TempDir,
    _database: TestDatabase,
}

/// A fresh world on each engine.
pub fn worlds() -> Vec<World> {
    worlds_with(|_| ())
}

/// The same with other settings.
pub fn worlds_with(change: impl Fn(&mut Settings)) -> Vec<World> {
    let databases = florin_db::testing::databases().unwrap();
    databases.into_iter().map(|database| World::new(database, &change)).collect()
}

impl World {
    fn new(database: TestDatabase, change: &impl Fn(&mut Settings)) -> Self {
        let (env, clock) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
        let db = database.open(&[florin_jobs::MIGRATIONS, MIGRATIONS, LETTER_MIGRATIONS], env).unwrap();
        let keys = tempfile::tempdir().unwrap();
        let keyring =
            Keyring::open(&keys.path().join("keys"), SignatureAlgorithm::EdDsa, db.env().now()).unwrap();
        let mut settings = Settings::new("https://bank.example");
        settings.hashing =
            HashingSettings { cost: Cost::worthless(), queue_max: 1000, ..HashingSettings::default() };
        change(&mut settings);
        let identity = Arc::new(open(&db, &keyring, &settings, Arc::new(LocalRevocations::default())));
        Self { db, clock, identity, settings, keyring, _keys: keys, _database: database }
    }

    /// Another process over the same database.
    pub fn another_process(&self, revocations: Arc<dyn RevocationFilter>) -> Identity {
        open(&self.db, &self.keyring, &self.settings, revocations)
    }

    /// Another process with other settings.
    pub fn another_process_with(&self, settings: &Settings) -> Identity {
        open(&self.db, &self.keyring, settings, Arc::new(LocalRevocations::default()))
    }

    pub fn stranger(&self) -> Actor {
        let origin = Origin {
            ip: Some("192.0.2.7".parse().unwrap()),
            user_agent: Some("test/1".into()),
            request_id: Some("r-1".into()),
            device: None,
            country: None,
        };
        self.identity.anonymous(origin)
    }

    /// A stranger at this address, with what they say their device is.
    pub fn stranger_at(&self, ip: &str, device: Option<&str>) -> Actor {
        let ip = Some(ip.parse().unwrap());
        self.identity.anonymous(Origin { ip, device: device.map(Into::into), ..Origin::default() })
    }

    /// A customer who is registered and has proved the address.
    pub async fn customer(&self, email: &str) -> UserId {
        let id = self.identity.register(&self.stranger(), person(email)).await.unwrap().id;
        let proof = self.last_letter(email).await.unwrap().proof.unwrap();
        self.identity.verify_email(&self.stranger(), &proof).await.unwrap();
        id
    }

    pub async fn login(&self, email: &str) -> SignedIn {
        self.identity.login(&self.stranger(), email, &password(PASSWORD)).await.unwrap()
    }

    pub async fn actor(&self, signed_in: &SignedIn) -> Actor {
        actor(&self.identity, signed_in).await.unwrap()
    }

    pub async fn letters(&self) -> Vec<Letter> {
        let read = |reader: &mut Reader<'_>| {
            let rows = reader.rows("SELECT kind, address, proof FROM test_letter ORDER BY seq", &[])?;
            rows.iter()
                .map(|row| {
                    let kind: String = row.get(0)?;
                    let kind = [
                        "verify",
                        "already_registered",
                        "welcome",
                        "api_key",
                        "reset",
                        "password_changed",
                        "locked",
                        "factor",
                        "identity",
                    ]
                    .into_iter()
                    .find(|k| **k == kind)
                    .unwrap();
                    Ok(Letter { kind, to: row.get(1)?, proof: row.get(2)? })
                })
                .collect::<Result<Vec<_>, DbError>>()
        };
        self.db.read(read).await.unwrap()
    }

    pub async fn last_letter(&self, to: &str) -> Option<Letter> {
        self.letters().await.into_iter().rfind(|letter| letter.to.eq_ignore_ascii_case(to))
    }

    /// How many rows a query counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let read = move |reader: &mut Reader<'_>| reader.row(sql, &[])?.unwrap().get::<i64>(0);
        self.db.read::<_, DbError, _>(read).await.unwrap()
    }

    /// The last audit records: action, outcome and error.
    pub async fn trail(&self) -> Vec<(String, String, Option<String>)> {
        let read = |reader: &mut Reader<'_>| {
            let rows = reader.rows("SELECT action, outcome, error FROM audit_record ORDER BY seq", &[])?;
            rows.iter()
                .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .collect::<Result<Vec<_>, DbError>>()
        };
        self.db.read(read).await.unwrap()
    }
}

fn open(db: &Db, keyring: &Keyring, settings: &Settings, revocations: Arc<dyn RevocationFilter>) -> Identity {
    let ports = Ports {
        letters: Arc::new(LetterTable),
        sealer: Arc::new(TestSealer::default()),
        authority: Arc::new(HouseRules),
        revocations,
        providers: Arc::new(NoProviders),
        federation_key: Zeroizing::new([7; 32]),
        csrf_key: Zeroizing::new([8; 32]),
        volatile: Volatile::in_memory(db.env().clone()),
        risk: Arc::new(florin_identity::Unwatched),
    };
    Identity::open(db.clone(), keyring.clone(), settings.clone(), ports).unwrap()
}

pub async fn actor(identity: &Identity, signed_in: &SignedIn) -> Result<Actor, florin_identity::Error> {
    identity.authenticate(signed_in.tokens().unwrap().access_token.expose_secret(), Origin::default()).await
}

pub fn refresh_token(signed_in: &SignedIn) -> String {
    signed_in.tokens().unwrap().refresh_token.as_ref().unwrap().expose_secret().to_owned()
}

pub fn password(text: &str) -> Password {
    Password::try_new(text).unwrap()
}

pub fn person(email: &str) -> NewPerson {
    NewPerson {
        email: email.parse().unwrap(),
        full_name: "Ada Lovelace".parse().unwrap(),
        phone: Some("+14155550123".parse().unwrap()),
        password: password(PASSWORD),
    }
}

/// A filter that processes share.
#[derive(Default)]
pub struct Shared(Mutex<Vec<florin_kernel::SessionId>>);

impl RevocationFilter for Shared {
    fn revoked(&self, session: florin_kernel::SessionId) -> bool {
        self.0.lock().unwrap().contains(&session)
    }

    fn revoke(&self, session: florin_kernel::SessionId, _: Timestamp, _: Timestamp) {
        self.0.lock().unwrap().push(session);
    }
}
