//! A lender of each engine: a clock that is moved by hand, a borrower with an account, officers.

use std::sync::Arc;

use florin_db::idempotency::{Frozen, IdempotencyKey};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Reader, Tx};
use florin_kernel::{
    AccountId, Action, Actor, Authority, Currency, Denied, Env, LoanId, ManualClock, Money, Origin,
    Principal, Resource, Role, SessionId, Timestamp, TransferId, UserId, Uuid,
};
use florin_ledger::rules::{Event, Overdraft};
use florin_ledger::{Ledger, NewAccount, chart};
use florin_lending::{
    Apply, Borrowers, BuiltInScore, GivenBack, GrantedTerms, LoanSeen, Loans, NotReceived, Products, Receipt,
    Received, Rules, TaxNumber,
};
use florin_vault::Keyring;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use zeroize::Zeroizing;

/// The day on which every world begins: 2026-01-15.
const START_SECOND: i64 = 1_768_478_400;

pub struct World {
    pub db: Db,
    pub ledger: Ledger,
    pub loans: Loans,
    pub clock: Arc<ManualClock>,
    /// An account of the borrower's, with 100,000.00 on it.
    pub account: AccountId,
    _database: TestDatabase,
}

/// A world over a fresh database of each engine.
pub async fn worlds(rules: Rules) -> Vec<World> {
    let mut worlds = Vec::new();
    for database in databases().unwrap() {
        worlds.push(World::open(database, rules.clone()).await);
    }
    worlds
}

pub fn one_officer() -> Rules {
    Rules { four_eyes: false, ..Rules::default() }
}

/// Whoever borrows.
pub const BORROWER: UserId = UserId::from_uuid(Uuid::from_u128(0xb0b));

impl World {
    pub async fn open(database: TestDatabase, rules: Rules) -> Self {
        let (env, clock) = Env::manual(Timestamp::from_second(START_SECOND).unwrap());
        let migrations = [florin_jobs::MIGRATIONS, florin_ledger::MIGRATIONS, florin_lending::MIGRATIONS];
        let db = database.open(&migrations, env).unwrap();
        let ledger = Ledger::start(&db, TimeZone::UTC).unwrap();
        let products = Arc::new(Products::shipped().unwrap());
        let (vault, borrowers) = (Keyring::for_tests(), Arc::new(Everybody));
        let loans =
            Loans::new(db.clone(), ledger.clone(), products, vault, borrowers, Arc::new(BuiltInScore), rules);
        let account = AccountId::from_uuid(db.env().new_uuid());
        let world = Self { db, ledger, loans, clock, account, _database: database };
        world.open_account(account, Some(BORROWER), 100_000_00).await;
        world
    }

    pub async fn open_account(&self, id: AccountId, owner: Option<UserId>, minor: i64) {
        let ledger = self.ledger.clone();
        let id_of_transfer = TransferId::from_uuid(self.db.env().new_uuid());
        let opened = self.db.housekeeping(move |tx| {
            let new = NewAccount {
                id,
                owner,
                kind: "checking",
                name: "Checking".to_owned(),
                currency: Currency::USD,
                code: chart::CHECKING,
                overdraft: Overdraft::None,
                ceiling: None,
            };
            ledger.open_account(tx, &new)?;
            let cash = ledger.ensure_internal(tx, chart::CASH, Currency::USD)?;
            if minor > 0 {
                let paid_in =
                    Event { fresh: true, ..Event::transfer(id_of_transfer, cash, id, minor, Currency::USD) };
                assert!(ledger.post(tx, &[paid_in])?[0].code.is_success());
                florin_jobs::outbox::publish(tx, "transfer.created", id_of_transfer.uuid(), 0)?;
            }
            Ok(())
        });
        opened.await.unwrap_or_else(|error: DbError| panic!("{error}"));
    }

    pub fn actor(user: UserId, role: Role) -> Actor {
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(Uuid::nil()),
            roles: vec![role],
            department: None,
            verified: true,
            mfa_due: false,
        };
        Actor::new(Arc::new(principal), Origin::default(), Arc::new(NobodyServesThemselves))
    }

    pub fn borrower() -> Actor {
        Self::actor(BORROWER, Role::Customer)
    }

    pub fn officer(number: u128) -> Actor {
        Self::actor(UserId::from_uuid(Uuid::from_u128(number)), Role::LoanOfficer)
    }

    pub fn application(amount_minor: i64) -> Apply {
        Apply {
            customer: None,
            customer_name: "Bob Borrower".to_owned(),
            amount: Money::new(amount_minor, Currency::USD),
            tax_id: (TaxNumber::Ssn, Zeroizing::new("123-45-6789".to_owned())),
            email: "bob@example.org".to_owned(),
            phone: "+14155550123".to_owned(),
            kind: None,
            term_months: Some(12),
            annual_income: Some(Money::new(80_000_00, Currency::USD)),
            monthly_debts: None,
            employment_months: Some(48),
        }
    }

    /// A loan that one officer granted, and that the borrower took.
    pub async fn accepted(&self, amount_minor: i64, terms: GrantedTerms) -> LoanId {
        let applied = self.loans.apply(&Self::borrower(), Self::application(amount_minor)).await.unwrap();
        let decided = self.loans.approve(&Self::officer(1), applied.id, terms, None).await.unwrap();
        let loan = decided.loan.unwrap();
        self.loans.accept(&Self::borrower(), loan).await.unwrap();
        loan
    }

    /// A loan that was paid out today.
    pub async fn loan(&self, amount_minor: i64) -> LoanId {
        let rate = florin_lending::Rate::parse_percent("12").unwrap();
        let terms = GrantedTerms { annual_rate: Some(rate), ..GrantedTerms::default() };
        let loan = self.accepted(amount_minor, terms).await;
        self.disburse(loan, "pay out").await.unwrap();
        loan
    }

    pub async fn disburse(
        &self,
        loan: LoanId,
        key: &str,
    ) -> Result<florin_db::idempotency::Answer, florin_lending::Error> {
        let key = IdempotencyKey::new(loan.uuid(), "disburse", key, b"");
        let render =
            Arc::new(|seen: &LoanSeen| Frozen { status: 200, body: seen.id.to_string().into_bytes() });
        self.loans.disburse(&Self::officer(1), key, loan, self.account, render).await
    }

    pub fn payment(&self) -> TransferId {
        TransferId::from_uuid(self.db.env().new_uuid())
    }

    pub fn receipt(&self, loan: LoanId, minor: i64) -> Receipt {
        Receipt {
            loan,
            payment: self.payment(),
            from: self.account,
            amount: Money::new(minor, Currency::USD),
            on: None,
            principal_only: false,
            by: None,
        }
    }

    pub async fn receive(&self, receipt: Receipt) -> Result<Received, NotReceived> {
        let (loans, permit) = (self.loans.clone(), system(Action::CreatePayment));
        let received = self.db.write(permit, move |tx| loans.receive(tx, &receipt)).await;
        received.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub async fn pay(&self, loan: LoanId, minor: i64) -> Received {
        self.receive(self.receipt(loan, minor)).await.unwrap()
    }

    pub async fn give_back(&self, payment: TransferId) -> Result<GivenBack, NotReceived> {
        let (loans, to, permit) = (self.loans.clone(), self.account, system(Action::RefundPayment));
        let given = self.db.write(permit, move |tx| loans.give_back(tx, payment, to)).await;
        given.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub async fn balance(&self, account: AccountId) -> i64 {
        let ledger = self.ledger.clone();
        let view = self.db.read(move |reader| ledger.account(reader, account)).await;
        let view = view.unwrap_or_else(|error: DbError| panic!("{error}"));
        view.map_or(0, |view| i64::try_from(view.account.own()).unwrap())
    }

    pub async fn internal(&self, code: u16) -> i64 {
        self.balance(florin_ledger::internal_account(code, Currency::USD)).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    pub fn go_to(&self, day: Date) {
        let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        self.clock.advance_seconds(noon.as_second() - self.db.env().now().as_second());
    }

    /// The books of the ledger and those of the loans agree with what happened.
    pub async fn assert_books(&self) {
        let loans = self.loans.verify().await.unwrap();
        assert_eq!(loans.problems, [""; 0]);
        let report = self.db.read(florin_ledger::verify).await;
        assert_eq!(report.unwrap_or_else(|error: DbError| panic!("{error}")).problems, [""; 0]);
    }
}

pub fn system(action: Action) -> florin_kernel::Permit {
    Actor::system("test").permit(action, Resource::kind("loan")).unwrap()
}

/// Permits everything, but for officers to decide about themselves.
struct NobodyServesThemselves;

impl Authority for NobodyServesThemselves {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        let own = resource.owner.is_some() && resource.owner == principal.person();
        if own && matches!(action, Action::DecideLoan | Action::DisburseLoan) {
            return Err(Denied::Forbidden { action });
        }
        Ok(())
    }
}

/// Knows one customer, and takes what looks right.
struct Everybody;

impl Borrowers for Everybody {
    fn fault_of_email(&self, email: &str) -> Option<String> {
        (!email.contains('@')).then(|| "an email is wanted".to_owned())
    }

    fn phone(&self, text: &str) -> Option<Zeroizing<String>> {
        text.starts_with('+').then(|| Zeroizing::new(text.to_owned()))
    }

    fn tax_number(&self, _: TaxNumber, text: &str) -> Option<Zeroizing<String>> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let form = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        (digits.len() == 9 && form).then(|| Zeroizing::new(digits))
    }

    fn by_email(&self, _: &mut Reader<'_>, email: &str) -> Result<Option<UserId>, DbError> {
        Ok((email == "bob@example.org").then_some(BORROWER))
    }

    fn is_known(&self, _: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        Ok(user == BORROWER)
    }
}
