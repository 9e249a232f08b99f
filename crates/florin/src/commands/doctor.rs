//! `florin doctor`.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use florin_app::config::{Config, Environment};
use florin_app::keys::VaultHealth;
use florin_db::{Db, DbError, Engine};
use florin_kernel::{Env, Timestamp};
use florin_notify::MailError;
use florin_volatile::{Volatile, VolatileState};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::instance::{self, Instance};
use crate::{Failure, output};

const MIB: u64 = 1 << 20;
/// With less room than this on the disk somebody should look; with less than the second, at once.
const ROOM_MIB: (u64, u64) = (1_024, 100);
/// How far the clocks of program and database may be apart.
const SKEW_US_MAX: u64 = 5_000_000;

/// Look whether the instance is well; ends with 0 when it is, 1 with warnings, 2 when something is broken
#[derive(Args)]
#[command(after_help = "Example:\n  florin doctor --data /var/lib/florin --json")]
pub(super) struct Doctor {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Well,
    Warning,
    Broken,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

/// What was looked at and what was found.
struct Finding {
    what: &'static str,
    state: State,
    words: String,
}

impl Finding {
    fn new(what: &'static str, state: State, words: impl Into<String>) -> Self {
        Self { what, state, words: words.into() }
    }

    fn broken(what: &'static str, failure: &Failure) -> Self {
        Self::new(what, State::Broken, failure.to_string())
    }
}

impl Doctor {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let findings = match self.instance.config() {
            Ok(config) => examine(&config)?,
            Err(failure) => vec![Finding::broken("configuration", &failure)],
        };
        if self.json {
            let shown =
                |one: &Finding| json!({ "check": one.what, "state": one.state.name(), "message": one.words });
            output::json(&findings.iter().map(shown).collect())?;
        } else {
            for Finding { what, state, words } in &findings {
                output::line(&format!("{:<8}{what}: {words}", state.name()))?;
            }
        }
        let worst = findings.iter().map(|one| one.state).max().unwrap_or(State::Well);
        Ok(ExitCode::from(worst as u8))
    }
}

fn examine(config: &Config) -> Result<Vec<Finding>, Failure> {
    let data = &config.instance.data;
    let mut findings = vec![Finding::new("configuration", State::Well, "every setting is known and fits")];
    findings.push(room(data));
    findings.push(keys(&data.join("keys")));
    let runtime = instance::runtime()?;
    findings.push(if config.mail.smtp_host.is_empty() { outbox(config) } else { mail(config, &runtime) });
    match instance::open_existing(config) {
        Ok(db) => {
            findings.push(Finding::new(
                "database",
                State::Well,
                "it answers, and its schema is this program's",
            ));
            findings.push(clock(&db, &runtime));
            findings.push(books(&db, &runtime));
            findings.push(jobs(&db, &runtime));
            findings.push(vault(config, &db, &runtime));
            findings.push(sanctions(config, &db, &runtime));
            db.close();
        }
        Err(failure) => findings.push(Finding::broken("database", &failure)),
    }
    if !config.redis.url.expose_secret().is_empty() {
        findings.push(runtime.block_on(redis(config)));
    }
    Ok(findings)
}

/// Room on the disk of the data directory.
fn room(data: &Path) -> Finding {
    const WHAT: &str = "disk";
    let Ok(disk) = rustix::fs::statvfs(data) else {
        return Finding::new(
            WHAT,
            State::Broken,
            format!("{} is not a directory that can be read", data.display()),
        );
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / MIB;
    let state = match free {
        free if free < ROOM_MIB.1 => State::Broken,
        free if free < ROOM_MIB.0 => State::Warning,
        _ => State::Well,
    };
    Finding::new(WHAT, state, format!("{free} MiB are free"))
}

/// Whether others could read the keys.
fn keys(directory: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    const WHAT: &str = "keys";
    let Ok(entries) = fs::read_dir(directory) else {
        let words = format!("there are none in {} yet; `florin serve` makes them", directory.display());
        return Finding::new(WHAT, State::Warning, words);
    };
    let files = entries.flatten().map(|entry| entry.path());
    let paths = std::iter::once(directory.to_owned()).chain(files);
    let is_exposed = |path: &std::path::PathBuf| {
        fs::metadata(path).map_or(true, |found| found.permissions().mode() & 0o077 != 0)
    };
    let exposed: Vec<String> = paths.filter(is_exposed).map(|path| path.display().to_string()).collect();
    if exposed.is_empty() {
        Finding::new(WHAT, State::Well, "nobody else can read them")
    } else {
        let words = format!("others can read {}: run `chmod go= …` on it", exposed.join(", "));
        Finding::new(WHAT, State::Broken, words)
    }
}

/// Whether mail can be laid down.
fn outbox(config: &Config) -> Finding {
    const WHAT: &str = "outbox";
    let data = &config.instance.data;
    let outbox = data.join("outbox");
    let directory = if outbox.is_dir() { &outbox } else { data };
    match tempfile::tempfile_in(directory) {
        Ok(_) if config.instance.environment == Environment::Production => {
            let words = "mail is written there and nobody gets it: set mail.smtp_host, or collect it";
            Finding::new(WHAT, State::Warning, words)
        }
        Ok(_) => Finding::new(WHAT, State::Well, "mail can be written"),
        Err(error) => Finding::new(WHAT, State::Broken, format!("{}: {error}", directory.display())),
    }
}

/// Whether the mail server takes our mail; nothing is sent.
fn mail(config: &Config, runtime: &Runtime) -> Finding {
    const WHAT: &str = "mail";
    let smtp = match florin_app::smtp(config, Env::system()) {
        Ok(Some(smtp)) => smtp,
        Ok(None) => return Finding::new(WHAT, State::Well, "there is no mail server"),
        Err(error) => return Finding::new(WHAT, State::Broken, error.to_string()),
    };
    match runtime.block_on(smtp.probe()) {
        Ok(()) => Finding::new(WHAT, State::Well, "the mail server answers"),
        Err(error @ MailError::Unavailable(_)) => {
            Finding::new(WHAT, State::Warning, format!("{error}; letters wait for it"))
        }
        Err(error) => Finding::new(WHAT, State::Broken, error.to_string()),
    }
}

/// Whether the machine's clock can be right.
fn clock(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "clock";
    const NOW: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
    let now = Env::system().now();
    let asked = runtime.block_on(db.read(|reader| {
        let migrated_at = florin_db::applied(reader)?.into_iter().map(|migration| migration.at).max();
        let theirs: Option<i64> = match reader.engine() {
            Engine::Postgres => reader.row(NOW, &[])?.map(|row| row.get(0)).transpose()?,
            Engine::Sqlite => None,
        };
        Ok::<_, DbError>((migrated_at, theirs))
    }));
    match asked {
        Err(error) => Finding::broken(WHAT, &error.into()),
        Ok((Some(migrated_at), _)) if migrated_at > now => {
            let words = format!("it stands at {now}, before the schema was made at {migrated_at}");
            Finding::new(WHAT, State::Broken, words)
        }
        Ok((_, Some(theirs))) if is_apart(now, theirs) => {
            Finding::new(WHAT, State::Warning, "it is more than five seconds from the database's")
        }
        Ok(_) => Finding::new(WHAT, State::Well, format!("it stands at {now}")),
    }
}

fn is_apart(now: Timestamp, theirs_us: i64) -> bool {
    now.as_microsecond().abs_diff(theirs_us) > SKEW_US_MAX
}

/// Whether the books agree.
fn books(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "books";
    let report = match runtime.block_on(florin_app::verify_books(db)) {
        Ok(report) => report,
        Err(error) => return Finding::broken(WHAT, &Failure::from(error)),
    };
    let (accounts, transfers, loans) = (report.accounts, report.transfers, report.loans);
    match report.problems.first() {
        None => {
            let words = format!("{accounts} accounts, {transfers} transfers and {loans} loans agree");
            Finding::new(WHAT, State::Well, words)
        }
        Some(first) => {
            let words = format!("{} problems, the first: {first}", report.problems.len());
            Finding::new(WHAT, State::Broken, words)
        }
    }
}

/// Whether jobs wait for a person.
fn jobs(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "jobs";
    match runtime.block_on(db.read(florin_jobs::dead)) {
        Ok(dead) => match dead.first() {
            None => Finding::new(WHAT, State::Well, "none has failed for good"),
            Some(job) => {
                let why = job.last_error.as_deref().unwrap_or("for an unknown reason");
                let words = format!("{} failed for good, the latest a {}: {why}", dead.len(), job.kind);
                Finding::new(WHAT, State::Warning, words)
            }
        },
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether what is encrypted can be read, and is encrypted with the present key.
fn vault(config: &Config, db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "encryption";
    match runtime.block_on(florin_app::keys::examine_vault(config, db)) {
        Ok(VaultHealth::Well(words)) => Finding::new(WHAT, State::Well, words),
        Ok(VaultHealth::Warning(words)) => Finding::new(WHAT, State::Warning, words),
        Ok(VaultHealth::Broken(words)) => Finding::new(WHAT, State::Broken, words),
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether there is a list of sanctions to look for customers on.
fn sanctions(config: &Config, db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "sanctions";
    match runtime.block_on(db.read(florin_compliance::screening::standing)) {
        Ok(standing) if standing.lists == 0 => {
            let production = config.instance.environment == Environment::Production;
            let state = if production { State::Warning } else { State::Well };
            let words = "no list is loaded, so that nobody is found: run `florin sanctions load`";
            Finding::new(WHAT, state, words)
        }
        Ok(standing) => {
            let (lists, entries) = (standing.lists, standing.entries);
            let words = format!("{lists} lists with {entries} entries are loaded");
            if standing.passed {
                return Finding::new(WHAT, State::Well, words);
            }
            let words = format!("{words}; not everybody was looked for on them yet");
            Finding::new(WHAT, State::Warning, words)
        }
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether what instances share can be reached.
async fn redis(config: &Config) -> Finding {
    const WHAT: &str = "redis";
    match Volatile::connect(&config.redis.url, config.redis.timeout(), Env::system()).await {
        Err(error) => Finding::new(WHAT, State::Broken, error.to_string()),
        Ok(volatile) => match volatile.state() {
            VolatileState::Redis => Finding::new(WHAT, State::Well, "it answers"),
            _ => Finding::new(WHAT, State::Warning, "it does not answer: each instance counts for itself"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_others_can_read_are_broken() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let key = directory.path().join("signing-0001.pem");
        fs::write(&key, "secret").unwrap();
        let state_with = |mode| {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            keys(directory.path()).state
        };

        assert_eq!(state_with(0o600), State::Well);
        assert_eq!(state_with(0o640), State::Broken);
        assert_eq!(keys(Path::new("/nowhere")).state, State::Warning);
    }

    #[test]
    fn clocks_are_apart_after_five_seconds() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();

        assert!(!is_apart(now, 1_790_000_004_000_000));
        assert!(is_apart(now, 1_789_999_994_000_000));
    }
}
