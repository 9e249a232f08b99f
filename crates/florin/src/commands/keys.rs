//! `florin keys list|rotate|generate`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use florin_app::config::Config;
use florin_app::keys::{self, KeyFacts};
use florin_kernel::{Env, Timestamp};
use serde_json::{Value, json};

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// Look after the keys of the instance
#[derive(Args)]
#[command(after_help = "Example:\n  florin keys list")]
pub(super) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    List(List),
    Rotate(Rotate),
    Generate(Generate),
}

/// List what each key is for, its id, its state and its age; never a secret
#[derive(Args)]
#[command(after_help = "Example:\n  florin keys list --json")]
struct List {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

/// Make a key that signs access tokens from the next minute on, and one that encrypts fields a few minutes later;
/// servers take them up as they run, and those before stay good for what they signed and encrypted
#[derive(Args)]
#[command(after_help = "Example:\n  florin keys rotate\n  florin keys rotate --revoke")]
struct Rotate {
    /// Which key is replaced
    #[arg(value_enum, default_value_t = What::All)]
    what: What,
    /// Sign with the new one at once and take every other signing key away, as when one was stolen: all access tokens
    /// end
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    instance: Instance,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Both
    All,
    /// The key that signs access tokens
    Signing,
    /// The key that encrypts fields
    Vault,
}

/// Make the keys that the instance needs and does not have yet
#[derive(Args)]
#[command(after_help = "Example:\n  florin keys generate --data /var/lib/florin")]
struct Generate {
    #[command(flatten)]
    instance: Instance,
}

impl Keys {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            KeysCommand::List(list) => list.run(),
            KeysCommand::Rotate(rotate) => rotate.run(),
            KeysCommand::Generate(generate) => generate.run(),
        }
    }
}

/// Refuses an instance that was never made: nothing of it is made by looking at it.
fn must_exist(config: &Config) -> Result<(), Failure> {
    let directory = keys::directory(config);
    if directory.is_dir() {
        return Ok(());
    }
    let path = directory.display();
    Err(Failure::new(Exit::Failed, format!("there are no keys at {path}; `florin keys generate` makes them")))
}

impl List {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        must_exist(&config)?;
        let now = Env::system().now();
        let mut facts = keys::signing_keys(&config, now)?;
        facts.extend(vault_keys(&config)?);
        if self.json {
            let views: Vec<Value> = facts.iter().map(view).collect();
            output::json(&json!(views))?;
        } else {
            output::data(&table(&facts, now))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn has_database(config: &Config) -> bool {
    instance::is_postgres(config) || instance::database_file(config).is_file()
}

/// The keys that lie in the database, where there is one.
fn vault_keys(config: &Config) -> Result<Vec<KeyFacts>, Failure> {
    if !has_database(config) {
        return Ok(Vec::new());
    }
    let db = instance::open_existing(config)?;
    let found = instance::runtime()?.block_on(keys::vault_keys(&db));
    db.close();
    Ok(found?)
}

fn view(key: &KeyFacts) -> Value {
    json!({
        "purpose": key.purpose,
        "id": key.id,
        "algorithm": key.algorithm,
        "state": key.state,
        "made_at": key.made_at.map(|at| at.to_string()),
    })
}

fn table(facts: &[KeyFacts], now: Timestamp) -> String {
    use std::fmt::Write as _;
    let width = facts.iter().map(|key| key.id.len()).max().unwrap_or_default();
    let mut table = format!("{:<17} {:<width$} {:<13} {:<13} age\n", "purpose", "id", "used with", "state");
    for key in facts {
        let age = key.made_at.map_or_else(|| "unknown".to_owned(), |at| age(at, now));
        let KeyFacts { purpose, id, algorithm, state, .. } = key;
        let _ = writeln!(table, "{purpose:<17} {id:<width$} {algorithm:<13} {state:<13} {age}");
    }
    table
}

/// How long ago, in the largest unit that it comes to one of.
fn age(made_at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(made_at.as_second()).max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

impl Rotate {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        must_exist(&config)?;
        if self.what != What::Vault {
            let id = keys::rotate_signing(&config, Env::system().now(), self.revoke)?;
            eprintln!(
                "{}",
                if self.revoke {
                    "every other signing key is gone, and the access tokens of theirs with it; the new one signs:"
                } else {
                    "the new signing key takes over in a minute:"
                }
            );
            output::line(&id)?;
        }
        if self.what != What::Signing && has_database(&config) {
            let db = instance::open_existing(&config)?;
            let rotated = instance::runtime()?.block_on(keys::rotate_vault(&config, &db));
            db.close();
            let id = rotated?;
            eprintln!(
                "the new key that encrypts fields takes over a few minutes after servers have read it:"
            );
            output::line(&id)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Generate {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let is_new = !instance::is_postgres(&config) && !instance::database_file(&config).exists();
        let files = keys::generate(&config, is_new, Env::system().now())?;
        eprintln!("the keys of the instance, which nobody but its user may read:");
        files.iter().try_for_each(|file| output::line(&file.display().to_string()))?;
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_largest_unit() {
        let at = |second| Timestamp::from_second(second).unwrap();

        for (seconds, told) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_199, "1 h"), (86_400, "1 d"), (864_000, "10 d")]
        {
            assert_eq!(age(at(0), at(seconds)), told);
        }
        assert_eq!(age(at(10), at(0)), "0 s", "a clock that went back");
    }
}
