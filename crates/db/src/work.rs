//! Work on its way to a database thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use florin_kernel::{Env, Permit};
use tokio::sync::oneshot;

use crate::companion::BatchItem;
use crate::{DbError, Reader, Tx};

/// What a queue carries.
pub(crate) enum Work {
    Unit(Box<dyn Unit>),
    Item(Box<dyn BatchItem>),
}

impl Work {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Unit(_) => 1,
            Self::Item(item) => item.weight(),
        }
    }

    pub(crate) fn refuse(self, error: DbError) {
        match self {
            Self::Unit(unit) => unit.settle(Err(error)),
            Self::Item(item) => item.settle(Err(error)),
        }
    }
}

/// How a unit's closure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Commit,
    Undo,
}

/// A unit of work, its types erased.
pub(crate) trait Unit: Send {
    fn permit(&self) -> Option<&Permit>;
    fn run(&mut self, tx: &mut Tx<'_>, env: &Env) -> Verdict;
    /// Answers whoever waits. A unit that was undone by its own closure answers what the closure said.
    fn settle(self: Box<Self>, commit: Result<(), DbError>);
}

pub(crate) struct UnitOf<T, E, F> {
    pub(crate) permit: Option<Permit>,
    pub(crate) work: F,
    pub(crate) answer: Option<Result<T, E>>,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Unit for UnitOf<T, E, F>
where
    T: Send,
    E: From<DbError> + Send,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }

    fn run(&mut self, tx: &mut Tx<'_>, env: &Env) -> Verdict {
        // A panic in a unit fails that unit; the thread serves all the others.
        let answer = catch_unwind(AssertUnwindSafe(|| {
            let answer = (self.work)(tx)?;
            tx.write_record(env.now().as_microsecond())?;
            Ok(answer)
        }))
        .unwrap_or_else(|_| Err(DbError::Other("a unit of work panicked".to_owned()).into()));
        let verdict = if answer.is_ok() { Verdict::Commit } else { Verdict::Undo };
        self.answer = Some(answer);
        verdict
    }

    fn settle(self: Box<Self>, commit: Result<(), DbError>) {
        let answer = match (self.answer, commit) {
            (Some(Err(refusal)), _) => Err(refusal),
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(DbError::Other("a unit of work was not run".to_owned()).into()),
        };
        // Whoever asked may have gone away; what was committed stays committed.
        let _ = self.reply.send(answer);
    }
}

/// A read, its types erased.
pub(crate) trait Read: Send {
    fn run(&mut self, reader: &mut Reader<'_>);
    fn settle(self: Box<Self>, failure: Option<DbError>);
}

pub(crate) struct ReadOf<T, E, F> {
    pub(crate) work: Option<F>,
    pub(crate) answer: Option<Result<T, E>>,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Read for ReadOf<T, E, F>
where
    T: Send,
    E: From<DbError> + Send,
    F: FnOnce(&mut Reader<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, reader: &mut Reader<'_>) {
        if let Some(work) = self.work.take() {
            let answer = catch_unwind(AssertUnwindSafe(|| work(reader)))
                .unwrap_or_else(|_| Err(DbError::Other("a read panicked".to_owned()).into()));
            self.answer = Some(answer);
        }
    }

    fn settle(self: Box<Self>, failure: Option<DbError>) {
        let answer = match (self.answer, failure) {
            (Some(answer), None) => answer,
            (_, Some(error)) => Err(error.into()),
            (None, None) => Err(DbError::Other("a read was not run".to_owned()).into()),
        };
        let _ = self.reply.send(answer);
    }
}
