//! The database as the rest of the program sees it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use crossbeam_channel::{Sender, bounded};
use florin_kernel::{Env, Permit};
use tokio::sync::oneshot;

use crate::companion::{BatchItem, Companion};
use crate::faults::Injected;
use crate::idempotency::{self, Answer, Frozen, IdempotencyKey};
use crate::migrate::{self, Migration, OWN};
use crate::pool::{Meter, PoolNow, Queued};
use crate::postgres::{self, PgConfig, Poster, ReadPool, UnitPool};
use crate::sqlite::{self, Access, Checkpointer, SqliteSession, Writer};
use crate::tx::{Reader, Session};
use crate::work::{Read, ReadOf, Unit, UnitOf, Work};
use crate::{DbError, Engine, Stats, Tx};

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// `postgres://…`, or the path of an SQLite file.
    pub url: String,
    /// To serve, or for one command beside a server.
    pub access: Access,
    /// Connections (PostgreSQL) or threads (SQLite) that read.
    pub readers: usize,
    /// Connections that write units, on PostgreSQL.
    pub writers: usize,
    /// Connections that post batches, on PostgreSQL.
    pub posters: usize,
    /// A file of certificate authorities to check PostgreSQL's certificate against.
    pub ca_file: Option<PathBuf>,
    /// Whether migrations are applied; otherwise a schema that needs one is refused.
    pub migrate: bool,
    /// What a test makes go wrong.
    injected: Injected,
}

impl Options {
    /// The usual options for this database.
    pub fn new(url: impl Into<String>, access: Access) -> Self {
        Self {
            url: url.into(),
            access,
            readers: 2,
            writers: 4,
            posters: 1,
            ca_file: None,
            migrate: true,
            injected: Injected::none(),
        }
    }

    /// Lets these faults happen to the embedded database's writer.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_faults(mut self, faults: Arc<dyn crate::faults::Faults>) -> Self {
        self.injected = Injected::of(faults);
        self
    }

    fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres://") || self.url.starts_with("postgresql://")
    }
}

/// The database. Clones share it.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    env: Env,
    stats: Arc<Stats>,
    backend: Backend,
}

#[expect(clippy::large_enum_variant, reason = "there is one for the life of the program")]
enum Backend {
    Sqlite {
        writer: Writer,
        readers: SqliteReaders,
        path: PathBuf,
        _checkpointer: Checkpointer,
        lock: Mutex<Option<File>>,
    },
    Postgres {
        units: UnitPool,
        readers: ReadPool,
        poster: OnceLock<Poster>,
        config: PgConfig,
        posters: usize,
    },
}

impl Db {
    /// Opens the database and brings its schema up to date with `migrations` and this crate's own.
    ///
    /// Blocking; call it before serving.
    ///
    /// # Errors
    /// [`DbError::AlreadyServed`], [`DbError::SchemaNewer`], [`DbError::Unavailable`], or what the database says.
    pub fn open(options: &Options, migrations: &[&'static [Migration]], env: Env) -> Result<Self, DbError> {
        let all: Vec<&Migration> = OWN.iter().chain(migrations.iter().copied().flatten()).collect();
        let stats = Arc::new(Stats::default());
        let backend = if options.is_postgres() {
            open_postgres(options, &all, &env, &stats)?
        } else {
            open_sqlite(options, &all, &env, &stats)?
        };
        Ok(Self { shared: Arc::new(Shared { env, stats, backend }) })
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match &self.shared.backend {
            Backend::Sqlite { .. } => Engine::Sqlite,
            Backend::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Where time and identifiers come from.
    pub fn env(&self) -> &Env {
        &self.shared.env
    }

    /// What is counted of its commits.
    pub fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    /// The SQLite file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.shared.backend {
            Backend::Sqlite { path, .. } => Some(path),
            Backend::Postgres { .. } => None,
        }
    }

    /// Reads one committed snapshot.
    ///
    /// # Errors
    /// What `work` answers, or a [`DbError`] when the database cannot be read.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let read = Box::new(ReadOf { work: Some(work), answer: None, reply });
        match &self.shared.backend {
            Backend::Sqlite { readers, .. } => readers.submit(read),
            Backend::Postgres { readers, .. } => readers.submit(read),
        }
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    /// Runs a unit of work: what it writes and its audit record are one durable commit.
    ///
    /// `work` may run more than once and must decide anew each time; when it answers an error,
    /// nothing of it remains.
    ///
    /// # Errors
    /// What `work` answers, or a [`DbError`] when it could not be committed.
    pub async fn write<T, E, F>(&self, permit: Permit, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.unit(Some(permit), work).await
    }

    /// What a request with this key was answered, if it was answered before: for whoever must look at what may have
    /// changed since before [`write_once`](Self::write_once).
    ///
    /// # Errors
    /// What the database says.
    pub async fn answered(&self, key: IdempotencyKey) -> Result<Option<Answer>, DbError> {
        let known = self.read(move |reader| idempotency::look_up(reader, &key)).await?;
        Ok(known.map(Answer::from))
    }

    /// Runs a unit of work that answers a request with a key, once: sent again, the request is answered as it was at
    /// first and changes nothing. The answer is frozen in the unit's own commit.
    ///
    /// `work` may run more than once, as in [`write`](Self::write); when it answers an error nothing is frozen, so that
    /// a refusal that must stay one is an answer.
    ///
    /// # Errors
    /// What `work` answers, or a [`DbError`] when it could not be committed.
    pub async fn write_once<E, F>(
        &self,
        permit: Permit,
        key: IdempotencyKey,
        mut work: F,
    ) -> Result<Answer, E>
    where
        E: From<DbError> + Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<Frozen, E> + Send + 'static,
    {
        let known = self.read(move |reader| idempotency::look_up(reader, &key)).await?;
        if let Some(replay) = known {
            return Ok(replay.into());
        }
        let env = self.env().clone();
        self.write(permit, move |tx| {
            if !idempotency::take(tx, &key, env.now().as_microsecond())? {
                // Somebody sent the same at the same time and was first: what was done is in their record.
                tx.leave_no_record();
                let taken = || DbError::Other("an idempotency key was taken and is not there".to_owned());
                return Ok(idempotency::find(tx, &key)?.ok_or_else(taken)?.into());
            }
            let frozen = work(tx)?;
            idempotency::answer(tx, &key, &frozen)?;
            Ok(Answer::Now(frozen))
        })
        .await
    }

    /// Runs a unit of the program's own bookkeeping (claiming a job, noting when a session was last
    /// used), which changes nothing that an auditor would ask about and leaves no audit record.
    ///
    /// # Errors
    /// What `work` answers, or a [`DbError`] when it could not be committed.
    pub async fn housekeeping<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.unit(None, work).await
    }

    async fn unit<T, E, F>(&self, permit: Option<Permit>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let unit: Box<dyn Unit> = Box::new(UnitOf { permit, work, answer: None, reply });
        match &self.shared.backend {
            Backend::Sqlite { writer, .. } => writer.submit(Work::Unit(unit)),
            Backend::Postgres { units, .. } => units.submit(unit),
        }
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    /// Installs what runs batches; once, before the first item is submitted. On PostgreSQL several run
    /// side by side, each made anew, and row locks order them; the embedded database has one.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when its thread cannot be started.
    pub fn install(&self, make: &dyn Fn() -> Box<dyn Companion>) -> Result<(), DbError> {
        match &self.shared.backend {
            Backend::Sqlite { writer, .. } => writer.install(make()),
            Backend::Postgres { poster, config, posters, .. } => {
                let companions = (0..*posters).map(|_| make()).collect();
                let started = Poster::start(config, companions, &self.shared.stats)?;
                if poster.set(started).is_err() {
                    return Err(DbError::Other("a companion is installed already".to_owned()));
                }
            }
        }
        Ok(())
    }

    /// Hands an item to the companion's next batch; it is settled in any case.
    pub fn submit(&self, item: Box<dyn BatchItem>) {
        match &self.shared.backend {
            Backend::Sqlite { writer, .. } => writer.submit(Work::Item(item)),
            Backend::Postgres { poster, .. } => match poster.get() {
                Some(poster) => poster.submit(item),
                None => item.settle(Err(DbError::Unavailable("nothing is installed that posts".to_owned()))),
            },
        }
    }

    /// How many pieces of work wait for the writer.
    pub fn waiting(&self) -> usize {
        match &self.shared.backend {
            Backend::Sqlite { writer, .. } => writer.waiting(),
            Backend::Postgres { poster, .. } => poster.get().map_or(0, Poster::waiting),
        }
    }

    /// Its connections, by what they do, as they are now.
    pub fn pools(&self) -> Vec<PoolNow> {
        match &self.shared.backend {
            Backend::Sqlite { writer, readers, .. } => vec![readers.now("readers"), writer.now("writers")],
            Backend::Postgres { units, readers, poster, .. } => {
                let mut pools = vec![readers.now("readers"), units.now("writers")];
                pools.extend(poster.get().map(|poster| poster.now("posters")));
                pools
            }
        }
    }

    /// Copies the embedded database to `target` as it is committed now; whoever writes goes on writing. Blocking.
    ///
    /// # Errors
    /// What the database says; PostgreSQL is copied with its own tools.
    pub fn backup_to(&self, target: &Path) -> Result<(), DbError> {
        match self.file() {
            Some(file) => sqlite::copy_to(file, target),
            None => Err(DbError::Other("PostgreSQL is copied with pg_dump".to_owned())),
        }
    }

    /// Finishes what waits and closes the embedded database; later work is refused. Blocking.
    pub fn close(&self) {
        if let Backend::Sqlite { writer, lock, .. } = &self.shared.backend {
            writer.stop();
            lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

fn gone() -> DbError {
    DbError::Unavailable("the program is stopping".to_owned())
}

fn open_postgres(
    options: &Options,
    all: &[&'static Migration],
    env: &Env,
    stats: &Arc<Stats>,
) -> Result<Backend, DbError> {
    let config = PgConfig::parse(&options.url, options.ca_file.as_ref())?;
    let pending = postgres::migrate(&config, all, env, options.migrate)?;
    refuse_unless_migrated(options, &pending)?;
    Ok(Backend::Postgres {
        units: UnitPool::start(&config, options.writers.max(1), env, stats)?,
        readers: ReadPool::start(&config, options.readers.max(1))?,
        poster: OnceLock::new(),
        posters: options.posters.max(1),
        config,
    })
}

fn open_sqlite(
    options: &Options,
    all: &[&'static Migration],
    env: &Env,
    stats: &Arc<Stats>,
) -> Result<Backend, DbError> {
    let path = PathBuf::from(&options.url);
    let lock = match options.access {
        Access::Serve => Some(sqlite::lock_for_serving(&path)?),
        Access::Command => None,
    };
    let mut session = sqlite::connect_writer(&path)?;
    session.command("BEGIN IMMEDIATE")?;
    migrate::prepare(&mut session)?;
    let pending = migrate::pending(&mut session, all)?;
    if options.migrate {
        for migration in &pending {
            migrate::apply(&mut session, migration, env)?;
        }
    }
    session.command("COMMIT")?;
    drop(session);
    let names: Vec<&'static str> = pending.iter().map(|migration| migration.name).collect();
    refuse_unless_migrated(options, &names)?;
    let restart = Arc::new(AtomicBool::new(false));
    Ok(Backend::Sqlite {
        writer: Writer::start(
            &path,
            env.clone(),
            options.injected.clone(),
            Arc::clone(&restart),
            Arc::clone(stats),
        )?,
        readers: SqliteReaders::start(&path, options.readers.max(1))?,
        _checkpointer: Checkpointer::start(&path, restart)?,
        path,
        lock: Mutex::new(lock),
    })
}

fn refuse_unless_migrated(options: &Options, pending: &[&'static str]) -> Result<(), DbError> {
    if options.migrate || pending.is_empty() {
        return Ok(());
    }
    Err(DbError::Other(format!(
        "the schema is older than the program; run `florin migrate` ({} to apply)",
        pending.join(", ")
    )))
}

/// Threads that read the SQLite file.
struct SqliteReaders {
    queue: Option<Sender<Queued<Box<dyn Read>>>>,
    meter: Arc<Meter>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl SqliteReaders {
    fn start(path: &Path, size: usize) -> Result<Self, DbError> {
        let (queue, waiting) = bounded::<Queued<Box<dyn Read>>>(16_384);
        let meter = Arc::<Meter>::default();
        let mut threads = Vec::with_capacity(size);
        for _ in 0..size {
            let (waiting, meter) = (waiting.clone(), Arc::clone(&meter));
            let session = sqlite::connect_reader(path)?;
            let thread = thread::Builder::new()
                .name("florin-read".to_owned())
                .spawn(move || {
                    for queued in &waiting {
                        let mut read = meter.taken_up(queued);
                        let working = meter.working();
                        let failure = read_once(&session, read.as_mut()).err();
                        drop(working);
                        read.settle(failure);
                    }
                })
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            threads.push(thread);
        }
        Ok(Self { queue: Some(queue), meter, threads })
    }

    fn submit(&self, read: Box<dyn Read>) {
        let Some(queue) = &self.queue else { return };
        if let Err(refused) = queue.try_send(Queued::now(read)) {
            refused.into_inner().work.settle(Some(DbError::Overloaded));
        }
    }

    /// Its connections as they are now.
    pub(crate) fn now(&self, name: &'static str) -> PoolNow {
        self.meter.now(name, self.threads.len(), self.queue.as_ref().map_or(0, Sender::len))
    }
}

impl Drop for SqliteReaders {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn read_once(session: &SqliteSession, read: &mut dyn Read) -> Result<(), DbError> {
    session.command("BEGIN")?;
    read.run(&mut Reader { session: Session::Sqlite(session) });
    session.command("ROLLBACK")
}
