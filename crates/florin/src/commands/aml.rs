//! `florin aml run|evaluate|settings`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};
use flate2::read::GzDecoder;
use florin_app::Services;
use florin_compliance::evaluate::{Labelled, evaluate, missed, table};
use florin_compliance::monitor::{Book, Settings, watch};
use florin_db::Access;
use florin_kernel::{Actor, Env};
use serde_json::json;

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// Look for laundering in the books, and tell how well
#[derive(Args)]
#[command(after_help = "Example:\n  florin aml run --data ./data")]
pub(super) struct Aml {
    #[command(subcommand)]
    command: AmlCommand,
}

#[derive(Subcommand)]
enum AmlCommand {
    Run(Run),
    Evaluate(Evaluate),
    Settings(Print),
}

/// Look through the books of the last days now, as the nightly job does: what is found becomes alerts and cases
#[derive(Args)]
#[command(after_help = "Example:\n  florin aml run --json | jq .opened")]
struct Run {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

/// Tell how much monitoring finds in data whose schemes are known
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin aml evaluate ./aml --missed\n\nThe directory holds accounts.csv, transactions.csv and \
                  alert_members.csv, or AMLSim's files of these names and alert_accounts.csv; each may be packed as .csv.gz."
)]
pub(super) struct Evaluate {
    /// The directory
    directory: PathBuf,
    /// What counts as suspicious, in TOML [default: what `florin aml settings` prints]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// List the schemes that were not found, and the findings that name nobody of any
    #[arg(long)]
    missed: bool,
}

/// Print what counts as suspicious, as a file for `compliance.monitor_settings_file`
#[derive(Args)]
#[command(after_help = "Example:\n  florin aml settings > monitoring.toml")]
struct Print {}

impl Aml {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            AmlCommand::Run(run) => run.run(),
            AmlCommand::Evaluate(evaluate) => evaluate.run(),
            AmlCommand::Settings(Print {}) => {
                output::data(&Settings::document())?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Run {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        // A database that is not there is not made by looking at it.
        instance::open_existing(&config)?.close();
        let done = instance::runtime()?.block_on(async {
            let services = Services::open(config, Access::Command, Env::system()).await?;
            let done = services.monitoring.run(&Actor::system("compliance")).await;
            services.db.close();
            done.map_err(|error| Failure::of(Exit::Failed, &error))
        })?;
        if self.json {
            output::json(&json!({
                "id": done.id.to_string(),
                "from": done.from.to_string(),
                "to": done.to.to_string(),
                "movements": done.movements,
                "findings": done.findings,
                "opened": done.opened,
                "went_on": done.went_on,
                "took_ms": done.took_ms,
            }))?;
        } else {
            tell!(
                "{} movements, {} findings: {} new, {} went on; {} ms",
                done.movements,
                done.findings,
                done.opened,
                done.went_on,
                done.took_ms
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Evaluate {
    /// Of this directory, by the usual settings.
    pub(super) const fn of(directory: PathBuf) -> Self {
        Self { directory, settings: None, missed: false }
    }

    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let settings = match &self.settings {
            Some(file) => settings(file)?,
            None => Settings::default(),
        };
        let folder = self.directory.as_path();
        let members = match table_of(folder, "alert_members")? {
            Some(members) => members,
            None => wanted(folder, "alert_accounts")?,
        };
        let (accounts, moved) = (wanted(folder, "accounts")?, wanted(folder, "transactions")?);
        let bad = |error: &dyn std::error::Error| Failure::of(Exit::Usage, error).during(folder.display());
        let data = Labelled::read(&accounts, &moved, &members).map_err(|error| bad(&error))?;
        let start = Instant::now();
        let book = Book::try_new(&data.movements, &data.facts, settings).map_err(|error| bad(&error))?;
        let findings = watch(&book);
        let took_ms = start.elapsed().as_millis();
        let report = evaluate(&findings, &data.schemes);
        output::data(&table(&report))?;
        if self.missed {
            output::data(&missed(&report, &data, &findings))?;
        }
        tell!("{} movements, {} accounts: {took_ms} ms", data.movements.len(), data.facts.len());
        Ok(ExitCode::SUCCESS)
    }
}

fn settings(file: &Path) -> Result<Settings, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::from(error).during(file.display()))?;
    Settings::parse(&text).map_err(|error| Failure::of(Exit::Usage, &error).during(file.display()))
}

fn wanted(folder: &Path, name: &str) -> Result<String, Failure> {
    table_of(folder, name)?.ok_or_else(|| {
        let why = format!("there is neither {name}.csv nor {name}.csv.gz in {}", folder.display());
        Failure::new(Exit::Usage, why)
    })
}

/// A table, packed or not; none where there is no such file.
fn table_of(folder: &Path, name: &str) -> Result<Option<String>, Failure> {
    for (ending, packed) in [("csv", false), ("csv.gz", true)] {
        let path = folder.join(format!("{name}.{ending}"));
        let at = |error: std::io::Error| Failure::from(error).during(path.display());
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(at(error)),
        };
        let mut text = String::new();
        let read = if packed {
            GzDecoder::new(file).read_to_string(&mut text)
        } else {
            file.read_to_string(&mut text)
        };
        read.map_err(at)?;
        return Ok(Some(text));
    }
    Ok(None)
}
