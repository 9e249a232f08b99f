//! What works in batches beside the units: the ledger's poster.

use std::any::Any;

use crate::{DbError, Tx};

/// A piece of work that shares a transaction with others of its kind.
pub trait BatchItem: Any + Send {
    /// How much work it is, in rows or so: batches are cut by it.
    fn weight(&self) -> usize;

    /// Answers whoever waits, after the commit or after it failed.
    fn settle(self: Box<Self>, result: Result<(), DbError>);

    /// The item as what it is.
    fn as_any(&mut self) -> &mut dyn Any;
}

/// Runs batches of items, and on SQLite keeps state in memory beside the one writer.
///
/// The order of calls for each transaction is `begin`, then any number of units (each between
/// `savepoint` and `keep` or `undo`) and at most one `run`, then `before_commit`, then `committed`
/// or `aborted`.
pub trait Companion: Any + Send {
    /// A transaction has begun; state that a failure made doubtful is read anew here.
    fn begin(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError>;

    /// A unit begins, which may be undone alone.
    fn savepoint(&mut self);

    /// The unit since the last `savepoint` stays.
    fn keep(&mut self);

    /// The unit since the last `savepoint` is undone.
    fn undo(&mut self);

    /// Does the items' work; called again with the same items when the transaction must be retried.
    /// `doubtful` says that an earlier try may have been committed, so each item is looked up first.
    fn run(
        &mut self,
        tx: &mut Tx<'_>,
        items: &mut [Box<dyn BatchItem>],
        doubtful: bool,
    ) -> Result<(), DbError>;

    /// The last writes before the commit.
    fn before_commit(&mut self, tx: &mut Tx<'_>) -> Result<(), DbError>;

    /// The transaction is durable.
    fn committed(&mut self);

    /// The transaction is undone: what memory says about it must be forgotten.
    fn aborted(&mut self);

    /// Whether there is work worth doing while nobody asks for anything.
    fn is_idle_work_waiting(&self) -> bool;

    /// The companion as what it is.
    fn as_any(&mut self) -> &mut dyn Any;
}
