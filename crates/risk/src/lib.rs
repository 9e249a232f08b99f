//! Risk: what is learned about fraud, measured and explained.
//!
//! - [`learn`] grows gradient-boosted trees: the same rows give the same trees, bit by bit.
//! - [`cards`] makes features of card payments, [`training`] models and reports of labelled history.
//! - [`measure`] tells how good scores are, and of what use they are to people who can look at a hundred cards a day.
//!
//! Pure: no clock, no store, no randomness. Scores and features are floats; money is not among them but as a feature.
#![expect(
    clippy::disallowed_types,
    clippy::float_cmp,
    reason = "scores are no money, and are compared bit by bit"
)]

mod attempt;
pub mod cards;
pub mod engine;
pub mod features;
mod footprint;
pub mod learn;
pub mod measure;
mod memory;
mod profile;
mod rates;
pub mod rules;
mod ruling;
pub mod service;
mod settings;
pub mod training;
pub mod windows;

pub use attempt::{Attempt, Country, InvalidCountry, Kind, Outcome, Place, Token};
pub use memory::Extent;
pub use rates::Rates;
pub use ruling::{
    Challenger, Circumstances, Degraded, Fired, ListDimension, ListHit, Listed, Reason, ReasonSource,
    RuleSetName, Ruling, Verdict,
};
pub use settings::Settings;
