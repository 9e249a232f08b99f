//! What is learned from.

use jiff::civil::Date;

/// Something that was decided about, with what was known then, and with what it turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The day.
    pub day: Date,
    /// Whose card or account it is; found once, it is blocked.
    pub card: u64,
    /// What was known, by the names of the [`Data`]. Of days that nothing is learned from or judged on it may be empty.
    pub features: Box<[f64]>,
    /// Whether it was fraud.
    pub fraud: bool,
    /// On which day that became known; where none is told, once the delay of the split is over.
    pub known_on: Option<Date>,
}

impl Row {
    /// Whether it was known to be fraud before a day.
    pub fn is_known_fraud(&self, before: Date) -> bool {
        self.fraud && self.known_on.is_none_or(|known| known < before)
    }
}

/// Rows in the order of their times.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Which set of features it is, with its version: `card/1`.
    pub features: String,
    /// The names of the features, in their order.
    pub names: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What the data was, for the record: the hexadecimal SHA-256 of the file.
    pub digest: String,
}

impl Data {
    /// The rows from a day up to another, which is not among them.
    pub fn between(&self, from: Date, to: Date) -> Vec<&Row> {
        let first = self.rows.partition_point(|row| row.day < from);
        let last = self.rows.partition_point(|row| row.day < to);
        self.rows.get(first..last).unwrap_or_default().iter().collect()
    }

    /// The first day and the last.
    pub fn days(&self) -> Option<(Date, Date)> {
        Some((self.rows.first()?.day, self.rows.last()?.day))
    }
}
