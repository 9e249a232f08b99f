//! The threads that own connections: units one by one, reads, and the poster's batches.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use florin_kernel::Env;

use super::session::Retry;
use super::{PgConfig, PgSession};
use crate::companion::{BatchItem, Companion};
use crate::migrate::{self, Migration};
use crate::pool::{Meter, PoolNow, Queued};
use crate::tx::{Reader, Session, Tx};
use crate::work::{Read, Unit, Verdict};
use crate::{DbError, Stats};

const QUEUE_MAX: usize = 16_384;
const BATCH_WEIGHT_MAX: usize = 4_096;
/// How often a unit or batch that met another transaction is tried before its caller hears of it.
const TRIES_MAX: u32 = 10;
/// How long a batch waits for a database that went away to come back.
const OUTAGE_MAX: Duration = Duration::from_secs(10);

const SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'; \
                        SET synchronous_commit = on; SET TIME ZONE 'UTC'";
/// A plan made while a table was small would stay for the life of the connection; and a nested loop updates rows in the
/// order they are given in, so that two posters never wait for each other in a circle.
const POSTER_SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; SET synchronous_commit = on; \
                               SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                               SET jit = off; SET plan_cache_mode = force_generic_plan; SET TIME ZONE 'UTC'";

/// A connection that is made when it is needed, and again when it broke.
struct Line {
    config: PgConfig,
    settings: &'static str,
    session: Option<PgSession>,
}

impl Line {
    fn open(&mut self) -> Result<&mut PgSession, DbError> {
        if self.session.as_ref().is_none_or(PgSession::is_closed) {
            self.session = None;
            self.session = Some(PgSession::connect(&self.config, self.settings)?);
        }
        self.session.as_mut().ok_or_else(|| DbError::Unavailable("no connection".to_owned()))
    }
}

fn tries_left(retry: Retry, attempt: u32) -> bool {
    match retry {
        Retry::Never => false,
        Retry::Once => attempt < 3,
        Retry::Often => attempt < TRIES_MAX,
    }
}

/// Sleeps a little longer at each try, never the same for two.
fn back_off(attempt: u32) {
    let random = RandomState::new().hash_one(attempt) % 7;
    thread::sleep(Duration::from_millis(u64::from(attempt).saturating_mul(2).saturating_add(random)));
}

fn send<T>(queue: &Sender<Queued<T>>, work: T) -> Result<(), (T, DbError)> {
    queue.try_send(Queued::now(work)).map_err(|error| match error {
        TrySendError::Full(queued) => (queued.work, DbError::Overloaded),
        TrySendError::Disconnected(queued) => {
            (queued.work, DbError::Unavailable("the program is stopping".to_owned()))
        }
    })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>, DbError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| DbError::Unavailable(error.to_string()))
}

/// Threads for units of work.
pub(crate) struct UnitPool {
    queue: Option<Sender<Queued<Box<dyn Unit>>>>,
    meter: Arc<Meter>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl UnitPool {
    pub(crate) fn start(
        config: &PgConfig,
        size: usize,
        env: &Env,
        stats: &Arc<Stats>,
    ) -> Result<Self, DbError> {
        let (queue, waiting) = bounded::<Queued<Box<dyn Unit>>>(QUEUE_MAX);
        let meter = Arc::<Meter>::default();
        let mut threads = Vec::with_capacity(size);
        for _ in 0..size {
            let (waiting, env, stats) = (waiting.clone(), env.clone(), Arc::clone(stats));
            let meter = Arc::clone(&meter);
            let mut line = Line { config: config.clone(), settings: SETTINGS, session: None };
            threads.push(spawn("florin-unit", move || {
                for queued in &waiting {
                    let mut unit = meter.taken_up(queued);
                    let working = meter.working();
                    let result = run_unit(&mut line, unit.as_mut(), &env, &stats);
                    drop(working);
                    unit.settle(result);
                }
            })?);
        }
        Ok(Self { queue: Some(queue), meter, threads })
    }

    pub(crate) fn submit(&self, unit: Box<dyn Unit>) {
        let Some(queue) = &self.queue else { return };
        if let Err((unit, error)) = send(queue, unit) {
            unit.settle(Err(error));
        }
    }

    /// Its connections as they are now.
    pub(crate) fn now(&self, name: &'static str) -> PoolNow {
        self.meter.now(name, self.threads.len(), self.queue.as_ref().map_or(0, Sender::len))
    }
}

impl Drop for UnitPool {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn run_unit(line: &mut Line, unit: &mut dyn Unit, env: &Env, stats: &Stats) -> Result<(), DbError> {
    let mut attempt = 0_u32;
    loop {
        attempt = attempt.saturating_add(1);
        let session = match line.open() {
            Ok(session) => session,
            Err(error) if attempt >= 3 => return Err(error),
            Err(_) => {
                back_off(attempt.saturating_mul(20));
                continue;
            }
        };
        session.begin("BEGIN");
        let record = Tx::permit_record(unit.permit());
        let verdict = unit.run(&mut Tx::new(Session::Postgres(session), None, record), env);
        let began = Instant::now();
        let result = match verdict {
            Verdict::Commit => session.commit(),
            Verdict::Undo => Ok(()),
        };
        if verdict == Verdict::Commit && result.is_ok() {
            stats.commit.took(began.elapsed());
            stats.committed.one();
            return Ok(());
        }
        let closed = session.is_closed();
        let retry =
            tries_left(session.retry(), attempt) || (closed && !session.is_commit_unknown() && attempt < 3);
        if !closed {
            session.rollback();
        }
        if !retry {
            stats.undone.one();
            return result;
        }
        back_off(attempt);
    }
}

/// Threads for reads.
pub(crate) struct ReadPool {
    queue: Option<Sender<Queued<Box<dyn Read>>>>,
    meter: Arc<Meter>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl ReadPool {
    pub(crate) fn start(config: &PgConfig, size: usize) -> Result<Self, DbError> {
        let (queue, waiting) = bounded::<Queued<Box<dyn Read>>>(QUEUE_MAX);
        let meter = Arc::<Meter>::default();
        let mut threads = Vec::with_capacity(size);
        for _ in 0..size {
            let (waiting, meter) = (waiting.clone(), Arc::clone(&meter));
            let mut line = Line { config: config.clone(), settings: SETTINGS, session: None };
            threads.push(spawn("florin-read", move || {
                for queued in &waiting {
                    let mut read = meter.taken_up(queued);
                    let working = meter.working();
                    let failure = run_read(&mut line, read.as_mut()).err();
                    drop(working);
                    read.settle(failure);
                }
            })?);
        }
        Ok(Self { queue: Some(queue), meter, threads })
    }

    pub(crate) fn submit(&self, read: Box<dyn Read>) {
        let Some(queue) = &self.queue else { return };
        if let Err((read, error)) = send(queue, read) {
            read.settle(Some(error));
        }
    }

    /// Its connections as they are now.
    pub(crate) fn now(&self, name: &'static str) -> PoolNow {
        self.meter.now(name, self.threads.len(), self.queue.as_ref().map_or(0, Sender::len))
    }
}

impl Drop for ReadPool {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn run_read(line: &mut Line, read: &mut dyn Read) -> Result<(), DbError> {
    let session = line.open()?;
    session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    read.run(&mut Reader { session: Session::Postgres(session) });
    if !session.is_closed() {
        session.rollback();
    }
    Ok(())
}

/// The threads that run the ledger's batches: while one commits, another gathers.
pub(crate) struct Poster {
    queue: Option<Sender<Queued<Box<dyn BatchItem>>>>,
    meter: Arc<Meter>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Poster {
    pub(crate) fn start(
        config: &PgConfig,
        companions: Vec<Box<dyn Companion>>,
        stats: &Arc<Stats>,
    ) -> Result<Self, DbError> {
        let (queue, waiting) = bounded::<Queued<Box<dyn BatchItem>>>(QUEUE_MAX);
        let meter = Arc::<Meter>::default();
        let mut threads = Vec::with_capacity(companions.len());
        for mut companion in companions {
            let (waiting, stats, meter) = (waiting.clone(), Arc::clone(stats), Arc::clone(&meter));
            let mut line = Line { config: config.clone(), settings: POSTER_SETTINGS, session: None };
            threads.push(spawn("florin-poster", move || {
                while let Ok(first) = waiting.recv() {
                    let items = gather(first, &waiting, &meter);
                    let _working = meter.working();
                    post_and_settle(&mut line, companion.as_mut(), items, &stats);
                }
            })?);
        }
        Ok(Self { queue: Some(queue), meter, threads })
    }

    pub(crate) fn submit(&self, item: Box<dyn BatchItem>) {
        let Some(queue) = &self.queue else { return };
        if let Err((item, error)) = send(queue, item) {
            item.settle(Err(error));
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, Sender::len)
    }

    /// Its connections as they are now.
    pub(crate) fn now(&self, name: &'static str) -> PoolNow {
        self.meter.now(name, self.threads.len(), self.queue.as_ref().map_or(0, Sender::len))
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn post_and_settle(
    line: &mut Line,
    companion: &mut dyn Companion,
    mut items: Vec<Box<dyn BatchItem>>,
    stats: &Stats,
) {
    let (began, weight) = (Instant::now(), items.iter().map(|item| item.weight()).sum::<usize>());
    let result = post(line, companion, &mut items, stats);
    if result.is_ok() {
        stats.batches.one();
        stats.batch_events.many(u64::try_from(weight).unwrap_or(u64::MAX));
        stats.batch.took(began.elapsed());
    }
    if let Err(error) = &result {
        tracing::error!(%error, items = items.len(), "a batch was not posted");
    }
    for item in items {
        item.settle(outcome(&result));
    }
    if matches!(result, Err(DbError::Broken(_))) {
        crate::stop_the_process();
    }
}

fn outcome(result: &Result<(), DbError>) -> Result<(), DbError> {
    result.as_ref().map_or_else(|error| Err(error.again()), |()| Ok(()))
}

fn gather(
    first: Queued<Box<dyn BatchItem>>,
    waiting: &Receiver<Queued<Box<dyn BatchItem>>>,
    meter: &Meter,
) -> Vec<Box<dyn BatchItem>> {
    let first = meter.taken_up(first);
    let mut weight = first.weight();
    let mut items = vec![first];
    while weight < BATCH_WEIGHT_MAX {
        let Ok(queued) = waiting.try_recv() else { break };
        let item = meter.taken_up(queued);
        weight = weight.saturating_add(item.weight());
        items.push(item);
    }
    items
}

/// Posts a batch in one transaction. A commit whose answer never came is not repeated blindly: the
/// next try looks every item up first.
fn post(
    line: &mut Line,
    companion: &mut dyn Companion,
    items: &mut [Box<dyn BatchItem>],
    stats: &Stats,
) -> Result<(), DbError> {
    let started = Instant::now();
    let mut doubtful = false;
    let mut attempt = 0_u32;
    loop {
        attempt = attempt.saturating_add(1);
        let result = try_post(line, companion, items, doubtful, stats);
        let Err(error) = result else {
            companion.committed();
            return Ok(());
        };
        companion.aborted();
        let retry = match (&error, &mut line.session) {
            (DbError::CommitUnknown(_), _) => {
                doubtful = true;
                true
            }
            (DbError::Unavailable(_), _) => true,
            (_, Some(session)) => {
                session.rollback();
                tries_left(session.retry(), attempt)
            }
            (_, None) => false,
        };
        if !retry || started.elapsed() > OUTAGE_MAX {
            return Err(error);
        }
        if matches!(error, DbError::Unavailable(_) | DbError::CommitUnknown(_)) {
            line.session = None;
            thread::sleep(Duration::from_millis(100));
        } else if line.session.as_ref().is_none_or(|session| session.retry() != Retry::Once) {
            back_off(attempt);
        }
    }
}

fn try_post(
    line: &mut Line,
    companion: &mut dyn Companion,
    items: &mut [Box<dyn BatchItem>],
    doubtful: bool,
    stats: &Stats,
) -> Result<(), DbError> {
    let session = line.open()?;
    session.begin("BEGIN");
    let mut tx = Tx::new(Session::Postgres(&mut *session), None, None);
    companion.begin(&mut tx)?;
    companion.run(&mut tx, items, doubtful)?;
    companion.before_commit(&mut tx)?;
    let began = Instant::now();
    session.commit()?;
    stats.commit.took(began.elapsed());
    Ok(())
}

/// Brings the schema up to date, one process at a time.
pub(crate) fn migrate(
    config: &PgConfig,
    all: &[&Migration],
    env: &Env,
    apply: bool,
) -> Result<Vec<&'static str>, DbError> {
    super::on_its_own_thread(|| migrate_here(config, all, env, apply))
}

fn migrate_here(
    config: &PgConfig,
    all: &[&Migration],
    env: &Env,
    apply: bool,
) -> Result<Vec<&'static str>, DbError> {
    let mut session = PgSession::connect(config, SETTINGS)?;
    session.begin("BEGIN");
    // One lock for all processes that start at once; it goes with the transaction.
    session.execute("SELECT pg_advisory_xact_lock(7046029254386353131)", &[])?;
    migrate::prepare(&mut session)?;
    let pending = migrate::pending(&mut session, all)?;
    if apply {
        for migration in &pending {
            migrate::apply(&mut session, migration, env)?;
        }
    }
    session.commit()?;
    Ok(pending.iter().map(|migration| migration.name).collect())
}
