//! Lists as authorities publish them, read into one common form.
//!
//! A list is read whole or not at all: a row of another shape, an unknown kind or a document that does not end is an
//! error with its place. Readers stream, hold one record at a time besides the entries, and bound what a record may be.

mod bis;
mod house;
mod ofac;
mod remarks;
mod rows;
mod un;
mod un_record;

pub use bis::read_bis;
pub use house::{HOUSE_COLUMNS, read_house};
pub use ofac::{OfacFiles, read_ofac};
pub use un::{UnNames, read_un};

/// The most bytes that one field or text of a list may have.
pub const FIELD_BYTES_MAX: usize = 64 * 1024;
/// The most entries that a list may have.
pub const ENTRIES_MAX: usize = 500_000;

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source failed.
    #[error("the list could not be read")]
    Io(#[from] std::io::Error),
    /// A record is not as the format has it. Line and column count from 1; the column of a row is its field.
    #[error("{file}, line {line}, column {column}: {problem}")]
    Malformed {
        /// Which file of the list.
        file: &'static str,
        /// The line on which the record begins.
        line: u64,
        /// The column, or field.
        column: u64,
        /// What is wrong.
        problem: String,
    },
}

impl Error {
    pub(crate) fn at(file: &'static str, line: u64, column: u64, problem: impl Into<String>) -> Self {
        Self::Malformed { file, line, column, problem: problem.into() }
    }
}
