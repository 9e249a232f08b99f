//! What is measured, end to end: a fresh instance is filled, served by a process of its own, loaded over
//! HTTP, stopped, and its books are checked against every answer that acknowledged a transfer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florin_kernel::Uuid;
use secrecy::{ExposeSecret, SecretString};

use super::prepare::{self, Target, fill};
use super::requests::{Keys, request, transfer_body};
use super::server::Child;
use super::verdict::{Acknowledged, judge};
use super::{Answer, Group, Load, Report, Row, sync_rate};
use super::{baseline, scheduled};
use crate::{Exit, Failure};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Single transfers between random accounts.
    Transfer,
    /// A thousand transfers a request.
    Batch,
    /// Half of all transfers touch one account.
    Hot,
    /// Transfers, balances and lists of entries.
    Mixed,
    /// Single transfers while somebody signs in 200 times a minute.
    Logins,
    /// Single transfers with 10 thousand, 100 thousand and a million accounts.
    Growth,
    /// An HTTP echo on the same stack: what transfers are measured against.
    Echo,
    /// One transaction for each transfer, without HTTP: what batching is measured against.
    Baseline,
    /// Scheduled payments that all fall due at once, without HTTP.
    Scheduled,
    /// All of these.
    All,
}

/// Which database the instance of the measurement has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// The embedded one, in a temporary directory.
    Sqlite,
    /// The empty database that `DATABASE_URL` names.
    Postgres,
}

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// What.
    pub scenario: Scenario,
    /// On which database.
    pub engine: Engine,
    /// How many keep-alive connections, one measurement for each number.
    pub connections: Vec<usize>,
    /// For how many seconds each.
    pub seconds: u64,
    /// Over how many accounts, where the scenario does not say.
    pub accounts: u64,
    /// Whether money is decided about before it moves.
    pub risk: Risk,
    /// Where the temporary instance lies; the system's temporary directory when left out.
    pub directory: Option<PathBuf>,
    /// The process whose processor time, with its children's, is PostgreSQL's.
    pub postgres_pid: Option<u32>,
    /// A server that is running already, to be measured instead of a fresh instance.
    pub running: Option<Running>,
}

/// Whether money is decided about before it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Risk {
    /// It is, the decision is recorded, and everything is let through.
    Shadow,
    /// It is not.
    Off,
}

impl Risk {
    /// The setting's value.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Off => "off",
        }
    }
}

/// A server that is running already, and a customer of it with funded accounts.
#[derive(Clone, Debug)]
pub struct Running {
    /// Where it answers.
    pub url: String,
    /// The customer.
    pub email: String,
    /// The customer's password.
    pub password: SecretString,
}

/// The transfers of one batch request.
const BATCH: u64 = 1_000;
/// How long the load runs before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures, and checks the books afterwards.
///
/// # Errors
/// [`Failure`] when something cannot be started, an answer was wrong, or an acknowledged transfer is missing.
pub async fn run(options: &Options) -> Result<Report, Failure> {
    let mut report = Report::default();
    let directory = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    report.sync = Some(sync_rate(&directory, Duration::from_secs(2)).map_err(Failure::from)?);
    let scenarios: &[Scenario] = match options.scenario {
        Scenario::All => &[
            Scenario::Echo,
            Scenario::Baseline,
            Scenario::Transfer,
            Scenario::Hot,
            Scenario::Mixed,
            Scenario::Logins,
            Scenario::Batch,
            Scenario::Growth,
            Scenario::Scheduled,
        ],
        _ => std::slice::from_ref(&options.scenario),
    };
    for scenario in scenarios {
        match scenario {
            Scenario::Echo => echo(options, &mut report).await?,
            Scenario::Baseline => Box::pin(baseline::measure(options, &directory, &mut report)).await?,
            Scenario::Scheduled => Box::pin(scheduled::measure(options, &directory, &mut report)).await?,
            Scenario::Growth => {
                for accounts in [10_000, 100_000, 1_000_000] {
                    let one = Options { accounts, ..options.clone() };
                    Box::pin(load(&one, Scenario::Growth, &directory, &mut report)).await?;
                }
            }
            other => Box::pin(load(options, *other, &directory, &mut report)).await?,
        }
    }
    Ok(report)
}

async fn echo(options: &Options, report: &mut Report) -> Result<(), Failure> {
    let child = Child::echo().await?;
    for &connections in &options.connections {
        let load =
            Load { connections, duration: seconds(options), warmup: WARM_UP, watched: vec![child.group()] };
        let make = |worker: usize, n: u64| {
            let body = transfer_body(Uuid::from_u128(worker as u128), Uuid::from_u128(u128::from(n)), 1);
            request("/echo", "none", body)
        };
        let check = |answer: &Answer| expect(answer, 200);
        let measured = load
            .run(child.addr(), make, check)
            .await
            .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        report.rows.push(Row { name: "echo".to_owned(), connections, items: 1, measured });
    }
    child.stop().await
}

fn seconds(options: &Options) -> Duration {
    Duration::from_secs(options.seconds)
}

/// One scenario over a fresh instance, or over the running one.
async fn load(
    options: &Options,
    scenario: Scenario,
    directory: &std::path::Path,
    report: &mut Report,
) -> Result<(), Failure> {
    let (bank, child, target) = if let Some(Running { url, email, password }) = &options.running {
        (None, None, Target::sign_in(url, email, password.expose_secret()).await?)
    } else {
        let bank = fill(options, directory).await?;
        let child = Child::serve(&bank).await?;
        let target = bank.target(child.addr()).await?;
        (Some(bank), Some(child), target)
    };
    let acknowledged = Acknowledged::default();
    let mut watched: Vec<Group> = child.iter().map(Child::group).collect();
    watched.extend(options.postgres_pid.map(|pid| Group::new("postgres", pid)));
    let target = Arc::new(target);
    let signing_in = bank.as_ref().filter(|_| scenario == Scenario::Logins);
    let signing_in =
        signing_in.map(|bank| tokio::spawn(keep_signing_in(target.addr, bank.visitor().to_owned())));
    for &connections in &options.connections {
        let load =
            Load { connections, duration: seconds(options), warmup: WARM_UP, watched: watched.clone() };
        let measured = one_load(&load, scenario, &target, &acknowledged).await?;
        let name = match scenario {
            Scenario::Growth => format!("growth {}", options.accounts),
            other => format!("{other:?}").to_lowercase(),
        };
        let items = if scenario == Scenario::Batch { BATCH } else { 1 };
        report.rows.push(Row { name, connections, items, measured });
    }
    if let Some(signing_in) = signing_in {
        signing_in.abort();
        if let Ok(Err(failure)) = signing_in.await {
            return Err(failure);
        }
    }
    if let Some(child) = child {
        child.stop().await?;
    }
    match bank {
        Some(bank) => judge(bank, acknowledged).await,
        None => Ok(()),
    }
}

/// Signs in 200 times a minute, one after the other or not, until it is ended.
async fn keep_signing_in(addr: SocketAddr, email: String) -> Result<(), Failure> {
    let mut beat = tokio::time::interval(Duration::from_millis(300));
    loop {
        beat.tick().await;
        prepare::sign_in(addr, &email, prepare::PASSWORD).await?;
    }
}

async fn one_load(
    load: &Load,
    scenario: Scenario,
    target: &Arc<Target>,
    acknowledged: &Acknowledged,
) -> Result<super::Measured, Failure> {
    let (making, keys) = (Arc::clone(target), Arc::new(Keys::default()));
    let make = move |worker: usize, n: u64| match scenario {
        Scenario::Batch => making.batch(&keys, worker, BATCH),
        Scenario::Mixed if n % 2 == 1 => making.read(worker, n),
        Scenario::Hot => making.transfer(&keys, worker, n.is_multiple_of(2)),
        _ => making.transfer(&keys, worker, false),
    };
    let noting = acknowledged.clone();
    let check = move |answer: &Answer| match scenario {
        Scenario::Batch => expect(answer, 200).and_then(|()| noting.batch(&answer.body)),
        Scenario::Mixed if answer.status.as_u16() == 200 => Ok(()),
        _ => expect(answer, 201).and_then(|()| noting.single(&answer.body)),
    };
    load.run(target.addr, make, check).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

fn expect(answer: &Answer, status: u16) -> Result<(), String> {
    if answer.status.as_u16() == status {
        return Ok(());
    }
    let body = String::from_utf8_lossy(answer.body.get(..200).unwrap_or(&answer.body)).into_owned();
    Err(format!("{}: {body}", answer.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_show_where_options_are_printed() {
        let password = SecretString::from("velvet tundra".to_owned());
        let running = Running { url: "http://h".to_owned(), email: "a@example.org".to_owned(), password };

        assert!(!format!("{running:?}").contains("velvet"));
    }

    #[test]
    fn an_answer_of_another_status_is_refused_with_the_beginning_of_its_body() {
        let body = bytes::Bytes::from("x".repeat(1_000));
        let answer = Answer { status: hyper::StatusCode::CONFLICT, headers: hyper::HeaderMap::new(), body };

        assert_eq!(expect(&answer, 409), Ok(()));
        let refusal = expect(&answer, 201).unwrap_err();
        assert!(refusal.starts_with("409 Conflict: xxx") && refusal.len() < 250, "{refusal}");
    }
}
