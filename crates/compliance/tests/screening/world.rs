//! A fresh database of each engine, a clock by hand, and people who may be on a list.

use std::sync::{Arc, Mutex};

use florin_compliance::cases::{self, CaseQuery, Cases, Deadlines};
use florin_compliance::screening::{
    self, Parts, PassJob, Person, Sanctions, Settings, Source, Subject, SubjectJob, SubjectKind, Subjects,
};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Reader};
use florin_jobs::Workers;
use florin_kernel::{
    AccountId, Action, Actor, Authority, Denied, Env, Origin, PageRequest, Principal, Resource, Role,
    SessionId, Timestamp, UserId, Uuid,
};
use florin_screening::Query;
use florin_vault::{KeyKind, Keyring, MasterKey, WrappedKey};
use tokio::sync::Notify;

/// The headings of a house list.
const HEAD: &str = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n";

pub struct World {
    pub db: Db,
    pub env: Env,
    pub sanctions: Sanctions,
    pub cases: Cases,
    pub people: Arc<People>,
    vault: Keyring,
    _database: TestDatabase,
}

/// Subjects in memory, in the order of their identifiers.
#[derive(Default)]
pub struct People(Mutex<Vec<Person>>);

impl Subjects for People {
    fn find(&self, _: &mut Reader<'_>, subject: Subject) -> Result<Option<Person>, DbError> {
        Ok(self.0.lock().unwrap().iter().find(|one| one.subject == subject).cloned())
    }

    fn after(
        &self,
        _: &mut Reader<'_>,
        kind: SubjectKind,
        after: Uuid,
        limit: usize,
    ) -> Result<Vec<Person>, DbError> {
        let people = self.0.lock().unwrap();
        let mut found: Vec<Person> =
            people.iter().filter(|one| one.subject.kind == kind && one.subject.id > after).cloned().collect();
        found.sort_by_key(|one| one.subject.id);
        found.truncate(limit);
        Ok(found)
    }

    fn accounts(&self, _: &mut Reader<'_>, user: UserId) -> Result<Vec<AccountId>, DbError> {
        Ok(vec![AccountId::from_uuid(user.uuid())])
    }
}

/// A world over a fresh database of each engine.
pub fn worlds() -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(|database| {
        let (env, _) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let migrations = [florin_jobs::MIGRATIONS, cases::MIGRATIONS, screening::MIGRATIONS];
        let db = database.open(&migrations, env.clone()).unwrap();
        let people = Arc::new(People::default());
        let vault = keyring();
        let sanctions = sanctions(&db, &vault, &people);
        let cases = Cases::new(db.clone(), Deadlines::default());
        World { db, env, sanctions, cases, people, vault, _database: database }
    })
}

fn sanctions(db: &Db, vault: &Keyring, people: &Arc<People>) -> Sanctions {
    let settings = Settings { alert_above: 690, deadlines: Deadlines::default(), folder: None };
    Sanctions::new(db.clone(), vault.clone(), people.clone(), settings)
}

fn keyring() -> Keyring {
    let master = MasterKey::generate().unwrap();
    let keys = [KeyKind::Seal, KeyKind::Root]
        .map(|kind| WrappedKey::generate(kind, 1, &master, Timestamp::UNIX_EPOCH).unwrap());
    Keyring::unlock(std::slice::from_ref(&master), &keys).unwrap()
}

/// A house list of these rows, of which each begins with `id,kind,name`.
pub fn house(rows: &[&str]) -> Parts {
    let pad = |row: &&str| {
        let commas = 9_usize.saturating_sub(row.matches(',').count());
        format!("{row}{}\n", ",".repeat(commas))
    };
    let text = format!("{HEAD}{}", rows.iter().map(pad).collect::<String>());
    Parts::read(Source::House, vec![text.into_bytes()]).unwrap()
}

/// Permits everything but what is listed.
struct AllBut(&'static [Action]);

impl Authority for AllBut {
    fn decide(&self, _: &Principal, action: Action, _: &Resource) -> Result<(), Denied> {
        if self.0.contains(&action) { Err(Denied::Forbidden { action }) } else { Ok(()) }
    }
}

impl World {
    /// Somebody who may do everything but these.
    pub fn analyst(&self, but: &'static [Action]) -> Actor {
        self.actor(UserId::from_uuid(self.env.new_uuid()), but)
    }

    pub fn actor(&self, user: UserId, but: &'static [Action]) -> Actor {
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(self.env.new_uuid()),
            roles: vec![Role::Admin],
            department: None,
            verified: true,
            mfa_due: false,
        };
        Actor::new(Arc::new(principal), Origin::default(), Arc::new(AllBut(but)))
    }

    /// Another process on the same database.
    pub fn second(&self) -> Sanctions {
        sanctions(&self.db, &self.vault, &self.people)
    }

    /// Somebody called this becomes known.
    pub async fn customer(&self, name: &str) -> UserId {
        let user = UserId::from_uuid(self.env.new_uuid());
        self.know(Person { subject: Subject::customer(user), user: Some(user), query: Query::named(name) })
            .await;
        user
    }

    /// A subject is known, or is another from now on.
    pub async fn know(&self, person: Person) {
        let subject = person.subject;
        {
            let mut people = self.people.0.lock().unwrap();
            people.retain(|one| one.subject != subject);
            people.push(person);
        }
        let now = self.env.now();
        self.db.housekeeping(move |tx| screening::look_at(tx, subject, now)).await.unwrap();
    }

    /// Runs the jobs that are due.
    pub async fn run_jobs(&self) {
        let handlers: Vec<Arc<dyn florin_jobs::Handler>> =
            vec![Arc::new(SubjectJob(self.sanctions.clone())), Arc::new(PassJob(self.sanctions.clone()))];
        let workers = Workers::new(self.db.clone(), handlers, vec![], Arc::new(Notify::new()));
        workers.run_due().await.unwrap();
        assert_eq!(self.count("SELECT COUNT(*) FROM job").await, 0, "no job failed");
    }

    /// Loads a house list of these rows and looks for everybody.
    pub async fn load(&self, rows: &[&str]) {
        let by = Actor::system("test");
        self.sanctions.load(&by, Source::House, house(rows), true).await.unwrap();
        self.run_jobs().await;
    }

    /// A number that a statement counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    /// The cases, and the screenings that are open.
    pub async fn open(&self) -> (usize, Vec<screening::ScreeningId>) {
        let by = Actor::system("test");
        let page = PageRequest::try_new(None, None).unwrap();
        let cases = self.cases.list(&by, CaseQuery::default(), &page).await.unwrap();
        let wanted = screening::ScreeningQuery { status: Some(screening::Status::Open), subject: None };
        let open = self.sanctions.list(&by, wanted, &page).await.unwrap();
        (cases.rows.len(), open.rows.into_iter().map(|one| one.id).collect())
    }
}
