//! `florin risk quality`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_kernel::Currency;
use florin_risk::Settings;
use florin_risk::engine::Engine;
use florin_risk::rules::{RuleSet, starter};
use florin_risk::training::{self, RulesAlone, Split, Splits, Treated};
use jiff::civil::Date;

use super::{open, refused};
use crate::commands::{aml, sanctions_report};
use crate::{Exit, Failure, output};

/// Tell how good fraud, screening and monitoring are, on labelled data
#[derive(Args)]
#[command(after_help = "Example:\n  florin risk quality data --start 2018-07-25\n\n\
                        DIR has the folders fraud (handbook_tx_….csv.gz), sanctions and aml; docs/risk.md says what is in them.")]
pub(super) struct Quality {
    /// The folder with the data
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The first day that the model of fraud learns from
    #[arg(long, value_name = "DAY", default_value = "2018-07-25")]
    start: Date,
    /// How many weeks of fraud are judged
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=520))]
    weeks: u16,
}

impl Quality {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        output::line("Fraud: a model of card payments, learned from a week and judged on later ones")?;
        self.fraud(&payments_of(&self.directory.join("fraud"))?)?;
        output::line("\nScreening: names against lists of sanctions")?;
        sanctions_report::Evaluate::of(self.directory.join("sanctions")).run()?;
        output::line("\nMonitoring for laundering: schemes that are known")?;
        aml::Evaluate::of(self.directory.join("aml")).run()
    }

    fn fraud(&self, file: &Path) -> Result<(), Failure> {
        let at = |failure: Failure| failure.during(file.display());
        let wanted = |day: Date| day >= self.start;
        let read = training::read_cards(open(file).map_err(at)?, wanted);
        let data = read.map_err(|error| at(Failure::of(Exit::Usage, &error)))?;
        let splits =
            Splits { start: Some(self.start), train_days: 7, delay_days: 7, test_days: 7, folds: self.weeks };
        let splits = splits.of(&data).map_err(|error| refused(&error))?;
        let mut found = Vec::new();
        for split in &splits {
            let kept = training::learn(&data, split, &training::SETTINGS).map_err(|error| refused(&error))?;
            found.push(training::evaluate(&data, split, &kept));
        }
        output::line(&training::summary(&found))?;
        if let Some(first) = splits.first() {
            output::line(&told(&rules_alone(file, first)?))?;
        }
        Ok(())
    }
}

/// What the rules that the program starts with do without a model.
fn rules_alone(file: &Path, split: &Split) -> Result<RulesAlone, Failure> {
    let at = |failure: Failure| failure.during(file.display());
    let rules = RuleSet::parse(&starter(Currency::USD)).map_err(|error| refused(&error))?;
    let engine = Engine::new(Settings::new(Currency::USD), rules).map_err(|error| refused(&error))?;
    training::rules_alone(open(file).map_err(at)?, &engine, split)
        .map_err(|error| at(Failure::of(Exit::Usage, &error)))
}

fn told(found: &RulesAlone) -> String {
    let line = |name: &str, treated: Treated| {
        format!(
            "{name:<10} {:>8} payments, {:>5} held ({}), {:>5} refused ({})",
            treated.payments,
            treated.held,
            per_cent(treated.held, treated.payments),
            treated.refused,
            per_cent(treated.refused, treated.payments)
        )
    };
    format!(
        "Rules alone, the first week:\n{}\n{}",
        line("genuine", found.genuine),
        line("fraud", found.fraud)
    )
}

/// A share in per cent, to the hundredth.
fn per_cent(part: u64, of: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(of).unwrap_or(0);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// The file of payments, which has its days in its name.
fn payments_of(directory: &Path) -> Result<PathBuf, Failure> {
    let at = |error: &std::io::Error| Failure::of(Exit::Usage, error).during(directory.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .map_err(|error| at(&error))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("handbook_tx") && [".csv", ".csv.gz"].iter().any(|ending| name.ends_with(ending))
        })
        .collect();
    files.sort();
    files.pop().ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{}: there is no file handbook_tx….csv.gz", directory.display()))
    })
}
