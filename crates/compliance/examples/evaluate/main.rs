//! Prints how good monitoring is on a folder of data whose schemes are known.
//!
//! `cargo run --release -p florin-compliance --example evaluate -- DIR` reads `transactions.csv.gz`, `accounts.csv.gz` and
//! `alert_members.csv.gz` (or AMLSim's files of the same names and `alert_accounts.csv.gz`); files may be unpacked.
//! With `--missed` it lists what was not found, and the findings that name nobody of any scheme.
#![expect(clippy::print_stdout, clippy::disallowed_types, reason = "a program that prints scores")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

mod files;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use florin_compliance::evaluate::{Line, Report, evaluate};
use florin_compliance::monitor::{Book, Finding, Settings, watch};

use files::Data;

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = None;
    let mut list = false;
    for argument in std::env::args().skip(1) {
        if argument == "--missed" {
            list = true;
        } else {
            folder = Some(PathBuf::from(argument));
        }
    }
    let folder = folder.ok_or("usage: evaluate [--missed] DIR")?;
    let data = files::read(&folder)?;

    let start = Instant::now();
    let book = Book::try_new(&data.movements, &data.facts, Settings::default())?;
    let ordered = start.elapsed();
    let findings = watch(&book);
    let watched = start.elapsed();

    let report = evaluate(&findings, &data.schemes);
    print(&report);
    println!(
        "{} movements, {} accounts: {} ms, of which {} ms to order them",
        data.movements.len(),
        data.facts.len(),
        watched.as_millis(),
        ordered.as_millis()
    );
    if list {
        details(&report, &data, &findings);
    }
    Ok(())
}

fn print(report: &Report) {
    println!(
        "{:<22} {:>8} {:>6} {:>6} {:>9} {:>9} {:>8} {:>10}",
        "typology", "schemes", "found", "named", "findings", "accounts", "rightly", "precision"
    );
    for (typology, line) in &report.lines {
        row(typology.name(), line);
    }
    row("all", &report.total);
    println!(
        "found {} of {}, rightly named {}; accounts rightly named {:.3}",
        report.total.found,
        report.total.schemes,
        report.total.named,
        report.precision()
    );
}

fn row(name: &str, line: &Line) {
    let thousandths = (line.rightly * 1_000).checked_div(line.accounts);
    let precision = thousandths.map_or_else(|| "-".to_owned(), |share| format!("{}.{:03}", share / 1_000, share % 1_000));
    println!(
        "{name:<22} {:>8} {:>6} {:>6} {:>9} {:>9} {:>8} {precision:>10}",
        line.schemes, line.found, line.named, line.findings, line.accounts, line.rightly
    );
}

fn details(report: &Report, data: &Data, findings: &[Finding]) {
    for place in &report.missed {
        if let Some(scheme) = data.schemes.get(*place) {
            let names: Vec<&str> = scheme.accounts.iter().filter_map(|account| data.name(*account)).collect();
            println!("missed {} {} {}", data.labels.get(*place).map_or("", String::as_str), scheme.typology, names.join(" "));
        }
    }
    for finding in report.idle.iter().filter_map(|place| findings.get(*place)) {
        let names: Vec<&str> = finding.accounts.iter().filter_map(|named| data.name(named.account)).collect();
        println!("idle {} {:.2} {} {}", finding.typology, finding.score, finding.explanation, names.join(" "));
    }
    for (scheme, label) in data.schemes.iter().zip(&data.labels) {
        let wrong: Vec<&str> = findings
            .iter()
            .filter(|finding| {
                let shared = finding.accounts.iter().filter(|named| scheme.accounts.contains(&named.account)).count();
                shared * 2 >= scheme.accounts.len()
            })
            .map(|finding| finding.typology.name())
            .collect();
        if !wrong.is_empty() && wrong.iter().any(|name| *name != scheme.typology.name()) {
            println!("names {label} {} {}", scheme.typology, wrong.join(" "));
        }
    }
}
