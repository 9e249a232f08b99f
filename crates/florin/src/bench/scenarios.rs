//! What is measured, end to end: a fresh instance is filled, served by a process of its own, loaded over
//! HTTP, stopped, and its books are checked against every answer that acknowledged a transfer.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use florin_kernel::Uuid;
use http_body_util::Full;
use hyper::Request;

use super::baseline;
use super::prepare::{Target, fill};
use super::server::Child;
use super::verdict::{Acknowledged, judge};
use super::{Answer, Group, Load, Report, Row, sync_rate};
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
    /// Single transfers with 10 thousand, 100 thousand and a million accounts.
    Growth,
    /// An HTTP echo on the same stack: what transfers are measured against.
    Echo,
    /// One transaction for each transfer, without HTTP: what batching is measured against.
    Baseline,
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
    /// Where the temporary instance lies; the system's temporary directory when left out.
    pub directory: Option<PathBuf>,
    /// The process whose processor time, with its children's, is PostgreSQL's.
    pub postgres_pid: Option<u32>,
    /// A server that is running already, and the email and password of a customer with funded accounts.
    pub running: Option<(String, String, String)>,
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
            Scenario::Batch,
            Scenario::Growth,
        ],
        _ => std::slice::from_ref(&options.scenario),
    };
    for scenario in scenarios {
        match scenario {
            Scenario::Echo => echo(options, &mut report).await?,
            Scenario::Baseline => baseline::measure(options, &directory, &mut report).await?,
            Scenario::Growth => {
                for accounts in [10_000, 100_000, 1_000_000] {
                    let one = Options { accounts, ..options.clone() };
                    load(&one, Scenario::Growth, &directory, &mut report).await?;
                }
            }
            other => load(options, *other, &directory, &mut report).await?,
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
    let (bank, child, target) = match &options.running {
        Some((url, email, password)) => (None, None, Target::sign_in(url, email, password).await?),
        None => {
            let bank = fill(options, directory).await?;
            let child = Child::serve(&bank).await?;
            let target = bank.target(child.addr()).await?;
            (Some(bank), Some(child), target)
        }
    };
    let acknowledged = Acknowledged::default();
    let mut watched: Vec<Group> = child.iter().map(Child::group).collect();
    watched.extend(options.postgres_pid.map(|pid| Group::new("postgres", pid)));
    let target = Arc::new(target);
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
    if let Some(child) = child {
        child.stop().await?;
    }
    match bank {
        Some(bank) => judge(bank, acknowledged).await,
        None => Ok(()),
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
        Scenario::Hot => making.transfer(&keys, worker, n, n % 2 == 0),
        _ => making.transfer(&keys, worker, n, false),
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

/// Idempotency keys and a little chance, without a lock.
#[derive(Debug)]
pub(super) struct Keys {
    next: AtomicU64,
    run: u64,
}

impl Default for Keys {
    fn default() -> Self {
        // Another run against the same server must not meet this one's keys.
        let run = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0);
        Self { next: AtomicU64::new(0), run }
    }
}

impl Keys {
    pub(super) fn next(&self) -> (String, Chance) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        (format!("bench-{:x}-{n:x}", self.run), Chance(self.run ^ n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }
}

/// A stream of numbers without a pattern (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(z.checked_rem(limit).unwrap_or(0)).unwrap_or(0)
    }
}

pub(super) fn transfer_body(from: Uuid, to: Uuid, cents: u32) -> String {
    format!(
        "{{\"from_account_id\":\"{from}\",\"to_account_id\":\"{to}\",\"amount\":{{\"amount\":\"0.{cents:02}\",\"currency\":\"EUR\"}}}}"
    )
}

pub(super) fn request(path: &str, token: &str, body: String) -> Request<Full<Bytes>> {
    let request =
        Request::post(path).header("content-type", "application/json").header("authorization", token);
    // The parts are this program's own and well-formed.
    request.body(Full::new(Bytes::from(body))).unwrap_or_default()
}

impl Target {
    fn transfer(&self, keys: &Keys, worker: usize, _: u64, hot: bool) -> Request<Full<Bytes>> {
        let (key, mut chance) = keys.next();
        let customer = self.customer(worker);
        let from = customer.accounts.get(chance.below(customer.accounts.len())).copied().unwrap_or_default();
        let to = if hot { self.hot } else { self.any_but(from, &mut chance) };
        let (from, to) = if from == to { (from, self.any_but(from, &mut chance)) } else { (from, to) };
        let mut request = request("/api/v1/transfers", &customer.token, transfer_body(from, to, 1));
        if let Ok(key) = key.parse() {
            request.headers_mut().insert("x-idempotency-key", key);
        }
        request
    }

    fn batch(&self, keys: &Keys, worker: usize, count: u64) -> Request<Full<Bytes>> {
        let (key, mut chance) = keys.next();
        let customer = self.customer(worker);
        let mut body = String::with_capacity(170_000);
        body.push_str("{\"transfers\":[");
        for n in 0..count {
            let from =
                customer.accounts.get(chance.below(customer.accounts.len())).copied().unwrap_or_default();
            if n > 0 {
                body.push(',');
            }
            body.push_str(&transfer_body(from, self.any_but(from, &mut chance), 1));
        }
        body.push_str("]}");
        let mut request = request("/api/v1/transfers/batch", &customer.token, body);
        if let Ok(key) = key.parse() {
            request.headers_mut().insert("x-idempotency-key", key);
        }
        request
    }

    fn read(&self, worker: usize, n: u64) -> Request<Full<Bytes>> {
        let customer = self.customer(worker);
        let mut chance = Chance(n ^ worker as u64);
        let account =
            customer.accounts.get(chance.below(customer.accounts.len())).copied().unwrap_or_default();
        let path = match n % 4 {
            1 => format!("/api/v1/accounts/{account}/balance"),
            _ => format!("/api/v1/accounts/{account}/entries?limit=10"),
        };
        let request = Request::get(path).header("authorization", &customer.token);
        request.body(Full::default()).unwrap_or_default()
    }

    fn any_but(&self, from: Uuid, chance: &mut Chance) -> Uuid {
        for _ in 0..8 {
            let to = self.accounts.get(chance.below(self.accounts.len())).copied().unwrap_or_default();
            if to != from {
                return to;
            }
        }
        self.accounts.iter().copied().find(|to| *to != from).unwrap_or_default()
    }
}
