//! Decisions of a running institution: made from memory, written with what they decide, and learned from after the commit.
//!
//! - [`Risk::assess`] decides and writes nothing. [`Decided::rows`] is the evidence, to be written in the commit that carries the
//!   decision out; [`Risk::settled`] learns what became of it once that commit is durable.
//! - The memory is what the database says: it is built from it at the start ([`Risk::rebuild`]), and follows what other
//!   processes decide ([`Risk::follow`]). Nothing is learned twice, so that it does not matter who tells first.
//! - Where the engine itself fails, money that would leave is held for review, and whoever looks at the health of the
//!   institution sees it ([`Risk::trouble`]).

mod addresses;
mod decided;
mod evidence;
mod guide;
mod labels;
mod migrations;
mod reads;
mod rebuild;
mod score;
mod stats;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use florin_db::{Db, DbError};
use florin_kernel::{DecisionId, Denied, Env};
use parking_lot::Mutex;
use thiserror::Error;

use crate::attempt::{Attempt, Outcome};
use crate::engine::{Budget, Engine};
use crate::rules::{RuleSet, RuleSetError};
use crate::ruling::Ruling;
use crate::settings::Settings;

pub use addresses::SuspiciousAddress;
pub use decided::{Decided, UNAVAILABLE};
pub use evidence::Evidence;
pub use guide::{
    BackTest, Candidate, Example, GuideError, Judged, KeptListEntry, KeptModel, KeptRuleSet, KeptSnooze,
    ListEntryId, ListFilter, ModelBook, ModelReport, ModelRole, NewListEntry, NewModel, NewSnooze,
    RoleChange, RuleBook, RuleChange, RuleHits, RuleStatus, Span, Trouble,
};
pub use labels::{Label, LabelKind, Reported, Review};
pub use migrations::MIGRATIONS;
pub use reads::{EventFilter, StoredDecision};
use rebuild::Followed;
pub use rebuild::Rebuilt;
pub use score::{Level, RiskScore};
pub use stats::Stats;

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
    followed: Mutex<Followed>,
    /// What of lists, rules, snoozes and models was taken in.
    guides: guide::Guides,
    stats: Stats,
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
        Self::with_files(db, settings, rules, None, None)
    }

    /// The same, with a file of rules and one of a model that take the place of those that are stored, where they are named.
    ///
    /// # Errors
    /// As [`Risk::new`].
    pub fn with_files(
        db: Db,
        settings: Settings,
        rules: Result<RuleSet, RuleSetError>,
        rules_file: Option<PathBuf>,
        model_file: Option<PathBuf>,
    ) -> Result<Self, RuleSetError> {
        let reference = settings.rates.reference();
        let (rules, trouble) = match rules {
            Ok(rules) => (rules, None),
            Err(error) => (RuleSet::silent(reference)?, Some(error.to_string())),
        };
        let engine = Engine::new(settings, rules)?;
        let guides = guide::Guides::new(rules_file, model_file, trouble.clone());
        let followed = Mutex::default();
        Ok(Self(Arc::new(Inner {
            db,
            engine,
            trouble: Mutex::new(trouble),
            followed,
            guides,
            stats: Stats::default(),
        })))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Time and identifiers.
    pub fn env(&self) -> &Env {
        self.0.db.env()
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
        let began = Instant::now();
        let decided = self.decide(attempt);
        self.0.stats.count(decided.verdict);
        self.0.stats.durations.took(began.elapsed());
        decided
    }

    /// What is counted of decisions.
    pub fn stats(&self) -> &Stats {
        &self.0.stats
    }

    fn decide(&self, attempt: Attempt) -> Decided {
        let id = self.id_of(&attempt);
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
        Decided::held(self.id_of(&attempt), attempt, reason)
    }

    /// The identifier of a decision: that of what is decided about, where it was made here just now, so that decisions are in the
    /// order of their times whatever identifiers clients choose.
    fn id_of(&self, attempt: &Attempt) -> DecisionId {
        let millis = attempt.id.get_timestamp().map(|at| at.to_unix()).and_then(|(seconds, nanos)| {
            let millis = i64::try_from(seconds).ok()?.checked_mul(1_000)?;
            millis.checked_add(i64::from(nanos).checked_div(1_000_000)?)
        });
        let now = attempt.at_us.checked_div(1_000).unwrap_or(0);
        let fresh =
            attempt.id.get_version_num() == 7 && millis.is_some_and(|millis| millis.abs_diff(now) < 1_000);
        DecisionId::from_uuid(if fresh { attempt.id } else { self.0.db.env().new_uuid() })
    }

    fn judge(&self, attempt: &Attempt, budget: &dyn Budget) -> Ruling {
        self.0.engine.assess_within(attempt, budget)
    }

    /// Learns what became of an attempt, once that is durable.
    pub fn settled(&self, decided: &Decided, outcome: Outcome) {
        self.0.engine.learn(&decided.attempt, outcome);
        // Nobody else decides over an embedded database.
        if self.0.db.engine() == florin_db::Engine::Postgres {
            self.0.followed.lock().knows(decided.id.uuid());
        }
    }
}
