//! The wiring: a configuration in, services out, and adapters from one crate's ports to another's services.

mod adapters;
mod audit;
pub mod config;
mod documents;
mod error;
mod federation;
mod http_client;
pub mod keys;
mod lending;
mod loan_payments;
mod mail;
mod parties;
mod passwords;
mod payments;
mod provider_client;
mod resealing;
mod services;
mod sessions;
mod staff;
mod stripe;
mod vault;
mod workshop;

pub use audit::{audit, audit_keys};
pub use documents::{DocumentError, Documents};
pub use error::StartError;
pub use http_client::http_client;
pub use lending::LoanDesk;
pub use mail::smtp;
pub use passwords::password_policy;
pub use payments::{SettleError, Settling};
pub use services::{Background, Services, migrations, sealed_columns};
pub use sessions::Browsers;
pub use staff::{Change, Staff, StaffError};
