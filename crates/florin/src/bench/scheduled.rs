//! How many scheduled payments are made in a second, when all of them fall due at once; without HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use florin_app::Services;
use florin_db::DbError;
use florin_db::idempotency::Frozen;
use florin_kernel::{AccountId, Action, Actor, Currency, Env, Money, Resource, Timestamp, UserId};
use florin_payments::{Asked, From as Giver, NewSchedule, Notices, Retries, ScheduleDetail, WhenForm, Whom};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use super::prepare::{Bank, fill};
use super::scenarios::Options;
use super::verdict::{Acknowledged, judge};
use super::{Group, Measured, Report, Row};
use crate::{Exit, Failure};

/// How many schedules one customer may have.
const EACH: usize = 500;
/// How many are set up at once.
const AT_ONCE: usize = 64;
const DAY_SECONDS: i64 = 86_400;

/// Schedules one payment from each account, 500 a customer at most, lets all fall due, and measures how long they take.
pub(super) async fn measure(options: &Options, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    let bank = fill(options, directory).await?;
    let wanted = Box::pin(schedule(&bank)).await?;
    let services = bank.open().await?;
    let (own, before) = (Group::own(), Group::own().cpu_us());
    let started = Instant::now();
    let made = services.scheduled.run_due().await.map_err(|error| failed(&error.to_string()))?;
    let elapsed = started.elapsed();
    let used = own.cpu_us().zip(before).map(|(after, before)| after.saturating_sub(before));
    let done = count(&services).await?;
    Bank::close(&services);
    if made != wanted || usize::try_from(done).unwrap_or(0) != wanted {
        return Err(failed(&format!("{wanted} payments were due, {made} worked off and {done} made")));
    }
    let mut latencies = Histogram::new(3).map_err(|error| failed(&error.to_string()))?;
    let each = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX).checked_div(made.max(1) as u64);
    for _ in 0..made {
        latencies.record(each.unwrap_or(1).max(1)).map_err(|error| failed(&error.to_string()))?;
    }
    let measured = Measured {
        elapsed,
        statuses: std::collections::BTreeMap::new(),
        latencies,
        wrong: 0,
        errors: 0,
        examples: Vec::new(),
        cpu_us: vec![("server".to_owned(), used)],
    };
    report.rows.push(Row { name: "scheduled".to_owned(), connections: 1, items: 1, measured });
    judge(bank, Acknowledged::default()).await
}

/// Sets them up as if it were three days ago, for the day before yesterday; says how many there are.
async fn schedule(bank: &Bank) -> Result<usize, Failure> {
    let now = Env::system().now().as_second();
    let past = |days: i64| Timestamp::from_second(now.saturating_sub(days.saturating_mul(DAY_SECONDS)));
    let outside = |error: jiff::Error| failed(&error.to_string());
    let (env, _) = Env::manual(past(3).map_err(outside)?);
    let day = past(2).map_err(outside)?.strftime("%Y-%m-%d").to_string();
    let services = bank.open_in(env).await?;
    tell!("scheduling payments…");
    let owners = owners(&services, bank.accounts()).await?;
    let hub = owners.first().and_then(|(_, accounts)| accounts.first()).copied();
    let hub = hub.ok_or_else(|| failed("there are no accounts"))?;
    let mut wanted = 0_usize;
    for (owner, accounts) in owners {
        let payer = payer(&services, owner).await?;
        let accounts: Vec<AccountId> =
            accounts.into_iter().filter(|account| *account != hub).take(EACH).collect();
        for some in accounts.chunks(AT_ONCE) {
            let mut waiting = JoinSet::new();
            for account in some.iter().copied() {
                let (scheduled, payer, day) = (services.scheduled.clone(), payer.clone(), day.clone());
                waiting.spawn(async move {
                    let render = Arc::new(|_: &ScheduleDetail| Frozen { status: 201, body: Vec::new() });
                    scheduled.create(&payer, None, once(account, hub, day), render).await
                });
            }
            while let Some(answer) = waiting.join_next().await {
                answer
                    .map_err(|error| failed(&error.to_string()))?
                    .map_err(|error| failed(&error.to_string()))?;
                wanted = wanted.saturating_add(1);
            }
        }
    }
    Bank::close(&services);
    Ok(wanted)
}

fn once(from: AccountId, to: AccountId, day: String) -> NewSchedule {
    NewSchedule {
        from: Giver::Account(from),
        whom: Whom::Account(to),
        amount: Some(Asked::Money(Money::new(1, Currency::EUR))),
        amount_kind: None,
        description: None,
        when: WhenForm {
            rhythm: "once".to_owned(),
            first_on: day,
            at: None,
            zone: "UTC".to_owned(),
            calendar: None,
            convention: None,
            end_after: None,
            end_on: None,
        },
        retries: Retries::default(),
        notices: Notices { days_before: None, when_made: false },
    }
}

/// The accounts by their owners.
async fn owners(
    services: &Services,
    accounts: Vec<AccountId>,
) -> Result<Vec<(UserId, Vec<AccountId>)>, Failure> {
    let ledger = services.ledger.clone();
    let found: Result<_, DbError> = services
        .db
        .read(move |r| {
            let mut owners: Vec<(UserId, Vec<AccountId>)> = Vec::new();
            for account in accounts {
                let Some(owner) = ledger.account(r, account)?.and_then(|view| view.owner) else { continue };
                match owners.iter_mut().find(|(known, _)| *known == owner) {
                    Some((_, theirs)) => theirs.push(account),
                    None => owners.push((owner, vec![account])),
                }
            }
            Ok(owners)
        })
        .await;
    found.map_err(|error| failed(&error.to_string()))
}

async fn payer(services: &Services, user: UserId) -> Result<Actor, Failure> {
    let identity = Arc::clone(&services.identity);
    let permit = Actor::system("bench").permit(Action::Operate, Resource::kind("user"));
    let permit = permit.map_err(|error| failed(&error.to_string()))?;
    let found: Result<_, DbError> = services
        .db
        .write(permit, move |tx| {
            Ok(identity.standing_of(tx, user)?.map(|standing| identity.absent(user, &standing)))
        })
        .await;
    found.map_err(|error| failed(&error.to_string()))?.ok_or_else(|| failed("a customer is gone"))
}

async fn count(services: &Services) -> Result<i64, Failure> {
    const MADE: &str = "SELECT COUNT(*) FROM scheduled_payment_run WHERE state = 'made'";
    let found: Result<i64, DbError> =
        services.db.read(|r| r.row(MADE, &[])?.map_or(Ok(0), |row| row.get(0))).await;
    found.map_err(|error| failed(&error.to_string()))
}

fn failed(why: &str) -> Failure {
    Failure::new(Exit::Failed, why)
}
