//! A disk, and a process, that fail when they are told to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use florin_db::testing::{Fault, Faults, Moment, Step};
use parking_lot::{Condvar, Mutex};

/// What is to go wrong in the next transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing does.
    None,
    /// The so manieth moment answers with a failure of the disk.
    Fails { at: u64 },
    /// The commit answers with a failure of the disk.
    CommitFails,
    /// The file cannot grow.
    Full,
    /// Everything takes longer.
    Slow,
    /// The process is gone at the so manieth moment.
    Gone { at: u64 },
    /// The process is gone right before the commit.
    GoneBeforeCommit,
    /// The process is gone right after the commit, before anybody is told.
    GoneAfterCommit,
    /// The power fails during the commit: so much of what it wrote, in thousandths, reaches the disk.
    TornCommit { thousandths: u64 },
}

/// What became of a process that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Whether the transaction had been committed.
    pub durable: bool,
}

pub struct Disk {
    open: Mutex<bool>,
    opened: Condvar,
    state: Mutex<State>,
    database: PathBuf,
    /// Where the files are copied to as they were when the process was gone.
    image: PathBuf,
}

struct State {
    mishap: Mishap,
    moments: u64,
    database_before_commit: Vec<u8>,
    log_before_commit: Vec<u8>,
    gone: Option<Gone>,
}

impl Disk {
    pub fn new(database: PathBuf, image: PathBuf) -> Self {
        let state = State {
            mishap: Mishap::None,
            moments: 0,
            database_before_commit: Vec::new(),
            log_before_commit: Vec::new(),
            gone: None,
        };
        Self { open: Mutex::new(true), opened: Condvar::new(), state: Mutex::new(state), database, image }
    }

    /// What is submitted from now on waits, to share one transaction in which `mishap` happens.
    pub fn gather(&self, mishap: Mishap) {
        *self.open.lock() = false;
        let mut state = self.state.lock();
        state.mishap = mishap;
        state.moments = 0;
    }

    /// Everything is submitted.
    pub fn go(&self) {
        *self.open.lock() = true;
        self.opened.notify_all();
    }

    pub fn gone(&self) -> Option<Gone> {
        self.state.lock().gone
    }

    pub fn no_more_mishaps(&self) {
        self.state.lock().mishap = Mishap::None;
    }

    fn leave(&self, state: &mut State, durable: bool) -> Fault {
        fs::create_dir_all(self.image.parent().unwrap()).unwrap();
        // The database first: pages that are copied from the log meanwhile are still in the log.
        fs::copy(&self.database, &self.image).unwrap();
        let _ = fs::copy(log_of(&self.database), log_of(&self.image));
        state.gone = Some(Gone { durable });
        Fault::Crash
    }

    /// The log, with only part of what the commit added to it, and the database as it was before: nothing is
    /// copied into it from a log that is not yet on the disk.
    fn tear(&self, state: &State, thousandths: u64) -> bool {
        let log = fs::read(log_of(&self.image)).unwrap();
        let before = &state.log_before_commit;
        let same_log = before.len() >= 32 && log.get(..32) == before.get(..32);
        let added = u64::try_from(log.len().saturating_sub(before.len())).unwrap();
        if !same_log || added == 0 {
            return false;
        }
        let kept = usize::try_from((added - 1) * thousandths / 1_000).unwrap();
        fs::write(log_of(&self.image), &log[..before.len() + kept]).unwrap();
        fs::write(&self.image, &state.database_before_commit).unwrap();
        true
    }
}

impl Faults for Disk {
    fn gathering(&self) {
        let mut open = self.open.lock();
        while !*open {
            self.opened.wait(&mut open);
        }
    }

    fn at(&self, step: Step, moment: Moment) -> Fault {
        let mut state = self.state.lock();
        state.moments += 1;
        let before_commit = (step, moment) == (Step::Commit, Moment::Before);
        let after_commit = (step, moment) == (Step::Commit, Moment::After);
        match state.mishap {
            // A commit that succeeded cannot be called a failure.
            Mishap::Fails { at } if at == state.moments && !after_commit => Fault::Fail,
            Mishap::CommitFails if before_commit => Fault::Fail,
            Mishap::Full if (step, moment) == (Step::Begin, Moment::Before) => Fault::Full,
            Mishap::Slow if step == Step::Commit => {
                std::thread::sleep(Duration::from_millis(2));
                Fault::None
            }
            Mishap::Gone { at } if at == state.moments => self.leave(&mut state, after_commit),
            Mishap::GoneBeforeCommit if before_commit => self.leave(&mut state, false),
            Mishap::GoneAfterCommit if after_commit => self.leave(&mut state, true),
            Mishap::TornCommit { .. } if before_commit => {
                state.database_before_commit = fs::read(&self.database).unwrap();
                state.log_before_commit = fs::read(log_of(&self.database)).unwrap_or_default();
                Fault::None
            }
            Mishap::TornCommit { thousandths } if after_commit => {
                let fault = self.leave(&mut state, true);
                let torn = self.tear(&state, thousandths);
                state.gone = Some(Gone { durable: !torn });
                fault
            }
            _ => Fault::None,
        }
    }
}

/// The write-ahead log of an SQLite file.
fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}
