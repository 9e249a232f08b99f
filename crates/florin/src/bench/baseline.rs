//! One transaction for each transfer, without HTTP and without evidence: what batching is held against.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use florin_app::Services;
use florin_db::DbError;
use florin_kernel::{AccountId, Currency, TransferId};
use florin_ledger::rules::Event;
use hdrhistogram::Histogram;

use super::prepare::{Bank, fill};
use super::requests::Keys;
use super::scenarios::{Engine, Options};
use super::{Group, Measured, Report, Row};
use crate::{Exit, Failure};

/// How many write at once on PostgreSQL; the embedded database has one writer.
const WRITERS: usize = 16;

/// Measures units of work of one transfer each: between random accounts, and out of one hot account.
pub(super) async fn measure(options: &Options, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    let bank = fill(options, directory).await?;
    let services = bank.open().await?;
    let accounts: Arc<Vec<AccountId>> = Arc::new(bank.accounts());
    // Alone at the embedded database, since units that wait would share a commit.
    let writers = if options.engine == Engine::Sqlite { 1 } else { WRITERS };
    for (name, hot) in [("one by one", false), ("one by one, hot", true)] {
        let measured = run(&services, &accounts, writers, Duration::from_secs(options.seconds), hot).await?;
        report.rows.push(Row { name: name.to_owned(), connections: writers, items: 1, measured });
    }
    Bank::close(&services);
    Ok(())
}

async fn run(
    services: &Services,
    accounts: &Arc<Vec<AccountId>>,
    writers: usize,
    duration: Duration,
    hot: bool,
) -> Result<Measured, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let keys = Arc::new(Keys::default());
    let (own, before) = (Group::own(), Group::own().cpu_us());
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..writers {
        let (services, accounts, keys, stop) =
            (services.clone(), Arc::clone(accounts), Arc::clone(&keys), Arc::clone(&stop));
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                one(&services, &accounts, &keys, hot).await?;
                latencies.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
            }
            Ok::<_, DbError>(latencies)
        });
    }
    tokio::time::sleep(duration).await;
    stop.store(true, Ordering::Relaxed);
    let failed = |why: String| Failure::new(Exit::Failed, why);
    let mut latencies = Histogram::new(3).map_err(|error| failed(error.to_string()))?;
    while let Some(task) = tasks.join_next().await {
        let found =
            task.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        for latency in found {
            latencies.record(latency).map_err(|error| failed(error.to_string()))?;
        }
    }
    let used = own.cpu_us().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Measured {
        elapsed: started.elapsed(),
        statuses: std::collections::BTreeMap::new(),
        latencies,
        wrong: 0,
        errors: 0,
        examples: Vec::new(),
        cpu_us: vec![("server".to_owned(), used)],
    })
}

async fn one(services: &Services, accounts: &[AccountId], keys: &Keys, hot: bool) -> Result<(), DbError> {
    let (_, mut chance) = keys.next();
    let any = |at: usize| accounts.get(at).copied().ok_or_else(|| DbError::Other("no accounts".to_owned()));
    let from = if hot { any(0)? } else { any(chance.below(accounts.len()))? };
    let mut to = any(chance.below(accounts.len()))?;
    if to == from {
        to = any(usize::from(from == any(0)?))?;
    }
    let id = TransferId::from_uuid(services.env.new_uuid());
    let event = Event { fresh: true, ..Event::transfer(id, from, to, 1, Currency::EUR) };
    let ledger = services.ledger.clone();
    services.db.housekeeping(move |tx| ledger.post(tx, std::slice::from_ref(&event)).map(|_| ())).await
}
