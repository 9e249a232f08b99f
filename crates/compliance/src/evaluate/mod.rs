//! How good monitoring is, against schemes that are known.
//!
//! A scheme is *found* when one finding names at least half of its accounts. Its name is right when that finding, of those that
//! find it the one that names most of its accounts and has the highest score, has the scheme's typology. An account is *rightly* named when it is
//! in any scheme; precision is over the different accounts that findings name.

mod labelled;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use florin_kernel::AccountId;

use crate::monitor::{Finding, Typology};

pub use labelled::{Labelled, Unreadable};
pub use table::{missed, table};

/// A scheme that is known: what evaluation may see, and monitoring may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Its name.
    pub typology: Typology,
    /// Its accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// What came of the schemes of one typology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Known.
    pub schemes: usize,
    /// Found under any name.
    pub found: usize,
    /// Found under their own.
    pub named: usize,
    /// Findings of this name.
    pub findings: usize,
    /// Accounts that findings of this name name.
    pub accounts: usize,
    /// Those of them that are in a scheme.
    pub rightly: usize,
}

/// How good findings are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By typology.
    pub lines: BTreeMap<Typology, Line>,
    /// Of all; accounts count once.
    pub total: Line,
    /// The places, in what was given, of the schemes that were not found.
    pub missed: Vec<usize>,
    /// The places of findings that name nobody of any scheme.
    pub idle: Vec<usize>,
}

impl Report {
    /// The share of accounts named that are in a scheme; one where none is named.
    pub fn precision(&self) -> f64 {
        share(self.total.rightly, self.total.accounts)
    }

    /// The share of schemes found; one where there is none.
    pub fn recall(&self) -> f64 {
        share(self.total.found, self.total.schemes)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^53")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Holds findings against what is known.
pub fn evaluate(findings: &[Finding], schemes: &[Scheme]) -> Report {
    let mut report = Report::default();
    let suspects: BTreeSet<AccountId> =
        schemes.iter().flat_map(|scheme| scheme.accounts.iter().copied()).collect();
    let named: Vec<BTreeSet<AccountId>> =
        findings.iter().map(|finding| finding.accounts.iter().map(|named| named.account).collect()).collect();

    for (place, scheme) in schemes.iter().enumerate() {
        let line = report.lines.entry(scheme.typology).or_default();
        line.schemes += 1;
        match best(scheme, findings, &named) {
            Some(finding) => {
                line.found += 1;
                line.named += usize::from(finding.typology == scheme.typology);
            }
            None => report.missed.push(place),
        }
    }
    let mut by_name: BTreeMap<Typology, BTreeSet<AccountId>> = BTreeMap::new();
    for (place, (finding, accounts)) in findings.iter().zip(&named).enumerate() {
        report.lines.entry(finding.typology).or_default().findings += 1;
        by_name.entry(finding.typology).or_default().extend(accounts);
        if accounts.is_disjoint(&suspects) {
            report.idle.push(place);
        }
    }
    for (typology, accounts) in &by_name {
        let line = report.lines.entry(*typology).or_default();
        line.accounts = accounts.len();
        line.rightly = accounts.intersection(&suspects).count();
    }
    report.total = total(&report.lines, &by_name, &suspects);
    report
}

/// The finding that finds a scheme and names most of it.
fn best<'a>(scheme: &Scheme, findings: &'a [Finding], named: &[BTreeSet<AccountId>]) -> Option<&'a Finding> {
    let overlap = |accounts: &BTreeSet<AccountId>| scheme.accounts.intersection(accounts).count();
    let finds =
        findings.iter().zip(named).filter(|(_, accounts)| overlap(accounts) * 2 >= scheme.accounts.len());
    let best = finds.max_by(|(a, in_a), (b, in_b)| {
        overlap(in_a).cmp(&overlap(in_b)).then_with(|| a.score.total_cmp(&b.score))
    });
    best.map(|(finding, _)| finding)
}

fn total(
    lines: &BTreeMap<Typology, Line>,
    by_name: &BTreeMap<Typology, BTreeSet<AccountId>>,
    suspects: &BTreeSet<AccountId>,
) -> Line {
    let accounts: BTreeSet<AccountId> = by_name.values().flatten().copied().collect();
    let mut total = Line {
        accounts: accounts.len(),
        rightly: accounts.intersection(suspects).count(),
        ..Line::default()
    };
    for line in lines.values() {
        total.schemes += line.schemes;
        total.found += line.found;
        total.named += line.named;
        total.findings += line.findings;
    }
    total
}
