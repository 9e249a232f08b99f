//! People and their sign-ins, as the configuration has them.

use std::sync::Arc;

use florin_db::Db;
use florin_identity::{
    FactorSettings, Identity, Keyring, LocalRevocations, Ports, RelyingPartySettings, Settings,
};
use florin_kernel::Authority;
use florin_notify::Letterhead;
use florin_risk::service::Risk;
use florin_vault::Purpose;
use florin_volatile::Volatile;
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::adapters::{Post, VaultSealer};
use crate::config::Config;
use crate::{StartError, federation, passwords, risk, sessions};

/// Opens them.
///
/// # Errors
/// [`StartError`], whose text says what to do.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    (letterhead, authority): (&Letterhead, Arc<dyn Authority>),
    wake: &Arc<Notify>,
    volatile: &Volatile,
    (vault, risk): (&florin_vault::Keyring, &Risk),
) -> Result<Identity, StartError> {
    let tokens = &config.tokens;
    let mut settings = Settings::new(&config.public_url());
    settings.access_seconds = tokens.access_minutes.saturating_mul(60);
    settings.session_seconds = tokens.session_days.saturating_mul(86_400);
    settings.refresh = tokens.refresh;
    settings.browser = sessions::limits(config);
    settings.drift = sessions::drift(config);
    settings.reuse_grace_seconds = tokens.reuse_grace_seconds;
    settings.recheck_seconds = tokens.recheck_seconds;
    settings.passwords = passwords::password_policy(config);
    settings.hashing = passwords::hashing(config)?;
    settings.reset_seconds = config.passwords.reset_minutes.saturating_mul(60);
    settings.invitation_seconds = config.passwords.invitation_hours.saturating_mul(3_600);
    settings.lockout = passwords::lockout(config)?;
    settings.factors = factor_settings(config)?;
    settings.federation = federation::settings(config);
    let post = Post {
        env: db.env().clone(),
        letterhead: letterhead.clone(),
        verification_hours: settings.verification_seconds.div_ceil(3_600),
        reset_minutes: settings.reset_seconds.div_ceil(60),
        invitation_hours: settings.invitation_seconds.div_ceil(3_600),
        wake: Arc::clone(wake),
    };
    let keyring =
        Keyring::open(&config.instance.data.join("keys"), tokens.signature.algorithm(), db.env().now())?;
    let ports = Ports {
        letters: Arc::new(post),
        sealer: Arc::new(VaultSealer(vault.clone())),
        authority,
        revocations: Arc::new(LocalRevocations::default()),
        providers: federation::client(config)?,
        federation_key: federation::key(vault),
        csrf_key: Zeroizing::new(*vault.derive(Purpose::Csrf).expose()),
        volatile: volatile.clone(),
        risk: risk::sign_ins(config, risk),
    };
    Ok(Identity::open(db.clone(), keyring, settings, ports)?)
}

fn factor_settings(config: &Config) -> Result<FactorSettings, StartError> {
    Ok(FactorSettings {
        institution: config.instance.name.clone(),
        totp_skew: config.mfa.totp_skew,
        required_roles: config.roles_owing_mfa().map_err(StartError::System)?,
        required_departments: config.departments_owing_mfa().map_err(StartError::System)?,
        relying_party: relying_party(config),
    })
}

/// Whom passkeys are made for: what the configuration says, or the public address.
fn relying_party(config: &Config) -> RelyingPartySettings {
    let passkeys = &config.passkeys;
    let public_url = config.public_url();
    let origin = if passkeys.origin.is_empty() { &public_url } else { &passkeys.origin };
    let of_origin = RelyingPartySettings::of(origin);
    if passkeys.domain.is_empty() {
        of_origin
    } else {
        RelyingPartySettings { id: passkeys.domain.clone(), ..of_origin }
    }
}
