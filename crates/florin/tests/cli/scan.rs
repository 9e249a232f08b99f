//! `florin scan`, on a server of this program above all.

use std::path::Path;

use serde_json::Value;

use crate::support::{Served, command, florin, run};

/// The address and the password of whom a demonstration's credentials tell.
fn credentials(data: &Path, who: &str) -> String {
    let text = std::fs::read_to_string(data.join("demo-credentials.txt")).unwrap();
    let line = text.lines().find(|line| line.trim_start().starts_with(who)).unwrap();
    let mut words = line.split_whitespace().skip(1);
    format!("{}:{}", words.next().unwrap(), words.next().unwrap())
}

#[test]
fn a_demonstration_has_nothing_of_medium_severity_or_above() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    // All limits but those of signing in would make the scan wait for hours.
    let roomy = [
        ("FLORIN_RATE_LIMITS__ENABLED", "true"),
        ("FLORIN_RATE_LIMITS__GENERAL", "1000000/min"),
        ("FLORIN_RATE_LIMITS__PROFILE", "1000000/min"),
        ("FLORIN_RATE_LIMITS__PAYMENTS", "1000000/min"),
    ];
    Served::start(&data, &["--demo"]).stop();
    let server = Served::start_with(&data, &roomy);
    let url = format!("http://{}", server.address);

    let arguments = ["scan", &url, "--format", "json", "--seed", "7", "--budget", "20000"];
    let said = run(command(&arguments).env("FLORIN_SCAN_USER", credentials(&data, "customer")));

    let report = said.json();
    let grave = |one: &&Value| ["medium", "high", "critical"].contains(&one["severity"].as_str().unwrap());
    let found: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(grave).collect();
    assert!(found.is_empty() && said.code == 0, "{found:#?} {}", said.stderr);
    // It has seen the whole, as two people, and got to its end.
    assert_eq!(
        (&report["complete"], &report["accounts"]),
        (&Value::Bool(true), &Value::from(2)),
        "{}",
        said.stderr
    );
    assert!(report["endpoints"].as_u64().unwrap() > 100 && report["requests"].as_u64().unwrap() > 1_000);
    let (code, log) = server.stop();
    assert_eq!(code, 0);
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_scan_is_refused_or_fails_with_the_code_of_its_reason() {
    let elsewhere = florin(&["scan", "http://192.0.2.1"]);
    let gone = florin(&["scan", "http://127.0.0.1:9"]);
    let nonsense = florin(&["scan", "somewhere"]);
    let account = florin(&["scan", "http://127.0.0.1:9", "--user", "ada"]);
    let rule = florin(&["scan", "http://127.0.0.1:9", "--without", "sql"]);

    assert_eq!([elsewhere.code, gone.code, nonsense.code, account.code, rule.code], [2, 6, 2, 2, 2]);
    assert!(elsewhere.stderr.contains("--i-am-authorised"), "{}", elsewhere.stderr);
    assert!(rule.stderr.contains("sql-injection-boolean"), "{}", rule.stderr);
}

#[test]
fn a_report_goes_to_a_new_file_for_its_owner_and_only_there() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("report.sarif"));
    let server = Served::start(&data, &[]);
    let url = format!("http://{}", server.address);
    let path = file.to_str().unwrap();
    let arguments = ["scan", &url, "--budget", "20", "--format", "sarif", "--output", path];

    let first = florin(&arguments);
    let again = florin(&arguments);
    let unreachable =
        florin(&["scan", "http://127.0.0.1:9", "--output", directory.path().join("none").to_str().unwrap()]);

    assert_eq!(
        (first.code, first.stdout.as_str(), again.code, unreachable.code),
        (0, "", 2, 6),
        "{}",
        first.stderr
    );
    assert!(first.stderr.contains("budget"), "{}", first.stderr);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(report["version"], "2.1.0");
    assert_eq!(report["runs"][0]["invocations"][0]["executionSuccessful"], Value::Bool(false));
    assert!(!directory.path().join("none").exists());
}
