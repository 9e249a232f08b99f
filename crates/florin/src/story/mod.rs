//! The story that a running server is walked through: from registration to the last payment of a loan.
//!
//! Whoever acts signs in as anybody would, and everything is asked over HTTP; nothing is looked up in the database. What
//! the demonstration's file of credentials says and what lies in its outbox of mail is all that is read beside that.

mod bills;
mod cast;
mod client;
mod lending;
mod letters;
mod opening;
mod papers;
mod steps;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Exit, Failure};
use cast::Cast;
use client::Server;
use steps::Steps;

/// Where the story takes place.
pub(crate) struct Options {
    /// The server.
    pub(crate) url: String,
    /// The directory of its instance, for credentials and mail.
    pub(crate) data: PathBuf,
    /// The authorities that its certificate is checked against; the public ones when left out.
    pub(crate) ca_file: Option<PathBuf>,
}

/// What came of it.
pub(crate) struct Told {
    steps: Vec<(String, Duration)>,
    findings: Vec<(&'static str, String)>,
}

/// Walks through the story, telling of each step on stderr.
///
/// # Errors
/// [`Failure`] at the first step that does not go as it should; what was done until then stays done.
pub(crate) async fn tell(options: &Options) -> Result<Told, Failure> {
    let server = Server::at(&options.url, options.ca_file.as_deref())?;
    let cast = Cast::read(&options.data)?;
    let mut steps = Steps::default();
    let mut stage = Stage { server, cast, data: &options.data, findings: Vec::new() };
    let opened = opening::tell(&mut stage, &mut steps).await?;
    bills::tell(&mut stage, &mut steps, &opened).await?;
    lending::tell(&mut stage, &mut steps, &opened).await?;
    papers::tell(&mut stage, &mut steps, &opened).await?;
    Ok(Told { steps: steps.done(), findings: stage.findings })
}

/// What the chapters share.
struct Stage<'a> {
    server: Server,
    cast: Cast,
    data: &'a Path,
    /// What is said at the end.
    findings: Vec<(&'static str, String)>,
}

impl Told {
    /// The story as a document.
    pub(crate) fn json(&self) -> Value {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|(what, took)| json!({ "step": what, "milliseconds": milliseconds(*took) }))
            .collect();
        let findings: serde_json::Map<String, Value> =
            self.findings.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        json!({ "steps": steps, "findings": findings })
    }

    /// The end of the story, for people.
    pub(crate) fn summary(&self) -> String {
        let total: Duration = self.steps.iter().map(|(_, took)| *took).sum();
        let mut text = format!("{} steps in {} ms\n", self.steps.len(), milliseconds(total));
        for (name, value) in &self.findings {
            let _ = writeln!(text, "  {:<28}{value}", name.replace('_', " "));
        }
        text
    }
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn failed(why: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Failed, why)
}
