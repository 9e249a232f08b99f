//! `florin migrate`.

use std::process::ExitCode;

use clap::Args;
use florin_app::Services;
use florin_kernel::Env;

use crate::Failure;
use crate::instance::{self, Instance};

/// Bring the schema of the database up to date
#[derive(Args)]
#[command(
    after_help = "Example:\n  DATABASE_URL=postgres://florin@db/florin florin migrate\n  florin migrate --check"
)]
pub(super) struct Migrate {
    /// Only say whether the schema is this program's: 0 when it is, 3 when a newer program changed it, 1 when it is older
    #[arg(long, conflicts_with = "while_served")]
    check: bool,
    /// A server of the former release goes on meanwhile: do it on PostgreSQL, and leave an embedded database, whose balances
    /// that server has in memory, to the next start
    #[arg(long)]
    while_served: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Migrate {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        if self.while_served && !instance::is_postgres(&config) {
            tell!("an embedded database is migrated when it is served");
            return Ok(ExitCode::SUCCESS);
        }
        let db = if self.check {
            instance::open_existing(&config)?
        } else {
            Services::migrate(&config, Env::system())?
        };
        db.close();
        tell!("the schema is that of Florin {}", crate::VERSION);
        Ok(ExitCode::SUCCESS)
    }
}
