//! `florin keys list|rotate|retire|generate`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use florin_app::StartError;
use florin_app::config::Config;
use florin_app::keys::{self, KeyFacts};
use florin_db::resealing::Progress;
use florin_kernel::{Env, Timestamp};
use serde_json::{Value, json};

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// What `florin keys list` calls the keys that encrypt fields.
const FIELDS: &str = "encrypted fields";

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
    Retire(Retire),
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

/// Destroy keys that encrypted fields once and encrypt none any more, some time after they were replaced
#[derive(Args)]
#[command(after_help = "Example:\n  florin keys retire\n  florin keys retire seal-1")]
struct Retire {
    /// The key, as `florin keys list` calls it [default: all that can go]
    key: Option<String>,
    #[command(flatten)]
    instance: Instance,
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
            KeysCommand::Retire(retire) => retire.run(),
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
        let (in_database, resealing) = vault_keys(&config)?;
        facts.extend(in_database);
        if self.json {
            let mut views: Vec<Value> = facts.iter().map(view).collect();
            let seals = |view: &&mut Value| view["purpose"] == FIELDS && view["state"] == "active";
            if let (Some(active), false) = (views.iter_mut().find(seals), resealing.is_empty()) {
                active["sealed_anew"] = resealing.iter().map(progress_view).collect();
            }
            output::json(&json!(views))?;
        } else {
            output::data(&table(&facts, now))?;
            output::data(&progress_table(&resealing))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn has_database(config: &Config) -> bool {
    instance::is_postgres(config) || instance::database_file(config).is_file()
}

/// The keys that lie in the database, where there is one, and how far the fields are encrypted with the active one.
fn vault_keys(config: &Config) -> Result<(Vec<KeyFacts>, Vec<Progress>), Failure> {
    if !has_database(config) {
        return Ok((Vec::new(), Vec::new()));
    }
    let db = instance::open_existing(config)?;
    let found = instance::runtime()?.block_on(async {
        Ok::<_, StartError>((keys::vault_keys(&db).await?, keys::resealing(config, &db).await?))
    });
    db.close();
    Ok(found?)
}

fn progress_view(one: &Progress) -> Value {
    json!({
        "column": one.place,
        "done": one.done,
        "total": one.total,
        "unreadable": one.unreadable,
        "finished_at": one.finished_at.map(|at| at.to_string()),
    })
}

/// How far each column is encrypted with the active key; nothing where no key was ever replaced.
fn progress_table(columns: &[Progress]) -> String {
    use std::fmt::Write as _;
    if columns.is_empty() {
        return String::new();
    }
    let width = columns.iter().map(|one| one.place.len()).max().unwrap_or_default();
    let mut table = format!("\n{:<width$} encrypted anew\n", "column");
    for one in columns {
        let state = match (one.unreadable, one.finished_at) {
            (0, Some(_)) => ", done".to_owned(),
            (0, None) => String::new(),
            (unreadable, _) => format!(", {unreadable} do not open"),
        };
        let _ = writeln!(table, "{:<width$} {} of {}{state}", one.place, one.done, one.total);
    }
    table
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
            tell!(
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
            tell!("the new key that encrypts fields takes over a few minutes after servers have read it:");
            output::line(&id)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Retire {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        must_exist(&config)?;
        let db = instance::open_existing(&config)?;
        let retired = instance::runtime()?.block_on(keys::retire_vault(&config, &db, self.key));
        db.close();
        let retired = retired?;
        for one in &retired {
            match &one.kept {
                Some(why) => tell!("{} stays: {why}", one.id),
                None => output::line(&one.id)?,
            }
        }
        let all_stay = retired.iter().all(|one| one.kept.is_some());
        Ok(if all_stay { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }
}

impl Generate {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let is_new = !instance::is_postgres(&config) && !instance::database_file(&config).exists();
        let files = keys::generate(&config, is_new, Env::system().now())?;
        tell!("the keys of the instance, which nobody but its user may read:");
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
