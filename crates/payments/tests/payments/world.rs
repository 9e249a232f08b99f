//! A database of each engine, people who may do everything, and one processor.

use std::collections::VecDeque;
use std::sync::Arc;

use florin_db::card_tokens::CardVault;
use florin_db::idempotency::{Answer as Answered, Frozen, IdempotencyKey};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Tx, params};
use florin_jobs::{Handler, Schedule, Workers, outbox};
use florin_kernel::{
    AccountId, Action, Actor, Authority, Currency, Denied, Env, LoanId, ManualClock, Money, Origin,
    PageRequest, Principal, Resource, Role, SessionId, Timestamp, TransferId, UserId, Uuid,
};
use florin_ledger::rules::{Event, Overdraft};
use florin_ledger::{Ledger, NewAccount, chart, internal_account};
use florin_payments::checks::CardForm;
use florin_payments::rail::{Answer, Flow, Instruction, MeansKind, Rail, Rails, Recalled, Submitted};
use florin_payments::{
    Asked, CreatePayment, Error, Fees, From, NewMethod, PaymentDetail, PaymentFilter, PaymentMethods,
    Payments, RecallPayments, RefundOrder, RefundPayments, Standing, SubmitPayments, To, TransferLimit,
    WatchPayments,
};
use florin_vault::{KeyKind, Keyring, MasterKey, WrappedKey};
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::desk::{Desk, LOANS};

struct Anything;

impl Authority for Anything {
    fn decide(&self, _: &Principal, _: Action, _: &Resource) -> Result<(), Denied> {
        Ok(())
    }
}

/// A processor that says what it is told to say, in this order, and goes on with success.
#[derive(Default)]
pub struct Script {
    pub says: Mutex<VecDeque<Submitted>>,
    pub asked: Mutex<Vec<(&'static str, TransferId)>>,
    pub fee: Option<Money>,
}

impl Script {
    fn answer(&self, what: &'static str, instruction: &Instruction) -> Submitted {
        self.asked.lock().push((what, instruction.id));
        let processor_id = format!("p-{}", instruction.id);
        let fee = self.fee.filter(|_| instruction.refund_of.is_none());
        self.says.lock().pop_front().unwrap_or(Submitted::Succeeded { processor_id, fee })
    }
}

impl Rail for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn carries(&self, _: Flow, _: MeansKind, currency: Currency) -> bool {
        currency == Currency::EUR
    }

    fn submit<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { self.answer("submit", instruction) })
    }

    fn look_up<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { self.answer("look_up", instruction) })
    }

    fn refund<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(async move { self.answer("refund", instruction) })
    }

    fn cancel<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Recalled> {
        Box::pin(async move {
            self.asked.lock().push(("cancel", instruction.id));
            Recalled::Stopped
        })
    }
}

pub struct World {
    pub db: Db,
    pub ledger: Ledger,
    pub payments: Payments,
    pub script: Arc<Script>,
    pub clock: Arc<ManualClock>,
    pub ada: Actor,
    pub manager: Actor,
    pub account: AccountId,
    methods: PaymentMethods,
    _database: TestDatabase,
}

fn person(id: u128, role: Role) -> Actor {
    let principal = Principal::User {
        user: UserId::from_uuid(Uuid::from_u128(id)),
        session: SessionId::from_uuid(Uuid::from_u128(id)),
        roles: vec![role],
        department: None,
        verified: true,
        mfa_due: false,
    };
    Actor::new(Arc::new(principal), Origin::default(), Arc::new(Anything))
}

fn keyring() -> Keyring {
    let master = MasterKey::generate().unwrap();
    let keys = [KeyKind::Seal, KeyKind::Root]
        .map(|kind| WrappedKey::generate(kind, 1, &master, Timestamp::UNIX_EPOCH).unwrap());
    Keyring::unlock(std::slice::from_ref(&master), &keys).unwrap()
}

pub fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

/// A world over a fresh database of each engine, where these fees are charged and the processor charges this.
pub async fn worlds(fees: Fees, processor_fee: Option<Money>) -> Vec<World> {
    let mut worlds = Vec::new();
    for database in databases().unwrap() {
        worlds.push(World::open(database, fees, processor_fee).await);
    }
    worlds
}

impl World {
    async fn open(database: TestDatabase, fees: Fees, fee: Option<Money>) -> Self {
        let (env, clock) = Env::manual(Timestamp::from_second(1_795_275_200).unwrap());
        let migrations =
            [florin_jobs::MIGRATIONS, florin_ledger::MIGRATIONS, florin_payments::MIGRATIONS, LOANS];
        let db = database.open(&migrations, env.clone()).unwrap();
        let ledger = Ledger::start(&db, TimeZone::UTC).unwrap();
        let vault = keyring();
        let script = Arc::new(Script { fee, ..Script::default() });
        let rails: Vec<Arc<dyn Rail>> = vec![script.clone()];
        let payments = Payments::new(Standing {
            db: db.clone(),
            ledger: ledger.clone(),
            vault: vault.clone(),
            risk: Arc::new(TransferLimit { major_max: 1_000_000 }),
            loans: Arc::new(Desk { ledger: ledger.clone(), env }),
            rails: Rails::new(rails),
            receivers: Vec::new(),
            fees,
            step_up_above: 1_000_000,
            patience: std::time::Duration::from_secs(5),
            wake: Arc::new(Notify::new()),
        });
        let cards = CardVault::new(db.clone(), vault.clone());
        let methods = PaymentMethods::new(db.clone(), ledger.clone(), cards, vault);
        let ada = person(1, Role::Customer);
        let account = AccountId::from_uuid(db.env().new_uuid());
        let manager = person(2, Role::Manager);
        let world =
            Self { db, ledger, payments, script, clock, ada, manager, account, methods, _database: database };
        world.fund(10_000).await;
        world
    }

    /// Does something to the database, with the program's own permit.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> T {
        let permit = Actor::system("test").permit(Action::Operate, Resource::kind("test")).unwrap();
        self.db.write(permit, work).await.unwrap()
    }

    async fn fund(&self, minor: i64) {
        let (ledger, account, owner) = (self.ledger.clone(), self.account, self.ada.user());
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        let new = NewAccount {
            id: account,
            owner,
            kind: "checking",
            name: "Checking".to_owned(),
            currency: Currency::EUR,
            code: chart::CHECKING,
            overdraft: Overdraft::None,
            ceiling: None,
        };
        self.write(move |tx| {
            ledger.open_account(tx, &new)?;
            let cash = ledger.ensure_internal(tx, chart::CASH, Currency::EUR)?;
            let event = Event::transfer(id, cash, account, minor, Currency::EUR);
            assert!(ledger.post(tx, &[event])?.iter().all(|outcome| outcome.code.is_success()));
            outbox::publish(tx, "deposit.created", id.uuid(), 0)
        })
        .await;
    }

    /// An account of somebody else's.
    pub async fn account_of_bens(&self) -> AccountId {
        let (ledger, id) = (self.ledger.clone(), AccountId::from_uuid(self.db.env().new_uuid()));
        let new = NewAccount {
            id,
            owner: Some(UserId::from_uuid(Uuid::from_u128(3))),
            kind: "checking",
            name: "Checking".to_owned(),
            currency: Currency::EUR,
            code: chart::CHECKING,
            overdraft: Overdraft::None,
            ceiling: None,
        };
        self.write(move |tx| ledger.open_account(tx, &new)).await;
        id
    }

    /// A loan of Ada's that owes so much.
    pub async fn loan(&self, owed: i64) -> LoanId {
        let (id, owner) = (self.db.env().new_uuid(), self.ada.user().unwrap());
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO test_loan (id, owner, owed, is_open) VALUES ($1, $2, $3, $4)",
                &params![id, owner.uuid(), owed, true],
            )
        })
        .await;
        LoanId::from_uuid(id)
    }

    /// A card of Ada's.
    pub async fn card(&self) -> From {
        let form = CardForm {
            number: "4242424242424242".to_owned().into(),
            month: 12,
            year: 2030,
            holder: "Ada Example".to_owned(),
        };
        From::Method(self.methods.save(&self.ada, NewMethod::Card(form)).await.unwrap().id)
    }

    pub fn key(given: &str) -> IdempotencyKey {
        IdempotencyKey::new(Uuid::nil(), "test", given, given.as_bytes())
    }

    /// Pays, and gives the payment's identifier and the refusal if there is one.
    pub async fn pay(
        &self,
        key: &str,
        from: From,
        to: To,
        minor: i64,
    ) -> Result<(TransferId, String), Error> {
        let request = CreatePayment { from, to, amount: Asked::Money(euros(minor)), description: None };
        let render = Arc::new(|taken: &florin_payments::Taken<'_>| {
            let refusal = taken.refusal.map_or_else(String::new, |refusal| format!("{refusal:?}"));
            let allocated = taken.loan.map_or(0, |loan| loan.principal.minor());
            Frozen { status: 201, body: format!("{} {allocated} {refusal}", taken.order.id).into_bytes() }
        });
        let answer = self.payments.create(&self.ada, Self::key(key), request, render).await?;
        let (Answered::Now(frozen) | Answered::Replayed(frozen)) = answer else { panic!("{answer:?}") };
        let text = String::from_utf8(frozen.body).unwrap();
        let (id, rest) = text.split_once(' ').unwrap();
        Ok((id.parse().unwrap(), rest.trim().to_owned()))
    }

    pub async fn pay_loan(&self, key: &str, from: From, loan: LoanId, minor: i64) -> (TransferId, String) {
        self.pay(key, from, To::Loan { loan, kind: None, principal_only: false }, minor).await.unwrap()
    }

    pub async fn refund(
        &self,
        key: &str,
        payment: TransferId,
        minor: Option<i64>,
    ) -> Result<Answered, Error> {
        let amount = minor.map(|minor| Asked::Money(euros(minor)));
        let request = RefundOrder { payment, amount, reason: None };
        let render = Arc::new(|_: &_, _: &_| Frozen { status: 201, body: Vec::new() });
        self.payments.refund(&self.manager, Self::key(key), request, render).await
    }

    pub async fn find(&self, id: TransferId) -> PaymentDetail {
        self.payments.find(&self.ada, id).await.unwrap()
    }

    pub async fn status(&self, id: TransferId) -> &'static str {
        self.find(id).await.order.status.code()
    }

    /// What is on an account of the institution's own, in its own direction; nothing where it is not open.
    pub async fn line(&self, code: u16) -> i64 {
        self.own(internal_account(code, Currency::EUR)).await
    }

    pub async fn balance(&self) -> i64 {
        self.own(self.account).await
    }

    async fn own(&self, id: AccountId) -> i64 {
        let ledger = self.ledger.clone();
        let view = self.db.read(move |r| ledger.account(r, id)).await.unwrap();
        view.map_or(0, |view| i64::try_from(view.account.own()).unwrap())
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |r| r.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    /// Runs the jobs that are due, the watch of every minute among them.
    pub async fn run_jobs(&self) {
        let handlers: Vec<Arc<dyn Handler>> = vec![
            Arc::new(SubmitPayments(self.payments.clone())),
            Arc::new(RefundPayments(self.payments.clone())),
            Arc::new(RecallPayments(self.payments.clone())),
            Arc::new(WatchPayments(self.payments.clone())),
        ];
        let watch = Schedule::try_new(WatchPayments::KIND, "* * * * *", "UTC").unwrap();
        let workers = Workers::new(self.db.clone(), handlers, vec![watch], Arc::new(Notify::new()));
        workers.run_due().await.unwrap();
    }

    /// Lets so many minutes go by, and looks after payments in each.
    pub async fn pass_minutes(&self, minutes: u32) {
        for _ in 0..minutes {
            self.clock.advance_seconds(60);
            self.run_jobs().await;
        }
    }

    /// Asserts that the books agree, and closes them.
    pub async fn finish(self) {
        let report = self.db.read(florin_ledger::verify).await;
        let report = report.unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!(report.problems, [""; 0], "the books do not agree");
        let listed =
            self.payments.list(&self.ada, PaymentFilter::default(), &PageRequest::first()).await.unwrap();
        assert!(listed.rows.iter().all(|order| order.refunded.minor() <= order.amount.minor()));
        self.db.close();
    }
}
