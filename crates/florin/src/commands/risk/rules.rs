//! `florin risk rules`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_risk::rules::{Mode, RuleSet};
use serde_json::json;

use crate::{Exit, Failure, output};

/// Sets of rules
#[derive(Args)]
#[command(after_help = "Example:\n  florin risk rules check rules.toml")]
pub(super) struct Rules {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Subcommand)]
enum RulesCommand {
    Check(Check),
}

/// Read a set of rules, check every condition and run every test; what is wrong is told with line and column
#[derive(Args)]
#[command(after_help = "Example:\n  florin risk rules check rules.toml")]
struct Check {
    /// The set, in TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Rules {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let RulesCommand::Check(check) = self.command;
        check.run()
    }
}

impl Check {
    fn run(self) -> Result<ExitCode, Failure> {
        let at = |failure: Failure| failure.during(self.file.display());
        let text = std::fs::read_to_string(&self.file).map_err(|error| at(error.into()))?;
        let set = RuleSet::check(&text).map_err(|fault| at(Failure::of(Exit::Refused, &fault)))?;
        let count = |mode: Mode| set.rules().iter().filter(|rule| rule.mode == mode).count();
        let (name, reference) = (set.name(), set.reference());
        if self.json {
            output::json(&json!({
                "version": name.version,
                "hash": name.hash,
                "reference": reference.code(),
                "active": count(Mode::Active),
                "shadow": count(Mode::Shadow),
                "off": count(Mode::Off),
            }))?;
        } else {
            output::line(&format!(
                "{} in {reference}: {} rules are active, {} in shadow, {} off\nsha256 {}",
                name.version,
                count(Mode::Active),
                count(Mode::Shadow),
                count(Mode::Off),
                name.hash
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
