//! `florin monitoring`, the metrics of a running server, and the files for Prometheus and Grafana.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use florin_monitoring::{Kind, METRICS, Metric};

use super::interop::{must, python_with, script};
use super::support::{Served, florin};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn rules_are_checked_with_their_places() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let check = |text: &str| {
        std::fs::write(&file, text).unwrap();
        florin(&["monitoring", "rules", "check", file.to_str().unwrap()])
    };

    let good = check("[[rule]]\nname = \"jobs-dead\"\nenabled = false\n");
    let wrong = check("[[rule]]\nname = \"x\"\nseverity = \"loud\"\nvalue = \"florin_nothing\"\n");

    assert_eq!(good.code, 0, "{good:?}");
    assert_eq!(wrong.code, 2, "{wrong:?}");
    for what in
        ["rules.toml:1: rule `x`: `loud`", "there is no metric `florin_nothing`", "there is no runbook"]
    {
        assert!(wrong.stderr.contains(what), "{what}: {}", wrong.stderr);
    }
    let printed = florin(&["monitoring", "rules", "print"]);
    assert_eq!(check(&printed.stdout).code, 0);
}

#[test]
fn the_page_about_the_metrics_is_that_of_the_catalogue() {
    let page = root().join("docs/metrics.md");
    let wanted = florin(&["monitoring", "metrics"]).stdout;
    if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&page, &wanted).unwrap();
    }

    let is = std::fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(is, wanted, "docs/metrics.md is not what `florin monitoring metrics` prints");
}

#[test]
fn every_usual_rule_has_its_place_in_the_documentation() {
    let page = std::fs::read_to_string(root().join("docs/monitoring.md")).unwrap();
    for rule in florin_monitoring::rules::Rules::usual().unwrap().iter() {
        let place =
            rule.runbook.strip_prefix("docs/monitoring.md#").unwrap_or_else(|| panic!("{}", rule.name));
        assert!(page.contains(&format!("### {place}\n")), "{place}");
    }
}

/// Whether this is the name of samples of a metric that there is.
fn is_sample(name: &str) -> bool {
    let of_histogram = |suffix: &str| {
        let metric = name.strip_suffix(suffix).and_then(Metric::find);
        metric.is_some_and(|metric| metric.kind == Kind::Histogram)
    };
    METRICS.iter().any(|metric| metric.sample() == name && metric.kind != Kind::Histogram)
        || ["_bucket", "_sum", "_count"].into_iter().any(of_histogram)
}

/// Names that begin as metrics of ours do.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("florin_") || word.starts_with("process_")).collect()
}

/// Whether brackets close as they open.
fn is_balanced(expression: &str) -> bool {
    let mut open = Vec::new();
    for c in expression.chars() {
        match c {
            '(' | '[' | '{' => open.push(c),
            ')' if open.pop() != Some('(') => return false,
            ']' if open.pop() != Some('[') => return false,
            '}' if open.pop() != Some('{') => return false,
            _ => {}
        }
    }
    open.is_empty()
}

#[test]
fn dashboards_and_alerts_ask_for_metrics_that_there_are() {
    let mut expressions = Vec::new();
    for entry in std::fs::read_dir(root().join("deploy/grafana")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let board: serde_json::Value = serde_json::from_str(&text).unwrap();
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                expressions.push(target["expr"].as_str().unwrap().to_owned());
            }
        }
    }
    let alerts = std::fs::read_to_string(root().join("deploy/prometheus/alerts.yml")).unwrap();
    expressions
        .extend(alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned));

    assert!(expressions.len() > 60, "{}", expressions.len());
    for expression in &expressions {
        assert!(is_balanced(expression), "{expression}");
        let names = names(expression);
        assert!(!names.is_empty() || expression.starts_with("up{"), "{expression}");
        for name in names {
            assert!(is_sample(name), "{name} in {expression}");
        }
    }
    let told: BTreeSet<&str> = expressions.iter().flat_map(|expression| names(expression)).collect();
    for metric in METRICS.iter().filter(|metric| metric.kind != Kind::Info) {
        let shown = told.iter().any(|name| name.starts_with(metric.name));
        assert!(shown, "{} is on no dashboard", metric.name);
    }
}

#[test]
fn the_metrics_of_a_server_are_those_of_the_catalogue_and_another_parser_takes_them() {
    let python = python_with("interop-openmetrics", &["prometheus-client==0.22.1"]);
    let directory = tempfile::tempdir().unwrap();
    let server = Served::start(&directory.path().join("data"), &[]);
    let mut client = Command::new(python);
    client.arg(script("openmetrics.py")).arg(format!("http://{}", server.address));
    client.arg(root().join("docs/metrics.md"));
    must(&mut client, "another parser and the server disagree");
}
