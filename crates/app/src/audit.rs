//! The audit trail, as the configuration has it kept.

use std::path::PathBuf;

use florin_audit::{Audit, EventFormat, Keys, Settings, Sink};
use florin_db::Db;

use crate::StartError;
use crate::config::{AuditEvents, Config};

/// The directory of the keys that seal the trail.
pub fn audit_keys(config: &Config) -> PathBuf {
    config.instance.data.join("keys")
}

/// The trail of this database; makes its key at the first start. Blocking.
///
/// # Errors
/// [`StartError::Audit`] when the keys cannot be used.
pub fn audit(config: &Config, db: &Db) -> Result<Audit, StartError> {
    let keys = Keys::open(&audit_keys(config))?;
    Ok(Audit::new(db.clone(), keys, settings(config)))
}

fn settings(config: &Config) -> Settings {
    let audit = &config.audit;
    let events_to = match audit.events_to.as_str() {
        "" => None,
        "stdout" => Some(Sink::Stdout),
        path => Some(Sink::File(PathBuf::from(path))),
    };
    Settings {
        seal_seconds: audit.seal_seconds,
        retention_days: audit.retention_days,
        anchor_file: Some(audit.anchor_file.clone()).filter(|path| !path.as_os_str().is_empty()),
        events_to,
        events_format: match audit.events_format {
            AuditEvents::Text => EventFormat::Text,
            AuditEvents::Ecs => EventFormat::Ecs,
        },
    }
}
