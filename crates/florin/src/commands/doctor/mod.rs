//! `florin doctor`.

mod database;
mod machine;

use std::process::ExitCode;

use clap::Args;
use florin_app::config::Config;
use florin_kernel::Env;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::instance::{self, Instance};
use crate::{Failure, output};

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
    let now = Env::system().now();
    findings.push(machine::room(data));
    findings.push(machine::data(data));
    findings.push(machine::keys(&data.join("keys")));
    findings.extend(machine::certificate(config, now));
    findings.push(machine::backups(config, now));
    let runtime = instance::runtime()?;
    findings.push(if config.mail.smtp_host.is_empty() {
        machine::outbox(config)
    } else {
        machine::mail(config, &runtime)
    });
    match instance::open_existing(config) {
        Ok(db) => {
            findings.push(Finding::new(
                "database",
                State::Well,
                "it answers, and its schema is this program's",
            ));
            findings.extend(database::examine(config, &db, &runtime, now));
            db.close();
        }
        Err(failure) => findings.push(Finding::broken("database", &failure)),
    }
    if !config.redis.url.expose_secret().is_empty() {
        findings.push(runtime.block_on(machine::redis(config)));
    }
    Ok(findings)
}
