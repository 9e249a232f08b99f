//! `florin postman`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::{Failure, output, postman};

/// Write a collection of all requests and its environment, for Postman and what reads its files
#[derive(Args)]
#[command(after_help = "Example:\n  florin postman --out docs/postman")]
pub(super) struct Postman {
    /// The directory to write both files to; what is there of their names is replaced
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Postman {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let collection = postman::collection(&crate::face::openapi());
        let environment = postman::environment(&collection);
        fs::create_dir_all(&self.out).map_err(|error| Failure::from(error).during(self.out.display()))?;
        write(&self.out.join("florin.postman_collection.json"), &collection)?;
        write(&self.out.join("florin.postman_environment.json"), &environment)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn write(file: &Path, value: &Value) -> Result<(), Failure> {
    let path = file.display();
    fs::write(file, format!("{value:#}\n")).map_err(|error| Failure::from(error).during(&path))?;
    output::line(&path.to_string())
}
