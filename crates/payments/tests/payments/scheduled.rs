//! Scheduled payments: of loans, missed, and broken; made by two at once.

use std::sync::Arc;

use florin_db::idempotency::Frozen;
use florin_db::{DbError, Tx, params};
use florin_kernel::{LoanId, ScheduledPaymentId, UserId};
use florin_payments::{
    Asked, Fees, From, Missed, NewSchedule, Notices, Payers, Retries, RunState, ScheduleDetail, ScheduleNews,
    ScheduleState, Scheduled, What, WhenForm, Whom,
};
use parking_lot::Mutex;

use super::world::{World, euros, worlds};

/// Lets everybody pay, and keeps what they are told.
#[derive(Default)]
struct Everybody {
    told: Mutex<Vec<String>>,
}

impl Payers for Everybody {
    fn may_pay(&self, _: &mut Tx<'_>, _: UserId) -> Result<Result<(), &'static str>, DbError> {
        Ok(Ok(()))
    }

    fn tell(&self, _: &mut Tx<'_>, _: UserId, news: &ScheduleNews<'_>) -> Result<(), DbError> {
        let what = match news.what {
            What::Upcoming => "upcoming".to_owned(),
            What::Made => "made".to_owned(),
            What::Delayed(reason, _) => format!("delayed {reason}"),
            What::Failed(reason) => format!("failed {reason}"),
            What::Paused(reason) => format!("paused {reason}"),
        };
        self.told.lock().push(what);
        Ok(())
    }
}

struct Desk {
    scheduled: Scheduled,
    everybody: Arc<Everybody>,
}

impl Desk {
    fn of(world: &World, missed: Missed) -> Self {
        let everybody = Arc::new(Everybody::default());
        Self { scheduled: Scheduled::new(world.payments.clone(), everybody.clone(), missed), everybody }
    }

    /// A payment each day at noon, from tomorrow on.
    async fn daily(&self, world: &World, whom: Whom, kind: &str, minor: Option<i64>) -> ScheduledPaymentId {
        let new = NewSchedule {
            from: From::Account(world.account),
            whom,
            amount: minor.map(|minor| Asked::Money(euros(minor))),
            amount_kind: Some(kind.to_owned()),
            description: None,
            when: WhenForm {
                rhythm: "daily".to_owned(),
                first_on: "2026-11-22".to_owned(),
                at: Some("12:00".to_owned()),
                zone: "UTC".to_owned(),
                calendar: None,
                convention: None,
                end_after: None,
                end_on: None,
            },
            retries: Retries { times: 0, hours: 1 },
            notices: Notices { days_before: None, when_made: true },
        };
        let made = Arc::new(Mutex::new(None));
        let keeping = Arc::clone(&made);
        let render = Arc::new(move |detail: &ScheduleDetail| {
            *keeping.lock() = Some(detail.schedule.id);
            Frozen { status: 201, body: Vec::new() }
        });
        self.scheduled.create(&world.ada, None, new, render).await.unwrap();
        let id = *made.lock();
        id.unwrap()
    }

    async fn pass_days(&self, world: &World, days: i64) {
        world.clock.advance_seconds(days * 86_400);
        self.scheduled.run_due().await.unwrap();
    }

    async fn runs(&self, world: &World, id: ScheduledPaymentId) -> Vec<(RunState, Option<String>)> {
        let detail = self.scheduled.find(&world.ada, id).await.unwrap();
        detail.runs.into_iter().map(|run| (run.state, run.reason)).collect()
    }
}

async fn owed(world: &World, loan: LoanId) -> i64 {
    let found = world.db.read(move |r| {
        let row = r.row("SELECT owed FROM test_loan WHERE id = $1", &params![loan.uuid()])?;
        row.map_or(Ok(0), |row| row.get::<i64>(0))
    });
    found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_loan_is_paid_by_instalments_and_then_off_and_then_nothing_is_due() {
    for world in worlds(Fees::default(), None).await {
        let desk = Desk::of(&world, Missed::Make);
        let loan = world.loan(4_000).await;
        let instalments = desk.daily(&world, Whom::Loan(loan, false), "instalment_due", None).await;
        desk.pass_days(&world, 1).await;
        assert_eq!((owed(&world, loan).await, world.balance().await), (3_000, 9_000));

        let payoff = desk.daily_from(&world, loan).await;
        desk.pass_days(&world, 2).await;
        desk.pass_days(&world, 1).await;

        assert_eq!(owed(&world, loan).await, 0, "{:?}", desk.runs(&world, payoff).await);
        assert_eq!(world.balance().await, 6_000);
        let last = desk.runs(&world, payoff).await;
        assert_eq!(last[0], (RunState::Skipped, Some("nothing_due".to_owned())));
        assert!(desk.runs(&world, instalments).await.len() >= 3);
        world.finish().await;
    }
}

impl Desk {
    async fn daily_from(&self, world: &World, loan: LoanId) -> ScheduledPaymentId {
        let today = world.db.env().now().strftime("%Y-%m-%d").to_string();
        assert_eq!(today, "2026-11-22");
        let new = NewSchedule {
            from: From::Account(world.account),
            whom: Whom::Loan(loan, false),
            amount: None,
            amount_kind: Some("payoff".to_owned()),
            description: None,
            when: WhenForm {
                rhythm: "daily".to_owned(),
                first_on: "2026-11-23".to_owned(),
                at: Some("12:00".to_owned()),
                zone: "UTC".to_owned(),
                calendar: None,
                convention: None,
                end_after: None,
                end_on: None,
            },
            retries: Retries::default(),
            notices: Notices { days_before: None, when_made: false },
        };
        let render = Arc::new(|detail: &ScheduleDetail| Frozen {
            status: 201,
            body: detail.schedule.id.to_string().into_bytes(),
        });
        let answer = self.scheduled.create(&world.ada, None, new, render).await.unwrap();
        let florin_db::idempotency::Answer::Now(frozen) = answer else { panic!("{answer:?}") };
        String::from_utf8(frozen.body).unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_loan_whose_charge_cannot_be_paid_is_not_paid_and_others_are() {
    for world in worlds(Fees { internal: "0.50".parse().unwrap(), ..Fees::default() }, None).await {
        let desk = Desk::of(&world, Missed::Make);
        let loan = world.loan(20_000).await;
        // All that is on the account: nothing is left for the charge.
        let whole = desk.daily(&world, Whom::Loan(loan, false), "fixed", Some(10_000)).await;
        let other = desk.daily(&world, Whom::Loan(loan, false), "fixed", Some(100)).await;

        desk.pass_days(&world, 1).await;

        assert_eq!(
            desk.runs(&world, whole).await,
            [(RunState::Failed, Some("insufficient_funds".to_owned()))]
        );
        assert_eq!(desk.runs(&world, other).await, [(RunState::Made, None)]);
        assert_eq!((owed(&world, loan).await, world.balance().await), (19_900, 9_850));
        let mut told = desk.everybody.told.lock().clone();
        told.sort();
        assert_eq!(told, ["failed insufficient_funds", "made"]);
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_late_is_left_out_where_that_is_wanted() {
    for world in worlds(Fees::default(), None).await {
        let desk = Desk::of(&world, Missed::SkipAfterDays(2));
        let to = Whom::Account(world.account_of_bens().await);
        let id = desk.daily(&world, to, "fixed", Some(100)).await;

        desk.pass_days(&world, 5).await;

        let missed = || (RunState::Skipped, Some("missed".to_owned()));
        let made = || (RunState::Made, None);
        assert_eq!(desk.runs(&world, id).await, [made(), made(), missed(), missed(), missed()]);
        assert_eq!(world.balance().await, 9_800);
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_cannot_be_read_is_set_aside_and_in_nobodys_way() {
    for world in worlds(Fees::default(), None).await {
        let desk = Desk::of(&world, Missed::Make);
        let to = Whom::Account(world.account_of_bens().await);
        let broken = desk.daily(&world, to, "fixed", Some(100)).await;
        let mut good = Vec::new();
        for _ in 0..4 {
            good.push(desk.daily(&world, to, "fixed", Some(100)).await);
        }
        world
            .write(move |tx| {
                tx.execute(
                    "UPDATE scheduled_payment SET rhythm = 'whenever' WHERE id = $1",
                    &params![broken.uuid()],
                )
            })
            .await;

        desk.pass_days(&world, 1).await;

        for id in good {
            assert_eq!(desk.runs(&world, id).await, [(RunState::Made, None)]);
        }
        assert_eq!(world.balance().await, 9_600);
        let aside = "SELECT COUNT(*) FROM scheduled_payment WHERE rhythm = 'whenever' AND state = 'active'";
        assert_eq!(world.count(aside).await, 1);
        world
            .write(move |tx| {
                tx.execute(
                    "UPDATE scheduled_payment SET rhythm = 'daily' WHERE id = $1",
                    &params![broken.uuid()],
                )
            })
            .await;
        assert_eq!(desk.scheduled.run_due().await.unwrap(), 0, "it is left alone for a while");
        world.clock.advance_seconds(16 * 60);
        desk.scheduled.run_due().await.unwrap();
        assert_eq!(desk.runs(&world, broken).await, [(RunState::Made, None)]);
        let detail = desk.scheduled.find(&world.ada, broken).await.unwrap();
        assert_eq!(detail.schedule.state, ScheduleState::Active);
        world.finish().await;
    }
}
