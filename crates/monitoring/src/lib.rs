//! Watching over the program: what its metrics are, rules about them, alerts, and who is told of those.
//!
//! - A **reading** ([`Reading`]) is what one metric of the catalogue ([`METRICS`]) says now. Crates count in atomics of their
//!   own; what takes a query is asked for every 15 seconds, in the background, and never by whoever reads the metrics.
//! - The **dashboard** ([`Dashboard`]) is made of readings every two seconds, once, for all who look at it.
//! - A **rule** ([`rules`]) is data: a measure of readings in time, a bound, and for how long it is exceeded. Deciding about it
//!   is pure ([`evaluate`]).
//! - An **alert** ([`alerts`]) is a rule that is broken by one instance. One at a time is open for both, however many processes
//!   look, and each of its changes is audited and told of in its commit.
//! - A **channel** ([`channels`]) carries news of alerts out: letters, chat, text messages, signed calls.
//!
//! No reading has personal data in its labels, and no float: numbers are counted in millionths ([`Number`]).
pub mod alerts;
pub mod catalogue;
pub mod channels;
mod dashboard;
mod document;
pub mod evaluate;
mod history;
pub mod host;
mod number;
mod operations;
mod painter;
mod ports;
mod reading;
pub mod rules;

pub use catalogue::METRICS;
pub use dashboard::{
    AlertsNow, Dashboard, FraudNow, LoginsNow, NewestAlert, Part, Point, Pool, PostingsNow, Queue, State,
    SystemNow, TrafficNow,
};
pub use document::markdown;
pub use history::History;
pub use number::Number;
pub use operations::Operations;
pub use ports::{Gather, Gathering};
pub use reading::{Kind, Metric, Reading, Unit, Value};
