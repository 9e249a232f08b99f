//! What the configuration says of passwords and of guesses at them.

use std::net::IpAddr;

use florin_identity::{Cost, HashingSettings, Lockout, PasswordPolicy, Scheme};

use crate::StartError;
use crate::config::{Config, HashScheme};

/// What new passwords must be.
pub fn password_policy(config: &Config) -> PasswordPolicy {
    let passwords = &config.passwords;
    let mut product = PasswordPolicy::default().product;
    product.push(config.instance.name.clone());
    PasswordPolicy {
        chars_min: passwords.length_min.into(),
        chars_min_with_mfa: passwords.length_min_with_mfa.into(),
        classes_min: passwords.classes_min,
        blocklist: passwords.blocklist,
        history: passwords.history.into(),
        product,
    }
}

/// How passwords are hashed.
pub(crate) fn hashing(config: &Config) -> Result<HashingSettings, StartError> {
    let passwords = &config.passwords;
    let cost = Cost::try_new(passwords.memory_kib, passwords.passes, 1)
        .map_err(|error| StartError::System(format!("passwords.memory_kib, passwords.passes: {error}")))?;
    let scheme = match passwords.scheme {
        HashScheme::Argon2id => Scheme::Argon2id,
        HashScheme::Pbkdf2Sha256 => Scheme::Pbkdf2Sha256 { iterations: passwords.pbkdf2_iterations },
        HashScheme::Bcrypt => Scheme::Bcrypt { cost: passwords.bcrypt_cost.into() },
    };
    let bcrypt_truncates = passwords.legacy_bcrypt_truncation;
    Ok(HashingSettings { scheme, cost, bcrypt_truncates, ..HashingSettings::default() })
}

/// When too many sign-ins failed.
pub(crate) fn lockout(config: &Config) -> Result<Lockout, StartError> {
    let lockout = &config.lockout;
    let addresses = lockout.ip_exempt.split(|c: char| c == ',' || c.is_whitespace());
    let ip_exempt =
        addresses.filter(|text| !text.is_empty()).map(str::parse::<IpAddr>).collect::<Result<_, _>>();
    let ip_exempt = ip_exempt.map_err(|_| {
        StartError::System("lockout.ip_exempt: addresses are wanted, divided by commas".to_owned())
    })?;
    Ok(Lockout {
        failures_max: lockout.failures_max.into(),
        window_seconds: lockout.window_minutes.saturating_mul(60),
        lock_seconds: lockout.lock_minutes.saturating_mul(60),
        reveal: lockout.reveal,
        ip_failures_max: lockout.ip_failures_max.into(),
        ip_window_seconds: lockout.ip_window_minutes.saturating_mul(60),
        ip_block_seconds: lockout.ip_block_minutes.saturating_mul(60),
        ip_exempt,
    })
}
