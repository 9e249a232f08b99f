//! One PostgreSQL connection on the thread that owns it, with writes that leave together.

use std::collections::HashMap;
use std::error::Error as _;

use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::{PgConfig, param};
use crate::bulk::{Bulk, Column};
use crate::migrate::Migrator;
use crate::sql::Engine;
use crate::{DbError, Row, Value};

/// What `florin_expect` fails with: a row was not what a transaction took it for.
pub(super) const EXPECTATION_FAILED: &str = "FL001";

/// A connection, its prepared statements, and the writes that wait to be sent.
pub(crate) struct PgSession {
    runtime: Runtime,
    client: Client,
    prepared: HashMap<(usize, usize), Statement>,
    waiting: Vec<Waiting>,
    /// Whether what failed in this transaction may succeed in another.
    retry: Retry,
    /// The last commit was sent and its answer never came.
    commit_sent: bool,
}

/// A write that leaves with the next statement that needs an answer.
enum Waiting {
    Simple(&'static str),
    Bulk(Statement, Vec<Column>),
}

impl Waiting {
    async fn send(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        match self {
            Self::Simple(sql) => client.batch_execute(sql).await,
            Self::Bulk(statement, columns) => {
                client.execute(statement, &references(columns)).await.map(|_| ())
            }
        }
    }
}

fn references<T: ToSql + Sync>(params: &[T]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

/// How often a failed transaction is worth trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It would fail the same way.
    Never,
    /// A row that was not there at first may be there now: a second look decides anew.
    Once,
    /// Another transaction was in the way.
    Often,
}

impl PgSession {
    /// Connects and sets what every connection has.
    pub(crate) fn connect(config: &PgConfig, settings: &'static str) -> Result<Self, DbError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        let client = config.connect(&runtime)?;
        runtime
            .block_on(client.batch_execute(settings))
            .map_err(|error| DbError::Unavailable(sentence(&error)))?;
        let session = Self {
            runtime,
            client,
            prepared: HashMap::new(),
            waiting: Vec::new(),
            retry: Retry::Never,
            commit_sent: false,
        };
        Ok(session)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) fn retry(&self) -> Retry {
        self.retry
    }

    /// The transaction is worth a second try.
    pub(crate) fn take_a_second_look(&mut self) {
        self.retry = Retry::Once;
    }

    pub(crate) fn is_commit_unknown(&self) -> bool {
        self.commit_sent
    }

    /// Begins a transaction; the word leaves with the first statement.
    pub(crate) fn begin(&mut self, sql: &'static str) {
        self.waiting.clear();
        self.retry = Retry::Never;
        self.commit_sent = false;
        self.waiting.push(Waiting::Simple(sql));
    }

    /// Runs a statement without parameters or answer; it leaves with the next that has one.
    pub(crate) fn command(&mut self, sql: &'static str) {
        self.waiting.push(Waiting::Simple(sql));
    }

    /// Sends what waits and the commit in one go.
    pub(crate) fn commit(&mut self) -> Result<(), DbError> {
        let waiting = std::mem::take(&mut self.waiting);
        let client = &self.client;
        self.commit_sent = true;
        let (before, commit) = self.runtime.block_on(async {
            let before = join_all(waiting.iter().map(|write| write.send(client)));
            futures_util::future::join(before, client.batch_execute("COMMIT")).await
        });
        let closed = self.client.is_closed();
        // Where a write failed, the server made a rollback of the commit behind it.
        for answer in before {
            if let Err(error) = answer {
                let doubtful = closed && error.code().is_none();
                self.commit_sent = doubtful;
                return Err(if doubtful {
                    DbError::CommitUnknown(sentence(&error))
                } else {
                    self.failure(&error)
                });
            }
        }
        self.commit_sent = closed;
        commit.map_err(
            |error| {
                if closed { DbError::CommitUnknown(sentence(&error)) } else { self.failure(&error) }
            },
        )
    }

    pub(crate) fn rollback(&mut self) {
        self.waiting.clear();
        // A connection that cannot even roll back is found closed before its next use.
        let _ = self.runtime.block_on(self.client.batch_execute("ROLLBACK"));
    }

    /// Sends what waits, in order, without waiting for one answer before the next is sent.
    fn flush(&mut self) -> Result<(), DbError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let client = &self.client;
        let sent = waiting.iter().map(|write| write.send(client));
        let answers = self.runtime.block_on(join_all(sent));
        // The first failure is the cause; those after it only say that the transaction is aborted.
        for answer in answers {
            answer.map_err(|error| self.failure(&error))?;
        }
        Ok(())
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        let address = (sql.as_ptr() as usize, sql.len());
        if let Some(statement) = self.prepared.get(&address) {
            return Ok(statement.clone());
        }
        self.flush()?;
        let prepared = self.runtime.block_on(self.client.prepare(sql));
        let statement = prepared.map_err(|error| self.failure(&error))?;
        self.prepared.insert(address, statement.clone());
        Ok(statement)
    }

    pub(crate) fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.statement(sql)?;
        self.flush()?;
        let params = references(params);
        let found = self.runtime.block_on(self.client.query(&statement, &params));
        found.map_err(|error| self.failure(&error))?.iter().map(param::row).collect()
    }

    /// Runs several queries, each for many keys, together with what waits: one round trip.
    pub(crate) fn fetch(&mut self, keys: Vec<Bulk>) -> Result<Vec<Vec<Row>>, DbError> {
        let mut asked = Vec::with_capacity(keys.len());
        for keys in keys {
            if keys.is_empty() {
                asked.push(None);
            } else {
                asked.push(Some((self.statement(keys.statement().postgres)?, keys.into_columns()?)));
            }
        }
        let waiting = std::mem::take(&mut self.waiting);
        let client = &self.client;
        let (before, found) = self.runtime.block_on(async {
            let before = join_all(waiting.iter().map(|write| write.send(client)));
            let found = join_all(asked.iter().map(|query| async move {
                match query {
                    Some((statement, columns)) => client.query(statement, &references(columns)).await,
                    None => Ok(Vec::new()),
                }
            }));
            futures_util::future::join(before, found).await
        });
        for answer in before {
            answer.map_err(|error| self.failure(&error))?;
        }
        let mut answers = Vec::with_capacity(found.len());
        for rows in found {
            let rows = rows.map_err(|error| self.failure(&error))?;
            answers.push(rows.iter().map(param::row).collect::<Result<_, _>>()?);
        }
        Ok(answers)
    }

    pub(crate) fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.statement(sql)?;
        self.flush()?;
        let params = references(params);
        let changed = self.runtime.block_on(self.client.execute(&statement, &params));
        changed.map_err(|error| self.failure(&error))
    }

    pub(crate) fn bulk(&mut self, bulk: Bulk) -> Result<(), DbError> {
        let statement = self.statement(bulk.statement().postgres)?;
        self.waiting.push(Waiting::Bulk(statement, bulk.into_columns()?));
        Ok(())
    }

    /// What a failure of PostgreSQL means to Florin.
    fn failure(&mut self, error: &tokio_postgres::Error) -> DbError {
        let Some(state) = error.code() else { return DbError::Unavailable(sentence(error)) };
        match *state {
            SqlState::UNIQUE_VIOLATION => {
                self.retry = Retry::Once;
                let constraint =
                    error.as_db_error().and_then(|found| found.constraint()).unwrap_or("unknown");
                DbError::Unique { constraint: constraint.to_owned() }
            }
            SqlState::T_R_SERIALIZATION_FAILURE
            | SqlState::T_R_DEADLOCK_DETECTED
            | SqlState::LOCK_NOT_AVAILABLE => {
                self.retry = Retry::Often;
                DbError::Contended(sentence(error))
            }
            ref other if other.code() == EXPECTATION_FAILED => {
                self.retry = Retry::Once;
                DbError::Contended(sentence(error))
            }
            SqlState::DISK_FULL => DbError::DiskFull,
            SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
                DbError::Unavailable(sentence(error))
            }
            _ => DbError::Other(sentence(error)),
        }
    }
}

/// An error of the driver with its cause, for the log: values never appear in it.
pub(super) fn sentence(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(found), _) => format!("{} ({})", found.message(), found.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

impl Migrator for PgSession {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.flush()?;
        let done = self.runtime.block_on(self.client.batch_execute(sql));
        done.map_err(|error| self.failure(&error))
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        Self::rows(self, sql, params)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        Self::execute(self, sql, params)
    }
}
