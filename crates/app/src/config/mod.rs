//! The configuration: one typed tree, whose documentation is the file of its defaults.

mod load;

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

pub use load::{ConfigError, Loaded, PRESETS, Setting, Sources, documented};

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is described in default.toml, from which the documentation is made")]
pub struct Config {
    pub instance: Instance,
    pub server: Server,
    pub database: Database,
    pub redis: Redis,
    pub tokens: Tokens,
    pub passwords: Passwords,
    pub payments: Payments,
    pub mail: Mail,
    pub rate_limits: RateLimits,
    pub log: Log,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each is described in default.toml, from which the documentation is made")]
        pub struct $name { $(pub $field: $kind),+ }
    )+};
}

sections! {
    /// The installation as a whole.
    Instance { environment: Environment, name: String, public_url: String, data: PathBuf, time_zone: String }
    /// The HTTP server.
    Server { listen: SocketAddr, connections_max: u32, head_timeout_seconds: u32, drain_timeout_seconds: u32, threads: u16 }
    /// The database.
    Database { url: SecretString, readers: u16, writers: u16, posters: u16, ca_file: PathBuf, migrate: bool }
    /// What instances share and may lose.
    Redis { url: SecretString }
    /// Sign-ins.
    Tokens { access_minutes: u32, session_days: u32, reuse_grace_seconds: u32, recheck_seconds: u32 }
    /// Passwords.
    Passwords { length_min: u16, memory_kib: u32, passes: u32 }
    /// Payments.
    Payments { amount_max: i64, hold_seconds: u32, idempotency_hours: u32 }
    /// Mail.
    Mail { from: String }
    /// Limits.
    RateLimits { enabled: bool }
    /// The log.
    Log { filter: String, format: LogFormat }
}

/// What the installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Trying things out.
    Development,
    /// Other people's money.
    Production,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// The address that links and tokens name.
    pub fn public_url(&self) -> String {
        if self.instance.public_url.is_empty() {
            format!("http://{}", self.server.listen)
        } else {
            self.instance.public_url.trim_end_matches('/').to_owned()
        }
    }
}
