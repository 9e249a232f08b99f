//! A black-box scanner of web applications and APIs: it knows of a server what a client can know.
//!
//! A scan goes in phases:
//!
//! 1. The target is looked at: whether it may be scanned, whether it answers, what its TLS is worth.
//! 2. The surface is learnt, from an OpenAPI document and by following links and forms on the same origin.
//! 3. Two people sign in, given or registered, and what belongs to them is listed.
//! 4. The probes run one after the other ([`rules`] lists what they look for). None reports what a second, different
//!    request did not confirm.
//! 5. The findings become a [`Report`], as a table, JSON, SARIF or HTML.
//!
//! Invariants: no request leaves for another host; no more requests than the budget; secrets appear in no report.
//! The same seed over the same server gives the same requests in the same order, but for the credentials of accounts
//! that the scan registers, which nobody may guess.

mod ask;
mod chance;
mod client;
mod clock;
mod error;
mod finding;
mod jwt;
mod listener;
mod mask;
mod message;
mod options;
mod probes;
mod report;
mod scan;
mod session;
mod surface;
mod timing;
mod tls;

pub use error::Error;
pub use finding::{Confidence, Evidence, Finding, Rule, Severity};
pub use options::{Account, Options};
pub use probes::rules;
pub use report::{Format, Report};
pub use scan::scan;
