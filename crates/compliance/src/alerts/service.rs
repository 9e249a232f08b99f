//! Runs over the book, and what staff see of them.

use std::sync::Arc;
use std::time::Instant;

use florin_db::{Db, DbError};
use florin_kernel::{AccountId, Action, Actor, Env, Page, PageRequest, Resource, Timestamp};
use foldhash::{HashMap, HashMapExt};
use tokio::sync::Mutex;

use super::alert::{AlertQuery, Run, RunPlace};
use super::run::{Clerk, Looked, Written};
use super::{Alert, AlertId, AlertPlace, Error, RunId, store};
use crate::cases::Deadlines;
use crate::monitor::{AccountFacts, Book, Finding, Movement, Settings, watch};
use crate::ports::Movements;

/// How many movements are read at once.
const PAGE: u32 = 10_000;
/// How many findings are written at once.
const CHUNK: usize = 32;

/// How the book is looked through.
#[derive(Clone, Debug)]
pub struct MonitoringSettings {
    /// How many days back, from now.
    pub days: u16,
    /// How many movements are read into memory at most; more are refused, since half of a book looks like another one.
    pub movements_max: u64,
    /// What counts as suspicious.
    pub typologies: Settings,
    /// In how many days cases are due.
    pub deadlines: Deadlines,
}

/// Monitoring of the books. Clones share it.
#[derive(Clone)]
pub struct Monitoring {
    db: Db,
    env: Env,
    book: Arc<dyn Movements>,
    settings: Arc<MonitoringSettings>,
    // One book at a time is in memory.
    one: Arc<Mutex<()>>,
}

/// All that was read of a range.
#[derive(Default)]
struct Read {
    movements: Vec<Movement>,
    facts: HashMap<AccountId, AccountFacts>,
}

impl Monitoring {
    /// Monitoring of `book`, whose alerts are kept in this database.
    pub fn new(db: Db, book: Arc<dyn Movements>, settings: MonitoringSettings) -> Self {
        let env = db.env().clone();
        Self { db, env, book, settings: Arc::new(settings), one: Arc::new(Mutex::new(())) }
    }

    /// Looks through the book of the last days, and keeps what is found.
    ///
    /// The book is read page by page outside of any unit of work; findings are written some at a time, each with its case. A run
    /// that is cut off loses nothing: what it wrote is known to the next one.
    ///
    /// # Errors
    /// [`Error::UnderWay`], [`Error::TooLarge`], [`Error::Book`], [`Error::Case`], [`Error::Denied`], or what the database says.
    #[tracing::instrument(name = "compliance.monitor", skip_all)]
    pub async fn run(&self, by: &Actor) -> Result<Run, Error> {
        by.permit(Action::MonitorAml, Resource::kind("aml_alert"))?;
        let _alone = self.one.try_lock().map_err(|_| Error::UnderWay)?;
        let (started, to) = (Instant::now(), self.env.now());
        let span_us = i64::from(self.settings.days).saturating_mul(86_400_000_000);
        let from_us = to.as_microsecond().saturating_sub(span_us).max(0);
        let from = Timestamp::from_microsecond(from_us).unwrap_or(Timestamp::UNIX_EPOCH);
        let (looked, findings) = self.look(from_us, to.as_microsecond()).await?;
        let mut run = Run {
            id: RunId::from_uuid(self.env.new_uuid()),
            from,
            to,
            movements: u64::try_from(looked.len()).unwrap_or(u64::MAX),
            findings: u32::try_from(findings.len()).unwrap_or(u32::MAX),
            opened: 0,
            went_on: 0,
            took_ms: 0,
            by: by.user(),
            at: to,
        };
        self.keep(by, &mut run, Arc::new(looked), findings).await?;
        run.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.conclude(by, run).await
    }

    /// Reads the range and looks through it, on a thread where it is in nobody's way.
    async fn look(&self, from_us: i64, to_us: i64) -> Result<(Looked, Vec<Finding>), Error> {
        let read = self.read(from_us, to_us).await?;
        let typologies = self.settings.typologies.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let facts: Vec<AccountFacts> = read.facts.values().copied().collect();
            let owners = facts.iter().map(|fact| (fact.account, fact.customer)).collect();
            let book = Book::try_new(&read.movements, &facts, typologies)?;
            let findings = watch(&book);
            Ok::<_, Error>((Looked::new(read.movements, owners), findings))
        });
        looking.await.map_err(|_| Error::CutOff)?
    }

    async fn read(&self, from_us: i64, to_us: i64) -> Result<Read, Error> {
        let (mut read, mut after) = (Read { facts: HashMap::new(), ..Read::default() }, None);
        loop {
            let book = Arc::clone(&self.book);
            let page = self.db.read(move |reader| book.page(reader, from_us, to_us, after, PAGE)).await;
            let page = page.map_err(|error: DbError| error)?;
            read.movements.extend(page.movements);
            if u64::try_from(read.movements.len()).unwrap_or(u64::MAX) > self.settings.movements_max {
                return Err(Error::TooLarge(self.settings.movements_max));
            }
            read.facts.extend(page.facts.into_iter().map(|fact| (fact.account, fact)));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(read),
            }
        }
    }

    async fn keep(
        &self,
        by: &Actor,
        run: &mut Run,
        looked: Arc<Looked>,
        findings: Vec<Finding>,
    ) -> Result<(), Error> {
        let clerk = Clerk {
            env: self.env.clone(),
            deadlines: self.settings.deadlines,
            run: run.id,
            from_us: run.from.as_microsecond(),
        };
        for chunk in findings.chunks(CHUNK) {
            let permit = by.permit(Action::MonitorAml, Resource::kind("aml_alert"))?;
            let (clerk, looked, chunk, id) = (clerk.clone(), Arc::clone(&looked), chunk.to_vec(), run.id);
            let written = self.db.write(permit, move |tx| {
                tx.about(id.uuid());
                let written = clerk.write(tx, &looked, &chunk)?;
                tx.note("opened", &written.iter().filter(|one| **one == Written::Opened).count());
                tx.note("went_on", &written.iter().filter(|one| **one == Written::WentOn).count());
                Ok::<_, Error>(written)
            });
            for one in written.await? {
                run.opened = run.opened.saturating_add(u32::from(one == Written::Opened));
                run.went_on = run.went_on.saturating_add(u32::from(one == Written::WentOn));
            }
        }
        Ok(())
    }

    async fn conclude(&self, by: &Actor, run: Run) -> Result<Run, Error> {
        let permit = by.permit(Action::MonitorAml, Resource::kind("aml_alert"))?;
        self.db
            .write(permit, move |tx| {
                tx.about(run.id.uuid());
                tx.note("movements", &run.movements);
                tx.note("findings", &run.findings);
                store::insert_run(tx, &run)?;
                Ok(run.clone())
            })
            .await
    }

    /// A page of alerts, the latest at the top.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        query: AlertQuery,
        page: &PageRequest,
    ) -> Result<Page<Alert>, Error> {
        by.permit(Action::ReadAmlAlerts, Resource::kind("aml_alert"))?;
        let (before, limit) = (page.cursor_as::<AlertPlace>()?, one_more(page));
        let found = self.db.read(move |reader| store::list(reader, query, before, limit)).await;
        let found = found.map_err(|error: DbError| error)?;
        Ok(page.page(found, |alert| {
            AlertPlace { at_us: alert.created_at.as_microsecond(), id: alert.id }.to_string()
        }))
    }

    /// An alert.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn find(&self, by: &Actor, id: AlertId) -> Result<Alert, Error> {
        by.permit(Action::ReadAmlAlerts, Resource::one("aml_alert", id.uuid()))?;
        let found = self.db.read(move |reader| store::find(reader, id)).await;
        found.map_err(|error: DbError| error)?.ok_or(Error::NotFound)
    }

    /// A page of runs, the latest at the top.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn runs(&self, by: &Actor, page: &PageRequest) -> Result<Page<Run>, Error> {
        by.permit(Action::ReadAmlAlerts, Resource::kind("aml_alert"))?;
        let (before, limit) = (page.cursor_as::<RunPlace>()?, one_more(page));
        let found = self.db.read(move |reader| store::runs(reader, before, limit)).await;
        let found = found.map_err(|error: DbError| error)?;
        Ok(page.page(found, |run| RunPlace { at_us: run.at.as_microsecond(), id: run.id }.to_string()))
    }
}

fn one_more(page: &PageRequest) -> i64 {
    i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX)
}
