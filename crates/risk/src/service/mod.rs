//! Decisions of a running institution: made from memory, written with what they decide, and learned from after the commit.
//!
//! - [`Risk::assess`] decides and writes nothing. [`Decided::rows`] is the evidence, to be written in the commit that carries the
//!   decision out; [`Risk::settled`] learns what became of it once that commit is durable.
//! - The memory is what the database says: it is built from it at the start ([`Risk::rebuild`]), and follows what other
//!   processes decide ([`Risk::follow`]). Nothing is learned twice, so that it does not matter who tells first.
//! - Where the engine itself fails, money that would leave is held for review, and whoever looks at the health of the
//!   institution sees it ([`Risk::trouble`]).

mod decided;
mod labels;
mod migrations;
mod reads;
mod rebuild;
mod score;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use florin_db::{Db, DbError};
use florin_kernel::{DecisionId, Denied, Uuid};
use parking_lot::Mutex;
use thiserror::Error;

use crate::attempt::{Attempt, Outcome};
use crate::engine::{Budget, Engine};
use crate::rules::{RuleSet, RuleSetError};
use crate::ruling::Ruling;
use crate::settings::Settings;

pub use decided::{Decided, Evidence, UNAVAILABLE};
pub use labels::{Label, LabelKind, Reported, Review};
pub use migrations::MIGRATIONS;
pub use reads::{EventFilter, StoredDecision};
pub use rebuild::Rebuilt;
pub use score::{Level, RiskScore};

/// How long a decision may take before rules alone decide, and then nobody: a thousand times the usual.
const BUDGET: Duration = Duration::from_millis(20);

/// Why something about risk was not done.
#[derive(Debug, Error)]
pub enum Error {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such decision within reach.
    #[error("there is no such decision")]
    NotFound,
    /// It was said before.
    #[error("it was reported already")]
    Known,
    /// The rules cannot be used.
    #[error(transparent)]
    Rules(#[from] RuleSetError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Decisions about risk. Clones share everything.
#[derive(Clone)]
pub struct Risk(Arc<Inner>);

struct Inner {
    db: Db,
    engine: Engine,
    /// Why decisions cannot be relied on, if they cannot.
    trouble: Mutex<Option<String>>,
    /// Up to which decision of all processes was followed.
    followed: Mutex<Uuid>,
}

impl fmt::Debug for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Risk").field("trouble", &self.trouble()).finish_non_exhaustive()
    }
}

impl Risk {
    /// Over this database, with these rules. Rules that cannot be used are no reason not to start: money that would leave is
    /// held for review then.
    ///
    /// # Errors
    /// [`RuleSetError`] where not even rules that say nothing fit the settings.
    pub fn new(
        db: Db,
        settings: Settings,
        rules: Result<RuleSet, RuleSetError>,
    ) -> Result<Self, RuleSetError> {
        let reference = settings.rates.reference();
        let (rules, trouble) = match rules {
            Ok(rules) => (rules, None),
            Err(error) => (RuleSet::silent(reference)?, Some(error.to_string())),
        };
        let engine = Engine::new(settings, rules)?;
        let inner = Inner { db, engine, trouble: Mutex::new(trouble), followed: Mutex::new(Uuid::nil()) };
        Ok(Self(Arc::new(inner)))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The database.
    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    /// Why decisions cannot be relied on; none where they can.
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble.lock().clone()
    }

    /// Notes why decisions cannot be relied on any more, or that they can again.
    pub fn set_trouble(&self, trouble: Option<String>) {
        *self.0.trouble.lock() = trouble;
    }

    /// Decides about an attempt, from memory alone. It never fails: where it cannot tell, money out is held.
    pub fn assess(&self, attempt: Attempt) -> Decided {
        let id = DecisionId::from_uuid(self.0.db.env().new_uuid());
        if self.0.trouble.lock().is_some() {
            return Decided::unavailable(id, attempt);
        }
        let began = Instant::now();
        let budget = || began.elapsed() > BUDGET;
        if let Ok(ruling) = std::panic::catch_unwind(AssertUnwindSafe(|| self.judge(&attempt, &budget))) {
            return Decided::ruled(id, attempt, ruling);
        }
        tracing::error!(attempt = %attempt.id, "the risk engine failed: money out is held for review");
        Decided::unavailable(id, attempt)
    }

    /// Holds an attempt for a reason that the engine is not asked about; it is recorded like any other decision.
    pub fn hold(&self, attempt: Attempt, reason: &'static str) -> Decided {
        Decided::held(DecisionId::from_uuid(self.0.db.env().new_uuid()), attempt, reason)
    }

    fn judge(&self, attempt: &Attempt, budget: &dyn Budget) -> Ruling {
        self.0.engine.assess_within(attempt, budget)
    }

    /// Learns what became of an attempt, once that is durable.
    pub fn settled(&self, decided: &Decided, outcome: Outcome) {
        self.0.engine.learn(&decided.attempt, outcome);
    }
}
