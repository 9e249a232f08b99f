//! Writing many rows of one kind: row by row with a prepared statement on SQLite, all at once with
//! arrays on PostgreSQL.

use crate::{DbError, Value};

/// The type of a bulk statement's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BIGINT`
    Int,
    /// `BOOLEAN`
    Bool,
    /// `TEXT`
    Text,
    /// `BYTEA`
    Bytes,
    /// `UUID`
    Uuid,
}

/// A statement that is run for many rows.
///
/// `sqlite` is run once per row and takes the row's values as `$1`, `$2`, …; `postgres` is run once
/// and takes one array per column, in the same order.
#[derive(Debug)]
pub struct BulkStatement {
    /// The statement for one row.
    pub sqlite: &'static str,
    /// The statement for all rows.
    pub postgres: &'static str,
    /// The types of the columns.
    pub columns: &'static [Kind],
}

/// Rows for one bulk statement.
#[derive(Clone, Debug)]
pub struct Bulk {
    pub(crate) statement: &'static BulkStatement,
    values: Vec<Value>,
}

impl Bulk {
    /// No rows yet.
    pub const fn new(statement: &'static BulkStatement) -> Self {
        Self { statement, values: Vec::new() }
    }

    /// Adds a row, its values in the order of the statement's columns.
    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.statement.columns.len(), "{}", self.statement.sqlite);
        self.values.extend(row);
    }

    /// Adds the rows of another of the same statement.
    pub fn append(&mut self, mut other: Self) {
        self.values.append(&mut other.values);
    }

    /// Which statement the rows are for.
    pub fn statement(&self) -> &'static BulkStatement {
        self.statement
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.statement.columns.len()).unwrap_or(0)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.values.chunks(self.statement.columns.len().max(1))
    }

    /// The values column by column.
    pub(crate) fn into_columns(self) -> Result<Vec<Column>, DbError> {
        let rows = self.len();
        let mut columns: Vec<Column> =
            self.statement.columns.iter().map(|kind| Column::with_capacity(*kind, rows)).collect();
        let mut values = self.values.into_iter();
        for _ in 0..rows {
            for column in &mut columns {
                column.push(values.next().unwrap_or(Value::Null))?;
            }
        }
        Ok(columns)
    }
}

/// One column of many rows, as PostgreSQL takes it.
#[derive(Debug)]
pub(crate) enum Column {
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Text(Vec<Option<std::borrow::Cow<'static, str>>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<florin_kernel::Uuid>>),
}

impl Column {
    fn with_capacity(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Int => Self::Int(Vec::with_capacity(rows)),
            Kind::Bool => Self::Bool(Vec::with_capacity(rows)),
            Kind::Text => Self::Text(Vec::with_capacity(rows)),
            Kind::Bytes => Self::Bytes(Vec::with_capacity(rows)),
            Kind::Uuid => Self::Uuid(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), DbError> {
        match (self, value) {
            (Self::Int(column), Value::Int(n)) => column.push(Some(n)),
            (Self::Int(column), Value::Null) => column.push(None),
            (Self::Bool(column), Value::Bool(b)) => column.push(Some(b)),
            (Self::Bool(column), Value::Null) => column.push(None),
            (Self::Text(column), Value::Text(text)) => column.push(Some(text)),
            (Self::Text(column), Value::Null) => column.push(None),
            (Self::Bytes(column), Value::Bytes(bytes)) => column.push(Some(bytes)),
            (Self::Bytes(column), Value::Null) => column.push(None),
            (Self::Uuid(column), Value::Uuid(uuid)) => column.push(Some(uuid)),
            (Self::Uuid(column), Value::Null) => column.push(None),
            (_, value) => return Err(DbError::Other(format!("a bulk column does not take {value:?}"))),
        }
        Ok(())
    }
}
