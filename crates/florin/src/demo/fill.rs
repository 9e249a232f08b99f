//! Lets the plan of a year happen, each step at its time.

use std::sync::Arc;

use florin_app::Services;
use florin_app::config::{Config, RiskMode};
use florin_db::idempotency::Frozen;
use florin_db::{Access, DbError};
use florin_identity::{Email, NewPerson, Password, PasswordPolicy};
use florin_kernel::{
    AccountId, Action, Actor, Currency, Department, Env, ManualClock, Money, Resource, Role, Timestamp,
    TransferId, UserId,
};
use florin_ledger::rules::Code;
use florin_ledger::{Control, Posted, internal_account};
use florin_parties::{NewEmployee, Whom};
use florin_payments::{
    Asked, BatchOrder, CashOrder, Decided, OpenAccount, Order, Rendered, Resolution, ResolveOrder,
};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::Credentials;
use super::credentials::generate_password;
use super::people::{CURRENCIES, PEOPLE};
use super::plan::{Act, Move, Opening, Place, Step};
use super::year::{self, OWN};
use crate::{Exit, Failure};

const ADMIN: &str = "admin@example.org";
const TELLER: &str = "teller@example.org";
const OFFICER: &str = "officer@example.org";
const SECOND_OFFICER: &str = "second.officer@example.org";
const MANAGER: &str = "manager@example.org";
const ANALYST: &str = "analyst@example.org";
const COMPLIANCE: &str = "compliance@example.org";
const AUDITOR: &str = "auditor@example.org";
const HR: &str = "hr@example.org";

/// Fills an empty instance with the year that begins at `start`, and closes it again.
pub(super) async fn fill(config: &Config, start: Timestamp, seed: u64) -> Result<Credentials, Failure> {
    let (env, clock) = Env::manual(start);
    let mut config = config.clone();
    // What instances share lives by the true time.
    config.redis.url = SecretString::default();
    // The capital is more than any customer may move at once.
    config.payments.amount_max = i64::MAX;
    // A past that is made up in seconds is judged, and nothing of it is held.
    config.risk.mode = RiskMode::Shadow;
    let policy = florin_app::password_policy(&config);
    let services = Services::open(config, Access::Serve, env).await?;
    let db = services.db.clone();
    let filler = Filler {
        services,
        clock,
        by: Actor::system("demo"),
        policy,
        elapsed_s: 0,
        people: Vec::new(),
        accounts: Vec::new(),
        holds: Vec::new(),
    };
    let credentials = filler.run(start, seed).await;
    let closed = tokio::task::spawn_blocking(move || db.close()).await;
    closed.map_err(|error| Failure::of(Exit::Failed, &error))?;
    credentials
}

struct Filler {
    services: Services,
    clock: Arc<ManualClock>,
    by: Actor,
    policy: PasswordPolicy,
    elapsed_s: i64,
    people: Vec<UserId>,
    accounts: Vec<AccountId>,
    holds: Vec<TransferId>,
}

impl Filler {
    async fn run(mut self, start: Timestamp, seed: u64) -> Result<Credentials, Failure> {
        self.refuse_unless_empty().await?;
        let plan = year::plan(start.to_zoned(TimeZone::UTC).date(), seed);
        let credentials = self.make_people_known().await?;
        self.open_own_accounts().await?;
        for opening in &plan.accounts {
            self.open(opening).await?;
        }
        for step in plan.steps {
            self.take(step).await?;
        }
        Ok(credentials)
    }

    async fn refuse_unless_empty(&self) -> Result<(), Failure> {
        let ledger = self.services.ledger.clone();
        let accounts = self.services.db.read(move |reader| ledger.accounts(reader, 0, 1)).await;
        if accounts.map_err(|error: DbError| error)?.is_empty() {
            return Ok(());
        }
        let why = "the instance has accounts already and is no demonstration; \
                   leave out --demo, or name an empty directory with --data";
        Err(Failure::new(Exit::Refused, why))
    }

    fn advance_to(&mut self, at_s: i64) {
        self.clock.advance_seconds(at_s.saturating_sub(self.elapsed_s));
        self.elapsed_s = at_s;
    }

    async fn make_people_known(&mut self) -> Result<Credentials, Failure> {
        let admin = self.make_known("Astrid Falkenberg", ADMIN, Role::Admin).await?;
        let teller = self.make_known("Tomás Oliveira", TELLER, Role::Teller).await?;
        let officer = self.make_known("Maren Osei", OFFICER, Role::LoanOfficer).await?;
        let second = self.make_known("Joost Verbeek", SECOND_OFFICER, Role::LoanOfficer).await?;
        let manager = self.make_known("Sunniva Dahl", MANAGER, Role::Manager).await?;
        let analyst = self.make_known("Yusuf Karimi", ANALYST, Role::FraudAnalyst).await?;
        let compliance = self.make_known("Ingrid Salo", COMPLIANCE, Role::ComplianceOfficer).await?;
        let auditor = self.make_known("Paulo Reis", AUDITOR, Role::Auditor).await?;
        let hr = self.make_known("Nia Adeyemi", HR, Role::Customer).await?;
        self.hire(hr.0, Department::Hr, "Head of people").await?;
        let mut shown = None;
        for person in PEOPLE {
            self.advance_to(self.elapsed_s.saturating_add(60));
            let (id, password) = self.make_known(person.name, person.email, Role::Customer).await?;
            self.people.push(id);
            shown = shown.or(Some((person.email, password)));
        }
        let (email, password) = shown.unwrap_or_default();
        Ok(Credentials::new(&[
            ("admin", ADMIN, &admin.1),
            ("teller", TELLER, &teller.1),
            ("officer", OFFICER, &officer.1),
            ("officer2", SECOND_OFFICER, &second.1),
            ("manager", MANAGER, &manager.1),
            ("analyst", ANALYST, &analyst.1),
            ("compliance", COMPLIANCE, &compliance.1),
            ("auditor", AUDITOR, &auditor.1),
            ("hr", HR, &hr.1),
            ("customer", email, &password),
        ]))
    }

    async fn hire(&self, user: UserId, department: Department, title: &str) -> Result<(), Failure> {
        let wanted = NewEmployee {
            whom: Whom::Known(user),
            department,
            title: title.to_owned(),
            manager: None,
            hired_on: None,
            roles: Vec::new(),
        };
        let hired = self.services.employees.hire(&self.by, wanted).await;
        hired.map_err(|error| Failure::of(Exit::Failed, &error))?;
        Ok(())
    }

    async fn make_known(
        &self,
        name: &str,
        email: &str,
        role: Role,
    ) -> Result<(UserId, Zeroizing<String>), Failure> {
        let email: Email = email.parse().map_err(|error| Failure::of(Exit::Failed, &error))?;
        let text = generate_password(&self.policy, &email)?;
        let person = NewPerson {
            email,
            full_name: name.parse().map_err(|error| Failure::of(Exit::Failed, &error))?,
            phone: None,
            password: Password::try_new(&text).map_err(|error| Failure::of(Exit::Failed, &error))?,
        };
        let id = self.services.identity.create_staff(&self.by, person, &[role]).await?;
        Ok((id, text))
    }

    async fn open_own_accounts(&self) -> Result<(), Failure> {
        let permit = self.by.permit(Action::OpenAccount, Resource::kind("account"));
        let permit = permit.map_err(|error| Failure::of(Exit::Refused, &error))?;
        let ledger = self.services.ledger.clone();
        let opened: Result<(), DbError> = self
            .services
            .db
            .write(permit, move |tx| {
                for currency in CURRENCIES {
                    for code in OWN {
                        ledger.ensure_internal(tx, code, currency)?;
                    }
                }
                Ok(())
            })
            .await;
        Ok(opened?)
    }

    async fn open(&mut self, opening: &Opening) -> Result<(), Failure> {
        self.advance_to(self.elapsed_s.saturating_add(15));
        let customer = self.people.get(opening.owner).copied();
        let Opening { product, currency, .. } = *opening;
        let view = self.services.accounts.open(&self.by, OpenAccount { product, currency, customer }).await?;
        self.accounts.push(view.id);
        Ok(())
    }

    async fn take(&mut self, step: Step) -> Result<(), Failure> {
        self.advance_to(step.at_s);
        match step.act {
            Act::Moves(moves) => self.move_all(&moves).await,
            Act::Cash { account, direction, minor, text } => {
                let account = self.account(account)?;
                let currency = self.services.accounts.find(&self.by, account).await?.currency;
                let amount = Asked::Money(Money::new(minor, currency));
                let order = CashOrder { account, direction, amount, description: Some(text.to_owned()) };
                let posted = self.services.transfers.cash(&self.by, None, order, names()).await?;
                expect(&posted, [true])
            }
            Act::Settle(hold) => self.resolve(hold, Resolution::Post).await,
            Act::Release(hold) => self.resolve(hold, Resolution::Void).await,
            Act::Freeze(account) => {
                self.control(account, vec![Control::FreezeDebits(true), Control::FreezeCredits(true)]).await
            }
            Act::Close(account) => self.control(account, vec![Control::Close]).await,
        }
    }

    async fn move_all(&mut self, moves: &[Move]) -> Result<(), Failure> {
        let mut orders = Vec::with_capacity(moves.len());
        for one in moves {
            orders.push(self.order(one)?);
        }
        let batch = BatchOrder { orders, linked: false };
        let posted = self.services.transfers.create_many(&self.by, None, batch, names()).await?;
        expect(&posted, moves.iter().map(|one| !one.is_refused))
    }

    fn order(&mut self, one: &Move) -> Result<Order, Failure> {
        let id = one.held_s.map(|_| TransferId::from_uuid(self.services.env.new_uuid()));
        self.holds.extend(id);
        Ok(Order {
            id,
            from: self.place(one.from, one.currency)?,
            to: self.place(one.to, one.currency)?,
            amount: Asked::Money(Money::new(one.minor, one.currency)),
            description: Some(one.text.to_owned()),
            pending: one.held_s.is_some(),
            timeout_s: one.held_s,
        })
    }

    async fn resolve(&self, hold: usize, resolution: Resolution) -> Result<(), Failure> {
        let transfer = self.holds.get(hold).copied().ok_or_else(|| astray("there is no such hold"))?;
        let order = ResolveOrder { transfer, resolution, amount: None, description: None };
        let posted = self.services.transfers.resolve(&self.by, None, order, names()).await?;
        expect(&posted.ok_or_else(|| astray("there is no such hold"))?, [true])
    }

    async fn control(&self, account: usize, controls: Vec<Control>) -> Result<(), Failure> {
        self.services.accounts.control(&self.by, self.account(account)?, controls).await?;
        Ok(())
    }

    fn account(&self, index: usize) -> Result<AccountId, Failure> {
        self.accounts.get(index).copied().ok_or_else(|| astray("there is no such account"))
    }

    fn place(&self, place: Place, currency: Currency) -> Result<AccountId, Failure> {
        match place {
            Place::Customer(index) => self.account(index),
            Place::Own(code) => Ok(internal_account(code, currency)),
        }
    }
}

/// The year did not go as it was planned.
fn astray(why: &str) -> Failure {
    Failure::new(Exit::Failed, format!("the demonstration could not be made: {why}"))
}

/// Answers with the names of the outcomes.
fn names() -> Rendered {
    Arc::new(|decided: &[Decided<'_>]| {
        let names: Vec<&str> = decided.iter().map(|one| one.outcome.as_str()).collect();
        Frozen { status: 200, body: names.join(" ").into_bytes() }
    })
}

/// Whether each was taken or refused as planned.
fn expect(posted: &Posted, wanted: impl IntoIterator<Item = bool>) -> Result<(), Failure> {
    let Posted::Now(frozen) = posted else { return Err(astray("it was made before")) };
    let names = String::from_utf8_lossy(&frozen.body);
    let mut outcomes = names.split(' ');
    for taken in wanted {
        let outcome = outcomes.next().unwrap_or_default();
        if (outcome == Code::Created.as_str()) != taken {
            return Err(astray(&format!("a transfer was answered {outcome}")));
        }
    }
    Ok(())
}
