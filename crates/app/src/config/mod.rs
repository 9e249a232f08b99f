//! The configuration: one typed tree, whose documentation is the file of its defaults.

mod bank_files;
mod fitness;
mod load;
mod oidc;
mod providers;
mod secret_files;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use florin_identity::{InvalidNetwork, Network, SignatureAlgorithm};
use florin_kernel::{Department, Role, Timestamp};
use florin_payments::{Fee, Fees};
use florin_volatile::{InvalidWindow, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;

pub use bank_files::CutOff;
pub use load::{ConfigError, Loaded, PRESETS, Setting, Sources, documented};
pub use oidc::{Oidc, OidcKind};
pub use secret_files::is_secret;

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
    pub sessions: Sessions,
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
    pub stripe: Box<Stripe>,
    pub ach: Box<Ach>,
    pub eft: Box<Eft>,
    pub risk: Risk,
    pub compliance: Compliance,
    pub lending: Lending,
    pub mail: Mail,
    pub monitoring: Box<Monitoring>,
    pub telemetry: Box<Telemetry>,
    pub rate_limits: RateLimits,
    pub log: Log,
    /// Every setting as it was read, with where it comes from; secrets are not in it.
    #[serde(skip)]
    pub settings: Arc<[Setting]>,
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
    Instance {
        environment: Environment, name: String, address: String, bank_id: String, paper: String, public_url: String,
        data: PathBuf, time_zone: String,
    }
    /// The HTTP server.
    Server {
        listen: SocketAddr, connections_max: u32, requests_max: u32, queue_max: u32, queue_timeout_ms: u32,
        head_timeout_seconds: u32, drain_delay_seconds: u32, drain_timeout_seconds: u32, threads: u16, trusted_proxies: String,
        write_timeout_seconds: u32, tls_certificate: PathBuf, tls_key: PathBuf, cors_origins: String, legacy_sunset: String,
        documents_max: u16,
    }
    /// Who may do what.
    Access { policies: PathBuf, four_eyes: bool }
    /// The database.
    Database { url: SecretString, readers: u16, writers: u16, posters: u16, ca_file: PathBuf, migrate: bool }
    /// What instances share and may lose.
    Redis { url: SecretString, timeout_ms: u32 }
    /// Sign-ins.
    Tokens { signature: Signature, access_minutes: u32, refresh: bool, session_days: u32, reuse_grace_seconds: u32, recheck_seconds: u32 }
    /// Sign-ins of browsers, and where sign-ins are used from.
    Sessions {
        customer_idle_minutes: u32, customer_hours: u32, staff_idle_minutes: u32, staff_hours: u32,
        drift_threshold: u32, drift_agent: u32, drift_network: u32, drift_country: u32,
        country_header: String,
    }
    /// Passwords.
    Passwords {
        length_min: u16, length_min_with_mfa: u16, classes_min: u8, blocklist: bool, history: u16, scheme: HashScheme,
        memory_kib: u32, passes: u32, pbkdf2_iterations: u32, bcrypt_cost: u8, legacy_bcrypt_truncation: bool,
        reset_minutes: u32, invitation_hours: u32,
    }
    /// When too many sign-ins failed.
    Lockout {
        failures_max: u16, window_minutes: u32, lock_minutes: u32, reveal: bool, ip_failures_max: u16,
        ip_window_minutes: u32, ip_block_minutes: u32, ip_exempt: String,
    }
    /// The keys that fields are sealed with.
    Vault {
        master_key: SecretString, previous_master_key: SecretString, fields: FieldFormat, fernet_keys: SecretString,
        retire_after_days: u32,
    }
    /// Decisions about risk.
    Risk {
        mode: RiskMode, reference: String, review_hours: u32, balance_from: i64, rules_file: PathBuf, model_file: PathBuf,
    }
    /// Cases, monitoring for laundering, screening.
    Compliance {
        fraud_case_days: u16, aml_case_days: u16, screening_case_days: u16,
        monitor_days: u16, monitor_movements_max: u64, monitor_settings_file: PathBuf,
        sanctions_dir: PathBuf, screening_alert_above: u16, consents_file: PathBuf,
    }
    /// The audit trail.
    Audit { seal_seconds: u32, retention_days: u32, anchor_file: PathBuf, events_to: String, events_format: AuditEvents }
    /// Second factors.
    Mfa { required_roles: String, required_departments: String, totp_skew: u8 }
    /// Passkeys.
    Passkeys { domain: String, origin: String }
    /// A provider that people sign in through.
    OidcProvider { kind: OidcKind, issuer: String, client_id: String, client_secret: SecretString, scopes: String }
    /// What asks for a fresh factor.
    StepUp { transfer_above: i64 }
    /// Payments.
    Payments {
        amount_max: i64, hold_seconds: u32, idempotency_hours: u32, processor: Processor, fee_internal: String,
        fee_bank_out: String, fee_bank_in: String, fee_card: String, scheduled_skip_after_days: u16,
        processor_timeout_ms: u32,
    }
    /// Stripe.
    Stripe { url: String, secret_key: SecretString, webhook_secrets: SecretString, ca_file: PathBuf }
    /// Files for the Automated Clearing House.
    Ach {
        enabled: bool, destination: String, destination_name: String, origin: String, origin_name: String,
        company_name: String, company_id: String, description: String, originating_bank: String, cut_off: String,
        time_zone: String, effective_days: u8, settle_days: u8, file_amount_max: i64,
    }
    /// Files of Canadian electronic funds transfers.
    Eft {
        enabled: bool, originator: String, data_centre: String, short_name: String, long_name: String,
        returns_institution: String, returns_transit: String, returns_account: String, transaction_code: u16,
        cut_off: String, time_zone: String, effective_days: u8, settle_days: u8, file_amount_max: i64,
    }
    /// Loans.
    Lending { products: PathBuf, creditor_address: String, agency: String, counselling_phone: String,
        offer_days: u16 }
    /// Mail.
    Mail {
        from: String, smtp_host: String, smtp_port: u16, smtp_security: florin_notify::Security, smtp_user: String,
        smtp_password: SecretString, smtp_ca_file: PathBuf, smtp_timeout_seconds: u32, notice_days: u32,
    }
    /// Rules about metrics, and who is told when they are broken.
    Monitoring {
        rules_file: PathBuf, remind_minutes: u32, email_to: String, email_severity: String,
        slack_url: SecretString, slack_severity: String, sms_url: String, sms_account: String, sms_token: SecretString,
        sms_from: String, sms_to: String, sms_severity: String, webhook_url: SecretString, webhook_secret: SecretString,
        webhook_severity: String, ca_file: PathBuf,
    }
    /// Traces of requests.
    Telemetry { otlp_endpoint: String, otlp_headers: SecretString, sampling: u16, ca_file: PathBuf }
    /// Limits.
    RateLimits {
        enabled: bool, register: String, login: String, profile: String, payments: String, applications: String,
        general: String,
    }
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

/// Who carries payments to the world outside, and from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Processor {
    /// The simulator in development, nobody in production.
    Auto,
    /// The built-in simulator.
    Simulator,
    /// Nobody.
    None,
}

/// How access tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// Ed25519.
    Eddsa,
    /// HMAC with SHA-256.
    Hs256,
}

impl Signature {
    /// The algorithm.
    pub fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Eddsa => SignatureAlgorithm::EdDsa,
            Self::Hs256 => SignatureAlgorithm::Hs256,
        }
    }
}

/// How fields are kept encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldFormat {
    /// AES-256-GCM, bound to where they lie.
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// Fernet tokens.
    Fernet,
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

/// Whether money is decided about before it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskMode {
    /// It is, and what is decided is done.
    Active,
    /// It is, and everything is let through: to see what would happen.
    Shadow,
    /// It is not; the largest amount alone is heeded.
    Off,
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

impl Server {
    /// From when on the paths of the replaced systems need not be served any more, where that is settled.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn sunset(&self) -> Result<Option<Timestamp>, String> {
        if self.legacy_sunset.is_empty() {
            return Ok(None);
        }
        let date: Date = self.legacy_sunset.parse().map_err(|_| {
            format!("server.legacy_sunset: `{}` is no date, such as 2028-12-31", self.legacy_sunset)
        })?;
        let midnight = date.to_zoned(TimeZone::UTC).map_err(|why| format!("server.legacy_sunset: {why}"))?;
        Ok(Some(midnight.timestamp()))
    }

    /// The certificate and the key to serve with, where TLS is served here.
    ///
    /// # Errors
    /// A sentence that names the setting that lacks.
    pub fn tls(&self) -> Result<Option<(&Path, &Path)>, String> {
        let (certificate, key) = (self.tls_certificate.as_path(), self.tls_key.as_path());
        match (certificate.as_os_str().is_empty(), key.as_os_str().is_empty()) {
            (true, true) => Ok(None),
            (false, false) => Ok(Some((certificate, key))),
            (true, false) => Err("server.tls_key is set, and server.tls_certificate is not".to_owned()),
            (false, true) => Err("server.tls_certificate is set, and server.tls_key is not".to_owned()),
        }
    }

    /// Whose word about where a request comes from is taken.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn proxies(&self) -> Result<Vec<Network>, String> {
        let proxies = self.trusted_proxies.split_ascii_whitespace();
        let network = |text: &str| {
            text.parse().map_err(|why: InvalidNetwork| format!("server.trusted_proxies: `{text}`: {why}"))
        };
        proxies.map(network).collect()
    }
}

impl Payments {
    /// How long a processor is waited for.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.processor_timeout_ms.into())
    }

    /// What is charged for payments.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn fees(&self) -> Result<Fees, String> {
        let fee = |name: &str, text: &str| {
            text.parse::<Fee>().map_err(|why| format!("payments.{name}: `{text}`: {why}"))
        };
        Ok(Fees {
            internal: fee("fee_internal", &self.fee_internal)?,
            bank_out: fee("fee_bank_out", &self.fee_bank_out)?,
            bank_in: fee("fee_bank_in", &self.fee_bank_in)?,
            card: fee("fee_card", &self.fee_card)?,
        })
    }
}

impl RateLimits {
    /// The limits of a class of routes; none for a class that there is not.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn windows(&self, class: &str) -> Result<Vec<Window>, String> {
        let text = match class {
            "register" => &self.register,
            "login" => &self.login,
            "profile" => &self.profile,
            "payments" => &self.payments,
            "applications" => &self.applications,
            "general" => &self.general,
            _ => return Ok(Vec::new()),
        };
        let windows = text.split_ascii_whitespace().map(str::parse);
        windows.collect::<Result<_, _>>().map_err(|why: InvalidWindow| format!("rate_limits.{class}: {why}"))
    }
}

impl Redis {
    /// How long an answer is waited for.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.into())
    }
}

impl Config {
    /// The roles that a second factor is asked of.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn roles_owing_mfa(&self) -> Result<Vec<Role>, String> {
        let wanted = &self.mfa.required_roles;
        if wanted == "auto" {
            let production = self.instance.environment == Environment::Production;
            return Ok(Role::ALL.into_iter().filter(|role| production && role.is_staff()).collect());
        }
        wanted
            .split_ascii_whitespace()
            .map(|code| code.parse().map_err(|why: String| format!("mfa.required_roles: `{code}`: {why}")))
            .collect()
    }

    /// Whether payments are carried by the built-in simulator.
    pub fn simulates_payments(&self) -> bool {
        match self.payments.processor {
            Processor::Auto => self.instance.environment != Environment::Production,
            Processor::Simulator => true,
            Processor::None => false,
        }
    }

    /// The departments that a second factor is asked of.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn departments_owing_mfa(&self) -> Result<Vec<Department>, String> {
        let wanted = &self.mfa.required_departments;
        if wanted == "auto" {
            let production = self.instance.environment == Environment::Production;
            return Ok(Department::ALL.into_iter().filter(|_| production).collect());
        }
        let unknown = |code: &str, why: String| format!("mfa.required_departments: `{code}`: {why}");
        let codes = wanted.split_ascii_whitespace();
        codes.map(|code| code.parse().map_err(|why| unknown(code, why))).collect()
    }

    /// The address that links and tokens name.
    pub fn public_url(&self) -> String {
        if self.instance.public_url.is_empty() {
            let scheme = if self.server.tls_certificate.as_os_str().is_empty() { "http" } else { "https" };
            format!("{scheme}://{}", self.server.listen)
        } else {
            self.instance.public_url.trim_end_matches('/').to_owned()
        }
    }
}
