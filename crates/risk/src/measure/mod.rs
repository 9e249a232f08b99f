//! How good scores are.

mod cards;
mod curve;

pub use cards::{CardDay, Scored, card_precision};
pub use curve::{Counts, auc_roc, average_precision, curve};
