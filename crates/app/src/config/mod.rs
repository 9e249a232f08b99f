//! The configuration: one typed tree, whose documentation is the file of its defaults.

mod load;
mod oidc;
mod providers;

use std::net::SocketAddr;
use std::path::PathBuf;

use florin_kernel::Role;
use secrecy::SecretString;
use serde::Deserialize;

pub use load::{ConfigError, Loaded, PRESETS, Setting, Sources, documented};
pub use oidc::{Oidc, OidcKind};

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
    pub lockout: Lockout,
    pub mfa: Mfa,
    pub passkeys: Passkeys,
    pub oidc: Oidc,
    pub step_up: StepUp,
    pub access: Access,
    pub vault: Vault,
    pub audit: Audit,
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
    /// Who may do what.
    Access { policies: PathBuf, four_eyes: bool }
    Database { url: SecretString, readers: u16, writers: u16, posters: u16, ca_file: PathBuf, migrate: bool }
    /// What instances share and may lose.
    Redis { url: SecretString }
    /// Sign-ins.
    Tokens { access_minutes: u32, session_days: u32, reuse_grace_seconds: u32, recheck_seconds: u32 }
    /// Passwords.
    Passwords {
        length_min: u16, length_min_with_mfa: u16, classes_min: u8, blocklist: bool, history: u16, scheme: HashScheme,
        memory_kib: u32, passes: u32, pbkdf2_iterations: u32, bcrypt_cost: u8, legacy_bcrypt_truncation: bool,
        reset_minutes: u32,
    }
    /// When too many sign-ins failed.
    Lockout {
        failures_max: u16, window_minutes: u32, lock_minutes: u32, reveal: bool, ip_failures_max: u16,
        ip_window_minutes: u32, ip_block_minutes: u32, ip_exempt: String,
    }
    /// The keys that fields are sealed with.
    Vault { master_key: SecretString, previous_master_key: SecretString }
    /// The audit trail.
    Audit { seal_seconds: u32, retention_days: u32, anchor_file: PathBuf, events_to: String, events_format: AuditEvents }
    /// Second factors.
    Mfa { required_roles: String, totp_skew: u8 }
    /// Passkeys.
    Passkeys { domain: String, origin: String }
    /// A provider that people sign in through.
    OidcProvider { kind: OidcKind, issuer: String, client_id: String, client_secret: SecretString, scopes: String }
    /// What asks for a fresh factor.
    StepUp { transfer_above: i64 }
    /// Payments.
    Payments { amount_max: i64, hold_seconds: u32, idempotency_hours: u32 }
    /// Mail.
    Mail {
        from: String, smtp_host: String, smtp_port: u16, smtp_security: florin_notify::Security, smtp_user: String,
        smtp_password: SecretString, smtp_ca_file: PathBuf, smtp_timeout_seconds: u32,
    }
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

/// How new passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashScheme {
    /// Argon2id.
    Argon2id,
    /// PBKDF2 with HMAC-SHA-256.
    #[serde(rename = "pbkdf2-sha256")]
    Pbkdf2Sha256,
    /// bcrypt.
    Bcrypt,
}

/// How security events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditEvents {
    /// A line for people.
    Text,
    /// A JSON object in the names of the Elastic Common Schema.
    Ecs,
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

impl Mfa {
    /// The roles that a second factor is asked of.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn roles(&self) -> Result<Vec<Role>, String> {
        self.required_roles
            .split_ascii_whitespace()
            .map(|code| code.parse().map_err(|why: String| format!("mfa.required_roles: `{code}`: {why}")))
            .collect()
    }
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
