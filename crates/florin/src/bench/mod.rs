//! How fast a running server is, and what that costs: load over HTTP, processor time, the disk's own speed.
//!
//! A [`Load`] keeps a number of connections busy, each sending its next request once the last is answered
//! (a closed loop), and counts what comes back within a window of time. [`Group`]s of processes are watched over the
//! same window, so that a [`Row`] of the [`Report`] tells processor time a request beside its latency.
//! [`sync_rate`] tells what the disk can do at best, to set the rest against.

mod baseline;
mod cpu;
mod disk;
pub mod echo;
mod load;
mod pages;
mod prepare;
mod report;
mod requests;
pub mod scenarios;
mod scheduled;
mod server;
mod verdict;

pub use cpu::Group;
pub use disk::{SyncRate, sync_rate};
pub use load::{Answer, Load, LoadError, Measured};
pub use pages::{PageRow, Pages, Watched, Who};
pub use report::{Report, Row};
