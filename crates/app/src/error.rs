//! Why the program cannot start.

use thiserror::Error;

use crate::config::ConfigError;

/// Why the services cannot be put together; the text says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error(transparent)]
    Db(#[from] florin_db::DbError),
    /// Identity.
    #[error(transparent)]
    Identity(#[from] florin_identity::Error),
    /// The signing keys.
    #[error(transparent)]
    Keys(#[from] florin_identity::KeyringError),
    /// The keys that fields are sealed with.
    #[error(transparent)]
    Vault(#[from] florin_vault::VaultError),
    /// The keys that seal the audit trail.
    #[error(transparent)]
    Audit(#[from] florin_audit::KeyError),
    /// The policies.
    #[error(transparent)]
    Policies(#[from] florin_access::PolicyError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] florin_notify::MailError),
    /// Something of the operating system's.
    #[error("{0}")]
    System(String),
}
