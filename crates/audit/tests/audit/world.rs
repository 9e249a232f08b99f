//! A database with a trail in it, a clock that stands still, and somebody who tampers.

use std::sync::Arc;

use florin_audit::{Audit, EventFormat, FaultKind, Keys, Report, Run, Scope, Settings, Sink};
use florin_db::audit::{AuditRecord, Outcome, bulk_of};
use florin_db::testing::{self, TestDatabase};
use florin_db::{Db, DbError, Engine, Value};
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, ManualClock, Origin, Permit, Principal, Resource, Timestamp, Uuid,
};
use tempfile::TempDir;

pub const START_SECOND: i64 = 1_795_275_200;

struct Everything;

impl Authority for Everything {
    fn decide(&self, _: &Principal, _: Action, _: &Resource) -> Result<(), Denied> {
        Ok(())
    }
}

pub struct World {
    pub db: Db,
    pub audit: Audit,
    pub clock: Arc<ManualClock>,
    pub data: TempDir,
    _database: TestDatabase,
    pub env: Env,
}

pub fn settings() -> Settings {
    Settings {
        seal_seconds: 60,
        retention_days: 30,
        anchor_file: None,
        events_to: None,
        events_format: EventFormat::Ecs,
    }
}

/// A world on each engine.
pub fn worlds() -> Vec<World> {
    testing::databases().unwrap().into_iter().map(World::on).collect()
}

impl World {
    pub fn on(database: TestDatabase) -> Self {
        let (env, clock) = Env::manual(Timestamp::from_second(START_SECOND).unwrap());
        let db = database.open(&[florin_audit::MIGRATIONS], env.clone()).unwrap();
        let data = tempfile::tempdir().unwrap();
        let keys = Keys::open(&data.path().join("keys")).unwrap();
        let audit = Audit::new(db.clone(), keys, settings());
        Self { db, audit, clock, data, _database: database, env }
    }

    pub fn sqlite() -> Self {
        Self::on(testing::sqlite().unwrap())
    }

    pub fn is_postgres(&self) -> bool {
        self.db.engine() == Engine::Postgres
    }

    pub fn keys(&self) -> Keys {
        Keys::open(&self.data.path().join("keys")).unwrap()
    }

    /// The same trail with other settings.
    pub fn with(&self, change: impl FnOnce(&mut Settings)) -> Audit {
        let mut settings = settings();
        change(&mut settings);
        Audit::new(self.db.clone(), self.keys(), settings)
    }

    pub fn telling_to(&self, file: &str, format: EventFormat) -> Audit {
        let path = self.data.path().join(file);
        self.with(|settings| {
            settings.events_to = Some(Sink::File(path));
            settings.events_format = format;
        })
    }

    /// So many records, each of a time, a person and a resource of its own.
    pub async fn write(&self, count: usize) {
        let at_us = self.env.now().as_microsecond();
        let records = (0..count).map(|n| record(n as u128)).collect::<Vec<_>>();
        self.db
            .housekeeping(move |tx| {
                let mut bulk = bulk_of(at_us, []);
                for (offset, record) in (0_i64..).zip(records.clone()) {
                    bulk.append(bulk_of(at_us + offset, [record]));
                }
                tx.bulk(bulk)
            })
            .await
            .unwrap_or_else(|error: DbError| panic!("{error}"));
    }

    pub async fn seal(&self) -> Run {
        self.audit.seal().await.unwrap()
    }

    pub async fn verify(&self) -> Report {
        self.verify_with(&Scope::default()).await
    }

    pub async fn verify_with(&self, scope: &Scope) -> Report {
        florin_audit::verify(&self.db, self.audit.trusted(), scope).await.unwrap()
    }

    /// What is wrong: the kinds, with the seals and the records.
    pub async fn faults(&self) -> Vec<(FaultKind, Option<i64>, Option<i64>)> {
        let report = self.verify().await;
        assert_eq!(report.fault_count, report.faults.len() as u64);
        report.faults.into_iter().map(|fault| (fault.kind, fault.seal, fault.seq)).collect()
    }

    /// Runs SQL behind the program's back.
    pub async fn sql(&self, sql: impl Into<String>) -> u64 {
        self.sql_with(sql, Vec::new()).await
    }

    pub async fn sql_with(&self, sql: impl Into<String>, params: Vec<Value>) -> u64 {
        self.try_sql(sql, params).await.unwrap()
    }

    pub async fn try_sql(&self, sql: impl Into<String>, params: Vec<Value>) -> Result<u64, DbError> {
        let sql: &'static str = Box::leak(sql.into().into_boxed_str());
        self.db.housekeeping(move |tx| tx.execute(sql, &params)).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        let counted = self.db.read(move |r| r.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        counted.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    /// Takes away what refuses changes, as somebody with the database's password would.
    pub async fn without_guards(&self) {
        for table in ["audit_record", "audit_seal", "audit_leaves", "audit_removal"] {
            if self.is_postgres() {
                self.sql(format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await;
            } else {
                self.sql(format!("DROP TRIGGER IF EXISTS {table}_never_updated")).await;
                self.sql(format!("DROP TRIGGER IF EXISTS {table}_never_deleted")).await;
            }
        }
    }
}

/// A record with something in every column.
pub fn record(n: u128) -> AuditRecord {
    let mut record = AuditRecord::of(&permit());
    record.action = if n.is_multiple_of(3) { "user.change" } else { "session.login" };
    record.resource_id = Some(Uuid::from_u128(1_000_000 + n));
    record.user_id = Some(Uuid::from_u128(1 + n % 10));
    record.session_id = Some(Uuid::from_u128(500 + n % 20));
    record.operator = Some("test");
    record.ip = Some(format!("192.0.2.{}", n % 250));
    record.user_agent = Some("curl/8".to_owned());
    record.request_id = Some(format!("request-{n}"));
    record.details = vec![("colour", "blue".to_owned())];
    if n.is_multiple_of(5) {
        record.outcome = Outcome::Failure("invalid_credentials");
    }
    record
}

fn permit() -> Permit {
    auditor().permit(Action::Login, Resource::kind("session")).unwrap()
}

/// Somebody who may do everything.
pub fn auditor() -> Actor {
    Actor::new(Arc::new(Principal::Anonymous), Origin::default(), Arc::new(Everything))
}
