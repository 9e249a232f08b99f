//! What carries mails away: the SMTP server of the configuration, or the outbox directory.

use std::sync::Arc;
use std::time::Duration;

use florin_kernel::Env;
use florin_notify::{Letterhead, Mailer, Outbox, PublicUrl, Smtp, SmtpSettings};

use crate::StartError;
use crate::config::Config;

/// The SMTP server of the configuration, where it names one; not checked.
pub(crate) fn smtp_settings(config: &Config) -> Option<SmtpSettings> {
    let mail = &config.mail;
    (!mail.smtp_host.is_empty()).then(|| SmtpSettings {
        host: mail.smtp_host.clone(),
        port: mail.smtp_port,
        security: mail.smtp_security,
        user: mail.smtp_user.clone(),
        password: mail.smtp_password.clone(),
        ca_file: Some(mail.smtp_ca_file.clone()).filter(|path| !path.as_os_str().is_empty()),
        timeout: Duration::from_secs(mail.smtp_timeout_seconds.into()),
    })
}

/// Whether this sender is at a domain that no other server knows.
pub(crate) fn is_from_nowhere(from: &str) -> bool {
    let domain = from.rsplit('@').next().unwrap_or_default().trim_end_matches('>');
    domain == "localhost" || !domain.contains('.')
}

/// Who writes mails, and where their links lead.
pub(crate) fn letterhead(config: &Config) -> Result<Letterhead, StartError> {
    let url: PublicUrl = config.public_url().parse()?;
    Ok(Letterhead::try_new(&config.instance.name, &config.mail.from, url)?)
}

/// The SMTP server of the configuration, where it names one. Blocking: it may read a file.
///
/// # Errors
/// [`StartError::Mail`], which names the setting.
pub fn smtp(config: &Config, env: Env) -> Result<Option<Smtp>, StartError> {
    let Some(settings) = smtp_settings(config) else { return Ok(None) };
    Ok(Some(Smtp::open(&settings, letterhead(config)?, env)?))
}

/// What carries mails away. Blocking.
pub(crate) fn mailer(config: &Config, env: &Env) -> Result<Arc<dyn Mailer>, StartError> {
    Ok(match smtp(config, env.clone())? {
        Some(smtp) => Arc::new(smtp),
        None => Arc::new(Outbox::open(&config.instance.data.join("outbox"), letterhead(config)?)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_nobody_could_answer_is_from_nowhere() {
        for nowhere in ["no-reply@localhost", "Florin <no-reply@localhost>", "no-reply@bank", ""] {
            assert!(is_from_nowhere(nowhere), "{nowhere}");
        }
        assert!(!is_from_nowhere("Florin <no-reply@bank.example>"));
    }
}
