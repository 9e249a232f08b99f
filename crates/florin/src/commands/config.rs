//! `florin config show|check|example`.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{Table, presets};
use florin_app::config::{Setting, documented, is_secret};
use serde_json::{Value, json};

use crate::instance::Instance;
use crate::{Failure, output};

/// Look at the configuration
#[derive(Args)]
#[command(after_help = "Example:\n  florin config show")]
pub(super) struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    Show(Show),
    Check(Check),
    Example(Example),
}

/// Print every setting with its value and where that comes from; secrets are not shown
#[derive(Args)]
#[command(after_help = "Example:\n  florin config show --preset biller --json")]
struct Show {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

/// Say whether an instance can be started with this configuration
#[derive(Args)]
#[command(after_help = "Example:\n  FLORIN_ENVIRONMENT=production florin config check --config florin.toml")]
struct Check {
    #[command(flatten)]
    instance: Instance,
}

/// Print all settings with their descriptions and defaults
#[derive(Args)]
#[command(after_help = "Example:\n  florin config example > .env")]
struct Example {
    /// As what
    #[arg(long, value_enum, default_value_t = Form::Env)]
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Variables of the environment
    Env,
    /// A page of documentation
    Markdown,
}

impl Config {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            ConfigCommand::Show(show) => show.run()?,
            ConfigCommand::Check(check) => {
                check.instance.config()?;
                tell!("the configuration can be used");
            }
            ConfigCommand::Example(Example { form: Form::Env }) => output::data(&environment(&documented()))?,
            ConfigCommand::Example(Example { form: Form::Markdown }) => output::data(&page(&documented()))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let settings = self.instance.read(&[])?.settings;
        if self.json {
            let shown = |setting: &Setting| json!({ "key": setting.key, "value": setting.value, "origin": setting.origin });
            return output::json(&Value::Array(settings.iter().map(shown).collect()));
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(["setting", "value", "from"]);
        for setting in settings {
            table.add_row([setting.key, setting.value, setting.origin]);
        }
        output::line(&table.trim_fmt())
    }
}

/// The name under which the environment sets a setting.
fn variable(key: &str) -> String {
    format!("FLORIN_{}", key.replace('.', "__").to_uppercase())
}

/// Every setting as a line of an environment file, commented out.
fn environment(settings: &[Setting]) -> String {
    let mut text = String::from(
        "# Every setting of Florin as a variable of the environment, with its default.\n\
         # Made by `florin config example`; take away the # of those to change. A secret can stand in a file instead, which the\n\
         # same name with _FILE at its end names.\n",
    );
    let mut section = "";
    for Setting { key, value, doc, .. } in settings {
        let of = key.split_once('.').map_or("", |(section, _)| section);
        if of != section {
            section = of;
            let _ = write!(text, "\n## {section}\n");
        }
        let value = value.trim_matches('"');
        let value = if value.contains(' ') { format!("\"{value}\"") } else { value.to_owned() };
        let _ = write!(text, "\n# {doc}\n#{}={value}\n", variable(key));
    }
    text
}

/// Every setting in the tables of a page.
fn page(settings: &[Setting]) -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Florin starts with no configuration at all. A setting comes from the last of these that has it: its default, \
         the preset (`--preset`), the configuration file (`--config`), the environment, flags of the command line. \
         `florin config show` prints each value with where it comes from, and `florin config check` says whether an \
         instance can be started with them.\n\n\
         In the configuration file, which is TOML, a setting is a key in the table of its section. \
         In the environment `DATABASE_URL`, `REDIS_URL` and `FLORIN_ENVIRONMENT` are known too. `FLORIN_CONFIG` and \
         `FLORIN_PRESET` stand for `--config` and `--preset`.\n\n\
         A secret can stand in a file, as Docker and Kubernetes give them: the variable's name with `_FILE` at its end names \
         the file, as in `DATABASE_URL_FILE`. One end of a line at the file's end is no part of the secret. A file that is \
         missing, empty or unreadable is an error, and so is a secret that is given both ways. In production others may \
         neither write nor read the file (`chmod 400`, or 440 where a group brings it); below `/run/secrets`, where containers \
         have theirs, being readable is no fault.\n\n\
         This page is made by `florin config example --form markdown`.\n",
    );
    let mut section = "";
    for Setting { key, value, doc, .. } in settings {
        let Some((of, name)) = key.split_once('.') else { continue };
        if of != section {
            section = of;
            let _ = write!(
                text,
                "\n## {section}\n\n| setting | default | variable | what it is |\n|---|---|---|---|\n"
            );
        }
        let doc = doc.replace('|', "\\|");
        let variable = variable(key);
        let by_file = if is_secret(key) { format!(" or `{variable}_FILE`") } else { String::new() };
        let _ = writeln!(text, "| `{name}` | `{value}` | `{variable}`{by_file} | {doc} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_example_is_current() {
        let committed = include_str!("../../../../.env.example");

        assert_eq!(environment(&documented()), committed, "run `florin config example > .env.example`");
    }

    #[test]
    fn the_committed_page_is_current() {
        let committed = include_str!("../../../../docs/configuration.md");
        let made = page(&documented());

        assert_eq!(made, committed, "run `florin config example --form markdown > docs/configuration.md`");
    }

    #[test]
    fn every_variable_of_the_example_sets_its_setting_to_the_default() {
        let example = environment(&documented());
        let lines = example.lines().filter_map(|line| line.strip_prefix("#FLORIN_"));
        let set = lines.filter_map(|line| line.split_once('='));
        let environment =
            set.map(|(name, value)| (format!("FLORIN_{name}"), value.trim_matches('"').to_owned())).collect();
        let sources = florin_app::config::Sources { environment, ..Default::default() };

        let loaded = florin_app::config::Loaded::read(&sources).unwrap();

        for (setting, default) in loaded.settings.iter().zip(documented()) {
            assert_eq!(setting.value, default.value, "{}", setting.key);
            assert_eq!(setting.origin, variable(&setting.key));
        }
    }
}
