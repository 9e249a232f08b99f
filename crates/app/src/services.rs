//! All services of a running program, put together from the configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use florin_access::{Access, Approvals, HeldCommand, Policies};
use florin_audit::Audit;
use florin_compliance::alerts::Monitoring;
use florin_compliance::cases::Cases;
use florin_compliance::consents::Consents;
use florin_compliance::screening::Sanctions;
use florin_db::card_tokens::CardVault;
use florin_db::{Access as DbAccess, Db, Options};
use florin_identity::Identity;
use florin_kernel::{Authority, Env};
use florin_ledger::Ledger;
use florin_lending::Loans;
use florin_monitoring::Operations;
use florin_monitoring::alerts::{Alerts, Watch};
use florin_notify::{Mailer, Notices};
use florin_parties::{Customers, Employees};
use florin_payments::bank_files::BankFiles;
use florin_payments::{
    Accounts, Billers, CardKeeper, Desk, Payees, PaymentMethods, Payments, Scheduled, Transfers,
};
use florin_risk::service::Risk;
use florin_volatile::Volatile;
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::adapters::{KnownPeople, Telling};
use crate::config::Config;
use crate::documents::Documents;
use crate::guides::{self, GuideDesk};
use crate::operations::{self, HttpSender};
use crate::papers::Papers;
use crate::parties::{PeopleOfIdentity, StaffingDesk};
use crate::payments::{self, SettlePayment, Settling};
use crate::screening::HolderDesk;
use crate::sessions::Browsers;
use crate::staff::{ChangeRoles, Staff};
use crate::stripe::Stripe;
use crate::{
    Administration, CaseDesk, FraudCheck, FraudReports, LoanDesk, Readiness, StartError, consents, identity,
    lending, mail, migrations, monitoring, risk, scheduled, screening, vault,
};

/// The services. Clones share them.
#[derive(Clone)]
pub struct Services {
    /// The configuration they were made from.
    pub config: Arc<Config>,
    /// Time and identifiers.
    pub env: Env,
    /// How the installation is set, its keys and its work.
    pub administration: Administration,
    /// The database.
    pub db: Db,
    /// The books.
    pub ledger: Ledger,
    /// People.
    pub identity: Arc<Identity>,
    /// What they may do.
    pub access: Arc<Access>,
    /// The evidence of all that was done.
    pub audit: Audit,
    /// What waits for a second person.
    pub approvals: Approvals,
    /// Who has which role.
    pub staff: Staff,
    /// Whom the institution deals with.
    pub customers: Customers,
    /// To what people agreed.
    pub consents: Consents,
    /// What people were told.
    pub notices: Notices,
    /// Who works for it.
    pub employees: Employees,
    /// Their accounts.
    pub accounts: Accounts,
    /// Their payments.
    pub transfers: Transfers,
    /// What they pay to whom, with what.
    pub payments: Payments,
    /// Files of payments for banks, and what banks answer.
    pub bank_files: BankFiles,
    /// Their saved bank accounts and cards.
    pub payment_methods: PaymentMethods,
    /// Whom they pay.
    pub payees: Payees,
    /// Enterprises that all can pay.
    pub billers: Billers,
    /// Payments that are made when they fall due.
    pub scheduled: Arc<Scheduled>,
    /// Saying what became of payments that are unknown, by two persons.
    pub settling: Settling,
    /// What is handed out.
    pub documents: Documents,
    /// The books as staff see them.
    pub desk: Desk,
    /// Loans.
    pub loans: Loans,
    /// Decisions about risk.
    pub risk: Risk,
    /// Judges transactions that nobody makes.
    pub fraud_check: FraudCheck,
    /// Takes in what people say was fraud.
    pub fraud_reports: FraudReports,
    /// What two must agree on about decisions: rules and models.
    pub guide_desk: GuideDesk,
    /// What somebody looks into: fraud, laundering, sanctions.
    pub cases: Cases,
    /// Deciding them, with what that means for held money.
    pub case_desk: Arc<CaseDesk>,
    /// Monitoring for laundering.
    pub monitoring: Arc<Monitoring>,
    /// How the program does: metrics and the dashboard made of them.
    pub operations: Operations,
    /// Alerts about that.
    pub alerts: Alerts,
    /// Lists of sanctions, and whom they may mean.
    pub sanctions: Sanctions,
    /// What two must agree on about loans.
    pub loan_desk: LoanDesk,
    /// What borrowers and payers are handed.
    pub papers: Papers,
    /// What instances share and may lose.
    pub volatile: Volatile,
    /// Where card numbers lie, and nowhere else.
    pub cards: CardVault,
    /// The keys that fields are sealed with.
    pub vault: florin_vault::Keyring,
    /// How browsers are met.
    pub browsers: Arc<Browsers>,
    /// Whether requests are still wanted.
    pub readiness: Readiness,
    pub(crate) sender: Arc<HttpSender>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) mailer: Arc<dyn Mailer>,
}

impl Services {
    /// Opens the database of the configuration alone, for commands that need no more. Blocking.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub fn open_database(config: &Config, access: DbAccess, env: Env) -> Result<Db, StartError> {
        Ok(Db::open(&Self::database_options(config, access)?, &migrations(), env)?)
    }

    /// How the configuration has the database opened; makes the embedded one's directory.
    ///
    /// # Errors
    /// When that cannot be made.
    pub fn database_options(config: &Config, access: DbAccess) -> Result<Options, StartError> {
        let url = config.database.url.expose_secret();
        let url = if url.is_empty() {
            make_directory(&config.instance.data)?;
            config.instance.data.join("florin.db").display().to_string()
        } else {
            url.to_owned()
        };
        let mut options = Options::new(url, access);
        options.readers = usize::from(config.database.readers);
        options.writers = usize::from(config.database.writers);
        options.posters = usize::from(config.database.posters);
        options.ca_file = Some(config.database.ca_file.clone()).filter(|path| !path.as_os_str().is_empty());
        options.migrate = config.database.migrate;
        Ok(options)
    }

    /// The policies of the configuration. Blocking.
    ///
    /// # Errors
    /// [`StartError`], which names the file and the place.
    pub fn policies(config: &Config) -> Result<Policies, StartError> {
        let dir = Some(config.access.policies.as_path()).filter(|dir| !dir.as_os_str().is_empty());
        Ok(Policies::load(dir)?)
    }

    /// Applies all migrations. Blocking.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub fn migrate(config: &Config, env: Env) -> Result<Db, StartError> {
        let mut config = config.clone();
        config.database.migrate = true;
        Self::open_database(&config, DbAccess::Command, env)
    }

    /// Puts all services together. Blocking; call it before serving, within an asynchronous runtime.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub async fn open(config: Config, access: DbAccess, env: Env) -> Result<Self, StartError> {
        let (opening, opening_env) = (config.clone(), env.clone());
        let db = tokio::task::spawn_blocking(move || Self::open_database(&opening, access, opening_env))
            .await
            .map_err(|error| StartError::System(error.to_string()))??;
        Self::open_on(config, db, access, env).await
    }

    /// Puts all services together over a database that was opened, with all migrations, by the caller.
    ///
    /// # Errors
    /// [`StartError`], whose text says what to do.
    pub async fn open_on(config: Config, db: Db, access: DbAccess, env: Env) -> Result<Self, StartError> {
        let zone = zone_of(&config)?;
        let serves = matches!(access, DbAccess::Serve);
        let ledger = match access {
            DbAccess::Serve => Ledger::start(&db, zone.clone())?,
            DbAccess::Command => Ledger::for_reading(&db, zone.clone()),
        };
        let wake = Arc::new(Notify::new());
        let letterhead = mail::letterhead(&config)?;
        let browsers = Arc::new(Browsers::of(&config)?);
        make_directory(&config.instance.data)?;
        let mailer = mail::mailer(&config, &env)?;
        let access = Arc::new(Access::new(Self::policies(&config)?));
        let authority: Arc<dyn Authority> = access.clone();
        let vault = vault::open(&config, &db).await?;
        let audit = crate::audit::audit(&config, &db)?;
        let volatile = open_volatile(&config, &env).await?;
        let risk = risk::start(&config, &db, serves).await?;
        let identity =
            identity::open(&config, &db, (&letterhead, authority), &wake, &volatile, (&vault, &risk))?;
        let identity = Arc::new(identity);
        let loans = lending::open(&config, &db, &ledger, &identity, &vault)?;
        let stripe = Stripe::of(&config)?;
        let deadlines = risk::deadlines(&config);
        let cases = Cases::new(db.clone(), deadlines);
        let customers = open_customers(&db, &identity, &vault, zone.clone());
        let payees = Payees::new(db.clone(), ledger.clone(), vault.clone());
        let sanctions = screening::open(&config, &db, &vault, deadlines, (&customers, &payees, &ledger));
        sanctions.refresh_blocked().await.map_err(|error| StartError::System(error.to_string()))?;
        let payees = payees.looking_for_holders(Arc::new(HolderDesk(sanctions.clone())));
        let check = risk::check(&config, &risk, &sanctions, &env);
        let payments =
            payments::open(&config, &db, &ledger, &vault, &wake, (&loans, &check), stripe.as_ref())?;
        let scheduled = Arc::new(scheduled::open(&config, &payments, &identity, &env, &letterhead));
        let approvals = Approvals::new(db.clone(), held_commands(&identity, &payments, &loans, &risk));
        let staff = Staff::new(db.clone(), Arc::clone(&identity), approvals.clone(), config.access.four_eyes);
        let employees = open_employees(&config, &db, &identity, &approvals, zone.clone());
        let accounts = open_accounts(&db, &ledger, &identity);
        let documents = Documents::new(&config, (&accounts, &customers), &ledger, &env, &zone)?;
        let transfers = Transfers::new(db.clone(), ledger.clone(), check)
            .holding_for_review(config.risk.review_hours.saturating_mul(3_600))
            .asking_for_step_up_above(config.step_up.transfer_above);
        let telling = (deadlines, Telling::of(&db, &letterhead, &wake));
        let case_desk = Arc::new(CaseDesk::new(&db, &ledger, &cases, (&transfers, &payments), telling));
        let monitoring = Arc::new(monitoring::open(&config, &db, &ledger, deadlines)?);
        let cards = CardVault::new(db.clone(), vault.clone());
        let payment_methods = open_payment_methods(&db, &ledger, (&cards, &vault), stripe);
        let papers = Papers::new(&config, &documents, &loans, &payments);
        let watched = (&ledger, &identity, &risk, &audit, &volatile);
        let (operations, alerts, sender) = operations::open(&config, &db, watched, (&letterhead, &wake))?;
        let config = Arc::new(config);
        Ok(Self {
            administration: Administration::new(&config, &db, &wake),
            bank_files: open_bank_files(&config, &payments)?,
            fraud_reports: FraudReports::new(db.clone(), ledger.clone(), risk.clone(), case_desk.clone()),
            consents: consents::open(&config, &db)?,
            notices: Notices::new(db.clone()),
            operations,
            alerts,
            sender,
            billers: Billers::new(db.clone(), ledger.clone()),
            settling: Settling::new(db.clone(), payments.clone(), approvals.clone()),
            desk: Desk::new(db.clone(), ledger.clone()),
            fraud_check: FraudCheck::new(risk.clone(), accounts.clone()),
            guide_desk: GuideDesk::new(db.clone(), risk.clone(), approvals.clone(), config.access.four_eyes),
            loan_desk: LoanDesk::new(db.clone(), loans.clone(), approvals.clone(), config.access.four_eyes),
            identity,
            access,
            audit,
            approvals,
            staff,
            customers,
            employees,
            accounts,
            transfers,
            payments,
            payment_methods,
            payees,
            scheduled,
            documents,
            loans,
            risk,
            cases,
            case_desk,
            monitoring,
            sanctions,
            papers,
            volatile,
            cards,
            vault,
            browsers,
            readiness: Readiness::default(),
            wake,
            mailer,
            config,
            env,
            db,
            ledger,
        })
    }

    pub(crate) fn caretaker(&self) -> vault::Caretaker {
        vault::Caretaker::new(Arc::clone(&self.config), self.db.clone(), self.vault.clone())
    }

    /// Looks after the keys that fields are sealed with, as is done every minute beside the requests.
    ///
    /// # Errors
    /// [`StartError`]; the keys then stay as they were.
    pub async fn look_after_vault(&self) -> Result<(), StartError> {
        self.caretaker().look().await
    }

    /// Learns what other processes decided about risk, where there can be others.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look_after_risk(&self) -> Result<(), florin_db::DbError> {
        if self.db.engine() == florin_db::Engine::Postgres {
            self.risk.follow().await?;
        }
        Ok(())
    }

    /// What looks at the rules about metrics.
    pub fn watch(&self) -> Watch {
        Watch::new(self.alerts.clone(), self.operations.clone())
    }
}

fn people_of(db: &Db, identity: &Arc<Identity>) -> Arc<PeopleOfIdentity> {
    Arc::new(PeopleOfIdentity { identity: Arc::clone(identity), env: db.env().clone() })
}

fn open_accounts(db: &Db, ledger: &Ledger, identity: &Arc<Identity>) -> Accounts {
    Accounts::new(db.clone(), ledger.clone(), Arc::new(KnownPeople(Arc::clone(identity))))
}

fn open_bank_files(config: &Config, payments: &Payments) -> Result<BankFiles, StartError> {
    let networks = config.bank_networks().map_err(StartError::System)?;
    Ok(BankFiles::new(payments.clone(), networks))
}

fn zone_of(config: &Config) -> Result<TimeZone, StartError> {
    let zone = TimeZone::get(&config.instance.time_zone);
    zone.map_err(|error| StartError::System(format!("instance.time_zone: {error}")))
}

fn open_payment_methods(
    db: &Db,
    ledger: &Ledger,
    (cards, vault): (&CardVault, &florin_vault::Keyring),
    stripe: Option<Arc<Stripe>>,
) -> PaymentMethods {
    let keepers = stripe.map(|stripe| stripe as Arc<dyn CardKeeper>).into_iter().collect();
    PaymentMethods::new(db.clone(), ledger.clone(), cards.clone(), vault.clone()).with_keepers(keepers)
}

fn open_customers(
    db: &Db,
    identity: &Arc<Identity>,
    vault: &florin_vault::Keyring,
    zone: TimeZone,
) -> Customers {
    Customers::new(db.clone(), people_of(db, identity), vault.clone(), zone)
}

fn open_employees(
    config: &Config,
    db: &Db,
    identity: &Arc<Identity>,
    approvals: &Approvals,
    zone: TimeZone,
) -> Employees {
    let staffing = Arc::new(StaffingDesk {
        identity: Arc::clone(identity),
        env: db.env().clone(),
        approvals: approvals.clone(),
        four_eyes: config.access.four_eyes,
    });
    Employees::new(db.clone(), people_of(db, identity), staffing, zone)
}

async fn open_volatile(config: &Config, env: &Env) -> Result<Volatile, StartError> {
    if config.redis.url.expose_secret().is_empty() {
        return Ok(Volatile::in_memory(env.clone()));
    }
    let connected = Volatile::connect(&config.redis.url, config.redis.timeout(), env.clone()).await;
    connected.map_err(|_| StartError::System("REDIS_URL is not a redis:// URL that can be read".to_owned()))
}

/// What waits for a second person before it is done.
fn held_commands(
    identity: &Arc<Identity>,
    payments: &Payments,
    loans: &Loans,
    risk: &Risk,
) -> Vec<Arc<dyn HeldCommand>> {
    let mut held: Vec<Arc<dyn HeldCommand>> =
        vec![Arc::new(ChangeRoles(Arc::clone(identity))), Arc::new(SettlePayment(payments.clone()))];
    held.extend(lending::commands(loans));
    held.extend(guides::commands(risk));
    held
}

fn make_directory(path: &Path) -> Result<PathBuf, StartError> {
    std::fs::create_dir_all(path)
        .map_err(|error| StartError::System(format!("{}: {error}", path.display())))?;
    Ok(path.to_owned())
}
