//! The books: accounts, transfers, holds and balances, and the poster that writes them.
//!
//! - The **rules** ([`rules`]) are pure: accounts and events in, transfers and outcomes out. All money
//!   semantics live there and only there.
//! - The **poster** takes [`Posting`]s from a bounded queue, decides those that wait in order, writes
//!   them with all their evidence at once, commits durably and only then answers ([`Ledger::submit`]).
//!   A service whose own rows change too posts inside its unit of work instead ([`Ledger::post`]).
//! - A **transfer** is one row with both its entries. An account's entries are a chain, latest first:
//!   each names the one before, and every 64th is signposted, so that any past balance is found in
//!   O(log n) without an index over all entries.
//! - On PostgreSQL row locks order all processes and nothing in memory is an authority. On SQLite the
//!   one writer keeps balances in memory over what is committed and writes their rows a little later.
#![deny(clippy::arithmetic_side_effects)]

mod accounts;
mod books;
pub mod chart;
mod memory;
mod migrations;
mod moved;
mod periods;
mod poster;
mod posting;
mod published;
mod reads;
mod rows;
pub mod rules;
mod statements;
mod stats;
mod sweep;
mod trial_balance;
mod verify;

use std::sync::Arc;

use florin_db::{Db, DbError, Engine, Tx};
use florin_kernel::{Date, Timestamp};
use jiff::tz::TimeZone;
use tokio::sync::oneshot;

pub use accounts::{AccountView, Control, ControlRefused, NewAccount, internal_account};
pub use migrations::MIGRATIONS;
pub use moved::{Moved, MovedSide};
pub use posting::{Evidence, Posted, Posting, Record};
pub use reads::{Entry, TransferView};
pub use stats::{KINDS, Stats};
pub use trial_balance::TrialLine;
pub use verify::{Report, verify};

use crate::books::{Books, Shared};
use crate::poster::Poster;
use crate::posting::Item;
use crate::rules::{Event, Outcome};
use crate::stats::Tally;

/// The ledger. Clones share it.
#[derive(Clone)]
pub struct Ledger {
    db: Db,
    shared: Arc<Shared>,
}

impl Ledger {
    /// Starts the ledger over a database that is open for serving; business dates are those of `zone`.
    ///
    /// # Errors
    /// What the database says.
    pub fn start(db: &Db, zone: TimeZone) -> Result<Self, DbError> {
        let ledger = Self::for_reading(db, zone);
        let shared = Arc::clone(&ledger.shared);
        db.install(&|| Box::new(Poster::new(Arc::clone(&shared))))?;
        Ok(ledger)
    }

    /// A ledger that only reads, beside one that may be serving.
    pub fn for_reading(db: &Db, zone: TimeZone) -> Self {
        Self { db: db.clone(), shared: Arc::new(Shared::new(db.env().clone(), db.engine(), zone)) }
    }

    /// Has reads of this reader's moment see the balances that are committed and not yet in their rows, where the process
    /// that serves the database is another one, or was: a ledger that serves sees them by itself.
    ///
    /// # Errors
    /// What the database says.
    pub fn see_what_lags(&self, reader: &mut florin_db::Reader<'_>) -> Result<(), DbError> {
        if reader.engine() == florin_db::Engine::Postgres {
            return Ok(());
        }
        let lagging = sweep::lagging(&mut |sql, values| reader.rows(sql, values))?;
        for account in lagging.accounts.values() {
            self.shared.published.put(account.no, account.into());
        }
        Ok(())
    }

    /// What is counted of its events.
    pub fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    /// Hands a posting to the poster and waits for its commit.
    ///
    /// # Errors
    /// A [`DbError`] when it could not be committed, or its commit's result is not known.
    pub async fn submit(&self, posting: Posting) -> Result<Posted, DbError> {
        let (reply, answer) = oneshot::channel();
        self.db.submit(Box::new(Item {
            posting,
            answer: None,
            reply: Some(reply),
            tally: Tally::default(),
            stats: Arc::clone(&self.shared.stats),
        }));
        answer.await.unwrap_or_else(|_| Err(DbError::Unavailable("the program is stopping".to_owned())))
    }

    /// Lets the poster look whether holds are due, where nothing else makes it run.
    pub async fn tick(&self) -> Result<(), DbError> {
        let nothing = Posting { events: Vec::new(), key: None, record: Box::new(|_, _| ()) };
        self.submit(nothing).await.map(|_| ())
    }

    /// Posts events inside a unit of work: they are committed with it or not at all.
    ///
    /// # Errors
    /// What the database says; refusals are outcomes.
    pub fn post(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Outcome>, DbError> {
        let now = self.shared.env.now();
        let outcomes = self.with_books(tx, |books, tx| books.post(tx, now, events))?;
        self.shared.stats.count(&Tally::of(events, &outcomes));
        Ok(outcomes)
    }

    /// Closes all business days through `last`; false when they are closed already.
    ///
    /// # Errors
    /// What the database says.
    pub fn close_period(&self, tx: &mut Tx<'_>, last: Date) -> Result<bool, DbError> {
        let now = self.shared.env.now();
        let closed = periods::close(tx, last, now)?;
        if closed {
            with_embedded_books(tx, |books| books.set_closed_through(last));
        }
        Ok(closed)
    }

    /// The business date of an instant.
    pub fn business_date(&self, at: Timestamp) -> Date {
        self.shared.business_date(at)
    }

    /// Work on the books of this transaction: those in memory on SQLite, fresh ones on PostgreSQL.
    pub(crate) fn with_books<T>(
        &self,
        tx: &mut Tx<'_>,
        work: impl FnOnce(&mut Books, &mut Tx<'_>) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        tx.with_companion(|companion, tx| {
            if let Some(poster) = companion.and_then(|found| found.downcast_mut::<Poster>()) {
                return work(&mut poster.books, tx);
            }
            if self.shared.engine == Engine::Sqlite {
                return Err(DbError::Unavailable(
                    "the ledger is posted to by the serving process only".to_owned(),
                ));
            }
            let mut books = Books::new(Arc::clone(&self.shared));
            books.begin(tx)?;
            books.load_periods(tx)?;
            let answer = work(&mut books, tx)?;
            books.store(tx)?;
            books.store_balances(tx)?;
            Ok(answer)
        })
    }
}

/// Tells the books in memory, if that is where they are, of a change made beside them.
fn with_embedded_books(tx: &mut Tx<'_>, work: impl FnOnce(&mut Books)) {
    tx.with_companion(|companion, _| {
        if let Some(poster) = companion.and_then(|found| found.downcast_mut::<Poster>()) {
            work(&mut poster.books);
        }
    });
}
