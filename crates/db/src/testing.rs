//! Fresh databases for tests: one per engine.

use std::sync::atomic::{AtomicU32, Ordering};

use florin_kernel::Env;

pub use crate::faults::{Fault, Faults, Moment, Step};
use crate::{Access, Db, DbError, Engine, Migration, Options};

/// A database of its own, gone when dropped (PostgreSQL's goes with the test cluster).
pub struct TestDatabase {
    /// How it is opened.
    pub options: Options,
    /// Which engine it is.
    pub engine: Engine,
    _directory: Option<tempfile::TempDir>,
}

impl TestDatabase {
    /// Opens it with these migrations.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open(&self, migrations: &[&'static [Migration]], env: Env) -> Result<Db, DbError> {
        Db::open(&self.options, migrations, env)
    }
}

/// A fresh database of each engine.
///
/// PostgreSQL is where `FLORIN_TEST_POSTGRES_URL` says; without it only SQLite is given when
/// `FLORIN_TEST_ENGINES=sqlite` asks for that in so many words.
///
/// # Errors
/// A sentence that says what is missing.
pub fn databases() -> Result<Vec<TestDatabase>, String> {
    let mut databases = vec![sqlite()?];
    if std::env::var("FLORIN_TEST_ENGINES").as_deref() != Ok("sqlite") {
        databases.push(postgres()?);
    }
    Ok(databases)
}

/// A fresh SQLite file.
///
/// # Errors
/// A sentence that says why there is none.
pub fn sqlite() -> Result<TestDatabase, String> {
    let directory =
        tempfile::tempdir().map_err(|error| format!("no directory for a test database: {error}"))?;
    let path = directory.path().join("florin.db").display().to_string();
    let options = Options::new(path, Access::Serve);
    Ok(TestDatabase { options, engine: Engine::Sqlite, _directory: Some(directory) })
}

/// A fresh database in the cluster of `FLORIN_TEST_POSTGRES_URL`.
///
/// # Errors
/// A sentence that says why there is none.
pub fn postgres() -> Result<TestDatabase, String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);

    let cluster = std::env::var("FLORIN_TEST_POSTGRES_URL").map_err(|_| {
        "FLORIN_TEST_POSTGRES_URL is not set: run ./test.sh, or set FLORIN_TEST_ENGINES=sqlite to leave PostgreSQL out".to_owned()
    })?;
    let unique = Env::system().new_uuid().simple().to_string();
    let name = format!("florin_{}_{}", unique, COUNT.fetch_add(1, Ordering::Relaxed));
    crate::postgres::create_database(&cluster, &name)
        .map_err(|error| format!("no test database: {error}"))?;
    let (base, query) =
        cluster.split_once('?').map_or((cluster.as_str(), None), |(base, query)| (base, Some(query)));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let mut options = Options::new(format!("{base}/{name}{query}"), Access::Serve);
    options.writers = 2;
    Ok(TestDatabase { options, engine: Engine::Postgres, _directory: None })
}
