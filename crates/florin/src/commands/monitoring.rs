//! `florin monitoring rules|metrics|test-channel`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_app::Services;
use florin_db::{Access, DbError};
use florin_kernel::{Action, Actor, Env, Resource};
use florin_monitoring::channels::News;
use florin_monitoring::rules::{DEFAULT, Rules};

use crate::instance::Instance;
use crate::{Exit, Failure, output};

/// Check rules about metrics, print those that are shipped, and try the channels that tell of alerts
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring rules check rules.toml")]
pub(super) struct Monitoring {
    #[command(subcommand)]
    command: MonitoringCommand,
}

#[derive(Subcommand)]
enum MonitoringCommand {
    Rules(RulesCommand),
    Metrics(Metrics),
    TestChannel(TestChannel),
}

/// The rules about metrics
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring rules check rules.toml")]
struct RulesCommand {
    #[command(subcommand)]
    command: RulesAction,
}

#[derive(Subcommand)]
enum RulesAction {
    Check(Check),
    Print(Print),
}

/// Tell all that is wrong with a file of rules, or how many rules there are with it
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring rules check rules.toml")]
struct Check {
    /// The file
    file: PathBuf,
}

/// Print the shipped rules
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring rules print > rules.toml")]
struct Print {}

/// Print the page about the metrics
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring metrics > metrics.md")]
struct Metrics {}

/// Send news about nothing through every channel that is set up; the server that runs, or the next one, sends it
#[derive(Args)]
#[command(after_help = "Example:\n  florin monitoring test-channel --config florin.toml")]
struct TestChannel {
    #[command(flatten)]
    instance: Instance,
}

impl Monitoring {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            MonitoringCommand::Rules(RulesCommand { command: RulesAction::Check(check) }) => check.run(),
            MonitoringCommand::Rules(RulesCommand { command: RulesAction::Print(Print {}) }) => {
                output::data(DEFAULT)?;
                Ok(ExitCode::SUCCESS)
            }
            MonitoringCommand::Metrics(Metrics {}) => {
                output::data(&florin_monitoring::markdown())?;
                Ok(ExitCode::SUCCESS)
            }
            MonitoringCommand::TestChannel(test) => test.run(),
        }
    }
}

impl Check {
    fn run(self) -> Result<ExitCode, Failure> {
        let name = self.file.display().to_string();
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| Failure::new(Exit::Usage, format!("{name}: {error}")))?;
        let wrong = |faults: florin_monitoring::rules::Faults| Failure::new(Exit::Usage, faults.to_string());
        let rules = Rules::usual().and_then(|usual| usual.with(&name, &text)).map_err(wrong)?;
        output::line(&format!("{name} can be used; with it there are {} rules", rules.len()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl TestChannel {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        crate::instance::runtime()?.block_on(async {
            let services = Services::open(config, Access::Command, Env::system()).await?;
            let channels = services.alerts.channels().clone();
            let present = channels.present();
            if present.is_empty() {
                return Err(Failure::new(
                    Exit::Refused,
                    "no channel is set up: see the settings monitoring.…",
                ));
            }
            let permit = Actor::system("monitoring test-channel")
                .permit(Action::WorkAlerts, Resource::kind("operations"))
                .map_err(|error| Failure::of(Exit::Failed, &error))?;
            let env = services.env.clone();
            let told = services.db.write(permit, move |tx| {
                let news = News::test(env.new_uuid(), env.now());
                tx.note("alert", &"test");
                for (channel, _) in channels.present() {
                    channels.tell_channel(tx, channel, &news, &env)?;
                }
                Ok::<_, DbError>(())
            });
            told.await.map_err(|error| Failure::of(Exit::Failed, &error))?;
            for (channel, _) in &present {
                output::line(&format!("{}: news about nothing waits to be sent", channel.code()))?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
