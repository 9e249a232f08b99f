//! The whole program, without its sockets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use florin_app::config::{Config, Loaded, Sources};
use florin_app::{Services, StartError};
use florin_db::testing::{self, Faults};
use florin_db::{Access, Db, DbError};
use florin_http::{Edge, EdgeOptions, Metrics};
use florin_identity::{NewPerson, Password};
use florin_kernel::{Actor, Department, Env, ManualClock, Role, Timestamp};
use florin_parties::{NewEmployee, Whom};
use serde_json::json;
use tempfile::TempDir;

use crate::{Browser, Client, PASSWORD};

/// When every instance starts: 2026-11-21, 15:33:20 in UTC.
const START_SECOND: i64 = 1_795_275_200;

/// In the place of a setting's key: the name of the preset.
const PRESET: &str = "preset";

/// Which database an instance has.
#[derive(Clone, Debug)]
pub enum Database {
    /// The embedded one, in the instance's own directory.
    Sqlite,
    /// PostgreSQL, at this address.
    Postgres(String),
}

impl Database {
    /// A fresh database of PostgreSQL; none where `FLORIN_TEST_ENGINES=sqlite` asks for that in so many words.
    pub fn postgres() -> Option<Self> {
        if std::env::var("FLORIN_TEST_ENGINES").as_deref() == Ok("sqlite") {
            return None;
        }
        let database = testing::postgres().unwrap_or_else(|why| panic!("{why}"));
        Some(Self::Postgres(database.options.url))
    }
}

/// A fresh database of each engine.
pub fn test_databases() -> Vec<Database> {
    std::iter::once(Database::Sqlite).chain(Database::postgres()).collect()
}

/// An instance of the program, in this process.
pub struct TestApp {
    /// The services behind the router.
    pub services: Services,
    /// The clock, which stands still until it is moved.
    pub clock: Arc<ManualClock>,
    env: Env,
    router: Router,
    data: Arc<TempDir>,
    database: Database,
    settings: Vec<(&'static str, String)>,
    people: AtomicU32,
}

impl TestApp {
    /// Starts an instance on a fresh database.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same with these settings, by their keys.
    pub async fn start_with(database: Database, settings: &[(&'static str, &str)]) -> Self {
        let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Self::try_start(database, &settings).await.unwrap()
    }

    /// The same, or why it does not start.
    ///
    /// # Errors
    /// What the program says about it.
    pub async fn try_start(
        database: Database,
        settings: &[(&'static str, String)],
    ) -> Result<Self, StartError> {
        let (env, clock) = Env::manual(Timestamp::from_second(START_SECOND).unwrap());
        let data = Arc::new(tempfile::tempdir().unwrap());
        let config = config_of(data.path(), &database, settings);
        Box::pin(Self::open(config, env, clock, data, database, settings.to_vec())).await
    }

    /// The same with the settings of this preset, and these laid over them.
    pub async fn start_preset(
        database: Database,
        preset: &'static str,
        settings: &[(&'static str, &str)],
    ) -> Self {
        let mut all = vec![(PRESET, preset)];
        all.extend_from_slice(settings);
        Self::start_with(database, &all).await
    }

    async fn open(
        config: Config,
        env: Env,
        clock: Arc<ManualClock>,
        data: Arc<TempDir>,
        database: Database,
        settings: Vec<(&'static str, String)>,
    ) -> Result<Self, StartError> {
        let services = Box::pin(Services::open(config, Access::Serve, env.clone())).await?;
        Self::over(services, env, clock, data, database, settings)
    }

    /// Starts an instance whose embedded database's disk has these faults.
    pub async fn start_on_faulty_disk(faults: Arc<dyn Faults>) -> Self {
        let (env, clock) = Env::manual(Timestamp::from_second(START_SECOND).unwrap());
        let data = Arc::new(tempfile::tempdir().unwrap());
        let config = config_of(data.path(), &Database::Sqlite, &[]);
        let options = Services::database_options(&config, Access::Serve).unwrap().with_faults(faults);
        let db = Db::open(&options, &florin_app::migrations(), env.clone()).unwrap();
        let services = Services::open_on(config, db, Access::Serve, env.clone()).await.unwrap();
        Self::over(services, env, clock, data, Database::Sqlite, Vec::new()).unwrap()
    }

    fn over(
        services: Services,
        env: Env,
        clock: Arc<ManualClock>,
        data: Arc<TempDir>,
        database: Database,
        settings: Vec<(&'static str, String)>,
    ) -> Result<Self, StartError> {
        let metrics = Metrics::new("0");
        let edge = Edge::new(env.clone(), metrics.clone(), &EdgeOptions::of(&services)?);
        let router = edge
            .wrap(florin_api::router(services.clone(), &metrics).merge(florin_web::router(services.clone())));
        Ok(Self { services, clock, env, router, data, database, settings, people: AtomicU32::new(0) })
    }

    /// Another process on the same database, with the same keys and the same clock.
    pub async fn second(&self) -> Self {
        self.try_second().await.unwrap()
    }

    /// The same, or why it does not start.
    ///
    /// # Errors
    /// What the program says about it.
    pub async fn try_second(&self) -> Result<Self, StartError> {
        let config = config_of(self.data.path(), &self.database, &self.settings);
        let (env, clock, data) = (self.env.clone(), Arc::clone(&self.clock), Arc::clone(&self.data));
        let other =
            Self::open(config, env, clock, data, self.database.clone(), self.settings.clone()).await?;
        other.people.store(1_000, Ordering::Relaxed);
        Ok(other)
    }

    /// The same instance after it was stopped.
    ///
    /// # Errors
    /// Why it does not start again.
    pub async fn restart(self) -> Result<Self, StartError> {
        let Self { services, clock, env, router, data, database, settings, people } = self;
        drop(router);
        close(&services).await;
        drop(services);
        let config = config_of(data.path(), &database, &settings);
        let app = Self::open(config, env, clock, data, database, settings).await?;
        app.people.store(people.into_inner(), Ordering::Relaxed);
        Ok(app)
    }

    /// The directory of everything that it keeps.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Somebody who has not signed in.
    pub fn stranger(&self) -> Client {
        Client::stranger(self.router.clone())
    }

    /// A browser that nobody has signed in on.
    pub fn browser(&self) -> Browser {
        Browser::new(self.stranger())
    }

    /// A browser on which somebody is signed in.
    pub async fn signed_in_browser(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.login(email).await;
        browser
    }

    /// Somebody who registered, read their mail and signed in.
    pub async fn customer(&self) -> Client {
        self.customer_called("Ada Example").await
    }

    /// The same, called this.
    pub async fn customer_called(&self, full_name: &str) -> Client {
        let email = self.registered(full_name).await;
        let token = self.mailed_token(&email).await;
        self.stranger().post("/api/v1/auth/email/verify", &json!({ "token": token })).await.expect(200);
        self.stranger().login(&email).await
    }

    /// Somebody who registered and signed in, and did not read their mail.
    pub async fn unverified(&self) -> Client {
        let email = self.registered("Ada Example").await;
        self.stranger().login(&email).await
    }

    async fn registered(&self, full_name: &str) -> String {
        let email = self.next_email("customer");
        let body = json!({ "email": email, "password": PASSWORD, "full_name": full_name });
        self.stranger().post("/api/v1/auth/register", &body).await.expect(201);
        email
    }

    /// A teller.
    pub async fn teller(&self) -> Client {
        self.staff(Role::Teller).await
    }

    /// A manager.
    pub async fn manager(&self) -> Client {
        self.staff(Role::Manager).await
    }

    /// An administrator.
    pub async fn admin(&self) -> Client {
        self.staff(Role::Admin).await
    }

    /// Somebody of the staff.
    pub async fn staff(&self, role: Role) -> Client {
        let email = self.next_email(role.code());
        let person = NewPerson {
            email: email.parse().unwrap(),
            password: Password::try_new(PASSWORD).unwrap(),
            full_name: "Tom Example".parse().unwrap(),
            phone: None,
        };
        self.services.identity.create_staff(&Actor::system("test"), person, &[role]).await.unwrap();
        self.stranger().login(&email).await
    }

    /// Somebody of a department, without any role.
    pub async fn of_department(&self, department: Department) -> Client {
        let email = self.next_email(department.code());
        let wanted = NewEmployee {
            whom: Whom::New { full_name: "Dora Example".to_owned(), email: email.clone() },
            department,
            title: "Clerk".to_owned(),
            manager: None,
            hired_on: None,
            roles: Vec::new(),
        };
        self.services.employees.hire(&Actor::system("test"), wanted).await.unwrap();
        self.accept_invitation(&email).await
    }

    /// Sets the password of somebody who was invited by mail, and signs them in.
    pub async fn accept_invitation(&self, email: &str) -> Client {
        let token = self.mailed_token(email).await;
        let body = json!({ "token": token, "new_password": PASSWORD });
        self.stranger().post("/api/v1/auth/password/reset", &body).await.expect(200);
        self.stranger().login(email).await
    }

    fn next_email(&self, what: &str) -> String {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}@example.org", what.replace('_', "-"))
    }

    /// A customer with an account in euros that has this much on it.
    pub async fn funded_customer(&self, amount: &str) -> (Client, String) {
        let customer = self.customer().await;
        let account = customer.open_account("EUR").await;
        self.fund(&account, amount).await;
        (customer, account)
    }

    /// Has a teller pay euros into an account.
    pub async fn fund(&self, account: &str, amount: &str) {
        let teller = self.teller().await;
        teller.deposit(account, amount, "EUR", &format!("fund-{account}")).await.expect(201);
    }

    /// Runs the scheduled payments and the jobs that are due.
    pub async fn run_jobs(&self) {
        self.services.scheduled.run_due().await.unwrap();
        self.services.workers().unwrap().run_due().await.unwrap();
    }

    /// The token of the last mail that this address was sent to be verified.
    pub async fn mailed_token(&self, email: &str) -> String {
        let letter = self.mails(email).await.into_iter().rev().find(|mail| mail.contains("?token="));
        let letter = letter.unwrap_or_else(|| panic!("no mail to {email} has a token"));
        let (_, rest) = letter.split_once("?token=").unwrap();
        rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next().unwrap().to_owned()
    }

    /// The mails that were sent to this address, in their order.
    pub async fn mails(&self, email: &str) -> Vec<String> {
        self.run_jobs().await;
        let to = format!("To: {email}\r\n");
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.data().join("outbox"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        let letters = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
        letters.filter(|letter| letter.contains(&to)).collect()
    }

    /// A number that the database answers.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.services.db.read(move |r| r.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    /// How much there is of all that a request could change.
    pub async fn everything(&self) -> [i64; 5] {
        [
            self.count("SELECT COUNT(*) FROM identity_user").await,
            self.count("SELECT COUNT(*) FROM ledger_account").await,
            self.count("SELECT COUNT(*) FROM ledger_transfer").await,
            self.count("SELECT COUNT(*) FROM ledger_hold WHERE state = 'open'").await,
            self.count("SELECT COUNT(*) FROM outbox_event").await,
        ]
    }

    /// Asserts what must hold after every scenario, and stops the instance.
    pub async fn finish(self) {
        self.run_jobs().await;
        let left = self.count("SELECT COUNT(*) FROM job WHERE state <> 'done'").await;
        assert_eq!(left, 0, "jobs are left behind");
        self.assert_books().await;
        self.assert_trail().await;
        close(&self.services).await;
    }

    /// The identifier of the newest audit record.
    pub async fn newest_audit_record(&self) -> String {
        let by = Actor::system("test");
        let found =
            self.services.audit.search(&by, florin_audit::Filter::default(), i64::MAX, 1).await.unwrap();
        found.records[0].id().to_string()
    }

    /// Asserts that the audit trail is what was sealed, with all that is sealed now.
    pub async fn assert_trail(&self) {
        let audit = &self.services.audit;
        audit.seal().await.unwrap();
        let scope = florin_audit::Scope::default();
        let report = florin_audit::verify(&self.services.db, audit.trusted(), &scope).await.unwrap();
        assert!(report.is_intact(), "the audit trail is not what was sealed: {:?}", report.faults);
    }

    /// Asserts that all that is derived from the transfers is what they come to.
    pub async fn assert_books(&self) {
        let report = self.services.db.read(florin_ledger::verify).await;
        let report = report.unwrap_or_else(|error: DbError| panic!("{error}"));
        assert_eq!(report.problems, [""; 0], "the books do not agree");
    }
}

async fn close(services: &Services) {
    let db = services.db.clone();
    tokio::task::spawn_blocking(move || db.close()).await.unwrap();
}

fn config_of(data: &Path, database: &Database, settings: &[(&'static str, String)]) -> Config {
    let mut flags = vec![
        ("instance.data", data.display().to_string()),
        ("instance.public_url", "https://bank.example".to_owned()),
        ("rate_limits.enabled", "false".to_owned()),
        ("database.writers", "2".to_owned()),
        // Made-up people do things in seconds that nobody does; the scenarios about that ask for more.
        ("risk.mode", "shadow".to_owned()),
        // Staff who owe a second factor could do nothing; the scenarios about that ask for it.
        ("mfa.required_roles", String::new()),
        ("mfa.required_departments", String::new()),
    ];
    flags.extend(settings.iter().filter(|(key, _)| *key != PRESET).cloned());
    if let Database::Postgres(url) = database {
        flags.push(("database.url", url.clone()));
    }
    let preset = settings.iter().find(|(key, _)| *key == PRESET).map(|(_, preset)| preset.clone());
    Loaded::read(&Sources { flags, preset, ..Sources::default() }).unwrap().config
}
