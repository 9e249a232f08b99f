//! Prints how good monitoring is on worlds that are made up.
//!
//! `cargo run --release -p florin-compliance --example evaluate -- --worlds FROM..TO [--hard] [--accounts N] [--days N] [--each N]`
//! makes worlds of these seeds up, with N schemes of every typology and as many look-alikes, and sums the tables. With
//! `--missed` it lists what was not found, and the findings that name nobody of any scheme. Data in files is judged by
//! `florin aml evaluate`.
#![expect(clippy::print_stdout, reason = "a program that prints tables")]

#[path = "../../tests/monitor/world/mod.rs"]
mod world;

use std::error::Error;

use florin_compliance::evaluate::{Labelled, Line, Report, evaluate, missed, table};
use florin_compliance::monitor::{Book, Settings, watch};

use world::{Size, World};

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::read(std::env::args().skip(1))?;
    let mut sum = Report::default();
    for seed in asked.seeds.clone() {
        let world = World::busy(seed, asked.size, asked.each);
        let data = Labelled::of(world.movements, world.facts, world.schemes);
        let findings = watch(&Book::try_new(&data.movements, &data.facts, Settings::default())?);
        let report = evaluate(&findings, &data.schemes);
        if asked.list {
            print!("{}", missed(&report, &data, &findings));
        }
        add(&mut sum, &report);
    }
    print!("{}", table(&sum));
    Ok(())
}

/// What the command line asks for.
struct Asked {
    seeds: std::ops::Range<u64>,
    size: Size,
    each: i64,
    list: bool,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let size = Size { accounts: 3_000, days: 120, hard: false };
        let mut asked = Self { seeds: 1..2, size, each: 8, list: false };
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
                other => return Err(format!("what is {other}?").into()),
            }
        }
        Ok(asked)
    }
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
