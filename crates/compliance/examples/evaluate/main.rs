//! Prints how good monitoring is on a folder of data whose schemes are known.
//!
//! `cargo run --release -p florin-compliance --example evaluate -- DIR` reads `transactions.csv.gz`, `accounts.csv.gz` and
//! `alert_members.csv.gz` (or the files of `AMLSim` of the same names and `alert_accounts.csv.gz`); files may be unpacked.
//! `-- --worlds FROM..TO [--hard] [--accounts N] [--days N] [--each N]` makes worlds of these seeds up instead, with N schemes of
//! every typology and as many look-alikes, and sums the tables.
//! With `--missed` it lists what was not found, and the findings that name nobody of any scheme.
#![expect(clippy::print_stdout, reason = "a program that prints tables")]

mod files;
#[path = "../../tests/monitor/world/mod.rs"]
mod world;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use florin_compliance::evaluate::{Line, Report, evaluate};
use florin_compliance::monitor::{Book, Finding, Settings, watch};

use files::Data;
use world::{Size, World};

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::read(std::env::args().skip(1))?;
    if let Some(folder) = &asked.folder {
        let data = files::read(folder)?;
        let (report, findings) = run(&data)?;
        print(&report);
        if asked.list {
            details(&report, &data, &findings);
        }
        return Ok(());
    }
    let mut sum = Report::default();
    for seed in asked.seeds.clone() {
        let world = World::busy(seed, asked.size, asked.each);
        let data = Data::of(world.movements, world.facts, world.schemes);
        let (report, findings) = run(&data)?;
        if asked.list {
            details(&report, &data, &findings);
        }
        add(&mut sum, &report);
    }
    print(&sum);
    Ok(())
}

/// What the command line asks for.
struct Asked {
    folder: Option<PathBuf>,
    seeds: std::ops::Range<u64>,
    size: Size,
    each: i64,
    list: bool,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let size = Size { accounts: 3_000, days: 120, hard: false };
        let mut asked = Self { folder: None, seeds: 1..2, size, each: 8, list: false };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            match word.as_str() {
                "--missed" => asked.list = true,
                "--hard" => asked.size.hard = true,
                "--accounts" => asked.size.accounts = value()?.parse()?,
                "--days" => asked.size.days = value()?.parse()?,
                "--each" => asked.each = value()?.parse()?,
                "--worlds" => {
                    let range = value()?;
                    let (from, to) = range.split_once("..").ok_or("a range of seeds is 1..11")?;
                    asked.seeds = from.parse()?..to.parse()?;
                }
                _ => asked.folder = Some(PathBuf::from(word)),
            }
        }
        Ok(asked)
    }
}

fn run(data: &Data) -> Result<(Report, Vec<Finding>), Box<dyn Error>> {
    let start = Instant::now();
    let book = Book::try_new(&data.movements, &data.facts, Settings::default())?;
    let ordered = start.elapsed();
    let findings = watch(&book);
    println!(
        "{} movements, {} accounts: {} ms, of which {} ms to order them",
        data.movements.len(),
        data.facts.len(),
        start.elapsed().as_millis(),
        ordered.as_millis()
    );
    Ok((evaluate(&findings, &data.schemes), findings))
}

fn add(sum: &mut Report, report: &Report) {
    let plus = |line: &mut Line, other: &Line| {
        line.schemes += other.schemes;
        line.found += other.found;
        line.named += other.named;
        line.findings += other.findings;
        line.accounts += other.accounts;
        line.rightly += other.rightly;
    };
    for (typology, line) in &report.lines {
        plus(sum.lines.entry(*typology).or_default(), line);
    }
    plus(&mut sum.total, &report.total);
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
    let precision =
        thousandths.map_or_else(|| "-".to_owned(), |share| format!("{}.{:03}", share / 1_000, share % 1_000));
    println!(
        "{name:<22} {:>8} {:>6} {:>6} {:>9} {:>9} {:>8} {precision:>10}",
        line.schemes, line.found, line.named, line.findings, line.accounts, line.rightly
    );
}

fn details(report: &Report, data: &Data, findings: &[Finding]) {
    for place in &report.missed {
        if let Some(scheme) = data.schemes.get(*place) {
            let names: Vec<&str> = scheme.accounts.iter().map(|account| data.name(*account)).collect();
            println!(
                "missed {} {} {}",
                data.labels.get(*place).map_or("", String::as_str),
                scheme.typology,
                names.join(" ")
            );
        }
    }
    for finding in report.idle.iter().filter_map(|place| findings.get(*place)) {
        let names: Vec<&str> = finding.accounts.iter().map(|named| data.name(named.account)).collect();
        println!(
            "idle {} {:.2} {} {}",
            finding.typology,
            finding.score,
            finding.explanation,
            names.join(" ")
        );
    }
    for (scheme, label) in data.schemes.iter().zip(&data.labels) {
        let wrong: Vec<&str> = findings
            .iter()
            .filter(|finding| {
                let shared =
                    finding.accounts.iter().filter(|named| scheme.accounts.contains(&named.account)).count();
                shared * 2 >= scheme.accounts.len()
            })
            .map(|finding| finding.typology.name())
            .collect();
        if !wrong.is_empty() && wrong.iter().any(|name| *name != scheme.typology.name()) {
            println!("names {label} {} {}", scheme.typology, wrong.join(" "));
        }
    }
}
