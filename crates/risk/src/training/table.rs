//! The report as text.

use std::fmt::Write as _;

use super::{Evaluation, Kept};

/// How many features the report names.
const TOP: usize = 15;

/// One line for each evaluation, and their means where there are several.
pub fn summary(found: &[Evaluation]) -> String {
    let mut text =
        String::from("judged                   rows  frauds  AUC ROC      AP  CP@100  recall at 0.5 %\n");
    for one in found {
        let last = one.test.1.yesterday().unwrap_or(one.test.1);
        let _ = writeln!(
            text,
            "{} to {last} {:>7} {:>7}  {:>7.4} {:>7.4} {:>7.4}  {:>15.4}",
            one.test.0,
            one.test_rows.0,
            one.test_rows.1,
            one.auc_roc,
            one.average_precision,
            one.card_precision_100,
            one.recall_at_alerts
        );
    }
    if found.len() > 1 {
        let mean = |of: fn(&Evaluation) -> f64| {
            found.iter().fold(0.0, |sum, one| sum + of(one)) / super::float(found.len())
        };
        let _ = writeln!(
            text,
            "mean                                      {:>7.4} {:>7.4} {:>7.4}  {:>15.4}",
            mean(|one| one.auc_roc),
            mean(|one| one.average_precision),
            mean(|one| one.card_precision_100),
            mean(|one| one.recall_at_alerts)
        );
    }
    text
}

/// The whole report about a model.
pub fn text(kept: &Kept, found: &Evaluation) -> String {
    let mut text = format!("model {} of {}\n", kept.version(), kept.features);
    let last = found.train.1.yesterday().unwrap_or(found.train.1);
    let _ = writeln!(
        text,
        "learned from {} to {last}: {} rows, {} frauds\n",
        found.train.0, found.train_rows.0, found.train_rows.1
    );
    text.push_str(&summary(std::slice::from_ref(found)));
    text.push_str("\nday          compromised cards  found among 100\n");
    for day in &found.days {
        let _ = writeln!(text, "{}  {:>18} {:>16}", day.day, day.compromised, day.found);
    }
    text.push_str("\ntold      was       rows\n");
    for bin in &found.reliability {
        let _ = writeln!(text, "{:<8.4}  {:<8.4} {:>7}", bin.told, bin.was, bin.rows);
    }
    text.push_str("\nfeature                          mean contribution to the log-odds\n");
    for one in found.importance.iter().take(TOP) {
        let _ = writeln!(text, "{:<32} {:>8.4}", one.feature, one.contribution);
    }
    text
}
