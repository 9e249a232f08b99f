//! The program: its command line, what each command does, the demonstration bank, and the measuring.
//!
//! - Data goes to stdout, talk to stderr; `--json` where there is data.
//! - A command ends with 0 when it did what it was asked, and otherwise with the code of its [`Failure`].

/// Tells people something on stderr. A stderr that takes nothing any more, as on a full disk, is no reason to stop.
macro_rules! tell {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}

mod archive;
pub mod bench;
mod commands;
mod demo;
mod face;
mod failure;
mod instance;
mod log;
mod log_lines;
mod output;
mod postgres_tools;
mod postman;
mod prompt;
mod story;
mod supervisor;
mod telemetry;

pub use commands::run;
pub use failure::{Exit, Failure};

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
