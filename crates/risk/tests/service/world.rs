//! A fresh database of each engine, a clock by hand, people who may or may not, and decisions that were made.

use std::path::PathBuf;
use std::sync::Arc;

use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, params};
use florin_kernel::{
    Action, Actor, Authority, Currency, Denied, Env, ManualClock, Origin, Principal, Resource, Role,
    SessionId, Timestamp, UserId, Uuid,
};
use florin_risk::rules::{RuleSet, starter};
use florin_risk::service::{Decided, MIGRATIONS, Risk};
use florin_risk::{Attempt, Kind, Outcome, Settings};

pub struct World {
    pub db: Db,
    pub env: Env,
    pub clock: Arc<ManualClock>,
    pub risk: Risk,
    _database: TestDatabase,
}

/// A world over a fresh database of each engine, with the rules that the program comes with.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for database in databases().unwrap() {
        let (env, clock) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let migrations = [florin_jobs::MIGRATIONS, MIGRATIONS];
        let db = database.open(&migrations, env.clone()).unwrap();
        let risk = process(&db, None, None).await;
        worlds.push(World { db, env, clock, risk, _database: database });
    }
    worlds
}

/// A process on this database, with these files.
pub async fn process(db: &Db, rules_file: Option<PathBuf>, model_file: Option<PathBuf>) -> Risk {
    let text = starter(Currency::USD);
    let settings = Settings::new(Currency::USD);
    let risk = Risk::with_files(db.clone(), settings, RuleSet::parse(&text), rules_file, model_file).unwrap();
    risk.store_first_rules(text).await.unwrap();
    risk.refresh().await.unwrap();
    risk
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
            roles: vec![Role::FraudAnalyst],
            department: None,
            verified: true,
            mfa_due: false,
        };
        (Actor::new(Arc::new(principal), Origin::default(), Arc::new(AllBut(but))), user)
    }

    /// Money that a person would send now.
    pub fn attempt(&self, user: Uuid, minor: i64) -> Attempt {
        let now = self.env.now().as_microsecond();
        let mut attempt = Attempt::new(self.env.new_uuid(), Kind::Transfer, now, minor, Currency::USD);
        attempt.user = Some(user.into());
        attempt.account = Some(user.into());
        attempt
    }

    /// Decides about an attempt and keeps the decision.
    pub async fn decide(&self, attempt: Attempt) -> Decided {
        let decided = self.risk.assess(attempt);
        let kept = decided.clone();
        let outcome = match decided.verdict {
            florin_risk::Verdict::Approve => Outcome::Approved,
            florin_risk::Verdict::Review => Outcome::Held,
            florin_risk::Verdict::Decline => Outcome::Declined,
        };
        self.db.housekeeping(move |tx| tx.bulk(kept.rows(outcome))).await.unwrap();
        self.risk.settled(&decided, outcome);
        decided
    }

    /// Says what a decision was about, from now on.
    pub async fn label(&self, decided: &Decided, fraud: bool) {
        let (subject, now) = (decided.attempt.id, self.env.now());
        let sql = "INSERT INTO risk_label (subject_id, fraud, source, kind, at_us) VALUES ($1, $2, 'analyst', 'test', $3)";
        let done = self.db.housekeeping(move |tx| tx.execute(sql, &params![subject, fraud, now]));
        assert_eq!(done.await.map_err(|error: DbError| error.to_string()), Ok(1));
    }

    /// Runs a statement.
    pub async fn execute(&self, sql: &'static str) {
        self.db.housekeeping(move |tx| tx.execute(sql, &[])).await.map(|_| ()).unwrap();
    }

    /// A number that a statement counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }

    /// Activates a set, as two agreed.
    pub async fn activate(&self, by: &Actor, hash: &str) {
        let (permit, replaces) = self.risk.may_activate_rules(by, hash).await.unwrap();
        let (risk, hash, person) = (self.risk.clone(), hash.to_owned(), by.user());
        let work =
            move |tx: &mut florin_db::Tx<'_>| risk.activate_rules_in(tx, &hash, replaces.as_deref(), person);
        self.db.write(permit, work).await.unwrap().settled();
    }
}

/// A set of rules with one more, in this mode, that holds every transfer of more than a hundred dollars.
pub fn with_hundred(mode: &str) -> String {
    format!(
        "{}\n[[rule]]\nid = \"more-than-a-hundred\"\nversion = 1\ntypology = \"pattern\"\ndescription = \"More than a hundred.\"\n\
         kinds = [\"transfer\"]\nwhen = \"amount > 100 USD\"\nverdict = \"review\"\nmode = \"{mode}\"\nreason = \"it is much\"\n\
         [[rule.test]]\nfires = true\nfeatures = {{ amount = \"101 USD\" }}\n",
        starter(Currency::USD)
    )
}
