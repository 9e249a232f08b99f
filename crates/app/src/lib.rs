//! The wiring: a configuration in, services out, and adapters from one crate's ports to another's services.

mod adapters;
pub mod config;
mod error;
mod services;

pub use error::StartError;
pub use services::{Background, Services, migrations};
