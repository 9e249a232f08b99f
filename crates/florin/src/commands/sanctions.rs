//! `florin sanctions`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_app::Services;
use florin_compliance::screening::{Error, Source};
use florin_db::Access;
use florin_kernel::{Actor, Env};
use serde_json::json;

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// Load lists of sanctions, and tell how well names are found on them
#[derive(Args)]
#[command(after_help = "Example:\n  florin sanctions load un consolidated.xml")]
pub(super) struct Sanctions {
    #[command(subcommand)]
    command: SanctionsCommand,
}

#[derive(Subcommand)]
enum SanctionsCommand {
    Load(Load),
    List(List),
    Evaluate(super::sanctions_report::Evaluate),
}

/// Load a list out of its files, in the place of the one before; running servers notice, and look for everybody among what is new
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin sanctions load ofac_sdn SDN.CSV ALT.CSV ADD.CSV\n  florin sanctions load un consolidated.xml.gz\n\n\
                        Sources and their files: ofac_sdn SDN.CSV ALT.CSV ADD.CSV; ofac_cons CONS_PRIM.CSV CONS_ALT.CSV CONS_ADD.CSV;\n\
                        un consolidated.xml; bis dpl.txt; house house.csv."
)]
struct Load {
    /// Which list, by the names below
    #[arg(value_parser = |text: &str| text.parse::<Source>())]
    source: Source,
    /// Its files, in this order, packed (.gz) or not
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Load it though it loses more than half of its entries
    #[arg(long)]
    insist: bool,
    #[command(flatten)]
    instance: Instance,
}

/// List what is loaded
#[derive(Args)]
#[command(after_help = "Example:\n  florin sanctions list --json | jq .")]
struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Sanctions {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            SanctionsCommand::Load(load) => load.run(),
            SanctionsCommand::List(list) => list.run(),
            SanctionsCommand::Evaluate(evaluate) => evaluate.run(),
        }
    }
}

impl Load {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let done = instance::runtime()?.block_on(async {
            let services = Services::open(config, Access::Command, Env::system()).await?;
            let by = Actor::system("sanctions");
            let loaded = services.sanctions.load_files(&by, self.source, self.files, self.insist).await;
            services.db.close();
            loaded.map_err(|error| refused(&error))
        });
        let loaded = done?;
        if loaded.changed {
            tell!(
                "{}: {} entries, of which {} are new and {} say something else; {} are gone",
                self.source,
                loaded.entries,
                loaded.added,
                loaded.modified,
                loaded.removed
            );
        } else {
            tell!("{}: this is what is loaded already, with {} entries", self.source, loaded.entries);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn refused(error: &Error) -> Failure {
    let exit = match error {
        Error::Parts(_) => Exit::Usage,
        Error::List(_) | Error::Repeated(_) | Error::Shrunk { .. } | Error::TooLarge(_) => Exit::Refused,
        _ => Exit::Failed,
    };
    Failure::of(exit, error)
}

impl List {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let lists = instance::runtime()?.block_on(async {
            let services = Services::open(config, Access::Command, Env::system()).await?;
            let lists = services.sanctions.lists(&Actor::system("sanctions")).await;
            services.db.close();
            lists.map_err(|error| refused(&error))
        })?;
        if self.json {
            let rows = lists.iter().map(|list| {
                json!({
                    "source": list.source.code(), "load": list.seq, "entries": list.entries, "hash": list.hash,
                    "loaded_at": list.loaded_at.to_string(),
                })
            });
            output::json(&rows.collect())?;
        } else {
            for list in &lists {
                output::line(&format!(
                    "{:<10}{:>8} entries, loaded {}",
                    list.source.code(),
                    list.entries,
                    list.loaded_at
                ))?;
            }
            if lists.is_empty() {
                tell!("no list is loaded");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
