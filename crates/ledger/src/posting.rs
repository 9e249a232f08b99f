//! A posting: transfers together with everything that must be true with them.

use std::any::Any;
use std::sync::Arc;

use florin_db::idempotency::{Frozen, IdempotencyKey, Replay};
use florin_db::{BatchItem, Bulk, BulkStatement, DbError};
use tokio::sync::oneshot;

use crate::rules::{Event, Outcome};
use crate::stats::{Stats, Tally};

/// What is written in the same commit as a posting's transfers, and what its caller is answered.
pub struct Evidence {
    /// When, in microseconds since 1970.
    pub now_us: i64,
    /// The answer: frozen under the idempotency key if there is one.
    pub answer: Frozen,
    rows: Vec<Bulk>,
}

impl Evidence {
    pub(crate) fn new(now_us: i64) -> Self {
        Self { now_us, answer: Frozen { status: 0, body: Vec::new() }, rows: Vec::new() }
    }

    /// The rows to write with this statement, to add to.
    pub fn rows(&mut self, statement: &'static BulkStatement) -> &mut Bulk {
        let found = self.rows.iter().position(|bulk| std::ptr::eq(bulk.statement(), statement));
        let at = found.unwrap_or_else(|| {
            self.rows.push(Bulk::new(statement));
            self.rows.len().saturating_sub(1)
        });
        // The place was found or made just now.
        #[expect(clippy::indexing_slicing, reason = "the index was found or made just above")]
        &mut self.rows[at]
    }

    /// Adds rows of a statement.
    pub fn add(&mut self, bulk: Bulk) {
        self.rows(bulk.statement()).append(bulk);
    }

    pub(crate) fn take_rows(&mut self) -> Vec<Bulk> {
        std::mem::take(&mut self.rows)
    }
}

/// Turns the outcomes of a posting's events into its evidence and answer. It may be called again with
/// other outcomes when the commit must be tried again.
pub type Record = Box<dyn Fn(&[Outcome], &mut Evidence) + Send>;

/// Transfers to post, and what belongs to them.
pub struct Posting {
    /// The transfers, in order.
    pub events: Vec<Event>,
    /// The key under which the answer is frozen.
    pub key: Option<IdempotencyKey>,
    /// Makes the evidence.
    pub record: Record,
}

/// The answer to a posting; its transfers may have been refused all the same.
pub use florin_db::idempotency::Answer as Posted;

/// A posting on its way through the poster.
pub(crate) struct Item {
    pub(crate) posting: Posting,
    pub(crate) answer: Option<Posted>,
    pub(crate) reply: Option<oneshot::Sender<Result<Posted, DbError>>>,
    /// What was decided, until it is durable.
    pub(crate) tally: Tally,
    pub(crate) stats: Arc<Stats>,
}

impl Item {
    pub(crate) fn replay(&mut self, replay: Replay) {
        self.answer = Some(replay.into());
    }
}

impl BatchItem for Item {
    fn weight(&self) -> usize {
        self.posting.events.len().max(1)
    }

    fn settle(mut self: Box<Self>, result: Result<(), DbError>) {
        let answer = match (result, self.answer.take()) {
            (Ok(()), Some(answer)) => {
                self.stats.count(&self.tally);
                Ok(answer)
            }
            (Ok(()), None) => Err(DbError::Other("a posting was not run".to_owned())),
            (Err(error), _) => Err(error),
        };
        if let Some(reply) = self.reply.take() {
            // Whoever asked may have gone away; what was committed stays committed.
            let _ = reply.send(answer);
        }
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}
