//! Reports as tables for people.

use std::fmt::Write as _;

use super::{Labelled, Line, Report};
use crate::monitor::Finding;

/// The report, a line a typology and one for all.
pub fn table(report: &Report) -> String {
    let mut text = format!(
        "{:<22} {:>8} {:>6} {:>6} {:>9} {:>9} {:>8} {:>10}\n",
        "typology", "schemes", "found", "named", "findings", "accounts", "rightly", "precision"
    );
    for (typology, line) in &report.lines {
        row(&mut text, typology.name(), line);
    }
    row(&mut text, "all", &report.total);
    let Line { schemes, found, named, .. } = report.total;
    let precision = report.precision();
    let _ = writeln!(
        text,
        "found {found} of {schemes}, rightly named {named}; accounts rightly named {precision:.3}"
    );
    text
}

fn row(text: &mut String, name: &str, line: &Line) {
    let thousandths = (line.rightly * 1_000).checked_div(line.accounts);
    let precision =
        thousandths.map_or_else(|| "-".to_owned(), |share| format!("{}.{:03}", share / 1_000, share % 1_000));
    let _ = writeln!(
        text,
        "{name:<22} {:>8} {:>6} {:>6} {:>9} {:>9} {:>8} {precision:>10}",
        line.schemes, line.found, line.named, line.findings, line.accounts, line.rightly
    );
}

/// What was not found, and the findings that name nobody of any scheme, a line each.
pub fn missed(report: &Report, data: &Labelled, findings: &[Finding]) -> String {
    let mut text = String::new();
    for place in &report.missed {
        if let (Some(scheme), Some(label)) = (data.schemes.get(*place), data.labels.get(*place)) {
            let names: Vec<&str> = scheme.accounts.iter().map(|account| data.name(*account)).collect();
            let _ = writeln!(text, "missed {label} {} {}", scheme.typology, names.join(" "));
        }
    }
    for finding in report.idle.iter().filter_map(|place| findings.get(*place)) {
        let names: Vec<&str> = finding.accounts.iter().map(|named| data.name(named.account)).collect();
        let (name, score, why) = (finding.typology, finding.score, &finding.explanation);
        let _ = writeln!(text, "idle {name} {score:.2} {why} {}", names.join(" "));
    }
    text
}
