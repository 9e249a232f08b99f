//! What a screening is.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{Timestamp, UserId};
use florin_screening::{Explanation, Query};

use super::{ScreeningId, Source, Subject};

/// How far a screening is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was found.
    Clear,
    /// Something was found, and somebody must decide.
    Open,
    /// It is whom the list means.
    Confirmed,
    /// It is somebody else.
    Cleared,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clear, Self::Open, Self::Confirmed, Self::Cleared];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Cleared => "cleared",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Status {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.code() == text);
        found.ok_or("clear, open, confirmed or cleared is wanted")
    }
}

/// What somebody decides about a screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is whom the list means.
    TrueMatch,
    /// It is somebody else.
    FalseMatch,
}

impl Decision {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TrueMatch => "true_match",
            Self::FalseMatch => "false_match",
        }
    }

    pub(super) const fn status(self) -> Status {
        match self {
            Self::TrueMatch => Status::Confirmed,
            Self::FalseMatch => Status::Cleared,
        }
    }
}

impl FromStr for Decision {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = [Self::TrueMatch, Self::FalseMatch].into_iter().find(|one| one.code() == text);
        found.ok_or("true_match or false_match is wanted")
    }
}

/// One time that a subject was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screening {
    /// Its identifier.
    pub id: ScreeningId,
    /// Who was looked for.
    pub subject: Subject,
    /// The customer, or whose payee it is.
    pub user: Option<UserId>,
    /// On which lists, each with the number of its load: `ofac_sdn:12 un:9`.
    pub lists: String,
    /// The least score that was told, in thousandths.
    pub threshold: u16,
    /// The best score, in thousandths; none when nothing was found.
    pub best: Option<u16>,
    /// How far it is.
    pub status: Status,
    /// When.
    pub created_at: Timestamp,
    /// Who asked; nobody where the program did.
    pub created_by: Option<UserId>,
    /// When it was decided last.
    pub decided_at: Option<Timestamp>,
    /// Who decided it last.
    pub decided_by: Option<UserId>,
}

/// A screening with what it was made of.
#[derive(Clone, Debug)]
pub struct ScreeningFile {
    /// The screening.
    pub screening: Screening,
    /// What was looked for.
    pub query: Query,
    /// What was found, the likeliest first.
    pub hits: Vec<KeptHit>,
    /// What was decided, in its order.
    pub judgements: Vec<Judgement>,
}

/// An entry that may be meant.
#[derive(Clone, Debug)]
pub struct KeptHit {
    /// The list.
    pub source: Source,
    /// The entry's identifier there.
    pub entry_id: String,
    /// What the entry said then, as a hash.
    pub fingerprint: String,
    /// The name that the list leads with.
    pub listed_name: String,
    /// `person`, `organisation`, `vessel` or `aircraft`.
    pub entry_kind: String,
    /// Why it is listed, by the list's codes.
    pub programmes: Vec<String>,
    /// How likely it is meant, in thousandths.
    pub score: u16,
    /// Why.
    pub explanation: Explanation,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}
