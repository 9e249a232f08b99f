//! The command line: one file a command.

mod access;
mod admin;
mod aml;
mod audit;
mod backup;
mod bench;
mod completions;
mod config;
mod demo;
mod doctor;
mod file;
mod health;
mod init;
mod keys;
mod ledger;
mod migrate;
mod monitoring;
mod openapi;
mod postman;
mod proving;
mod release_notes;
mod restore;
mod risk;
mod sanctions;
mod sanctions_report;
mod scan;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::Failure;

/// A self-hosted financial backend: accounts, payments and their evidence, in one program.
#[derive(Parser)]
#[command(
    name = "florin",
    version,
    after_help = "Example:\n  florin serve --demo\n\nExit codes: 0 done, 1 failed, 2 wrong arguments or settings, \
                  3 refused by a rule, 6 unavailable."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Admin(admin::Admin),
    Access(access::Access),
    Keys(keys::Keys),
    Ledger(ledger::Ledger),
    Audit(audit::Audit),
    Config(config::Config),
    Openapi(openapi::OpenApi),
    Postman(postman::Postman),
    Backup(backup::Backup),
    Restore(restore::Restore),
    File(file::File),
    Risk(risk::Risk),
    Aml(aml::Aml),
    Sanctions(sanctions::Sanctions),
    Monitoring(monitoring::Monitoring),
    Doctor(doctor::Doctor),
    Demo(demo::Demo),
    Scan(scan::Scan),
    Health(health::Health),
    Bench(bench::Bench),
    ReleaseNotes(release_notes::ReleaseNotes),
    Completions(completions::Completions),
}

/// Does what the process's arguments ask for; what to end with is the answer.
pub fn run() -> ExitCode {
    // What the program makes, the database first of all, is for its own user.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let done = match Cli::parse().command {
        Command::Serve(serve) => serve.run(),
        other => {
            crate::log::start_for_command();
            run_command(other)
        }
    };
    done.unwrap_or_else(|failure: Failure| {
        tell!("florin: {failure}");
        failure.exit().into()
    })
}

fn run_command(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(init) => init.run(),
        Command::Serve(serve) => serve.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Admin(admin) => admin.run(),
        Command::Access(access) => access.run(),
        Command::Keys(keys) => keys.run(),
        Command::Ledger(ledger) => ledger.run(),
        Command::Audit(audit) => audit.run(),
        Command::Config(config) => config.run(),
        Command::Openapi(openapi) => openapi.run(),
        Command::Postman(postman) => postman.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::File(file) => file.run(),
        Command::Risk(risk) => risk.run(),
        Command::Aml(aml) => aml.run(),
        Command::Sanctions(sanctions) => sanctions.run(),
        Command::Monitoring(monitoring) => monitoring.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Demo(demo) => demo.run(),
        Command::Scan(scan) => scan.run(),
        Command::Health(health) => health.run(),
        Command::Bench(bench) => bench.run(),
        Command::ReleaseNotes(notes) => notes.run(),
        Command::Completions(completions) => completions.run(),
    }
}

/// The whole command line, for what is generated from it.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands_of(command: &clap::Command, path: &str, found: &mut Vec<(String, String)>) {
        for child in command.get_subcommands() {
            let path = format!("{path} {}", child.get_name());
            let after = child.get_after_help().map(ToString::to_string).unwrap_or_default();
            found.push((path.clone(), after));
            commands_of(child, &path, found);
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_ends_with_an_example_of_it() {
        let mut found = Vec::new();
        commands_of(&command(), "florin", &mut found);

        assert!(found.len() > 12);
        for (path, after) in found {
            assert!(after.contains("Example:\n") && after.contains(&path), "{path}: {after}");
        }
    }
}
