//! The report as one document.

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::report::Report;

pub(super) fn write(report: &Report) -> Value {
    let counts: serde_json::Map<String, Value> = report
        .counts()
        .into_iter()
        .map(|(severity, count)| (severity.name().to_owned(), json!(count)))
        .collect();
    json!({
        "target": report.target,
        "complete": report.incomplete.is_none(),
        "incomplete_because": report.incomplete,
        "endpoints": report.endpoints,
        "accounts": report.accounts,
        "requests": report.requests,
        "elapsed_ms": u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        "seed": report.seed,
        "counts": counts,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    let evidence: Vec<Value> = finding
        .evidence
        .iter()
        .map(|one| json!({ "request": one.request, "response": one.response }))
        .collect();
    json!({
        "rule": finding.rule.id,
        "title": finding.rule.title,
        "severity": finding.rule.severity.name(),
        "confidence": finding.confidence.name(),
        "cwe": finding.rule.cwe,
        "method": finding.method,
        "path": finding.path,
        "parameter": finding.parameter,
        "detail": finding.detail,
        "remedy": finding.rule.remedy,
        "evidence": evidence,
    })
}
