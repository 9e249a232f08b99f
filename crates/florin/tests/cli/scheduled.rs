//! Scheduled payments under fire: the program is killed at random while they are made, and each is made once.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use florin_app::Services;
use florin_app::config::{Config, Loaded, Sources};
use florin_db::idempotency::Frozen;
use florin_db::{Access, Db, DbError, params};
use florin_identity::{NewPerson, Password};
use florin_kernel::{
    AccountId, Action, Actor, Currency, Env, Money, Resource, Role, Timestamp, TransferId, UserId,
};
use florin_ledger::rules::{Event, Overdraft};
use florin_ledger::{NewAccount, chart};
use florin_payments::checks::CardForm;
use florin_payments::{
    Asked, From, NewMethod, NewSchedule, Notices, Retries, ScheduleDetail, WhenForm, Whom,
};
use florin_testkit::Database;

use super::support::{Served, command, run};

/// How many payments are due at once; `FLORIN_TEST_SCHEDULED=10000` asks for more than the default, which is for builds
/// without optimisation.
fn wanted() -> usize {
    std::env::var("FLORIN_TEST_SCHEDULED").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000)
}

/// Of so many schedules one is paid by card.
const CARD_EVERY: usize = 25;
/// How many schedules one customer has at most.
const EACH: usize = 250;
/// What each payment moves, in cents.
const CENTS: i64 = 7;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_mins(3);

struct Instance {
    directory: tempfile::TempDir,
    url: String,
}

impl Instance {
    fn environment(&self) -> Vec<(&str, &str)> {
        // Hundreds of payments of one customer in a second would be held for review.
        vec![
            ("DATABASE_URL", self.url.as_str()),
            ("FLORIN_LOG__FILTER", "warn"),
            ("FLORIN_RISK__MODE", "shadow"),
        ]
    }

    fn config(&self) -> Config {
        let data = self.directory.path().display().to_string();
        let mut flags = vec![("instance.data", data), ("risk.mode", "shadow".to_owned())];
        if !self.url.is_empty() {
            flags.push(("database.url", self.url.clone()));
        }
        Loaded::read(&Sources { flags, ..Sources::default() }).unwrap().config
    }

    fn data(&self) -> &Path {
        self.directory.path()
    }

    /// The database beside whoever serves it.
    fn database(&self) -> Db {
        Services::open_database(&self.config(), Access::Command, Env::system()).unwrap()
    }
}

struct Customer {
    actor: Actor,
    user: UserId,
    account: AccountId,
}

async fn customer(services: &Services, n: usize) -> Customer {
    let person = NewPerson {
        email: format!("payer-{n}@example.org").parse().unwrap(),
        full_name: "Ada Example".parse().unwrap(),
        phone: None,
        password: Password::try_new("velvet tundra orbit lantern").unwrap(),
    };
    let operator = Actor::system("test");
    let user = services.identity.create_staff(&operator, person, &[Role::Customer]).await.unwrap();
    let account = AccountId::from_uuid(services.env.new_uuid());
    let (ledger, identity) = (services.ledger.clone(), Arc::clone(&services.identity));
    let funding = TransferId::from_uuid(services.env.new_uuid());
    let permit = operator.permit(Action::OpenAccount, Resource::kind("account")).unwrap();
    let actor = services
        .db
        .write(permit, move |tx| {
            let new = NewAccount {
                id: account,
                owner: Some(user),
                kind: "checking",
                name: "Checking".to_owned(),
                currency: Currency::EUR,
                code: chart::CHECKING,
                overdraft: Overdraft::None,
                ceiling: None,
            };
            ledger.open_account(tx, &new)?;
            let cash = ledger.ensure_internal(tx, chart::CASH, Currency::EUR)?;
            let event = Event::transfer(funding, cash, account, 10_000_000, Currency::EUR);
            assert!(ledger.post(tx, &[event])?.iter().all(|outcome| outcome.code.is_success()));
            florin_jobs::outbox::publish(tx, "deposit.created", funding.uuid(), 0)?;
            let standing = identity.standing_of(tx, user)?.unwrap();
            Ok::<_, DbError>(identity.absent(user, &standing))
        })
        .await
        .unwrap();
    Customer { actor, user, account }
}

fn new_schedule(from: From, to: AccountId, day: &str) -> NewSchedule {
    NewSchedule {
        from,
        whom: Whom::Account(to),
        amount: Some(Asked::Money(Money::new(CENTS, Currency::EUR))),
        amount_kind: None,
        description: None,
        when: WhenForm {
            rhythm: "once".to_owned(),
            first_on: day.to_owned(),
            at: None,
            zone: "UTC".to_owned(),
            calendar: None,
            convention: None,
            end_after: None,
            end_on: None,
        },
        retries: Retries { times: 0, hours: 1 },
        notices: Notices { days_before: None, when_made: false },
    }
}

/// Schedules so many payments three days ago that fell due the day before yesterday; says how many are paid by card.
async fn prepare(instance: &Instance, wanted: usize) -> usize {
    let now = Env::system().now().as_second();
    let (env, _) = Env::manual(Timestamp::from_second(now - 3 * 86_400).unwrap());
    let day = Timestamp::from_second(now - 2 * 86_400).unwrap().strftime("%Y-%m-%d").to_string();
    let services = Services::open(instance.config(), Access::Serve, env).await.unwrap();
    let hub = customer(&services, 0).await;
    let (mut made, mut cards, mut payer, mut card) = (0, 0, None, None);
    while made < wanted {
        if made % EACH == 0 {
            let next = customer(&services, made + 1).await;
            let form = CardForm {
                number: "4242424242424242".to_owned().into(),
                month: 12,
                year: i64::from(Env::system().now().to_zoned(jiff::tz::TimeZone::UTC).year()) + 3,
                holder: "Ada Example".to_owned(),
            };
            let saved = services.payment_methods.save(&next.actor, NewMethod::Card(form)).await.unwrap();
            (payer, card) = (Some(next), Some(saved.id));
        }
        let from = payer.as_ref().unwrap();
        let mut waiting = tokio::task::JoinSet::new();
        for n in made..wanted.min(made + 50) {
            let by_card = n % CARD_EVERY == 0;
            cards += usize::from(by_card);
            let (source, to) = if by_card {
                (From::Method(card.unwrap()), from.account)
            } else {
                (From::Account(from.account), hub.account)
            };
            let new = new_schedule(source, to, &day);
            let (scheduled, actor) = (services.scheduled.clone(), from.actor.clone());
            let render = Arc::new(|_: &ScheduleDetail| Frozen { status: 201, body: Vec::new() });
            waiting.spawn(async move { scheduled.create(&actor, None, new, render).await });
        }
        while let Some(answer) = waiting.join_next().await {
            answer.unwrap().unwrap();
            made += 1;
        }
    }
    assert_ne!(hub.user, payer.unwrap().user);
    let db = services.db.clone();
    drop(services);
    tokio::task::spawn_blocking(move || db.close()).await.unwrap();
    cards
}

async fn count(db: &Db, sql: &'static str) -> i64 {
    db.read(move |r| r.row(sql, &params![])?.map_or(Ok(0), |row| row.get(0)))
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"))
}

const RUNS: &str = "SELECT COUNT(*) FROM scheduled_payment_run";
const OPEN: &str = "SELECT (SELECT COUNT(*) FROM scheduled_payment WHERE state = 'active')
    + (SELECT COUNT(*) FROM payment_order WHERE status IN ('pending', 'processing', 'unknown'))";

/// Starts the program again and again, on PostgreSQL twice at once, and kills it soon after; says how often it was killed
/// in the middle of its work.
async fn kill_at_random(instance: &Instance, wanted: usize) -> usize {
    // Ten kills or so, however many payments there are.
    let longest = u64::try_from(wanted / 4).unwrap().max(400);
    let servers = if instance.url.is_empty() { 1 } else { 2 };
    let begun = Instant::now();
    let (mut midway, mut wait) = (0, 1_u64);
    loop {
        let running: Vec<Served> =
            (0..servers).map(|_| Served::start_with(instance.data(), &instance.environment())).collect();
        // Anything from a moment to most of a second, by the nanoseconds of the clock.
        wait = wait
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(u64::from(begun.elapsed().subsec_nanos()));
        std::thread::sleep(Duration::from_millis(wait % longest));
        running.into_iter().for_each(Served::kill);
        let db = instance.database();
        let (runs, open) = (count(&db, RUNS).await, count(&db, OPEN).await);
        midway += usize::from(open > 0 && runs > 0);
        if runs == i64::try_from(wanted).unwrap() || begun.elapsed() > PATIENCE {
            return midway;
        }
    }
}

/// Lets it finish what is left.
async fn finish(instance: &Instance) {
    let db = instance.database();
    // Whoever held a job is dead, which others believe after two minutes: as if they had gone by.
    let passed = db.housekeeping(|tx| {
        let now = Env::system().now();
        tx.execute("UPDATE job SET run_at_us = $1 WHERE state = 'running'", &params![now])
    });
    passed.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    let (server, begun) = (Served::start_with(instance.data(), &instance.environment()), Instant::now());
    while count(&db, OPEN).await > 0 && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(db);
    assert_eq!(server.stop().0, 0);
}

async fn each_is_made_once(url: String) {
    let instance = Instance { directory: tempfile::tempdir().unwrap(), url };
    let wanted = wanted();
    let cards = prepare(&instance, wanted).await;

    let midway = kill_at_random(&instance, wanted).await;
    finish(&instance).await;

    let db = instance.database();
    let number = |n: usize| i64::try_from(n).unwrap();
    let by_account = number(wanted - cards);
    for (sql, expected) in [
        (OPEN, 0),
        ("SELECT COUNT(*) FROM scheduled_payment_run WHERE state = 'made' AND attempts = 1", number(wanted)),
        ("SELECT COUNT(DISTINCT payment_id) FROM scheduled_payment_run", number(wanted)),
        ("SELECT COUNT(*) FROM payment_order WHERE status = 'completed'", number(wanted)),
        ("SELECT COUNT(*) FROM payment_order", number(wanted)),
        ("SELECT COUNT(*) FROM payment_simulation", number(cards)),
        ("SELECT COUNT(*) FROM payment_order_leg WHERE step = 'move' AND role = 'principal'", by_account),
        ("SELECT COUNT(*) FROM payment_order_leg WHERE step = 'post' AND role = 'principal'", number(cards)),
        (
            "SELECT COUNT(*) FROM audit_record WHERE operator = 'scheduler' AND resource_kind = 'payment' AND user_id IS NOT NULL",
            number(wanted),
        ),
        (
            "SELECT COUNT(*) FROM ledger_transfer WHERE amount = 7 AND debit_no IN (SELECT no FROM ledger_account WHERE owner IS NOT NULL)",
            by_account,
        ),
    ] {
        assert_eq!(count(&db, sql).await, expected, "{sql}");
    }
    drop(db);
    let mut verify = command(&["ledger", "verify"]);
    verify.envs(instance.environment()).arg("--data").arg(instance.data());
    let verified = run(&mut verify);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(midway > 0, "it was never killed while payments were made");
}

#[tokio::test]
async fn killed_at_random_the_program_makes_each_scheduled_payment_once_on_sqlite() {
    each_is_made_once(String::new()).await;
}

#[tokio::test]
async fn killed_at_random_two_programs_make_each_scheduled_payment_once_on_postgres() {
    let Some(Database::Postgres(url)) = Database::postgres() else { return };
    each_is_made_once(url).await;
}
