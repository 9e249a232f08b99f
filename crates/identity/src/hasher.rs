//! Where passwords are hashed: a few threads of their own, and a short queue before them.
//!
//! A hash takes a processor for tens of milliseconds, on purpose. Were it done where requests are served, a burst of
//! sign-ins would stop everything else. More than the queue takes, or than can be started in time, is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::argon::{Arena, HashRefused, Verdict};
use crate::hashing::{self, Recipe};
use crate::{Cost, Error, Password, Scheme, Strength};

/// How passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingSettings {
    /// How new hashes are made.
    pub scheme: Scheme,
    /// What an Argon2id hash costs: a new one where that is the scheme, or of a password that bcrypt would cut.
    pub cost: Cost,
    /// Whether a bcrypt hash is of the first 72 bytes of a longer password, as old systems made them.
    pub bcrypt_truncates: bool,
    /// How many hashes are computed at a time.
    pub threads: usize,
    /// How many wait.
    pub queue_max: usize,
    /// How long one may wait before it is refused.
    pub wait_max: Duration,
}

impl Default for HashingSettings {
    /// Half of the processors, at least one; 32 wait, for two seconds at most.
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            scheme: Scheme::Argon2id,
            cost: Cost::DEFAULT,
            bcrypt_truncates: false,
            threads: (processors / 2).max(1),
            queue_max: 32,
            wait_max: Duration::from_secs(2),
        }
    }
}

impl HashingSettings {
    fn recipe(&self) -> Recipe {
        Recipe { scheme: self.scheme, cost: self.cost, bcrypt_truncates: self.bcrypt_truncates }
    }
}

/// How much was hashed and checked so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashWork {
    /// New hashes.
    pub hashed: u64,
    /// Passwords checked, against somebody's hash or nobody's.
    pub checked: u64,
    /// Of these, against somebody's.
    pub checked_of_somebody: u64,
}

/// The threads that hash passwords; clones share them.
#[derive(Clone)]
pub struct PasswordHasher {
    queue: SyncSender<Job>,
    settings: HashingSettings,
    /// The hash of no password: what an unknown email is checked against.
    dummy: Arc<str>,
    waiting: Arc<AtomicUsize>,
    done: Arc<Done>,
}

#[derive(Default)]
struct Done {
    hashed: AtomicU64,
    checked: AtomicU64,
    of_somebody: AtomicU64,
}

struct Job {
    work: Work,
    queued_at: Instant,
}

enum Work {
    Hash(Password, oneshot::Sender<Result<String, Error>>),
    Verify(Password, Arc<str>, oneshot::Sender<Result<Result<Verdict, HashRefused>, Error>>),
    Assess(Password, Vec<String>, oneshot::Sender<Result<Strength, Error>>),
}

impl PasswordHasher {
    /// Starts the threads, and makes up a hash to compare unknown people's passwords with.
    ///
    /// # Errors
    /// [`Error::Unhashable`] when a thread cannot be had, [`Error::Randomness`].
    pub fn start(settings: HashingSettings) -> Result<Self, Error> {
        let dummy = hashing::of_nobody(settings.recipe())?;
        let (queue, jobs) = sync_channel(settings.queue_max.max(1));
        let jobs = Arc::new(Mutex::new(jobs));
        let waiting = Arc::new(AtomicUsize::new(0));
        for _ in 0..settings.threads.max(1) {
            let (jobs, waiting) = (Arc::clone(&jobs), Arc::clone(&waiting));
            thread::Builder::new()
                .name("florin-hash".to_owned())
                .spawn(move || serve(&jobs, &waiting, settings))
                .map_err(|_| Error::Unhashable)?;
        }
        Ok(Self { queue, settings, dummy: dummy.into(), waiting, done: Arc::default() })
    }

    /// How much was done so far.
    pub fn work(&self) -> HashWork {
        HashWork {
            hashed: self.done.hashed.load(Ordering::Relaxed),
            checked: self.done.checked.load(Ordering::Relaxed),
            checked_of_somebody: self.done.of_somebody.load(Ordering::Relaxed),
        }
    }

    /// How many hashes wait to be started.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Hashes a new password, as the text that is stored.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, Error> {
        let (reply, answer) = oneshot::channel();
        self.submit(Work::Hash(password, reply))?;
        self.done.hashed.fetch_add(1, Ordering::Relaxed);
        answer.await.unwrap_or(Err(Error::Overloaded))
    }

    /// Estimates how hard a password is to guess by somebody who knows `context`.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub(crate) async fn assess(&self, password: Password, context: Vec<String>) -> Result<Strength, Error> {
        let (reply, answer) = oneshot::channel();
        self.submit(Work::Assess(password, context, reply))?;
        answer.await.unwrap_or(Err(Error::Overloaded))
    }

    /// A hash that no password has, as today's are made: for somebody who has none yet.
    pub(crate) fn nobodys(&self) -> Arc<str> {
        Arc::clone(&self.dummy)
    }

    /// Checks a password against the hash of a person, or of nobody when there is none; both take the same time.
    pub(crate) async fn verify(&self, password: Password, stored: Option<String>) -> Result<Verdict, Error> {
        let known = stored.is_some();
        self.done.checked.fetch_add(1, Ordering::Relaxed);
        self.done.of_somebody.fetch_add(known.into(), Ordering::Relaxed);
        let stored = stored.map_or_else(|| Arc::clone(&self.dummy), Into::into);
        match self.verify_stored(password.clone(), stored).await? {
            Ok(verdict) if known => Ok(verdict),
            Ok(_) => Ok(Verdict::Wrong),
            Err(refused) => {
                tracing::error!(error = %refused, "a stored password hash cannot be checked: the sign-in is refused");
                let _ = self.verify_stored(password, Arc::clone(&self.dummy)).await?;
                Ok(Verdict::Wrong)
            }
        }
    }

    async fn verify_stored(
        &self,
        password: Password,
        stored: Arc<str>,
    ) -> Result<Result<Verdict, HashRefused>, Error> {
        let (reply, answer) = oneshot::channel();
        self.submit(Work::Verify(password, stored, reply))?;
        answer.await.unwrap_or(Err(Error::Overloaded))
    }

    fn submit(&self, work: Work) -> Result<(), Error> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue.try_send(Job { work, queued_at: Instant::now() }).map_err(|_| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            Error::Overloaded
        })
    }
}

impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHasher").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One thread's life; it ends when the last handle is dropped.
fn serve(jobs: &Mutex<Receiver<Job>>, waiting: &AtomicUsize, settings: HashingSettings) {
    let mut arena = Arena::default();
    loop {
        // The lock is given back before the work: one thread waits for a job, the others for the lock.
        let next = jobs.lock().recv();
        let Ok(Job { work, queued_at }) = next else { return };
        waiting.fetch_sub(1, Ordering::Relaxed);
        let late = queued_at.elapsed() > settings.wait_max;
        match work {
            Work::Hash(_, reply) if late => answer(reply, Err(Error::Overloaded)),
            Work::Verify(_, _, reply) if late => answer(reply, Err(Error::Overloaded)),
            Work::Assess(_, _, reply) if late => answer(reply, Err(Error::Overloaded)),
            Work::Hash(_, reply) if reply.is_closed() => {}
            Work::Verify(_, _, reply) if reply.is_closed() => {}
            Work::Assess(_, _, reply) if reply.is_closed() => {}
            Work::Hash(password, reply) => {
                answer(reply, hashing::hash(&mut arena, &password, settings.recipe()));
            }
            Work::Verify(password, stored, reply) => {
                answer(reply, Ok(hashing::verify(&mut arena, &password, &stored, settings.recipe())));
            }
            Work::Assess(password, context, reply) => {
                answer(reply, Ok(Strength::of(&password, &context)));
            }
        }
    }
}

/// Answers whoever asked, if they still wait.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::try_new(text).unwrap()
    }

    fn hasher(settings: HashingSettings) -> PasswordHasher {
        PasswordHasher::start(settings).unwrap()
    }

    fn cheap() -> HashingSettings {
        HashingSettings { cost: Cost::worthless(), threads: 1, ..HashingSettings::default() }
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_nobody_is_known_without() {
        let hasher = hasher(cheap());
        let hash = hasher.hash(password("velvet tundra")).await.unwrap();

        assert_eq!(
            hasher.verify(password("velvet tundra"), Some(hash.clone())).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(hasher.verify(password("velvet"), Some(hash)).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(password("velvet"), None).await.unwrap(), Verdict::Wrong);
        assert_eq!(
            hasher.verify(password("velvet"), Some("nonsense".to_owned())).await.unwrap(),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn more_than_the_queue_takes_is_refused_at_once() {
        let settings = HashingSettings { cost: Cost::DEFAULT, threads: 1, queue_max: 2, ..cheap() };
        let hasher = hasher(settings);

        let asked: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(password("velvet tundra")).await })
            })
            .collect();
        let mut refused = 0;
        for asked in asked {
            refused += usize::from(matches!(asked.await.unwrap(), Err(Error::Overloaded)));
        }

        assert!((15..20).contains(&refused), "{refused} of 20 were refused");
        assert_eq!(hasher.waiting(), 0);
    }

    #[tokio::test]
    async fn what_waited_too_long_is_refused_without_being_done() {
        let settings = HashingSettings { wait_max: Duration::ZERO, ..cheap() };

        let answer = hasher(settings).hash(password("velvet tundra")).await;

        assert!(matches!(answer, Err(Error::Overloaded)));
    }
}
