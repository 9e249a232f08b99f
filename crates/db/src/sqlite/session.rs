//! One SQLite connection, spoken to in the statements of both engines.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql};

use crate::bulk::Bulk;
use crate::faults::{Injected, Step};
use crate::migrate::Migrator;
use crate::sql::{Engine, for_sqlite};
use crate::{DbError, Row, Value};

/// A connection with the statements it has seen.
pub(crate) struct SqliteSession {
    connection: Connection,
    /// The translated text of each statement, by its address: statements are `'static`.
    translated: RefCell<HashMap<(usize, usize), Arc<str>>>,
    injected: Injected,
}

impl SqliteSession {
    pub(crate) fn new(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(256);
        Self { connection, translated: RefCell::default(), injected: Injected::none() }
    }

    pub(crate) fn with_faults(self, injected: Injected) -> Self {
        Self { injected, ..self }
    }

    pub(crate) fn injected(&self) -> &Injected {
        &self.injected
    }

    pub(crate) fn pragmas(&self, sql: &str) -> Result<(), DbError> {
        self.connection.execute_batch(sql).map_err(|error| failure(&error))
    }

    /// Runs a statement that takes and gives nothing: `BEGIN IMMEDIATE`, `COMMIT`, …
    pub(crate) fn command(&self, sql: &'static str) -> Result<(), DbError> {
        let run = || self.connection.prepare_cached(sql)?.raw_execute();
        self.around(Step::of(sql), || run().map(|_| ()).map_err(|error| failure(&error)))
    }

    fn around<T>(&self, step: Step, work: impl FnOnce() -> Result<T, DbError>) -> Result<T, DbError> {
        self.injected.around(step, &self.connection, work)
    }

    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn text(&self, sql: &'static str) -> Arc<str> {
        let address = (sql.as_ptr() as usize, sql.len());
        let mut translated = self.translated.borrow_mut();
        Arc::clone(translated.entry(address).or_insert_with(|| for_sqlite(sql).into()))
    }

    pub(crate) fn rows(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        self.around(Step::Read, || self.try_rows(sql, params).map_err(|error| failure(&error)))
    }

    fn try_rows(&self, sql: &'static str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(&self.text(sql))?;
        let width = statement.column_count();
        let mut found = statement.query(rusqlite::params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut values = Vec::with_capacity(width);
            for index in 0..width {
                values.push(value_of(row.get_ref(index)?)?);
            }
            rows.push(Row::new(values));
        }
        Ok(rows)
    }

    pub(crate) fn execute(&self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(&self.text(sql))?;
            statement.execute(rusqlite::params_from_iter(params))
        };
        self.around(Step::Write, || run().map(|changed| changed as u64).map_err(|error| failure(&error)))
    }

    /// The rows that a query gives for each row of keys, in the order of the keys.
    pub(crate) fn fetch(&self, keys: &Bulk) -> Result<Vec<Row>, DbError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys.rows() {
            found.extend(self.rows(keys.statement.sqlite, key)?);
        }
        Ok(found)
    }

    pub(crate) fn bulk(&self, bulk: &Bulk) -> Result<(), DbError> {
        let run = || {
            let mut statement = self.connection.prepare_cached(&self.text(bulk.statement.sqlite))?;
            for row in bulk.rows() {
                for (index, value) in (1..).zip(row) {
                    statement.raw_bind_parameter(index, value)?;
                }
                statement.raw_execute()?;
            }
            Ok(())
        };
        self.around(Step::Write, || run().map_err(|error| failure(&error)))
    }
}

impl Migrator for SqliteSession {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.pragmas(sql)
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        Self::rows(self, sql, params)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, DbError> {
        Self::execute(self, sql, params)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Bool(b) => ValueRef::Integer((*b).into()),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Uuid(uuid) => ValueRef::Blob(uuid.as_bytes()),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn value_of(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| rusqlite::Error::Utf8Error(0, error))?;
            Value::Text(text.to_owned().into())
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
    })
}

/// What a failure of SQLite means to Florin.
pub(super) fn failure(error: &rusqlite::Error) -> DbError {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return DbError::Other(error.to_string());
    };
    let message = message.clone().unwrap_or_else(|| error.to_string());
    match code.code {
        ErrorCode::ConstraintViolation => match message.strip_prefix("UNIQUE constraint failed: ") {
            Some(columns) => DbError::Unique { constraint: columns.to_owned() },
            None => DbError::Other(message),
        },
        ErrorCode::DiskFull => DbError::DiskFull,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DbError::Contended(message),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => DbError::Corrupt(message),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
            DbError::Unavailable(message)
        }
        _ => DbError::Other(message),
    }
}
