//! A bank to load: customers with funded accounts in a fresh instance, and their tokens.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use florin_app::Services;
use florin_app::config::{Config, Loaded, Sources};
use florin_db::{Access, DbError};
use florin_identity::{NewPerson, Password};
use florin_kernel::{AccountId, Action, Actor, Currency, Env, Resource, Role, TransferId, UserId, Uuid};
use florin_ledger::rules::{Event, Overdraft};
use florin_ledger::{NewAccount, Posting, chart};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::Answer;
use super::scenarios::{Engine, Options};
use crate::{Exit, Failure};

/// How many customers share the accounts.
const CUSTOMERS: u64 = 64;
pub(super) const PASSWORD: &str = "a bench presses 4 wagons uphill";
/// What is paid into every account, in cents: more than any load moves.
const FUNDS: i64 = 100_000_000;
/// How many accounts are opened and funded at once.
const STRETCH: usize = 2_000;

/// A filled instance.
pub(super) struct Bank {
    environment: Vec<(String, String)>,
    customers: Vec<(String, Vec<Uuid>)>,
    /// Somebody who signs in and does nothing else.
    visitor: String,
    _directory: TempDir,
}

/// A customer as the load acts for them.
pub(super) struct Customer {
    /// The value of the `Authorization` header.
    pub(super) token: String,
    pub(super) accounts: Vec<Uuid>,
}

/// A server with customers to act for.
pub(super) struct Target {
    pub(super) addr: SocketAddr,
    customers: Vec<Customer>,
    pub(super) accounts: Vec<Uuid>,
    pub(super) hot: Uuid,
}

/// Fills a fresh instance.
pub(super) async fn fill(options: &Options, directory: &Path) -> Result<Bank, Failure> {
    let directory = tempfile::tempdir_in(directory).map_err(Failure::from)?;
    let mut environment = vec![
        ("FLORIN_INSTANCE__DATA".to_owned(), directory.path().display().to_string()),
        ("FLORIN_RATE_LIMITS__ENABLED".to_owned(), "false".to_owned()),
        // Nobody makes thousands of payments a second: each is decided about and recorded, and let through.
        ("FLORIN_RISK__MODE".to_owned(), options.risk.code().to_owned()),
    ];
    let url = match options.engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => std::env::var("DATABASE_URL")
            .map_err(|_| failed("DATABASE_URL must name an empty PostgreSQL database"))?,
    };
    environment.push(("DATABASE_URL".to_owned(), url));
    let visitor = format!("visitor-{}@example.com", Env::system().new_uuid().simple());
    let mut bank = Bank { environment, customers: Vec::new(), visitor, _directory: directory };
    let services = bank.open().await?;
    person(&services, &bank.visitor).await?;
    tell!("filling {} accounts…", options.accounts);
    let each = usize::try_from(options.accounts.div_ceil(CUSTOMERS)).unwrap_or(1).max(2);
    for n in 0..CUSTOMERS {
        let email = format!("load-{n}-{}@example.com", Env::system().new_uuid().simple());
        let owner = person(&services, &email).await?;
        let mut accounts = Vec::with_capacity(each);
        while accounts.len() < each {
            let count = STRETCH.min(each.saturating_sub(accounts.len()));
            accounts.extend(open_funded(&services, owner, count).await?);
        }
        bank.customers.push((email, accounts));
    }
    Bank::close(&services);
    Ok(bank)
}

async fn person(services: &Services, email: &str) -> Result<UserId, Failure> {
    known_as(services, email, "Load Bearer", Role::Customer).await
}

/// Makes somebody known who signs in with the load's password.
pub(super) async fn known_as(
    services: &Services,
    email: &str,
    name: &str,
    role: Role,
) -> Result<UserId, Failure> {
    let person = NewPerson {
        email: email.parse().map_err(|_| failed("an address of the load cannot be read"))?,
        full_name: name.parse().map_err(|_| failed("a name of the load cannot be read"))?,
        phone: None,
        password: Password::try_new(PASSWORD).map_err(|_| failed("the password of the load is too long"))?,
    };
    let made = services.identity.create_staff(&Actor::system("bench"), person, &[role]).await;
    made.map_err(|error| failed(&error.to_string()))
}

/// Opens accounts and pays money into them.
pub(super) async fn open_funded(
    services: &Services,
    owner: UserId,
    count: usize,
) -> Result<Vec<Uuid>, Failure> {
    let ids: Arc<Vec<AccountId>> =
        Arc::new((0..count).map(|_| AccountId::from_uuid(services.env.new_uuid())).collect());
    let permit = Actor::system("bench").permit(Action::OpenAccount, Resource::kind("account"));
    let permit = permit.map_err(|error| failed(&error.to_string()))?;
    let (ledger, opening) = (services.ledger.clone(), Arc::clone(&ids));
    let cash: Result<AccountId, DbError> = services
        .db
        .write(permit, move |tx| {
            for id in opening.iter().copied() {
                let new = NewAccount {
                    id,
                    owner: Some(owner),
                    kind: "checking",
                    name: "checking".to_owned(),
                    currency: Currency::EUR,
                    code: chart::CHECKING,
                    overdraft: Overdraft::None,
                    ceiling: None,
                };
                ledger.open_account(tx, &new)?;
            }
            ledger.ensure_internal(tx, chart::CASH, Currency::EUR)
        })
        .await;
    let cash = cash.map_err(|error| failed(&error.to_string()))?;
    let events = ids.iter().map(|id| {
        let transfer = TransferId::from_uuid(services.env.new_uuid());
        Event { fresh: true, ..Event::transfer(transfer, cash, *id, FUNDS, Currency::EUR) }
    });
    let refused = Arc::new(Mutex::new(0_usize));
    let counting = Arc::clone(&refused);
    let record = Box::new(
        move |outcomes: &[florin_ledger::rules::Outcome], evidence: &mut florin_ledger::Evidence| {
            *counting.lock() = outcomes.iter().filter(|outcome| !outcome.code.is_success()).count();
            let now_us = evidence.now_us;
            for outcome in outcomes.iter().filter_map(|outcome| outcome.transfer.as_ref()) {
                let rows = evidence.rows(florin_jobs::outbox::statement());
                florin_jobs::outbox::add(rows, "deposit.created", outcome.id.uuid(), now_us);
            }
        },
    );
    let posting = Posting { events: events.collect(), key: None, record };
    services.ledger.submit(posting).await.map_err(|error| failed(&error.to_string()))?;
    if *refused.lock() > 0 {
        return Err(failed("accounts could not be funded"));
    }
    Ok(ids.iter().map(|id| id.uuid()).collect())
}

impl Bank {
    /// The settings by which a server finds the instance.
    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    fn config(&self) -> Result<Config, Failure> {
        let sources =
            Sources { environment: self.environment.iter().cloned().collect(), ..Sources::default() };
        Ok(Loaded::read(&sources)?.config)
    }

    /// Opens the instance in this process.
    pub(super) async fn open(&self) -> Result<Services, Failure> {
        self.open_in(Env::system()).await
    }

    /// The same with another clock.
    pub(super) async fn open_in(&self, env: Env) -> Result<Services, Failure> {
        Services::open(self.config()?, Access::Serve, env).await.map_err(Failure::from)
    }

    /// All accounts of the customers.
    pub(super) fn accounts(&self) -> Vec<AccountId> {
        self.customers
            .iter()
            .flat_map(|(_, accounts)| accounts.iter().copied().map(AccountId::from_uuid))
            .collect()
    }

    /// The email of somebody who signs in and does nothing else.
    pub(super) fn visitor(&self) -> &str {
        &self.visitor
    }

    /// Closes what [`Bank::open`] opened.
    pub(super) fn close(services: &Services) {
        services.db.close();
    }

    /// The filled instance behind a server, its customers signed in.
    pub(super) async fn target(&self, addr: SocketAddr) -> Result<Target, Failure> {
        let mut customers = Vec::with_capacity(self.customers.len());
        for (email, accounts) in &self.customers {
            let token = sign_in(addr, email, PASSWORD).await?;
            customers.push(Customer { token, accounts: accounts.clone() });
        }
        Target::of(addr, customers)
    }
}

impl Target {
    /// The server at `addr`, with customers who have two accounts at least between them.
    pub(super) fn of(addr: SocketAddr, customers: Vec<Customer>) -> Result<Self, Failure> {
        let accounts: Vec<Uuid> =
            customers.iter().flat_map(|customer| customer.accounts.iter().copied()).collect();
        let hot = accounts.first().copied().filter(|_| accounts.len() > 1);
        let hot = hot.ok_or_else(|| failed("a load needs two accounts in euros with money on them"))?;
        Ok(Self { addr, customers, accounts, hot })
    }

    pub(super) fn customer(&self, worker: usize) -> &Customer {
        let at = worker.checked_rem(self.customers.len()).unwrap_or(0);
        // There is at least one, and the remainder is below their number.
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the length, which is above zero")]
        &self.customers[at]
    }

    /// A running server, acted upon for one of its customers.
    pub(super) async fn sign_in(url: &str, email: &str, password: &str) -> Result<Self, Failure> {
        let host = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        let mut found =
            tokio::net::lookup_host(host).await.map_err(|error| failed(&format!("{url}: {error}")))?;
        let addr = found.next().ok_or_else(|| failed(&format!("{url} names no address")))?;
        let token = sign_in(addr, email, password).await?;
        let list = Request::get("/api/v1/accounts?limit=100").header("authorization", &token);
        let answer = once(addr, list.body(Full::default()).unwrap_or_default()).await?;
        let listed: Value = serde_json::from_slice(&answer).map_err(|error| failed(&error.to_string()))?;
        let rows = listed.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        let in_euros = rows.iter().filter(|row| row.get("currency").is_some_and(|code| code == "EUR"));
        let accounts = in_euros.filter_map(|row| row.get("id")?.as_str()?.parse().ok()).collect();
        Self::of(addr, vec![Customer { token, accounts }])
    }
}

pub(super) async fn sign_in(addr: SocketAddr, email: &str, password: &str) -> Result<String, Failure> {
    let body = json!({ "email": email, "password": password }).to_string();
    let answer = once(addr, super::requests::request("/api/v1/auth/login", "none", body)).await?;
    let tokens: Value = serde_json::from_slice(&answer).map_err(|error| failed(&error.to_string()))?;
    let token = tokens.get("access_token").and_then(Value::as_str);
    Ok(format!("Bearer {}", token.ok_or_else(|| failed("the customer of the load could not sign in"))?))
}

/// One request over a connection of its own.
async fn once(addr: SocketAddr, request: Request<Full<Bytes>>) -> Result<Bytes, Failure> {
    Ok(ask(addr, request).await?.body)
}

/// The same, with all of the answer.
pub(super) async fn ask(addr: SocketAddr, mut request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
    let broken = |error: hyper::Error| failed(&error.to_string());
    let stream = TcpStream::connect(addr).await.map_err(Failure::from)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = tokio::spawn(connection);
    let host = HeaderValue::from_str(&addr.to_string()).map_err(|error| failed(&error.to_string()))?;
    request.headers_mut().insert(HOST, host);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(broken)?.to_bytes();
    driver.abort();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

pub(super) fn failed(why: &str) -> Failure {
    Failure::new(Exit::Failed, why)
}
