//! Rows of separated values, strictly: so many fields, of text that is UTF-8, none too long.

use std::io::Read;

use super::{ENTRIES_MAX, Error, FIELD_BYTES_MAX};

/// What separates, and how many fields a row has.
pub(super) struct Shape {
    pub file: &'static str,
    pub delimiter: u8,
    pub fields: usize,
}

/// A row with its place.
pub(super) struct Row<'a> {
    shape: &'a Shape,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// A field by its place from 0; `-0-` and blanks are nothing.
    pub fn field(&self, at: usize) -> Option<&str> {
        self.record.get(at).map(str::trim).filter(|text| !text.is_empty() && *text != "-0-")
    }

    /// A field that must be there.
    pub fn required(&self, at: usize, what: &str) -> Result<&str, Error> {
        self.field(at).ok_or_else(|| self.error(at, format!("{what} is missing")))
    }

    /// An error about a field.
    pub fn error(&self, at: usize, problem: impl Into<String>) -> Error {
        let line = self.record.position().map_or(0, csv::Position::line);
        Error::at(self.shape.file, line, u64::try_from(at).unwrap_or(0) + 1, problem)
    }
}

/// Gives each row to `take`; an end-of-file mark (0x1A) alone on the last line is none.
pub(super) fn rows(
    source: impl Read,
    shape: &Shape,
    mut take: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(shape.delimiter)
        .from_reader(source);
    let mut record = csv::StringRecord::new();
    let mut count = 0_usize;
    while reader.read_record(&mut record).map_err(|error| csv_error(shape, error))? {
        let row = Row { shape, record: &record };
        if record.len() == 1 && matches!(record.get(0).map(str::trim), Some("" | "\u{1a}")) {
            continue;
        }
        if record.len() != shape.fields {
            let problem = format!("{} fields are wanted, and there are {}", shape.fields, record.len());
            return Err(row.error(record.len().min(shape.fields), problem));
        }
        if let Some(at) = record.iter().position(|field| field.len() > FIELD_BYTES_MAX) {
            return Err(row.error(at, "the field is too long"));
        }
        count += 1;
        if count > ENTRIES_MAX {
            return Err(row.error(0, "there are too many rows"));
        }
        take(&row)?;
    }
    Ok(())
}

fn csv_error(shape: &Shape, error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Io(error),
        csv::ErrorKind::Utf8 { err, .. } => {
            let field = u64::try_from(err.field()).unwrap_or(0) + 1;
            Error::at(shape.file, line, field, "the text is not UTF-8")
        }
        _ => Error::at(shape.file, line, 1, "the row is not readable"),
    }
}
