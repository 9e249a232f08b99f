//! Where the SMTP server is, and what is refused about it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::MailError;

/// The longest that one letter may take: less than the lease of its job, so that no second worker begins it meanwhile.
const TIMEOUT_MAX: Duration = Duration::from_secs(100);

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually at port 465.
    Tls,
    /// TLS asked for by STARTTLS and insisted on (RFC 3207), usually at port 587.
    Starttls,
    /// None: to this machine only.
    None,
}

/// An SMTP server and how it is spoken to.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port; 0 for the usual one of the security.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who signs in; empty for nobody.
    pub user: String,
    /// Their password.
    pub password: SecretString,
    /// A PEM file of the authorities that its certificate is checked against; the public ones where there is none.
    pub ca_file: Option<PathBuf>,
    /// The longest that one letter may take, from connecting to its acceptance.
    pub timeout: Duration,
}

impl SmtpSettings {
    /// Refuses what cannot work or would show letters to others.
    ///
    /// # Errors
    /// [`MailError::Settings`], which names the setting.
    pub fn check(&self) -> Result<(), MailError> {
        let wrong = |why: &str| Err(MailError::Settings(why.to_owned()));
        let tame = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        if self.host.is_empty() || !self.host.chars().all(tame) {
            return wrong("mail.smtp_host must be a name or an address, without scheme, port or brackets");
        }
        if self.security == Security::None && !self.is_here() {
            return wrong(
                "mail.smtp_security may be \"none\" only where mail.smtp_host is this machine: localhost, 127.0.0.1 or ::1",
            );
        }
        if self.user.is_empty() != self.password.expose_secret().is_empty() {
            return wrong("mail.smtp_user and mail.smtp_password must be set both or neither");
        }
        if self.user.chars().any(char::is_control) {
            return wrong("mail.smtp_user holds control characters");
        }
        if self.timeout.is_zero() || self.timeout > TIMEOUT_MAX {
            return wrong("mail.smtp_timeout_seconds must be from 1 to 100");
        }
        Ok(())
    }

    fn is_here(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    pub(super) fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, Security::Tls) => 465,
            (0, Security::Starttls) => 587,
            (0, Security::None) => 25,
            (port, _) => port,
        }
    }

    pub(super) fn tls(&self) -> Result<Option<TlsParameters>, MailError> {
        if self.security == Security::None {
            return Ok(None);
        }
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let unusable =
                |why: String| MailError::Settings(format!("mail.smtp_ca_file, {}: {why}", path.display()));
            let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
                return Err(unusable("it holds no certificate in PEM form".to_owned()));
            }
            let authority = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
        } else {
            builder = builder.certificate_store(CertificateStore::WebpkiRoots);
        }
        let parameters = builder.build_rustls();
        parameters.map(Some).map_err(|error| MailError::Settings(format!("TLS for mail: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            host: "smtp.bank.example".to_owned(),
            port: 0,
            security: Security::Tls,
            user: "florin".to_owned(),
            password: "hush-hush".into(),
            ca_file: None,
            timeout: Duration::from_secs(30),
        }
    }

    #[test]
    fn without_encryption_letters_stay_on_this_machine() {
        let open =
            |host: &str| SmtpSettings { host: host.to_owned(), security: Security::None, ..settings() };

        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(open(host).check().is_ok(), "{host}");
        }
        for host in ["smtp.bank.example", "10.0.0.1", "localhost.bank.example", "0.0.0.0", "::"] {
            let refusal = open(host).check().unwrap_err().to_string();
            assert!(refusal.contains("mail.smtp_security"), "{host}: {refusal}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_name_of_its_setting() {
        let seconds = |seconds| SmtpSettings { timeout: Duration::from_secs(seconds), ..settings() };
        let host = |host: &str| SmtpSettings { host: host.to_owned(), ..settings() };
        for (refused, setting) in [
            (host(""), "mail.smtp_host"),
            (host("smtp://smtp.bank.example"), "mail.smtp_host"),
            (host("smtp.bank.example\r\nQUIT"), "mail.smtp_host"),
            (SmtpSettings { password: "".into(), ..settings() }, "mail.smtp_password"),
            (SmtpSettings { user: String::new(), ..settings() }, "mail.smtp_user"),
            (SmtpSettings { user: "a\r\nb".to_owned(), ..settings() }, "mail.smtp_user"),
            (seconds(0), "mail.smtp_timeout_seconds"),
            (seconds(101), "mail.smtp_timeout_seconds"),
        ] {
            let why = refused.check().unwrap_err().to_string();
            assert!(why.contains(setting), "{why}");
        }
        assert!(settings().check().is_ok());
    }

    #[test]
    fn each_security_has_its_usual_port() {
        let port = |security, port| SmtpSettings { port, security, ..settings() }.port();

        assert_eq!(port(Security::Tls, 0), 465);
        assert_eq!(port(Security::Starttls, 0), 587);
        assert_eq!(port(Security::None, 0), 25);
        assert_eq!(port(Security::Tls, 2465), 2465);
    }

    #[test]
    fn an_authority_that_is_none_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |path: PathBuf| SmtpSettings { ca_file: Some(path), ..settings() }.tls().err().unwrap();

        assert!(with(file.path().to_owned()).to_string().contains("no certificate"));
        assert!(with(PathBuf::from("/nowhere/ca.pem")).to_string().contains("/nowhere/ca.pem"));
    }

    #[test]
    fn settings_printed_for_the_log_do_not_tell_the_password() {
        assert!(!format!("{:?}", settings()).contains("hush-hush"));
    }
}
