//! Canadian electronic funds transfers (Payments Canada, Standard 005).
//!
//! A [`File`] has payments, six to a record of 1,464 characters; totals and counts are computed when it is written and
//! compared when it is read. Returns come in such files as well: their payments are [`Kind::ReturnedCredit`] and
//! [`Kind::ReturnedDebit`], whose code is the reason. Amounts are cents.

mod model;
mod read;
mod write;

pub use model::{Currency, File, Header, Kind, Payment, return_text};

/// The characters of a record.
const WIDTH: usize = 1_464;
/// Where the payments of a record begin, from one.
const SEGMENTS: [usize; 6] = [25, 265, 505, 745, 985, 1_225];
/// The characters of a payment.
const SEGMENT: usize = 240;
