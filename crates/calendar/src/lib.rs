//! Days: on which banks are open, how often something falls due, and when it comes round again.
//!
//! Pure: holidays are rules and not tables, and nothing here knows what day it is.

mod frequency;
mod holidays;
mod recurrence;

pub use frequency::Frequency;
pub use holidays::{Calendar, Convention};
pub use recurrence::{End, InvalidRecurrence, OCCURRENCES_MAX, Recurrence, Rhythm};
