//! What guides decisions, and how people change it: lists, rules, snoozes, models.
//!
//! All of it is stored, and used from memory. A change is a unit of work that counts the revision of its part up; whoever made
//! it takes it in at once, and other processes when they look ([`Risk::refresh`]), which costs one statement while nothing
//! changed. What cannot be used (a set that this program does not understand, a model that is gone) never takes the place of what
//! can, and is told ([`Risk::troubles`]).

mod backtest;
mod error;
mod files;
mod list_store;
mod list_value;
mod lists;
mod migrations;
mod model_store;
mod models;
mod refresh;
mod replay;
mod rule_store;
mod rules;
mod samples;
mod snoozes;

use std::path::PathBuf;

use florin_db::{DbError, Reader, Tx, params};
use parking_lot::Mutex;

use super::Risk;

pub use backtest::{BackTest, Candidate, Example, Judged, RuleHits, Span};
pub use error::GuideError;
pub use lists::{KeptListEntry, ListEntryId, ListFilter, NewListEntry};
pub use models::{KeptModel, ModelBook, ModelReport, ModelRole, NewModel, RoleChange};
pub use rules::{KeptRuleSet, RuleBook, RuleChange, RuleStatus};
pub use snoozes::{KeptSnooze, NewSnooze};

pub(super) use migrations::GUIDES;

use files::Stamp;

/// How many characters a reason or a note has at most.
const NOTE_CHARS_MAX: usize = 500;

/// What changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Lists,
    Rules,
    Snoozes,
    Models,
}

impl Part {
    const fn code(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Rules => "rules",
            Self::Snoozes => "snoozes",
            Self::Models => "models",
        }
    }
}

/// How often a part changed, in this unit of work once more. Whoever changes a part does this first, and so one at a time.
fn count_up(tx: &mut Tx<'_>, part: Part) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO risk_revision (part, number) VALUES ($1, 1) \
         ON CONFLICT (part) DO UPDATE SET number = risk_revision.number + 1",
        &params![part.code()],
    )?;
    Ok(())
}

fn revision(reader: &mut Reader<'_>, part: Part) -> Result<i64, DbError> {
    let row = reader.row("SELECT number FROM risk_revision WHERE part = $1", &params![part.code()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// What cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A stable name: `risk_unavailable`, `risk_rules_broken` or `risk_model_missing`.
    pub code: &'static str,
    /// What it is about, for people who look after the program.
    pub text: String,
}

/// Which set of rules is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum InUse {
    /// None that somebody chose.
    #[default]
    Nothing,
    /// That of the file.
    File,
    /// One that is stored.
    Stored,
}

/// A model's role, its version, and whether it is there.
type Roles = Vec<(String, String, bool)>;

/// What was taken in, and what could not be.
#[derive(Default)]
struct Taken {
    lists: Option<i64>,
    snoozes: Option<i64>,
    rules: Option<(i64, Option<Stamp>)>,
    models: Option<(i64, Option<Stamp>, Roles)>,
    in_use: InUse,
    rules_trouble: Option<String>,
    model_trouble: Option<String>,
    /// What was told of there being no rules at all.
    unusable: Option<String>,
}

/// Where rules and models come from besides the database, and what of all was taken in.
#[derive(Default)]
pub(super) struct Guides {
    rules_file: Option<PathBuf>,
    model_file: Option<PathBuf>,
    taken: Mutex<Taken>,
}

impl Guides {
    /// With these files; `unusable` is why there are no rules to begin with.
    pub(super) fn new(
        rules_file: Option<PathBuf>,
        model_file: Option<PathBuf>,
        unusable: Option<String>,
    ) -> Self {
        let taken = Taken { rules_trouble: unusable.clone(), unusable, ..Taken::default() };
        Self { rules_file, model_file, taken: Mutex::new(taken) }
    }
}

impl Risk {
    /// All that cannot be relied on, the worst first.
    pub fn troubles(&self) -> Vec<Trouble> {
        let (rules, model, unusable) = {
            let taken = self.0.guides.taken.lock();
            (taken.rules_trouble.clone(), taken.model_trouble.clone(), taken.unusable.clone())
        };
        let other = self.trouble().filter(|text| unusable.as_ref() != Some(text));
        [("risk_unavailable", other), ("risk_rules_broken", rules), ("risk_model_missing", model)]
            .into_iter()
            .filter_map(|(code, text)| text.map(|text| Trouble { code, text }))
            .collect()
    }
}
