//! `florin ledger verify`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::instance::{self, Instance};
use crate::{Failure, output};

/// Look at the books
#[derive(Args)]
#[command(after_help = "Example:\n  florin ledger verify")]
pub(super) struct Ledger {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Subcommand)]
enum LedgerCommand {
    Verify(Verify),
}

/// Reckon all books anew from their transfers, and loans from what happened to them, and compare; ends with 1 when something does not agree
#[derive(Args)]
#[command(after_help = "Example:\n  florin ledger verify --json | jq .problems")]
struct Verify {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Ledger {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let LedgerCommand::Verify(verify) = self.command;
        verify.run()
    }
}

impl Verify {
    fn run(self) -> Result<ExitCode, Failure> {
        let db = instance::open_existing(&self.instance.config()?)?;
        let report = instance::runtime()?.block_on(florin_app::verify_books(&db));
        db.close();
        let report = report?;
        if self.json {
            output::json(&json!({
                "accounts": report.accounts,
                "transfers": report.transfers,
                "loans": report.loans,
                "problems": report.problems,
            }))?;
        } else {
            for problem in &report.problems {
                output::line(problem)?;
            }
            let verdict =
                if report.problems.is_empty() { "the books agree" } else { "the books do not agree" };
            tell!(
                "{verdict}: {} accounts, {} transfers, {} loans",
                report.accounts,
                report.transfers,
                report.loans
            );
        }
        Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
