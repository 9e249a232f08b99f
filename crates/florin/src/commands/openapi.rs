//! `florin openapi`.

use std::process::ExitCode;

use clap::Args;

use crate::{Failure, output};

/// Print the OpenAPI document of the API
#[derive(Args)]
#[command(after_help = "Example:\n  florin openapi > openapi.json")]
pub(super) struct OpenApi {}

impl OpenApi {
    #[expect(clippy::unused_self, reason = "every command is run alike")]
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        output::json(&crate::face::openapi())?;
        Ok(ExitCode::SUCCESS)
    }
}
