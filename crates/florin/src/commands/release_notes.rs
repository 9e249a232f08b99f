//! `florin release-notes`.

use std::process::ExitCode;

use clap::Args;

use crate::{Exit, Failure, output};

const CHANGELOG: &str = include_str!("../../../../CHANGELOG.md");

/// Print what changed in this version and in those before it
#[derive(Args)]
#[command(after_help = "Example:\n  florin release-notes --since 0.1.0")]
pub(super) struct ReleaseNotes {
    /// Only versions after this one
    #[arg(long, value_name = "VERSION")]
    since: Option<String>,
}

impl ReleaseNotes {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        output::data(&notes(CHANGELOG, self.since.as_deref())?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The sections of the changelog above that of a version; all of them without one.
fn notes(changelog: &str, since: Option<&str>) -> Result<String, Failure> {
    let begin = changelog.find("\n## ").map_or(0, |at| at.saturating_add(1));
    let sections = changelog.get(begin..).unwrap_or_default();
    let Some(since) = since else { return Ok(sections.to_owned()) };
    let mut newer = String::new();
    for line in sections.lines() {
        if line.strip_prefix("## ").and_then(|title| title.split_whitespace().next()) == Some(since) {
            return Ok(newer);
        }
        newer.push_str(line);
        newer.push('\n');
    }
    Err(Failure::new(Exit::Usage, format!("there was no version {since}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_are_those_of_versions_after_one() {
        let log = "# Changelog\n\nWords.\n\n## 0.2.0\n\n- new\n\n## 0.1.0 (unreleased)\n\n- first\n";

        assert_eq!(notes(log, Some("0.1.0")).unwrap(), "## 0.2.0\n\n- new\n\n");
        assert!(notes(log, None).unwrap().starts_with("## 0.2.0"));
        assert_eq!(notes(log, Some("9.9.9")).unwrap_err().exit(), Exit::Usage);
        assert!(notes(CHANGELOG, None).unwrap().contains(crate::VERSION), "this version has its notes");
    }
}
