//! What is learned from: rows of features, with the answer to each.

use thiserror::Error;

/// Rows in columns. A feature that is not known of a row is `NaN`.
#[derive(Clone, Debug, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    answers: Vec<bool>,
}

/// Columns of different lengths, names that are missing, or no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a table has a name for each column, as many answers as rows, and at least one row")]
pub struct UnevenTable;

impl Table {
    /// These columns, of these names, with the answers to their rows.
    ///
    /// # Errors
    /// [`UnevenTable`].
    pub fn new(names: Vec<String>, columns: Vec<Vec<f64>>, answers: Vec<bool>) -> Result<Self, UnevenTable> {
        let rows = answers.len();
        let even = columns.iter().all(|column| column.len() == rows) && names.len() == columns.len();
        if even && rows > 0 && u32::try_from(rows).is_ok() {
            Ok(Self { names, columns, answers })
        } else {
            Err(UnevenTable)
        }
    }

    /// The names of the features, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The answers.
    pub fn answers(&self) -> &[bool] {
        &self.answers
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.answers.len()
    }

    /// The features of one row.
    pub fn row(&self, row: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column.get(row).copied().unwrap_or(f64::NAN)).collect()
    }
}
