//! `florin completions`.

use std::process::ExitCode;

use clap::Args;
use clap_complete::Shell;

use crate::{Exit, Failure, output};

/// Print the completions of the command line for a shell
#[derive(Args)]
#[command(after_help = "Example:\n  florin completions bash > /etc/bash_completion.d/florin")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "florin", &mut script);
        let script = String::from_utf8(script).map_err(|error| Failure::of(Exit::Failed, &error))?;
        output::data(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
