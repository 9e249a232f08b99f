//! Alerts: rules that are broken, each by one instance, until they are resolved.
//!
//! One alert at a time is open for a rule and an instance: an index says so, whichever process is first. It fires, may be
//! acknowledged by somebody who looks after it, and is resolved by a person, or by itself once no process has seen the rule
//! broken for a minute. Each change is audited, has its place in the alert's history, and tells channels in the same commit.

mod alert;
mod error;
mod migrations;
mod service;
mod silence;
mod store;
mod watch;

pub use alert::{Alert, AlertId, AlertQuery, AlertStatus, Event, EventKind, Place};
pub use error::Error;
pub use migrations::MIGRATIONS;
pub use service::{Alerts, AlertsSettings};
pub use silence::{NewSilence, Silence, SilenceId};
pub use watch::Watch;
