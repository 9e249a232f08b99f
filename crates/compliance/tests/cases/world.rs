//! A fresh database of each engine, a clock by hand, and people who may or may not.

use std::sync::Arc;

use florin_compliance::cases::{CaseKind, Cases, Deadlines, Evidence, MIGRATIONS, OpenCase, Priority};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError};
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, ManualClock, Origin, Principal, Resource, Role, SessionId,
    Timestamp, UserId,
};

pub struct World {
    pub db: Db,
    pub env: Env,
    pub clock: Arc<ManualClock>,
    pub cases: Cases,
    _database: TestDatabase,
}

/// A world over a fresh database of each engine.
pub fn worlds() -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(|database| {
        let (env, clock) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let db = database.open(&[florin_jobs::MIGRATIONS, MIGRATIONS], env.clone()).unwrap();
        let cases = Cases::new(db.clone(), Deadlines::default());
        World { db, env, clock, cases, _database: database }
    })
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
    pub fn analyst(&self, but: &'static [Action]) -> (Actor, UserId) {
        let user = UserId::from_uuid(self.env.new_uuid());
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(self.env.new_uuid()),
            roles: vec![Role::Admin],
            department: None,
            verified: true,
            mfa_due: false,
        };
        (Actor::new(Arc::new(principal), Origin::default(), Arc::new(AllBut(but))), user)
    }

    /// A number that a statement counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }
}

/// A case to open, with one piece of evidence.
pub fn wanted(kind: CaseKind, reference: &str) -> OpenCase {
    OpenCase {
        kind,
        reference: reference.to_owned(),
        subject: None,
        title: " Seven deposits below the limit ".to_owned(),
        priority: Priority::Normal,
        evidence: vec![piece("finding", reference)],
    }
}

/// A piece of evidence.
pub fn piece(kind: &str, reference: &str) -> Evidence {
    Evidence { kind: kind.to_owned(), reference: reference.to_owned(), text: "What was seen.".to_owned() }
}
