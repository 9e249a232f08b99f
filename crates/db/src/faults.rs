//! What tests make go wrong while the embedded database's writer works; elsewhere nothing is.

#[cfg(feature = "testing")]
pub use testing::{Fault, Faults, Moment};

/// A step of the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A transaction begins.
    Begin,
    /// A savepoint is made, released or gone back to.
    Savepoint,
    /// Rows are read.
    Read,
    /// Rows are written.
    Write,
    /// The transaction is committed.
    Commit,
    /// The transaction is undone.
    Rollback,
}

impl Step {
    /// Which step a command is.
    pub(crate) fn of(command: &str) -> Self {
        match command {
            "COMMIT" => Self::Commit,
            "ROLLBACK" => Self::Rollback,
            _ if command.starts_with("BEGIN") => Self::Begin,
            _ => Self::Savepoint,
        }
    }
}

#[cfg(not(feature = "testing"))]
mod absent {
    use rusqlite::Connection;

    use super::Step;
    use crate::DbError;

    /// No faults.
    #[derive(Clone, Debug)]
    pub(crate) struct Injected;

    #[expect(clippy::unused_self, reason = "with faults it is used")]
    impl Injected {
        pub(crate) const fn none() -> Self {
            Self
        }

        pub(crate) fn around<T>(
            &self,
            _: Step,
            _: &Connection,
            work: impl FnOnce() -> Result<T, DbError>,
        ) -> Result<T, DbError> {
            work()
        }

        pub(crate) fn gathering(&self) {}

        pub(crate) fn forbids_idle_work(&self) -> bool {
            false
        }
    }
}

#[cfg(not(feature = "testing"))]
pub(crate) use absent::Injected;
#[cfg(feature = "testing")]
pub(crate) use testing::Injected;

#[cfg(feature = "testing")]
mod testing {
    use std::fmt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rusqlite::Connection;

    use super::Step;
    use crate::DbError;

    /// Before or after a step was done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Moment {
        /// It has not been done.
        Before,
        /// It has been done, and nobody was told yet.
        After,
    }

    /// What goes wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Fault {
        /// Nothing.
        None,
        /// The step answers with a failure of the disk.
        Fail,
        /// From now on nothing is done any more: the process is as good as gone.
        Crash,
        /// Until the next transaction the file cannot grow.
        Full,
    }

    /// Decides what goes wrong. Where there is one, the writer does nothing on its own while it is idle.
    pub trait Faults: Send + Sync {
        /// Work has come: what else is submitted until this returns shares its transaction.
        fn gathering(&self);

        /// What goes wrong at this moment.
        fn at(&self, step: Step, moment: Moment) -> Fault;
    }

    /// The faults of one connection.
    #[derive(Clone, Default)]
    pub(crate) struct Injected {
        pub(crate) faults: Option<Arc<dyn Faults>>,
        dead: Arc<AtomicBool>,
        full: Arc<AtomicBool>,
    }

    impl fmt::Debug for Injected {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Injected")
        }
    }

    impl Injected {
        pub(crate) fn none() -> Self {
            Self::default()
        }

        pub(crate) fn of(faults: Arc<dyn Faults>) -> Self {
            Self { faults: Some(faults), ..Self::default() }
        }

        pub(crate) fn gathering(&self) {
            if let Some(faults) = &self.faults {
                faults.gathering();
            }
        }

        pub(crate) fn forbids_idle_work(&self) -> bool {
            self.faults.is_some()
        }

        /// Does the step, unless something goes wrong before it or after it.
        pub(crate) fn around<T>(
            &self,
            step: Step,
            connection: &Connection,
            work: impl FnOnce() -> Result<T, DbError>,
        ) -> Result<T, DbError> {
            let Some(faults) = &self.faults else { return work() };
            if self.dead.load(Ordering::SeqCst) {
                return Err(gone());
            }
            if step == Step::Begin && self.full.swap(false, Ordering::SeqCst) {
                limit(connection, u32::MAX - 1)?;
            }
            self.meet(faults.at(step, Moment::Before), connection)?;
            let answer = work()?;
            self.meet(faults.at(step, Moment::After), connection)?;
            Ok(answer)
        }

        fn meet(&self, fault: Fault, connection: &Connection) -> Result<(), DbError> {
            match fault {
                Fault::None => Ok(()),
                Fault::Fail => Err(DbError::Unavailable("disk I/O error (by a test)".to_owned())),
                Fault::Crash => {
                    self.dead.store(true, Ordering::SeqCst);
                    Err(gone())
                }
                Fault::Full => {
                    self.full.store(true, Ordering::SeqCst);
                    // The limit cannot be less than what there is.
                    limit(connection, 1)
                }
            }
        }
    }

    fn gone() -> DbError {
        DbError::Unavailable("the process is gone (by a test)".to_owned())
    }

    fn limit(connection: &Connection, pages: u32) -> Result<(), DbError> {
        let set =
            connection.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0));
        set.map(|_| ()).map_err(|error| DbError::Other(error.to_string()))
    }
}
