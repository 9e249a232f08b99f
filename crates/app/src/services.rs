//! All services of a running program, put together from the configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use florin_access::{Access, Policies};
use florin_db::{Access as DbAccess, Db, DbError, Migration, Options};
use florin_identity::{
    Cost, HashingSettings, Identity, Keyring, LocalRevocations, PasswordPolicy, Ports, Settings,
};
use florin_jobs::{Handler, Schedule, Workers};
use florin_kernel::{Authority, Env};
use florin_ledger::Ledger;
use florin_notify::{Letterhead, Outbox, PublicUrl, SendMail};
use florin_payments::{Accounts, Desk, TransferLimit, Transfers};
use florin_volatile::Volatile;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::StartError;
use crate::adapters::{ForgetAnswers, KnownPeople, Post};
use crate::config::Config;

/// How often the poster looks for holds that are due when nothing else makes it run.
const TICK: Duration = Duration::from_secs(1);

/// The migrations of all crates, in the order of their dependencies.
pub fn migrations() -> [&'static [Migration]; 4] {
    [
        florin_jobs::MIGRATIONS,
        florin_identity::MIGRATIONS,
        florin_ledger::MIGRATIONS,
        florin_payments::MIGRATIONS,
    ]
}

/// The services. Clones share them.
#[derive(Clone)]
pub struct Services {
    /// The configuration they were made from.
    pub config: Arc<Config>,
    /// Time and identifiers.
    pub env: Env,
    /// The database.
    pub db: Db,
    /// The books.
    pub ledger: Ledger,
    /// People.
    pub identity: Arc<Identity>,
    /// What they may do.
    pub access: Arc<Access>,
    /// Their accounts.
    pub accounts: Accounts,
    /// Their payments.
    pub transfers: Transfers,
    /// The books as staff see them.
    pub desk: Desk,
    /// What instances share and may lose.
    pub volatile: Volatile,
    wake: Arc<Notify>,
    outbox: Outbox,
}

impl Services {
    /// Opens the database of the configuration alone, for commands that need no more. Blocking.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub fn open_database(config: &Config, access: DbAccess, env: Env) -> Result<Db, StartError> {
        Ok(Db::open(&Self::database_options(config, access)?, &migrations(), env)?)
    }

    /// How the configuration has the database opened; makes the embedded one's directory.
    ///
    /// # Errors
    /// When that cannot be made.
    pub fn database_options(config: &Config, access: DbAccess) -> Result<Options, StartError> {
        let url = config.database.url.expose_secret();
        let url = if url.is_empty() {
            make_directory(&config.instance.data)?;
            config.instance.data.join("florin.db").display().to_string()
        } else {
            url.to_owned()
        };
        let mut options = Options::new(url, access);
        options.readers = usize::from(config.database.readers);
        options.writers = usize::from(config.database.writers);
        options.posters = usize::from(config.database.posters);
        options.ca_file = Some(config.database.ca_file.clone()).filter(|path| !path.as_os_str().is_empty());
        options.migrate = config.database.migrate;
        Ok(options)
    }

    /// Applies all migrations. Blocking.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub fn migrate(config: &Config, env: Env) -> Result<Db, StartError> {
        let mut config = config.clone();
        config.database.migrate = true;
        Self::open_database(&config, DbAccess::Command, env)
    }

    /// Puts all services together. Blocking; call it before serving, within an asynchronous runtime.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub async fn open(config: Config, access: DbAccess, env: Env) -> Result<Self, StartError> {
        let (opening, opening_env) = (config.clone(), env.clone());
        let db = tokio::task::spawn_blocking(move || Self::open_database(&opening, access, opening_env))
            .await
            .map_err(|error| StartError::System(error.to_string()))??;
        Self::open_on(config, db, access, env).await
    }

    /// Puts all services together over a database that was opened, with all migrations, by the caller.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub async fn open_on(config: Config, db: Db, access: DbAccess, env: Env) -> Result<Self, StartError> {
        let zone = TimeZone::get(&config.instance.time_zone)
            .map_err(|error| StartError::System(format!("instance.time_zone: {error}")))?;
        let ledger = match access {
            DbAccess::Serve => Ledger::start(&db, zone)?,
            DbAccess::Command => Ledger::for_reading(&db, zone),
        };
        let wake = Arc::new(Notify::new());
        let letterhead = letterhead(&config)?;
        make_directory(&config.instance.data)?;
        let outbox = Outbox::open(&config.instance.data.join("outbox"), letterhead.clone())?;
        let access = Arc::new(Access::new(Policies::shipped()?));
        let authority: Arc<dyn Authority> = access.clone();
        let identity = Arc::new(open_identity(&config, &db, letterhead, authority, &wake)?);
        let volatile = if config.redis.url.expose_secret().is_empty() {
            Volatile::in_memory(env.clone())
        } else {
            let connected = Volatile::connect(&config.redis.url, env.clone()).await;
            connected.map_err(|_| {
                StartError::System("REDIS_URL is not a redis:// URL that can be read".to_owned())
            })?
        };
        let accounts =
            Accounts::new(db.clone(), ledger.clone(), Arc::new(KnownPeople(Arc::clone(&identity))));
        let risk = Arc::new(TransferLimit { major_max: config.payments.amount_max });
        let transfers = Transfers::new(db.clone(), ledger.clone(), risk);
        let desk = Desk::new(db.clone(), ledger.clone());
        let config = Arc::new(config);
        Ok(Self {
            config,
            env,
            db,
            ledger,
            identity,
            access,
            accounts,
            transfers,
            desk,
            volatile,
            wake,
            outbox,
        })
    }

    /// Starts what works beside the requests.
    ///
    /// # Errors
    /// [`StartError::System`] when a schedule cannot be read.
    pub fn start_background(&self) -> Result<Background, StartError> {
        let (stop, stopped) = watch::channel(false);
        let workers = self.workers()?;
        let work = tokio::spawn(workers.run(stopped.clone()));
        let tick = tokio::spawn(tick(self.ledger.clone(), stopped));
        Ok(Background { stop, tasks: vec![work, tick] })
    }

    /// The workers of jobs and schedules.
    ///
    /// # Errors
    /// [`StartError::System`] when a schedule cannot be read.
    pub fn workers(&self) -> Result<Workers, StartError> {
        let forget = ForgetAnswers {
            env: self.env.clone(),
            accounts: self.accounts.clone(),
            keep_hours: self.config.payments.idempotency_hours,
        };
        let handlers: Vec<Arc<dyn Handler>> =
            vec![Arc::new(SendMail::new(Arc::new(self.outbox.clone()))), Arc::new(forget)];
        let quarterly = Schedule::try_new(ForgetAnswers::KIND, "*/15 * * * *", "UTC");
        let quarterly = quarterly.map_err(|error| StartError::System(error.to_string()))?;
        Ok(Workers::new(self.db.clone(), handlers, vec![quarterly], Arc::clone(&self.wake)))
    }
}

/// What works beside the requests, until it is stopped.
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    /// Lets it finish what it has in hand.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

async fn tick(ledger: Ledger, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match ledger.tick().await {
            Ok(()) | Err(DbError::Unavailable(_) | DbError::Overloaded) => {}
            Err(error) => tracing::warn!(%error, "holds that are due could not be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}

fn letterhead(config: &Config) -> Result<Letterhead, StartError> {
    let url: PublicUrl = config.public_url().parse()?;
    Ok(Letterhead::try_new(&config.instance.name, &config.mail.from, url)?)
}

fn open_identity(
    config: &Config,
    db: &Db,
    letterhead: Letterhead,
    authority: Arc<dyn Authority>,
    wake: &Arc<Notify>,
) -> Result<Identity, StartError> {
    let tokens = &config.tokens;
    let mut settings = Settings::new(&config.public_url());
    settings.access_seconds = tokens.access_minutes.saturating_mul(60);
    settings.session_seconds = tokens.session_days.saturating_mul(86_400);
    settings.reuse_grace_seconds = tokens.reuse_grace_seconds;
    settings.recheck_seconds = tokens.recheck_seconds;
    settings.passwords = PasswordPolicy { chars_min: usize::from(config.passwords.length_min) };
    let cost = Cost::try_new(config.passwords.memory_kib, config.passwords.passes, 1)
        .map_err(|error| StartError::System(format!("passwords.memory_kib, passwords.passes: {error}")))?;
    settings.hashing = HashingSettings { cost, ..settings.hashing };
    let post = Post {
        env: db.env().clone(),
        letterhead,
        verification_hours: settings.verification_seconds.div_ceil(3_600),
        wake: Arc::clone(wake),
    };
    let keyring = Keyring::open(&config.instance.data.join("keys"))?;
    let ports =
        Ports { letters: Arc::new(post), authority, revocations: Arc::new(LocalRevocations::default()) };
    Ok(Identity::open(db.clone(), keyring, settings, ports)?)
}

fn make_directory(path: &Path) -> Result<PathBuf, StartError> {
    std::fs::create_dir_all(path)
        .map_err(|error| StartError::System(format!("{}: {error}", path.display())))?;
    Ok(path.to_owned())
}
