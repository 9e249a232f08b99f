//! `florin demo`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::story::{self, Options};
use crate::{Failure, instance, output};

/// Walk a running demonstration through the whole story, step by step
#[derive(Args)]
#[command(
    after_help = "Start the demonstration first: florin serve --demo\n\nExample:\n  florin demo http://127.0.0.1:8080"
)]
pub(super) struct Demo {
    /// Where the server is
    #[arg(default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The directory of its instance, where credentials and mail lie
    #[arg(long, value_name = "DIR", env = "FLORIN_INSTANCE__DATA", default_value = "./data")]
    data: PathBuf,
    /// The authorities that its certificate is checked against [default: the public ones]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let options = Options { url: self.url, data: self.data, ca_file: self.ca_file };
        let told = instance::server_runtime(0)?.block_on(story::tell(&options))?;
        if self.json {
            output::json(&told.json())?;
        } else {
            output::data(&told.summary())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
