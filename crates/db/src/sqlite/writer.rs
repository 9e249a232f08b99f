//! The one writer: units and batches that wait share a transaction and are answered after its commit.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use florin_kernel::Env;

use super::{SqliteSession, connect_writer};
use crate::companion::{BatchItem, Companion};
use crate::faults::Injected;
use crate::pool::{Meter, PoolNow, Queued};
use crate::tx::{Session, Tx};
use crate::work::{Unit, Verdict, Work};
use crate::{DbError, Stats};

/// How many pieces of work may wait.
const QUEUE_MAX: usize = 16_384;
/// How much work one transaction takes, in rows or so: enough to make the commit cheap, little enough
/// that nobody waits long for those before them.
const GROUP_WEIGHT_MAX: usize = 4_096;

enum Message {
    Work(Queued<Work>),
    Install(Box<dyn Companion>),
    Stop,
}

/// The handle of the writer's thread.
pub(crate) struct Writer {
    queue: Sender<Message>,
    meter: Arc<Meter>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(
        path: &Path,
        env: Env,
        injected: Injected,
        restart: Arc<AtomicBool>,
        counts: Arc<Stats>,
    ) -> Result<Self, DbError> {
        let (queue, waiting) = bounded(QUEUE_MAX);
        let session = connect_writer(path)?.with_faults(injected);
        let meter = Arc::<Meter>::default();
        let mut state =
            State { session, restart, env, stats: counts, meter: Arc::clone(&meter), companion: None };
        let thread = thread::Builder::new()
            .name("florin-writer".to_owned())
            .spawn(move || state.serve(&waiting))
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Self { queue, meter, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn submit(&self, work: Work) {
        match self.queue.try_send(Message::Work(Queued::now(work))) {
            Err(TrySendError::Full(Message::Work(queued))) => queued.work.refuse(DbError::Overloaded),
            Err(TrySendError::Disconnected(Message::Work(queued))) => {
                queued.work.refuse(DbError::Unavailable("the program is stopping".to_owned()));
            }
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Its one connection as it is now.
    pub(crate) fn now(&self, name: &'static str) -> PoolNow {
        self.meter.now(name, 1, self.waiting())
    }

    pub(crate) fn install(&self, companion: Box<dyn Companion>) {
        let _ = self.queue.send(Message::Install(companion));
    }

    /// Ends the thread after what is already waiting.
    pub(crate) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = self.queue.send(Message::Stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn outcome(result: &Result<(), DbError>) -> Result<(), DbError> {
    result.as_ref().map_or_else(|error| Err(error.again()), |()| Ok(()))
}

struct State {
    session: SqliteSession,
    restart: Arc<AtomicBool>,
    env: Env,
    stats: Arc<Stats>,
    meter: Arc<Meter>,
    companion: Option<Box<dyn Companion>>,
}

/// The work of one transaction.
#[derive(Default)]
struct Group {
    units: Vec<(Box<dyn Unit>, Verdict)>,
    items: Vec<Box<dyn BatchItem>>,
}

impl State {
    const IDLE: Duration = Duration::from_millis(50);

    fn serve(&mut self, waiting: &Receiver<Message>) {
        loop {
            let idle_work = self.companion.as_ref().is_some_and(|companion| companion.is_idle_work_waiting())
                && !self.session.injected().forbids_idle_work();
            let first = if idle_work {
                waiting.recv_timeout(Self::IDLE)
            } else {
                waiting.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match first {
                Ok(Message::Install(companion)) => {
                    self.companion = Some(companion);
                    // Whatever must be recovered is recovered before the first request.
                    self.run(Group::default());
                }
                Ok(Message::Work(work)) => {
                    self.session.injected().gathering();
                    let mut group = Group::default();
                    let stop = self.gather(&mut group, work, waiting);
                    self.run(group);
                    if stop {
                        break;
                    }
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.run(Group::default()),
            }
            self.restart_log_when_asked();
        }
        self.finish();
    }

    /// Takes what is waiting, up to a transaction's worth; true when the thread must end after it.
    fn gather(&self, group: &mut Group, first: Queued<Work>, waiting: &Receiver<Message>) -> bool {
        let mut weight = 0_usize;
        let mut next = Some(Message::Work(first));
        loop {
            match next.take() {
                Some(Message::Work(queued)) => {
                    let work = self.meter.taken_up(queued);
                    weight = weight.saturating_add(work.weight());
                    match work {
                        Work::Unit(unit) => group.units.push((unit, Verdict::Undo)),
                        Work::Item(item) => group.items.push(item),
                    }
                }
                Some(Message::Stop) => return true,
                // A companion is installed once, before anything is submitted.
                Some(Message::Install(_)) | None => {}
            }
            if weight >= GROUP_WEIGHT_MAX {
                return false;
            }
            match waiting.try_recv() {
                Ok(message) => next = Some(message),
                Err(_) => return false,
            }
        }
    }

    fn run(&mut self, mut group: Group) {
        let (began, weight) = (Instant::now(), group.items.iter().map(|item| item.weight()).sum::<usize>());
        let meter = Arc::clone(&self.meter);
        let working = meter.working();
        let result = self.commit(&mut group);
        drop(working);
        match &result {
            Ok(()) => {
                self.count(&group, weight, began);
                if let Some(companion) = &mut self.companion {
                    companion.committed();
                }
            }
            Err(error) => {
                if self.session.in_transaction() {
                    let _ = self.session.command("ROLLBACK");
                }
                if let Some(companion) = &mut self.companion {
                    companion.aborted();
                }
                tracing::error!(%error, "a group commit failed and was undone");
            }
        }
        let broken = matches!(result, Err(DbError::Broken(_)));
        for (unit, _) in group.units {
            unit.settle(outcome(&result));
        }
        for item in group.items {
            item.settle(outcome(&result));
        }
        if broken {
            crate::stop_the_process();
        }
    }

    /// Counts what was committed.
    fn count(&self, group: &Group, weight: usize, began: Instant) {
        if !group.items.is_empty() {
            self.stats.batches.one();
            self.stats.batch_events.many(u64::try_from(weight).unwrap_or(u64::MAX));
            self.stats.batch.took(began.elapsed());
        }
        for (_, verdict) in &group.units {
            match verdict {
                Verdict::Commit => self.stats.committed.one(),
                Verdict::Undo => self.stats.undone.one(),
            }
        }
    }

    fn commit(&mut self, group: &mut Group) -> Result<(), DbError> {
        self.session.command("BEGIN IMMEDIATE")?;
        self.with_companion(Companion::begin)?;
        for (unit, verdict) in &mut group.units {
            *verdict = self.run_unit(unit.as_mut())?;
        }
        if !group.items.is_empty() {
            let items = &mut group.items;
            let ran = self.with_companion(|companion, tx| companion.run(tx, items, false))?;
            ran.ok_or_else(|| DbError::Other("nothing is installed that runs batches".to_owned()))?;
        }
        self.with_companion(Companion::before_commit)?;
        let began = Instant::now();
        self.session.command("COMMIT")?;
        // What only looked for something to do is no commit that anybody waits for.
        if !(group.units.is_empty() && group.items.is_empty()) {
            self.stats.commit.took(began.elapsed());
        }
        Ok(())
    }

    /// Runs one unit between savepoints, so that it can be undone without the others.
    fn run_unit(&mut self, unit: &mut dyn Unit) -> Result<Verdict, DbError> {
        self.session.command("SAVEPOINT unit")?;
        if let Some(companion) = &mut self.companion {
            companion.savepoint();
        }
        let record = Tx::permit_record(unit.permit());
        let companion = self.companion.as_deref_mut();
        let verdict = unit.run(&mut Tx::new(Session::Sqlite(&self.session), companion, record), &self.env);
        match verdict {
            Verdict::Commit => {
                if let Some(companion) = &mut self.companion {
                    companion.keep();
                }
            }
            Verdict::Undo => {
                if let Some(companion) = &mut self.companion {
                    companion.undo();
                }
                // A full disk may have ended the whole transaction already: then all of it is undone.
                if !self.session.in_transaction() {
                    return Err(DbError::DiskFull);
                }
                self.session.command("ROLLBACK TO unit")?;
            }
        }
        self.session.command("RELEASE unit")?;
        Ok(verdict)
    }

    fn with_companion<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Companion, &mut Tx<'_>) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let Some(companion) = &mut self.companion else { return Ok(None) };
        let mut tx = Tx::new(Session::Sqlite(&self.session), None, None);
        work(companion.as_mut(), &mut tx).map(Some)
    }

    /// Copies the little that the checkpointer left and begins the log anew; a reader that needs the old
    /// pages puts it off, since nothing may wait for readers here.
    fn restart_log_when_asked(&self) {
        if !self.restart.swap(false, Ordering::AcqRel) {
            return;
        }
        let connection = self.session.connection();
        let _ = connection.busy_timeout(Duration::ZERO);
        let _ = connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
        let _ = connection.busy_timeout(Duration::from_secs(5));
    }

    /// Leaves a database whose log is empty.
    fn finish(&mut self) {
        let mut passes = 0_u32;
        while passes < 10_000
            && self.companion.as_ref().is_some_and(|companion| companion.is_idle_work_waiting())
        {
            self.run(Group::default());
            passes = passes.saturating_add(1);
        }
        let _ = self.session.connection().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}
