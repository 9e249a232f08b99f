//! Secrets that are given by files, as Docker and Kubernetes give them: `NAME_FILE` names the file that holds what the
//! variable `NAME` would.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::ConfigError;
use super::providers;

/// Settings whose values are never shown, and which can be given by files.
const SECRET: &[&str] = &[
    "database.url",
    "redis.url",
    "vault.master_key",
    "vault.previous_master_key",
    "vault.fernet_keys",
    "mail.smtp_password",
    "monitoring.slack_url",
    "monitoring.sms_token",
    "monitoring.webhook_url",
    "monitoring.webhook_secret",
    "telemetry.otlp_headers",
    "stripe.secret_key",
    "stripe.webhook_secrets",
];

/// How the names of variables end that name a file.
const ENDS: &str = "_FILE";
/// No secret is longer.
const BYTES_MAX: u64 = 64 << 10;
/// Where Docker and Podman mount secrets, readable for all: in a container there is nobody else.
const OF_CONTAINERS: &str = "/run/secrets";

/// Whether a setting's value is never shown, and may be given by a file.
pub fn is_secret(key: &str) -> bool {
    SECRET.contains(&key) || key.ends_with(providers::SECRET_ENDS)
}

/// The variable that another would be if its value stood in a file: `DATABASE_URL` for `DATABASE_URL_FILE`.
pub(super) fn meant(name: &str) -> Option<&str> {
    name.strip_suffix(ENDS)
}

/// A secret that was read from a file.
pub(super) struct SecretFile {
    /// What the file holds, without the line's end.
    pub(super) value: SecretString,
    /// Why production may not use it, if it may not.
    pub(super) too_open: Option<String>,
}

/// Reads the file that the variable `name` names.
///
/// # Errors
/// [`ConfigError::SecretFile`], which names variable and file, and nothing of what the file holds.
pub(super) fn read(name: &str, path: &str) -> Result<SecretFile, ConfigError> {
    let refused = |why: &str| ConfigError::SecretFile {
        variable: name.to_owned(),
        path: path.to_owned(),
        why: why.to_owned(),
    };
    if path.is_empty() {
        return Err(refused("it names no file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|error| refused(&error.to_string()))?;
    let too_open = too_open(name, Path::new(path), &file).map_err(|error| refused(&error.to_string()))?;
    let limit = BYTES_MAX.saturating_add(1);
    let read = file.take(limit).read_to_end(&mut bytes).map_err(|error| refused(&error.to_string()))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > BYTES_MAX {
        return Err(refused("no secret is longer than 64 KiB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| refused("it is not UTF-8"))?;
    let value = without_end(text);
    if value.is_empty() {
        return Err(refused("it is empty"));
    }
    Ok(SecretFile { value: value.into(), too_open })
}

/// Editors and `echo` end a file with the end of a line, which is no part of the secret.
fn without_end(text: &str) -> &str {
    let line = text.strip_suffix('\n').unwrap_or(text);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Why production may not use this file: others could read it, or put something else in its place.
#[cfg(unix)]
fn too_open(name: &str, path: &Path, file: &File) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::PermissionsExt as _;
    const WRITTEN_BY_OTHERS: u32 = 0o022;
    const READ_BY_OTHERS: u32 = 0o004;
    let mode = file.metadata()?.permissions().mode();
    let refused =
        if path.starts_with(OF_CONTAINERS) { WRITTEN_BY_OTHERS } else { WRITTEN_BY_OTHERS | READ_BY_OTHERS };
    let why = || format!("{name}: {} is open to other users: run `chmod 400` on it", path.display());
    Ok((mode & refused != 0).then(why))
}

/// Other systems have no such modes.
#[cfg(not(unix))]
fn too_open(_: &str, _: &Path, _: &File) -> std::io::Result<Option<String>> {
    Ok(None)
}

/// Refuses a secret that two variables give, since nobody could tell which one was meant; `given` is which variables give
/// each secret.
///
/// # Errors
/// [`ConfigError::TwoWays`].
pub(super) fn refuse_two_ways(given: &BTreeMap<String, Vec<String>>) -> Result<(), ConfigError> {
    for (key, by) in given {
        let by_file = by.iter().find(|name| name.ends_with(ENDS));
        let other = by.iter().find(|name| Some(*name) != by_file);
        if let (Some(file), Some(other)) = (by_file, other) {
            return Err(ConfigError::TwoWays { key: key.clone(), one: other.clone(), other: file.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "secret_files_tests.rs"]
mod tests;
