//! The report in the Static Analysis Results Interchange Format 2.1.0 (OASIS).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::finding::{Finding, Rule, Severity};
use crate::message::hex;
use crate::probes::rules;
use crate::report::Report;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn write(report: &Report) -> Value {
    let all = rules();
    let notes: Vec<Value> = report
        .incomplete
        .iter()
        .map(|why| json!({ "level": "warning", "message": { "text": format!("The scan is not complete: {why}.") } }))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "florin-scan",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": all.iter().map(|rule| described(rule)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": report.incomplete.is_none(),
                "toolExecutionNotifications": notes,
            }],
            "results": report.findings.iter().map(|finding| result(report, finding, &all)).collect::<Vec<_>>(),
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The score that viewers sort by.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.remedy },
        "helpUri": format!("https://cwe.mitre.org/data/definitions/{}.html", rule.cwe),
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "security-severity": score(rule.severity),
            "tags": ["security", format!("external/cwe/cwe-{}", rule.cwe)],
        },
    })
}

fn result(report: &Report, finding: &Finding, all: &[&Rule]) -> Value {
    let rule = finding.rule;
    let parameter = finding.parameter.as_deref().unwrap_or_default();
    let name = format!("{} {}", finding.method, finding.path);
    let identity = format!("{} {name} {parameter}", rule.id);
    let print = hex(Sha256::digest(identity.as_bytes()).get(..16).unwrap_or_default());
    let evidence: Vec<Value> = finding
        .evidence
        .iter()
        .map(|one| json!({ "request": one.request, "response": one.response }))
        .collect();
    json!({
        "ruleId": rule.id,
        "ruleIndex": all.iter().position(|one| one.id == rule.id),
        "level": level(rule.severity),
        "message": { "text": format!("{}: {}", rule.title, finding.detail) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": address(report, finding) } },
            "logicalLocations": [{ "fullyQualifiedName": name, "kind": "resource" }],
        }],
        "partialFingerprints": { "route/v1": print },
        "properties": {
            "confidence": finding.confidence.name(),
            "parameter": finding.parameter,
            "evidence": evidence,
        },
    })
}

/// The address of a route, with the braces of its template encoded: SARIF asks for a URI.
fn address(report: &Report, finding: &Finding) -> String {
    let path = finding.path.replace('{', "%7B").replace('}', "%7D").replace(' ', "%20");
    format!("{}{path}", report.target)
}
