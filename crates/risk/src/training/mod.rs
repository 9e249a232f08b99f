//! Training: from labelled history to a model that is kept in a file, and to a report of how good it is on days that it has
//! not seen.
//!
//! Whether something was fraud is known some days later only. A model is therefore learned from some days, nothing is taken
//! from the days of the delay, and it is judged on the days after them; people whose fraud was known by then are left out, for
//! their cards are blocked (Le Borgne, Siblini, Lebichot, Bontempi: Reproducible Machine Learning for Credit Card Fraud
//! Detection, chapter 5).

mod calibrate;
mod cards;
mod data;
mod evaluate;
mod file;
mod html;
mod rules;
mod split;
mod table;

pub use calibrate::Calibration;
pub use cards::{CARD_FEATURES, CsvError, each_payment, read_cards};
pub use data::{Data, Row};
pub use evaluate::{Day, Evaluation, Importance, Reliability, evaluate};
pub(crate) use file::hex;
pub use file::{FileError, Kept, Provenance};
pub use html::page;
pub use rules::{RulesAlone, Treated, rules_alone};
pub use split::{Split, SplitError, Splits};
pub use table::{summary, text};

use crate::learn::{Settings, Table, train};

/// How the models of the program are grown: 100 trees, three deep, of a tenth each, whose leaves are drawn towards zero by as
/// much as ten rows of even odds weigh 40 times over. Chosen on weeks before those that it is judged on.
pub const SETTINGS: Settings = Settings {
    trees: 100,
    depth: 3,
    rate: 0.1,
    lambda: 10.0,
    leaf_weight_min: 1.0,
    gain_min: 0.0,
    bins_max: crate::learn::BINS_MAX,
};

/// Learns from the training days of a split what was known before the first day that is judged.
///
/// # Errors
/// [`SplitError`] where those days have no fraud, or nothing but fraud.
pub fn learn(data: &Data, split: &Split, settings: &Settings) -> Result<Kept, SplitError> {
    let rows = data.between(split.start, split.train_end());
    let by = split.test_start();
    let frauds = rows.iter().filter(|row| row.is_known_fraud(by)).count();
    if frauds == 0 || frauds == rows.len() {
        return Err(SplitError::NothingToLearn { from: split.start, to: split.train_end() });
    }
    let model = train(&table_of(&data.names, &rows, by), settings);
    let calibration = calibrate::cross_fitted(&data.names, &rows, settings, by);
    let provenance = Provenance {
        first_day: split.start,
        last_day: split.train_end(),
        rows: count(rows.len()),
        frauds: count(frauds),
        data: data.digest.clone(),
    };
    Ok(Kept { features: data.features.clone(), model, calibration, bands: None, provenance })
}

fn table_of(names: &[String], rows: &[&Row], by: jiff::civil::Date) -> Table {
    let column =
        |at: usize| rows.iter().map(|row| row.features.get(at).copied().unwrap_or(f64::NAN)).collect();
    let columns = (0..names.len()).map(column).collect();
    // Columns are made of the same rows as answers, of which there is at least one.
    Table::new(names.to_vec(), columns, rows.iter().map(|row| row.is_known_fraud(by)).collect())
        .unwrap_or_default()
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Counts of rows as floats: far below 2³².
fn float(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}
