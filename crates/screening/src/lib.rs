//! Screening: which names on lists of sanctions a name may be, how likely, and why.
//!
//! Pure: no clock, no store, no network.
