//! `florin scan`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use florin_scan::{Account, Format, Options, Report, Severity};
use secrecy::SecretString;

use crate::{Exit, Failure, archive, output};

/// Look for vulnerabilities in a web application or API, as a stranger and as people who may sign in
#[derive(Args)]
#[command(after_help = "Example:\n  florin scan http://127.0.0.1:8080\n  \
                        FLORIN_SCAN_USER=ada@example.com:… florin scan http://127.0.0.1:8080 --format sarif --output scan.sarif\n\n\
                        Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong arguments, 6 the target does not answer.")]
pub(super) struct Scan {
    /// Where the target is
    url: String,
    /// Who probes; without one an account is registered where that is possible
    #[arg(long, value_name = "EMAIL:PASSWORD", env = "FLORIN_SCAN_USER", hide_env_values = true, value_parser = account)]
    user: Option<Account>,
    /// Somebody whose things the first must not reach; without one an account is registered
    #[arg(long, value_name = "EMAIL:PASSWORD", env = "FLORIN_SCAN_OTHER", hide_env_values = true, value_parser = account)]
    other: Option<Account>,
    /// A token to probe with, in the place of a sign-in
    #[arg(long, value_name = "TOKEN", env = "FLORIN_SCAN_BEARER", hide_env_values = true, value_parser = secret)]
    bearer: Option<SecretString>,
    /// The path of the OpenAPI document; /api/v1/openapi.json and /openapi.json are tried
    #[arg(long, value_name = "PATH")]
    openapi: Option<String>,
    /// How many requests to send at most
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    budget: u32,
    /// How many requests a second at most [default: 10, and no bound on this machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// How many seconds an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Scan in the same way as a scan with this seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Send only requests that read
    #[arg(long)]
    no_writes: bool,
    /// Leave this rule out; may be given several times
    #[arg(long, value_name = "RULE", value_parser = rule)]
    without: Vec<String>,
    /// You may scan this target though it is not on this machine
    #[arg(long)]
    i_am_authorised: bool,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    /// Write the report to this new file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The least severity to end with 1 for
    #[arg(long, value_enum, default_value_t = Least::Medium)]
    fail_on: Least,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Table,
    Json,
    Sarif,
    Html,
}

#[derive(Clone, Copy, ValueEnum)]
enum Least {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Scan {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let (format, fail_on) = (self.format(), self.severity());
        let target = self.output.clone();
        // A report that cannot be written is better known before the scan than after.
        let file = target.as_deref().map(archive::create_private).transpose();
        let mut file = file.map_err(|error| at(target.as_deref(), &error))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let report = match runtime.block_on(florin_scan::scan(self.options())) {
            Ok(report) => report,
            Err(error) => {
                if let Some(path) = &target {
                    // Nothing was written to it.
                    std::fs::remove_file(path).map_err(|error| at(Some(path), &error))?;
                }
                return Err(failure(&error));
            }
        };
        let text = report.write(format);
        match &mut file {
            Some(file) => file.write_all(text.as_bytes()).map_err(|error| at(target.as_deref(), &error))?,
            None => output::data(&text)?,
        }
        Ok(ended(&report, fail_on))
    }

    fn options(self) -> Options {
        Options {
            user: self.user,
            other: self.other,
            bearer: self.bearer,
            openapi: self.openapi,
            budget: self.budget,
            rate: self.rate,
            timeout: Duration::from_secs(self.timeout),
            seed: self.seed,
            authorised: self.i_am_authorised,
            writes: !self.no_writes,
            without: self.without,
            ..Options::new(self.url)
        }
    }

    fn format(&self) -> Format {
        match self.format {
            Form::Table => Format::Table,
            Form::Json => Format::Json,
            Form::Sarif => Format::Sarif,
            Form::Html => Format::Html,
        }
    }

    fn severity(&self) -> Severity {
        match self.fail_on {
            Least::Info => Severity::Info,
            Least::Low => Severity::Low,
            Least::Medium => Severity::Medium,
            Least::High => Severity::High,
            Least::Critical => Severity::Critical,
        }
    }
}

fn ended(report: &Report, fail_on: Severity) -> ExitCode {
    if let Some(why) = &report.incomplete {
        tell!("florin: the scan is not complete: {why}");
    }
    let found = report.worst().is_some_and(|worst| worst >= fail_on);
    if found { Exit::Failed.into() } else { ExitCode::SUCCESS }
}

fn failure(error: &florin_scan::Error) -> Failure {
    use florin_scan::Error as E;
    let exit = match error {
        E::Address(_) | E::NotAuthorised(_) | E::SignIn(_) | E::Document(_) => Exit::Usage,
        E::Unreachable { .. } => Exit::Unavailable,
        E::System(_) => Exit::Failed,
    };
    Failure::of(exit, error)
}

fn at(path: Option<&Path>, error: &std::io::Error) -> Failure {
    let exit = if error.kind() == std::io::ErrorKind::AlreadyExists { Exit::Usage } else { Exit::Failed };
    Failure::of(exit, error).during(path.unwrap_or(Path::new("the report")).display())
}

fn account(text: &str) -> Result<Account, String> {
    let (email, password) =
        text.split_once(':').ok_or("an address and a password are wanted, as EMAIL:PASSWORD")?;
    if email.is_empty() || password.is_empty() {
        return Err("an address and a password are wanted, as EMAIL:PASSWORD".to_owned());
    }
    Ok(Account { email: email.to_owned(), password: password.into() })
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a parser")]
fn secret(text: &str) -> Result<SecretString, String> {
    Ok(text.into())
}

fn rule(text: &str) -> Result<String, String> {
    let known = florin_scan::rules();
    if known.iter().any(|rule| rule.id == text) {
        return Ok(text.to_owned());
    }
    let names: Vec<&str> = known.iter().map(|rule| rule.id).collect();
    Err(format!("there is no such rule; there are {}", names.join(", ")))
}
