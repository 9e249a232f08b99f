//! What the queue, the outbox and schedules promise, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use florin_db::testing::{self, TestDatabase};
use florin_db::{Db, DbError};
use florin_jobs::{
    Handler, JobError, Late, MIGRATIONS, Schedule, Workers, dead, enqueue, enqueue_once, late, outbox, revive,
};
use florin_kernel::{Env, ManualClock, Timestamp, Uuid};
use tokio::sync::Notify;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;

#[derive(Default)]
struct Greeter {
    greeted: Mutex<Vec<String>>,
    failures: AtomicU32,
}

impl Handler for Greeter {
    fn kind(&self) -> &'static str {
        "greet"
    }

    fn run<'a>(&'a self, payload: &'a str) -> Answer<'a> {
        Box::pin(async move {
            if self.failures.load(Ordering::SeqCst) > 0 {
                self.failures.fetch_sub(1, Ordering::SeqCst);
                return Err(JobError::Retry("not yet".to_owned()));
            }
            self.greeted.lock().unwrap().push(payload.to_owned());
            Ok(())
        })
    }
}

fn open_all() -> Vec<(TestDatabase, Db, Arc<ManualClock>)> {
    let databases = testing::databases().unwrap();
    databases
        .into_iter()
        .map(|database| {
            let (env, clock) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
            let db = database.open(&[MIGRATIONS], env).unwrap();
            (database, db, clock)
        })
        .collect()
}

fn workers(db: &Db, greeter: &Arc<Greeter>, schedules: Vec<Schedule>) -> Workers {
    Workers::new(db.clone(), vec![greeter.clone()], schedules, Arc::new(Notify::new()))
}

#[tokio::test]
async fn a_job_runs_once_and_only_if_its_unit_was_committed() {
    for (_keep, db, _) in open_all() {
        let greeter = Arc::new(Greeter::default());
        let now = db.env().now();
        db.housekeeping(move |tx| enqueue(tx, "greet", "ann", now)).await.unwrap();
        let undone: Result<(), DbError> = db
            .housekeeping(move |tx| {
                enqueue(tx, "greet", "bob", now)?;
                Err(DbError::Other("undone".to_owned()))
            })
            .await;

        assert!(undone.is_err());
        assert_eq!(workers(&db, &greeter, vec![]).run_due().await.unwrap(), 1);
        assert_eq!(workers(&db, &greeter, vec![]).run_due().await.unwrap(), 0);
        assert_eq!(*greeter.greeted.lock().unwrap(), ["ann"]);
    }
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_later_and_one_that_cannot_be_done_is_dead() {
    for (_keep, db, clock) in open_all() {
        let greeter = Arc::new(Greeter::default());
        greeter.failures.store(2, Ordering::SeqCst);
        let now = db.env().now();
        db.housekeeping(move |tx| {
            enqueue(tx, "greet", "ann", now).and_then(|()| enqueue(tx, "unknown", "", now))
        })
        .await
        .unwrap();
        let workers = workers(&db, &greeter, vec![]);

        workers.run_due().await.unwrap();
        assert_eq!(workers.run_due().await.unwrap(), 0, "it waits before the second try");
        clock.advance_seconds(10);
        workers.run_due().await.unwrap();
        clock.advance_seconds(10);
        workers.run_due().await.unwrap();

        assert_eq!(*greeter.greeted.lock().unwrap(), ["ann"]);
        let found = db.read(dead).await.unwrap();
        assert_eq!((found.len(), found[0].kind.as_str()), (1, "unknown"));
        let (seq, now) = (found[0].seq, db.env().now());
        assert_eq!(
            db.housekeeping(move |tx| revive(tx, seq, now)).await.unwrap().as_deref(),
            Some("unknown")
        );
        assert!(db.housekeeping(move |tx| revive(tx, seq, now)).await.unwrap().is_none(), "it lives");
    }
}

#[tokio::test]
async fn a_job_whose_worker_died_is_done_by_another() {
    for (_keep, db, clock) in open_all() {
        let greeter = Arc::new(Greeter::default());
        let now = db.env().now();
        db.housekeeping(move |tx| {
            enqueue(tx, "greet", "ann", now)?;
            // As a worker leaves it that claimed the job and was killed.
            tx.execute(
                "UPDATE job SET state = 'running', run_at_us = run_at_us + 120000000, attempts = 1",
                &[],
            )
        })
        .await
        .unwrap();
        let workers = workers(&db, &greeter, vec![]);

        assert_eq!(workers.run_due().await.unwrap(), 0);
        clock.advance_seconds(121);
        assert_eq!(workers.run_due().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn jobs_that_nobody_does_are_counted_and_those_to_come_are_not() {
    for (_keep, db, clock) in open_all() {
        let now = db.env().now();
        let tomorrow = Timestamp::from_second(now.as_second() + 86_400).unwrap();
        db.housekeeping(move |tx| {
            enqueue(tx, "greet", "left", now)?;
            tx.execute("UPDATE job SET state = 'running'", &[])?;
            enqueue(tx, "greet", "ann", now)?;
            enqueue(tx, "greet", "bob", tomorrow)
        })
        .await
        .unwrap();

        let in_time = db.read(move |reader| late(reader, now)).await.unwrap();
        clock.advance_seconds(60);
        let now = db.env().now();
        let found = db.read(move |reader| late(reader, now)).await.unwrap();

        assert_eq!(in_time, Late::default());
        assert_eq!(found, Late { waiting: 1, running: 1 });
    }
}

#[tokio::test]
async fn an_occurrence_happens_once_however_many_look() {
    for (_keep, db, clock) in open_all() {
        let greeter = Arc::new(Greeter::default());
        let hourly = Schedule::try_new("greet", "0 * * * *", "Europe/Vienna").unwrap();
        let (one, two) = (workers(&db, &greeter, vec![hourly.clone()]), workers(&db, &greeter, vec![hourly]));

        one.run_due().await.unwrap();
        assert_eq!(greeter.greeted.lock().unwrap().len(), 0, "its first hour has not struck");
        clock.advance_seconds(3_600);
        let (a, b) = tokio::join!(one.run_due(), two.run_due());

        assert_eq!(a.unwrap() + b.unwrap(), 1);
        let now = db.env().now();
        let again = db.housekeeping(move |tx| {
            enqueue_once(tx, "greet", "", "key", now).and_then(|_| enqueue_once(tx, "greet", "", "key", now))
        });
        assert!(!again.await.unwrap());
    }
}

#[test]
fn a_schedule_keeps_its_hour_through_a_change_of_the_clocks() {
    let daily = Schedule::try_new("daily", "30 8 * * *", "America/New_York").unwrap();
    let before: Timestamp = "2026-03-07T13:30:00Z".parse().unwrap();

    let next = daily.next_after(before).unwrap();

    assert_eq!(next, "2026-03-08T12:30:00Z".parse().unwrap(), "08:30 in New York, an hour earlier in UTC");
    assert!(Schedule::try_new("bad", "every day", "UTC").is_err());
    assert!(Schedule::try_new("bad", "0 0 * * *", "Mars/Olympus").is_err());
}

#[tokio::test]
async fn readers_of_the_outbox_see_every_event_in_order() {
    for (_keep, db, _) in open_all() {
        for n in 0..5_u128 {
            db.housekeeping(move |tx| outbox::publish(tx, "thing.made", Uuid::from_u128(n), 7))
                .await
                .unwrap();
        }

        let first = db.read(|r| outbox::read_after(r, outbox::Cursor::default(), 3)).await.unwrap();
        let cursor = first.last().unwrap().cursor;
        let rest = db.read(move |r| outbox::read_after(r, cursor, 10)).await.unwrap();

        let subjects: Vec<u128> = first.iter().chain(&rest).map(|event| event.subject.as_u128()).collect();
        assert_eq!(subjects, [0, 1, 2, 3, 4]);
    }
}
