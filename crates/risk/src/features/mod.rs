//! Features: what is known of an attempt in numbers.

mod vector;

use serde::{Deserialize, Serialize};

pub use vector::{Features, InvalidFeatures};

/// The kind of evidence that a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// How often.
    Velocity,
    /// How much.
    Amount,
    /// Where it is spent.
    Merchant,
    /// Where it comes from.
    Geography,
    /// What it comes from.
    Device,
    /// What lists say.
    List,
    /// How it differs from what the person does otherwise.
    Behaviour,
    /// When.
    Time,
}

/// Which table of features this is. Any change of a feature's meaning or place is another version.
pub const FEATURES_VERSION: u32 = 1;
