//! How good screening is, measured against labelled cases.
//!
//! [`pairs`] asks of two names whether they name the same; [`cases`] asks an index for names and looks whether the
//! right entry is told at the score at which so many of those who are on no list are told as well.
//! Both read their cases as comma-separated values with a header and print a table.

pub mod cases;
pub mod pairs;
mod read;

pub use read::Error;

use sha2::{Digest, Sha256};

/// Which half of the cases one belongs to, by the hash of what it asks: one is for tuning, the other to see how well
/// that carries over.
pub fn half(text: &str) -> u8 {
    Sha256::digest(text.as_bytes()).first().map_or(0, |byte| byte & 1)
}

pub(crate) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { crate::compare::like::float(part) / crate::compare::like::float(whole) }
}
