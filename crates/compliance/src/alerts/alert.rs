//! What an alert is, and a run.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{InvalidId, Money, Timestamp, UserId};

use super::{AlertId, RunId};
use crate::cases::CaseId;
use crate::monitor::{MovementId, Named, Typology};

/// How far an alert is: what its case says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertStatus {
    /// Nobody works on its case.
    Open,
    /// Somebody does.
    InProgress,
    /// A report of suspicious activity is due, or was made.
    Reported,
    /// Nothing follows.
    Dismissed,
}

impl AlertStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::InProgress, Self::Reported, Self::Dismissed];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Reported => "reported",
            Self::Dismissed => "dismissed",
        }
    }
}

impl FromStr for AlertStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| status.code() == text);
        found.ok_or_else(|| "one of open, in_progress, reported, dismissed is wanted".to_owned())
    }
}

/// A finding that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its identifier.
    pub id: AlertId,
    /// The way to launder that it looks like.
    pub typology: Typology,
    /// Other names that fit.
    pub also: Vec<Typology>,
    /// What its cases are opened for: as the scheme was called when it was found first.
    pub reference: String,
    /// When its first movement was, of all that were ever found.
    pub first_at: Timestamp,
    /// When its last movement was.
    pub last_at: Timestamp,
    /// How much was laundered, as far as the last run that saw it go on could tell.
    pub amount: Money,
    /// How far beyond the least of its typology it is, from 0 to 1,000. For ordering; not a probability.
    pub score: u16,
    /// What was seen, in a sentence that names nobody.
    pub explanation: String,
    /// Who is in it, whom it is about first.
    pub accounts: Vec<Named>,
    /// Its movements in the order in which they were found, the latest [`super::MOVEMENTS_KEPT`] of them.
    pub movements: Vec<MovementId>,
    /// How many there are, those that are not kept here included.
    pub movement_count: u32,
    /// The case about it that was opened last.
    pub case: CaseId,
    /// How far that case is.
    pub status: AlertStatus,
    /// The run that saw it go on last.
    pub run: RunId,
    /// When it was found first.
    pub created_at: Timestamp,
    /// When it was last seen to go on.
    pub changed_at: Timestamp,
}

/// Which alerts are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertQuery {
    /// Those that are so far.
    pub status: Option<AlertStatus>,
    /// Those of one typology.
    pub typology: Option<Typology>,
}

/// A pass over a range of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its identifier.
    pub id: RunId,
    /// Where the range begins.
    pub from: Timestamp,
    /// Where it ends; what was booked at that instant is not in it.
    pub to: Timestamp,
    /// How many movements were looked at.
    pub movements: u64,
    /// How many schemes were found.
    pub findings: u32,
    /// How many of them were not known.
    pub opened: u32,
    /// How many were known and went on.
    pub went_on: u32,
    /// How long reading, looking and writing took, in milliseconds.
    pub took_ms: u64,
    /// Who asked for it; nobody where the program did.
    pub by: Option<UserId>,
    /// When it was done.
    pub at: Timestamp,
}

/// A place in a list, latest first.
macro_rules! places {
    ($($(#[$doc:meta])* $name:ident of $id:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            /// When, in microseconds since 1970.
            pub at_us: i64,
            /// Which.
            pub id: $id,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}.{}", self.at_us, self.id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let (at, id) = text.split_once('.').ok_or(InvalidId)?;
                Ok(Self { at_us: at.parse().map_err(|_| InvalidId)?, id: id.parse()? })
            }
        }
    )+};
}

places! {
    /// A place in the list of alerts.
    AlertPlace of AlertId
    /// A place in the list of runs.
    RunPlace of RunId
}
