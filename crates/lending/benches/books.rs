//! How fast the books follow loans, durable, on the embedded database; and on PostgreSQL where one is named to the tests.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot go on ends, and tells what it measured"
)]
#![expect(clippy::inconsistent_digit_grouping, reason = "sums are written as dollars and cents")]

#[expect(dead_code, reason = "the tests ask for more of the same world")]
#[path = "../tests/service/world.rs"]
mod world;

use std::time::{Duration, Instant};

use florin_db::{Db, DbError, Tx, params};
use florin_kernel::{AccountId, Action, Actor, Currency, LoanId, Money, TransferId};
use florin_ledger::rules::{Event, Overdraft};
use florin_ledger::{Ledger, NewAccount, chart};
use florin_lending::{EndOfDay, Loans, Receipt};
use jiff::civil::date;

use world::{World, one_officer, worlds};

/// How many payments each of the loans gets.
const EACH: usize = 60;
/// How many loans are made at once.
const CHUNK: usize = 250;
/// A loan `$1` like `$3`, whose principal is in the account `$2`.
const ALIKE: &str = "INSERT INTO lending_loan (id, borrower, kind, origin, product_code, product_version, currency, status, \
    contract, principal_account, booked, booked_on, bucket, days_past_due, created_at_us) \
    SELECT $1, borrower, kind, origin, product_code, product_version, currency, status, contract, $2, \
    booked, booked_on, bucket, days_past_due, created_at_us FROM lending_loan WHERE id = $3";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        for world in worlds(one_officer()).await {
            days(&world, "young", date(2026, 1, 16)).await;
        }
        // Paid out two years ago, with 23 open instalments and their late charges: a history at its worst.
        for world in worlds(one_officer()).await {
            days(&world, "old", date(2027, 12, 16)).await;
        }
        for world in worlds(one_officer()).await {
            payments(&world).await;
        }
    });
}

fn told(world: &World, count: usize, what: &str, took: Duration) {
    let a_second = u128::try_from(count).unwrap() * 1_000_000 / took.as_micros();
    println!("{}: {count} {what} in {took:?}, {a_second} a second", world.db.engine().name());
}

/// How many loans a second go on to the next day.
async fn days(world: &World, what: &str, day: jiff::civil::Date) {
    let system = Actor::system("lending");
    lend_alike(world, 5_000).await;
    world.go_to(day);
    world.loans.end_of_day(&system).await.unwrap();
    world.go_to(day.tomorrow().unwrap());
    let began = Instant::now();
    let done = world.loans.end_of_day(&system).await.unwrap();
    let took = began.elapsed();
    assert_eq!(done, EndOfDay { loans: 5_001, ..EndOfDay::default() });
    told(world, 5_001, &format!("{what} loans at the end of a day"), took);
    world.assert_books().await;
}

/// So many more loans like one of 10,000.00, each with an account for its principal.
async fn lend_alike(world: &World, count: usize) {
    let first = world.loan(10_000_00).await;
    for chunk in 0..count.div_ceil(CHUNK) {
        let (ledger, env) = (world.ledger.clone(), world.db.env().clone());
        let lent = world.db.housekeeping(move |tx| {
            for _ in 0..CHUNK.min(count - chunk * CHUNK) {
                let account = open_principal(&ledger, tx, AccountId::from_uuid(env.new_uuid()))?;
                let id = TransferId::from_uuid(env.new_uuid());
                let cash = ledger.ensure_internal(tx, chart::CASH, Currency::USD)?;
                let lent = Event::transfer(id, account, cash, 10_000_00, Currency::USD);
                assert!(ledger.post(tx, &[lent])?[0].code.is_success());
                florin_jobs::outbox::publish(tx, "transfer.booked", id.uuid(), 0)?;
                tx.execute(ALIKE, &params![env.new_uuid(), account.uuid(), first.uuid()])?;
            }
            Ok(())
        });
        lent.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    }
}

fn open_principal(ledger: &Ledger, tx: &mut Tx<'_>, id: AccountId) -> Result<AccountId, DbError> {
    let new = NewAccount {
        id,
        owner: None,
        kind: "loan",
        name: "Loan".to_owned(),
        currency: Currency::USD,
        code: chart::LOAN_PRINCIPAL,
        overdraft: Overdraft::None,
        ceiling: None,
    };
    ledger.open_account(tx, &new).map(|_| id)
}

/// How many payments of 64 loans a second are taken in, each a unit of work of its own, beside units that post one plain
/// transfer.
async fn payments(world: &World) {
    let mut loans = Vec::new();
    for _ in 0..64 {
        loans.push(world.loan(1_000_00).await);
    }
    world.go_to(date(2026, 1, 25));
    world.loans.end_of_day(&Actor::system("lending")).await.unwrap();
    for what in [What::Transfer, What::Payment] {
        let began = Instant::now();
        let mut at_work = tokio::task::JoinSet::new();
        for loan in &loans {
            let payer = Payer {
                db: world.db.clone(),
                ledger: world.ledger.clone(),
                lending: world.loans.clone(),
                account: world.account,
                loan: *loan,
            };
            at_work.spawn(async move { payer.pay(what).await });
        }
        while at_work.join_next().await.transpose().unwrap().is_some() {}
        told(world, loans.len() * EACH, &format!("{what:?}s").to_lowercase(), began.elapsed());
    }
    world.assert_books().await;
}

#[derive(Clone, Copy, Debug)]
enum What {
    Transfer,
    Payment,
}

/// Somebody who pays, one after the other.
#[derive(Clone)]
struct Payer {
    db: Db,
    ledger: Ledger,
    lending: Loans,
    account: AccountId,
    loan: LoanId,
}

impl Payer {
    async fn pay(&self, what: What) {
        for _ in 0..EACH {
            let (this, id) = (self.clone(), TransferId::from_uuid(self.db.env().new_uuid()));
            let permit = world::system(Action::CreatePayment);
            let done: Result<(), DbError> = self
                .db
                .write(permit, move |tx| match what {
                    What::Transfer => this.transfer(tx, id),
                    What::Payment => this.payment(tx, id),
                })
                .await;
            done.unwrap_or_else(|error| panic!("{error}"));
        }
    }

    fn transfer(&self, tx: &mut Tx<'_>, id: TransferId) -> Result<(), DbError> {
        let cash = florin_ledger::internal_account(chart::CASH, Currency::USD);
        let event = Event::transfer(id, self.account, cash, 1, Currency::USD);
        assert!(self.ledger.post(tx, &[event])?[0].code.is_success());
        florin_jobs::outbox::publish(tx, "transfer.booked", id.uuid(), 0)
    }

    fn payment(&self, tx: &mut Tx<'_>, id: TransferId) -> Result<(), DbError> {
        let receipt = Receipt {
            loan: self.loan,
            payment: id,
            from: self.account,
            amount: Money::new(1_00, Currency::USD),
            on: None,
            principal_only: false,
            by: None,
        };
        self.lending.receive(tx, &receipt)?.map(drop).map_err(|why| DbError::Other(why.to_string()))
    }
}
