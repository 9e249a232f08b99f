//! Which providers there are, and what is done with whom they vouch for.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::endpoint;
use crate::Error;

/// The settings of sign-in through providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederationSettings {
    /// The providers; none by default.
    pub providers: Vec<ProviderSettings>,
    /// Whether somebody without an account gets one.
    pub register: bool,
    /// The paths that people may be sent to afterwards; no other is taken.
    pub next_paths: Vec<String>,
    /// The public address of the installation, which providers send people back to.
    pub public_url: String,
    /// Whether a provider on this machine may be asked without TLS: for development.
    pub loopback: bool,
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its name in addresses: small letters, digits and `_`, 32 at most.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its issuer, exactly as it calls itself; for GitHub the address of its web site.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// What we prove that with.
    pub client_secret: ClientSecret,
    /// What is asked for, divided by spaces.
    pub scopes: String,
}

/// What a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect, by discovery.
    OpenId,
    /// OAuth 2 as GitHub has it, without ID tokens.
    GitHub,
}

/// A secret that we share with a provider; it is never printed.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Keeps it.
    pub const fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

impl PartialEq for ClientSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for ClientSecret {}

impl FederationSettings {
    /// The usual settings of an installation at `public_url`: no provider.
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            providers: Vec::new(),
            register: true,
            next_paths: vec!["/".to_owned()],
            public_url: public_url.to_owned(),
            loopback: false,
        }
    }

    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !self.next_paths.iter().all(|path| is_local(path)) {
            return Some(
                "a path to go on to begins with one slash, and has letters, digits, `-`, `_` and `/`",
            );
        }
        let named_alike = self.providers.iter().enumerate().any(|(at, provider)| {
            self.providers.iter().take(at).any(|earlier| earlier.name == provider.name)
        });
        if named_alike {
            return Some("each provider has a name of its own");
        }
        self.providers.iter().find_map(|provider| provider.fault(self.loopback))
    }

    /// The path to go on to, if it is one of those that people may be sent to.
    pub(super) fn next(&self, wanted: Option<&str>) -> Result<Option<String>, Error> {
        let Some(wanted) = wanted else { return Ok(None) };
        let known = self.next_paths.iter().find(|path| path.as_str() == wanted);
        known.cloned().map(Some).ok_or(Error::UnknownNext)
    }
}

impl ProviderSettings {
    fn fault(&self, loopback: bool) -> Option<&'static str> {
        let named = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if !(1..=32).contains(&self.name.len()) || !self.name.bytes().all(named) {
            Some("a provider's name has 1 to 32 small letters, digits and `_`")
        } else if endpoint::parse(&self.issuer, loopback).is_none_or(|url| url.query().is_some()) {
            Some("a provider's issuer is an https:// address without a query")
        } else if self.client_id.is_empty() || self.client_secret.expose().is_empty() {
            Some("a provider has a client_id and a client_secret")
        } else if self.kind == ProviderKind::OpenId && !self.scopes.split(' ').any(|scope| scope == "openid")
        {
            Some("the scopes of an OpenID provider include `openid`")
        } else {
            None
        }
    }
}

/// Whether a path leads nowhere but into this installation, however a browser reads it.
fn is_local(path: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'-' | b'_');
    path.starts_with('/') && !path.contains("//") && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, issuer: &str) -> ProviderSettings {
        ProviderSettings {
            name: name.to_owned(),
            kind: ProviderKind::OpenId,
            issuer: issuer.to_owned(),
            client_id: "florin".to_owned(),
            client_secret: ClientSecret::new(SecretString::from("hush")),
            scopes: "openid email".to_owned(),
        }
    }

    fn with(provider: ProviderSettings) -> FederationSettings {
        let usual = FederationSettings::new("https://bank.example");
        FederationSettings { providers: vec![provider], ..usual }
    }

    #[test]
    fn a_provider_is_taken_when_it_can_be_asked_safely() {
        let good = provider("acme", "https://id.example/realms/acme");
        assert_eq!(with(good.clone()).fault(), None);
        for bad in [
            provider("Acme", "https://id.example"),
            provider("a/b", "https://id.example"),
            provider("", "https://id.example"),
            provider("acme", "http://id.example"),
            provider("acme", "http://127.0.0.1:8080"),
            provider("acme", "https://id.example?tenant=1"),
            ProviderSettings { client_id: String::new(), ..good.clone() },
            ProviderSettings { client_secret: ClientSecret::new(SecretString::from("")), ..good.clone() },
            ProviderSettings { scopes: "email".to_owned(), ..good.clone() },
        ] {
            assert!(with(bad.clone()).fault().is_some(), "{bad:?}");
        }
        let twice = FederationSettings { providers: vec![good.clone(), good.clone()], ..with(good.clone()) };
        assert!(twice.fault().is_some());
        let local = provider("acme", "http://127.0.0.1:8080");
        assert_eq!(FederationSettings { loopback: true, ..with(local) }.fault(), None);
        assert!(!format!("{good:?}").contains("hush"));
    }

    #[test]
    fn people_are_sent_to_a_known_path_and_nowhere_else() {
        let usual = FederationSettings::new("https://bank.example");
        let settings =
            FederationSettings { next_paths: vec!["/".to_owned(), "/accounts".to_owned()], ..usual };

        assert_eq!(settings.next(None).unwrap(), None);
        assert_eq!(settings.next(Some("/accounts")).unwrap().as_deref(), Some("/accounts"));
        for evil in [
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/accounts\r\nSet-Cookie: a=b",
            "/%2Fevil.example",
            "/accounts/../..//evil.example",
            "/accounts?to=//evil.example",
            "/accounts#x",
            " /accounts",
            "/Accounts",
            "accounts",
            "",
            "javascript:alert(1)",
        ] {
            assert!(matches!(settings.next(Some(evil)), Err(Error::UnknownNext)), "{evil:?}");
        }
        for path in ["//evil.example", "/\\evil", "accounts", "https://evil.example", "/a b", "/%2f"] {
            let wrong = FederationSettings { next_paths: vec![path.to_owned()], ..settings.clone() };
            assert!(wrong.fault().is_some(), "{path:?}");
        }
    }
}
