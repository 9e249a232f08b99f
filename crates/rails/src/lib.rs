//! What is exchanged with banks and processors: files with payments, returns and corrections, and messages.
//!
//! - [`nacha`]: the files of the Automated Clearing House of the United States.
//! - [`cpa005`]: Canadian electronic funds transfers by Standard 005 of Payments Canada.
//! - [`stripe`]: the requests, answers, events and signatures of Stripe.
//!
//! Pure functions from values to text and back. A file is read whole or not at all: hashes, totals, counts, order and
//! check digits are all compared, and the first that is wrong is named with its line. What is written is always read
//! back as it was given, but for letters: files hold printable ASCII, so that other letters are written by their nearest
//! ones and small letters as capitals.
#![deny(clippy::arithmetic_side_effects)]

mod account;
mod canada;
pub mod cpa005;
mod fixed;
pub mod nacha;
mod routing;
pub mod stripe;

pub use account::{AccountNumber, InvalidAccountNumber};
pub use canada::{CanadianBranch, InvalidBranch};
pub use fixed::{Malformed, NotWritten};
pub use routing::{InvalidRouting, RoutingNumber};
