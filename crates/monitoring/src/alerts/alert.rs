//! What an alert is.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{Timestamp, UserId, Uuid};

use crate::rules::Severity;

florin_kernel::ids! {
    /// An alert.
    AlertId,
}

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertStatus {
    /// Nobody looks after it.
    Firing,
    /// Somebody does.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl AlertStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Firing, Self::Acknowledged, Self::Resolved];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

impl FromStr for AlertStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| status.code() == text);
        found.ok_or_else(|| "firing, acknowledged or resolved is wanted".to_owned())
    }
}

/// A rule that is, or was, broken by an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The identifier.
    pub id: AlertId,
    /// The rule.
    pub rule: String,
    /// The instance; empty where there is one alone.
    pub instance: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What to do about it.
    pub runbook: String,
    /// What was measured when it was last seen, as a decimal.
    pub value: String,
    /// How far it is.
    pub status: AlertStatus,
    /// Since when.
    pub fired_at: Timestamp,
    /// When the rule was last seen to be broken.
    pub seen_at: Timestamp,
    /// When channels were last told; none where a silence kept it from them.
    pub told_at: Option<Timestamp>,
    /// Who looks after it.
    pub acknowledged_by: Option<UserId>,
    /// Since when.
    pub acknowledged_at: Option<Timestamp>,
    /// Who resolved it; nobody where it ended by itself.
    pub resolved_by: Option<UserId>,
    /// When.
    pub resolved_at: Option<Timestamp>,
}

/// Which alerts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertQuery {
    /// Those that are so far.
    pub status: Option<AlertStatus>,
    /// Those that are so bad.
    pub severity: Option<Severity>,
    /// Those of one rule.
    pub rule: Option<String>,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It began.
    Fired,
    /// Channels were told once more.
    Reminded,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl EventKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Reminded => "reminded",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Fired, Self::Reminded, Self::Acknowledged, Self::Resolved];
        all.into_iter().find(|kind| kind.code() == text).ok_or_else(|| "no such event".to_owned())
    }
}

/// One thing that happened to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// By whom; nobody where the program did it.
    pub by: Option<UserId>,
    /// What they said about it, or what was wrong.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Where an alert stands in a list: the latest at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it fired, in microseconds since 1970.
    pub at_us: i64,
    /// Its identifier.
    pub id: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at_us, self.id)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "no place in the list".to_owned();
        let (at_us, id) = text.split_once('.').ok_or_else(wrong)?;
        Ok(Self { at_us: at_us.parse().map_err(|_| wrong())?, id: id.parse().map_err(|_| wrong())? })
    }
}
