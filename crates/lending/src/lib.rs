//! Lending.
mod calendar;
mod day_count;
mod fixed;
mod frequency;
mod rate;
mod rounding;

pub use calendar::{Calendar, Convention};
pub use day_count::{DayCount, actual_days};
pub use frequency::Frequency;
pub use rate::{Compounding, Rate, RateError, SimpleRate};
pub use rounding::Rounding;
