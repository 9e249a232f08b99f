//! The report on a terminal. What came from the target is printed without control characters.

use std::fmt::Write as _;

use crate::report::Report;

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let rule = finding.rule;
        let parameter = finding.parameter.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let place = plain(&format!("{} {}{parameter}", finding.method, finding.path));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<9} {:<26} {place}", rule.severity.name(), rule.id);
        let _ = writeln!(
            out,
            "          {} [CWE-{}, {}]",
            plain(&finding.detail),
            rule.cwe,
            finding.confidence.name()
        );
        let _ = writeln!(out, "          {}\n", rule.remedy);
    }
    if let Some(why) = &report.incomplete {
        let _ = writeln!(out, "The scan is not complete: {}.", plain(why));
    }
    let _ = writeln!(out, "{}", report.summary());
    out
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}
