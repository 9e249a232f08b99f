//! PostgreSQL: a few threads, each with one connection, for units and reads; one more for the poster.

mod connect;
mod param;
mod session;
mod worker;

pub(crate) use connect::PgConfig;
pub(crate) use session::PgSession;
pub(crate) use worker::{Poster, ReadPool, UnitPool, migrate};

/// Creates a database in the cluster of `url`.
#[cfg(feature = "testing")]
pub(crate) fn create_database(url: &str, name: &str) -> Result<(), crate::DbError> {
    use crate::migrate::Migrator;

    let config = PgConfig::parse(url, None)?;
    on_its_own_thread(|| PgSession::connect(&config, "SELECT 1")?.script(&format!("CREATE DATABASE {name}")))
}

/// Runs `work` on a thread of its own: a connection drives itself, which no asynchronous task may wait for.
pub(crate) fn on_its_own_thread<T: Send>(
    work: impl FnOnce() -> Result<T, crate::DbError> + Send,
) -> Result<T, crate::DbError> {
    std::thread::scope(|scope| {
        scope
            .spawn(work)
            .join()
            .unwrap_or_else(|_| Err(crate::DbError::Other("a database thread panicked".to_owned())))
    })
}
