//! `florin bench`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::bench::echo;
use crate::bench::scenarios::{self, Engine, Options, Risk, Running, Scenario};
use crate::{Exit, Failure, instance, output};

/// How many connections are kept busy where nobody says.
const CONNECTIONS: u16 = 16;

/// Measure how fast a server is, what that costs, and whether every answer and the books are right
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Example:\n  florin bench transfer --connections 1,16,64 --seconds 10 --json"
)]
pub(super) struct Bench {
    #[command(subcommand)]
    command: Option<BenchCommand>,
    /// What to do
    #[arg(value_enum, required = true)]
    scenario: Option<Scenario>,
    /// The database of the instance that is made for it
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
    /// How many connections to keep busy; several numbers are measured one after the other [default: 16, and 1 for pages]
    #[arg(long, value_name = "N,..", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..))]
    connections: Vec<u16>,
    /// For how many seconds, each
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Over how many accounts, where the scenario does not say
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(64..))]
    accounts: u64,
    /// Whether each transfer is decided about and the decision recorded, or not
    #[arg(long, value_enum, default_value_t = Risk::Shadow)]
    risk: Risk,
    /// With pages: how many look at the live dashboard afterwards, for as many seconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    viewers: u16,
    /// Where the instance is made, and whose disk is measured [default: the system's temporary directory]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The first process of PostgreSQL on this machine, to count its processor time too
    #[arg(long, value_name = "PID")]
    postgres_pid: Option<u32>,
    /// Measure the server at this address instead of one started for it
    #[arg(long, requires_all = ["email", "password_file"])]
    url: Option<String>,
    /// A customer of that server, with funded accounts
    #[arg(long, requires = "url")]
    email: Option<String>,
    /// A file whose first line is the customer's password; - reads it from stdin
    #[arg(long, value_name = "FILE", requires = "url")]
    password_file: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum BenchCommand {
    EchoServer(EchoServer),
}

/// Serve what transfers are measured against
#[derive(Args)]
#[command(hide = true, after_help = "Example:\n  florin bench echo-server")]
struct EchoServer {}

impl Bench {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(BenchCommand::EchoServer(EchoServer {})) = self.command {
            return instance::server_runtime(0)?.block_on(echo::serve()).map(|()| ExitCode::SUCCESS);
        }
        let json = self.json;
        let options = self.options()?;
        let report = instance::server_runtime(0)?.block_on(scenarios::run(&options))?;
        if json {
            output::json(&report.json())?;
        } else {
            output::line(&report.to_string())?;
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn options(self) -> Result<Options, Failure> {
        let missing =
            || Failure::new(Exit::Usage, "name what to measure; `florin bench --help` says what there is");
        let running = match (self.url, self.email, self.password_file) {
            (Some(url), Some(email), Some(file)) => {
                let password = super::admin::read_password(&file)?.as_str().into();
                Some(Running { url, email, password })
            }
            _ => None,
        };
        let scenario = self.scenario.ok_or_else(missing)?;
        let connections = match (self.connections.is_empty(), scenario) {
            (false, _) => self.connections,
            // One at a time, so that no page waits for another.
            (true, Scenario::Pages) => vec![1],
            (true, _) => vec![CONNECTIONS],
        };
        Ok(Options {
            scenario,
            engine: self.database,
            connections: connections.into_iter().map(usize::from).collect(),
            seconds: self.seconds,
            accounts: self.accounts,
            risk: self.risk,
            viewers: usize::from(self.viewers),
            directory: self.directory,
            postgres_pid: self.postgres_pid,
            running,
        })
    }
}
