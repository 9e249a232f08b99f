//! Cases as comma-separated values whose columns are found by their headings.

use std::collections::HashMap;
use std::io::Read;

/// Why cases could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is none of comma-separated values.
    #[error("the cases could not be read")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("the cases have no column `{0}`")]
    Column(&'static str),
    /// A value is none that the column has.
    #[error("line {line}: `{column}` has a value that is unknown")]
    Value {
        /// The line of the case.
        line: u64,
        /// The column.
        column: &'static str,
    },
}

/// One case, by its columns.
pub(super) struct Row<'a> {
    places: &'a HashMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    pub fn get(&self, column: &'static str) -> Result<&str, Error> {
        let place = self.places.get(column).ok_or(Error::Column(column))?;
        Ok(self.record.get(*place).unwrap_or_default())
    }

    pub fn unknown(&self, column: &'static str) -> Error {
        Error::Value { line: self.record.position().map_or(0, csv::Position::line), column }
    }
}

/// Makes a value of each case.
pub(super) fn read<T>(
    source: impl Read,
    make: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut reader = csv::Reader::from_reader(source);
    let headings = reader.headers()?.clone();
    let places = headings.iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    let mut values = Vec::new();
    for record in reader.records() {
        values.push(make(&Row { places: &places, record: &record? })?);
    }
    Ok(values)
}
