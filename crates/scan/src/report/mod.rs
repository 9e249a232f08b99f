//! What a scan found, for people and for programs.

mod html;
mod json;
mod sarif;
mod table;

use std::fmt;
use std::time::Duration;

use crate::ask::Scan;
use crate::error::Stop;
use crate::finding::{Finding, Severity};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for a terminal.
    Table,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for what collects findings.
    Sarif,
    /// One page, without scripts and without anything from elsewhere.
    Html,
}

/// The result of a scan.
#[derive(Clone)]
pub struct Report {
    /// What was scanned.
    pub target: String,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// How many endpoints and pages the surface has.
    pub endpoints: usize,
    /// As whom the scan was signed in: with how many accounts.
    pub accounts: usize,
    /// How many requests were sent.
    pub requests: u32,
    /// The seed, to scan in the same way again.
    pub seed: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Why the scan ended before its last probe, if it did.
    pub incomplete: Option<String>,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report of {}: {} findings", self.target, self.findings.len())
    }
}

/// What kept a scan from seeing all, if anything did.
fn incomplete(stopped: Option<Stop>, limited: u32, sent: u32) -> Option<String> {
    match stopped {
        Some(Stop::Budget) => Some("the budget of requests was used up".to_owned()),
        Some(Stop::Silent(why)) => Some(format!("the target stopped answering: {why}")),
        // Sign-ins are limited everywhere; when much else is, most was not looked at.
        None if limited > sent / 5 => {
            Some(format!("the target refused {limited} of {sent} requests for haste"))
        }
        None => None,
    }
}

impl Report {
    pub(crate) fn of(scan: Scan, seed: u64, elapsed: Duration, stopped: Option<Stop>) -> Self {
        let mut findings = scan.findings;
        findings.sort_by(|one, other| {
            let key = |f: &Finding| (f.rule.id, f.path.clone(), f.method.clone(), f.parameter.clone());
            other.rule.severity.cmp(&one.rule.severity).then_with(|| key(one).cmp(&key(other)))
        });
        Self {
            target: scan.client.base.origin().ascii_serialization(),
            findings,
            endpoints: scan.surface.endpoints.len(),
            accounts: usize::from(scan.user.is_some()) + usize::from(scan.other.is_some()),
            requests: scan.client.sent,
            seed,
            elapsed,
            incomplete: incomplete(stopped, scan.client.limited, scan.client.sent),
        }
    }

    /// The worst that was found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.rule.severity).max()
    }

    /// The report as text.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Table => table::write(self),
            Format::Json => format!("{:#}\n", json::write(self)),
            Format::Sarif => format!("{:#}\n", sarif::write(self)),
            Format::Html => html::write(self),
        }
    }

    /// How many findings of each severity there are, the worst first.
    fn counts(&self) -> Vec<(Severity, usize)> {
        let count =
            |severity: Severity| self.findings.iter().filter(|one| one.rule.severity == severity).count();
        Severity::ALL.iter().rev().map(|severity| (*severity, count(*severity))).collect()
    }

    /// One sentence about the whole.
    fn summary(&self) -> String {
        let counts: Vec<String> = self
            .counts()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{count} {}", severity.name()))
            .collect();
        let found = if counts.is_empty() { "nothing was found".to_owned() } else { counts.join(", ") };
        format!(
            "{}: {found}; {} endpoints, {} accounts, {} requests, {} s, seed {}",
            self.target,
            self.endpoints,
            self.accounts,
            self.requests,
            self.elapsed.as_secs(),
            self.seed
        )
    }
}
