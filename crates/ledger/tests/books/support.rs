//! A small bank to test with: two engines, a clock that stands still, accounts in euros.

use std::sync::Arc;

use florin_db::idempotency::{Frozen, IdempotencyKey};
use florin_db::testing::{self, TestDatabase};
use florin_db::{Db, DbError};
use florin_jobs::outbox;
use florin_kernel::{AccountId, Action, Actor, Currency, Env, ManualClock, Resource, Timestamp, TransferId};
use florin_ledger::rules::{Code, Event, HoldState, Overdraft};
use florin_ledger::{Control, ControlRefused, Entry, Ledger, MIGRATIONS, NewAccount, Posted, Posting, chart};
use jiff::tz::TimeZone;

#[derive(Clone)]
pub struct World {
    pub db: Db,
    pub ledger: Ledger,
    pub clock: Arc<ManualClock>,
    pub start: Timestamp,
    env: Env,
    database: Arc<TestDatabase>,
}

pub fn worlds() -> Vec<World> {
    let start = Timestamp::from_second(1_790_000_000).unwrap();
    let databases = testing::databases().unwrap();
    databases.into_iter().map(|database| World::open(Arc::new(database), Env::manual(start), start)).collect()
}

impl World {
    fn open(database: Arc<TestDatabase>, (env, clock): (Env, Arc<ManualClock>), start: Timestamp) -> Self {
        let db = database.open(&[florin_jobs::MIGRATIONS, MIGRATIONS], env.clone()).unwrap();
        let ledger = Ledger::start(&db, TimeZone::UTC).unwrap();
        Self { db, ledger, clock, start, env, database }
    }

    /// The same database after the program ended and began again.
    pub fn reopen(self) -> Self {
        let Self { db, ledger, clock, start, env, database } = self;
        db.close();
        drop((db, ledger));
        Self::open(database, (env, clock), start)
    }

    /// Another process on the same database.
    pub fn second(&self) -> Self {
        Self::open(self.database.clone(), (self.env.clone(), self.clock.clone()), self.start)
    }

    pub fn id(&self) -> TransferId {
        TransferId::from_uuid(self.db.env().new_uuid())
    }

    pub fn event(&self, from: AccountId, to: AccountId, amount: i64) -> Event {
        Event { fresh: true, ..Event::transfer(self.id(), from, to, amount, Currency::EUR) }
    }

    /// Customers' accounts with money paid in.
    pub async fn funded<const N: usize>(&self, amounts: [i64; N]) -> [AccountId; N] {
        let ids = amounts.map(|_| AccountId::from_uuid(self.db.env().new_uuid()));
        let permit = Actor::system("test").permit(Action::OpenAccount, Resource::kind("account")).unwrap();
        let ledger = self.ledger.clone();
        let cash = self
            .db
            .write(permit, move |tx| {
                for id in ids {
                    let new = NewAccount {
                        id,
                        owner: None,
                        kind: "checking",
                        name: "Checking".to_owned(),
                        currency: Currency::EUR,
                        code: chart::CHECKING,
                        overdraft: Overdraft::None,
                        ceiling: None,
                    };
                    ledger.open_account(tx, &new)?;
                }
                ledger.ensure_internal(tx, chart::CASH, Currency::EUR)
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        for (id, amount) in ids.into_iter().zip(amounts).filter(|(_, amount)| *amount > 0) {
            assert_eq!(self.transfer(cash, id, amount).await, Code::Created);
        }
        ids
    }

    /// The institution's own account.
    pub async fn internal(&self, code: u16, currency: Currency) -> AccountId {
        let permit = Actor::system("test").permit(Action::OpenAccount, Resource::kind("account")).unwrap();
        let ledger = self.ledger.clone();
        let opened = self.db.write(permit, move |tx| ledger.ensure_internal(tx, code, currency)).await;
        opened.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub async fn submit(&self, key: Option<IdempotencyKey>, events: Vec<Event>) -> Result<Posted, DbError> {
        let record =
            Box::new(|outcomes: &[florin_ledger::rules::Outcome], evidence: &mut florin_ledger::Evidence| {
                let ids =
                    outcomes.iter().map(|outcome| outcome.transfer.as_ref().map(|transfer| transfer.id));
                tell(outcomes, evidence);
                let body = format!(
                    "{:?} {:?}",
                    outcomes.iter().map(|outcome| outcome.code).collect::<Vec<_>>(),
                    ids.collect::<Vec<_>>()
                );
                evidence.answer = Frozen {
                    status: outcomes.first().map_or(200, |outcome| outcome.code.status()),
                    body: body.into_bytes(),
                };
            });
        self.ledger.submit(Posting { events, key, record }).await
    }

    /// Posts one event and gives its outcome.
    pub async fn post(&self, event: Event) -> Code {
        let (sender, mut codes) = tokio::sync::mpsc::unbounded_channel();
        let record = Box::new(
            move |outcomes: &[florin_ledger::rules::Outcome], evidence: &mut florin_ledger::Evidence| {
                tell(outcomes, evidence);
                sender.send(outcomes[0].code).unwrap();
            },
        );
        self.ledger.submit(Posting { events: vec![event], key: None, record }).await.unwrap();
        // A commit that was tried again decided again: the last decision is the one that stands.
        let mut last = codes.try_recv().unwrap();
        while let Ok(code) = codes.try_recv() {
            last = code;
        }
        last
    }

    pub async fn transfer(&self, from: AccountId, to: AccountId, amount: i64) -> Code {
        self.post(self.event(from, to, amount)).await
    }

    pub async fn balance(&self, id: AccountId) -> i64 {
        let ledger = self.ledger.clone();
        let view = self
            .db
            .read(move |r| ledger.account(r, id))
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
        i64::try_from(view.unwrap().account.own()).unwrap()
    }

    pub async fn entries(&self, id: AccountId) -> Vec<Entry> {
        let ledger = self.ledger.clone();
        self.db
            .read(move |r| {
                let view = ledger.account(r, id)?.unwrap();
                ledger.entries(r, view.no, view.account.last_seq, 1_000)
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub async fn hold_state(&self, id: TransferId) -> Option<HoldState> {
        let ledger = self.ledger.clone();
        let found = self.db.read(move |r| ledger.transfer(r, id)).await;
        found.unwrap_or_else(|error: DbError| panic!("{error}")).unwrap().hold
    }

    pub async fn control(&self, id: AccountId, control: Control) -> Result<(), ControlRefused> {
        let permit = Actor::system("test").permit(Action::ChangeAccount, Resource::kind("account")).unwrap();
        let ledger = self.ledger.clone();
        let done = self.db.write(permit, move |tx| ledger.change_control(tx, id, control)).await;
        done.unwrap_or_else(|error: DbError| panic!("{error}"))
    }
}

/// Writes the outbox events of what was created, as every service does.
pub fn tell(outcomes: &[florin_ledger::rules::Outcome], evidence: &mut florin_ledger::Evidence) {
    let at_us = evidence.now_us;
    for transfer in
        outcomes.iter().filter(|outcome| outcome.code == Code::Created).filter_map(|o| o.transfer.as_ref())
    {
        outbox::add(evidence.rows(outbox::statement()), "transfer.created", transfer.id.uuid(), at_us);
    }
}
