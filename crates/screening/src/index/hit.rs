//! What is asked, and what is answered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::entry::birth::{Agreement, Birth};
use crate::entry::country::Country;
use crate::entry::{Entry, Gender, Kind, Name};

/// Whom to look for.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Query {
    /// The name, in any script and order.
    pub name: String,
    /// What it is; only entries of this kind are compared. All are when it is not known.
    pub kind: Option<Kind>,
    /// The date of birth, as far as known.
    pub birth: Option<Birth>,
    /// Countries of nationality, residence or registration.
    pub countries: Vec<Country>,
    /// Woman or man, where known.
    pub gender: Option<Gender>,
    /// Numbers of passports, registers and the like.
    pub identifiers: Vec<String>,
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Query {
    /// Asks for a name of which nothing else is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What raised or lowered a score besides the names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case")]
pub enum Evidence {
    /// A number is the same.
    Identifier {
        /// What kind of number, in the list's words.
        kind: String,
    },
    /// Dates of birth, compared.
    Birth {
        /// How they stand to each other.
        agreement: Agreement,
    },
    /// Countries, compared.
    Country {
        /// Whether one is the same.
        same: bool,
    },
    /// Gender differs.
    Gender,
    /// The list itself calls the name a weak one.
    WeakAlias,
    /// What the names have in common is what many are called.
    CommonName,
}

/// Why an entry scores as it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The name of the entry that fits best.
    pub listed_name: Name,
    /// The names compared; the left one is the query's.
    pub names: Comparison,
    /// What else was weighed, in the order in which it was.
    pub evidence: Vec<Evidence>,
}

/// An entry that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The entry.
    pub entry: Arc<Entry>,
    /// How likely it is meant, 0 to 1.
    pub score: f64,
    /// Why.
    pub explanation: Explanation,
}
