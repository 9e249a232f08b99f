//! `florin migrate`.

use std::process::ExitCode;

use clap::Args;
use florin_app::Services;
use florin_kernel::Env;

use crate::Failure;
use crate::instance::Instance;

/// Bring the schema of the database up to date
#[derive(Args)]
#[command(after_help = "Example:\n  DATABASE_URL=postgres://florin@db/florin florin migrate")]
pub(super) struct Migrate {
    #[command(flatten)]
    instance: Instance,
}

impl Migrate {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let db = Services::migrate(&self.instance.config()?, Env::system())?;
        db.close();
        tell!("the schema is that of Florin {}", crate::VERSION);
        Ok(ExitCode::SUCCESS)
    }
}
