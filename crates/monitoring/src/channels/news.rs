//! What channels are told.

use florin_kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::alerts::Alert;
use crate::rules::Severity;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Alerts fired.
    Fired,
    /// They still do, and nobody looks after them.
    StillFiring,
    /// They are over.
    Resolved,
    /// Somebody tries the channel.
    Test,
}

impl What {
    /// In a word or two.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fired => "firing",
            Self::StillFiring => "still firing",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

/// One alert that news is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Which.
    pub alert: Uuid,
    /// By which instance; empty where there is one alone.
    pub instance: String,
    /// What is wrong.
    pub summary: String,
}

/// News about the alerts of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct News {
    /// Names the news: told twice, it is recognised by this.
    pub id: Uuid,
    /// What happened.
    pub what: What,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    #[serde(with = "by_code")]
    pub severity: Severity,
    /// The alerts.
    pub lines: Vec<Line>,
    /// What to do about it.
    pub runbook: String,
    /// When it happened, in microseconds since 1970.
    pub at_us: i64,
}

impl News {
    /// News about alerts of one rule.
    pub fn about(id: Uuid, what: What, alerts: &[Alert], at: Timestamp) -> Self {
        let first = alerts.first();
        Self {
            id,
            what,
            rule: first.map(|alert| alert.rule.clone()).unwrap_or_default(),
            severity: first.map_or(Severity::Info, |alert| alert.severity),
            lines: alerts
                .iter()
                .map(|alert| Line {
                    alert: alert.id.uuid(),
                    instance: alert.instance.clone(),
                    summary: alert.summary.clone(),
                })
                .collect(),
            runbook: first.map(|alert| alert.runbook.clone()).unwrap_or_default(),
            at_us: at.as_microsecond(),
        }
    }

    /// News about nothing, to try a channel with.
    pub fn test(id: Uuid, at: Timestamp) -> Self {
        let summary = "This tries the channel; nothing is wrong.".to_owned();
        Self {
            id,
            what: What::Test,
            rule: "test".to_owned(),
            severity: Severity::Info,
            lines: vec![Line { alert: id, instance: String::new(), summary }],
            runbook: "docs/monitoring.md".to_owned(),
            at_us: at.as_microsecond(),
        }
    }

    /// All of it in a line: `[critical] disk-low firing`.
    pub fn headline(&self) -> String {
        format!("[{}] {} {}", self.severity, self.rule, self.what.words())
    }
}

mod by_code {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use crate::rules::Severity;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(severity.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
