//! A book by hand, monitoring over it on a fresh database of each engine, and people who may or may not.

use std::sync::{Arc, Mutex};

use florin_compliance::alerts::{self, Monitoring, MonitoringSettings};
use florin_compliance::cases::{Cases, Deadlines, MIGRATIONS};
use florin_compliance::monitor::{AccountFacts, Channel, Kind, Movement, MovementId, Settings};
use florin_compliance::ports::{MovementPage, Movements};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Reader};
use florin_kernel::{
    AccountId, Action, Actor, Authority, Currency, Denied, Env, ManualClock, Origin, Principal, Resource,
    Role, SessionId, Timestamp, UserId, Uuid,
};

pub const DAY: i64 = 86_400;

/// A book that answers two movements a page, so that there are several.
#[derive(Default)]
pub struct BookByHand(Mutex<Vec<Movement>>);

impl Movements for BookByHand {
    fn page(
        &self,
        _: &mut Reader<'_>,
        from_us: i64,
        to_us: i64,
        after: Option<i64>,
        _: u32,
    ) -> Result<MovementPage, DbError> {
        let all = self.0.lock().unwrap();
        let start = usize::try_from(after.map_or(0, |after| after + 1)).unwrap();
        let end = (start + 2).min(all.len());
        let movements: Vec<Movement> = all[start..end]
            .iter()
            .filter(|movement| movement.at_us >= from_us && movement.at_us < to_us)
            .copied()
            .collect();
        let facts = movements.iter().filter_map(|movement| movement.to).map(|account| AccountFacts {
            account,
            customer: customer_of(account),
            kind: Kind::Person,
            country: None,
            income_minor: None,
            opened_at_us: 0,
        });
        let next = (end < all.len()).then(|| i64::try_from(end).unwrap() - 1);
        Ok(MovementPage { facts: facts.collect(), movements, next })
    }
}

/// Whose an account is.
pub fn customer_of(account: AccountId) -> UserId {
    UserId::from_uuid(account.uuid())
}

pub struct World {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub cases: Cases,
    pub monitoring: Monitoring,
    book: Arc<BookByHand>,
    env: Env,
    _database: TestDatabase,
}

/// A world over a fresh database of each engine, that looks back so many days.
pub fn worlds(days: u16, movements_max: u64) -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(move |database| {
        let (env, clock) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let migrations = [florin_jobs::MIGRATIONS, MIGRATIONS, alerts::MIGRATIONS];
        let db = database.open(&migrations, env.clone()).unwrap();
        let book = Arc::new(BookByHand::default());
        let deadlines = Deadlines::default();
        let settings = MonitoringSettings { days, movements_max, typologies: Settings::default(), deadlines };
        let monitoring = Monitoring::new(db.clone(), book.clone(), settings);
        let cases = Cases::new(db.clone(), deadlines);
        World { db, clock, cases, monitoring, book, env, _database: database }
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
    pub fn officer(&self, but: &'static [Action]) -> Actor {
        let principal = Principal::User {
            user: UserId::from_uuid(self.env.new_uuid()),
            session: SessionId::from_uuid(self.env.new_uuid()),
            roles: vec![Role::Admin],
            department: None,
            verified: true,
            mfa_due: false,
        };
        Actor::new(Arc::new(principal), Origin::default(), Arc::new(AllBut(but)))
    }

    /// An account that nobody had before.
    pub fn account(&self) -> AccountId {
        AccountId::from_uuid(self.env.new_uuid())
    }

    /// Cash is paid in, and a day goes by.
    pub fn pay_in(&self, account: AccountId, dollars: i64) {
        let movement = Movement {
            id: MovementId::from_uuid(self.env.new_uuid()),
            at_us: self.env.now().as_microsecond(),
            from: None,
            to: Some(account),
            abroad: None,
            amount_minor: dollars * 100,
            currency: Currency::USD,
            channel: Channel::Cash,
        };
        self.book.0.lock().unwrap().push(movement);
        self.clock.advance_seconds(DAY);
    }

    /// Four deposits in four days, each below what is reported.
    pub fn structure(&self, account: AccountId) {
        for dollars in [6_200, 5_800, 7_100, 6_500] {
            self.pay_in(account, dollars);
        }
    }

    /// A number that a statement counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| panic!("{error}"))
    }
}

/// An identifier of nothing.
pub fn nobody() -> Uuid {
    Uuid::nil()
}
