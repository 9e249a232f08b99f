//! What second factors are set up by.

use florin_kernel::{Department, Role};

use crate::Error;

/// The settings of second factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSettings {
    /// What authenticator apps and passkeys show as the name of the institution.
    pub institution: String,
    /// How many steps of 30 seconds a code may be early or late: 1, or 0 for the step that is (ASVS 6.5.5).
    pub totp_skew: u8,
    /// Who may do nothing but set up a second factor until they have one.
    pub required_roles: Vec<Role>,
    /// The same of who works in one of these.
    pub required_departments: Vec<Department>,
    /// Whom passkeys are made for.
    pub relying_party: RelyingPartySettings,
}

/// Whom passkeys are made for (WebAuthn's relying party).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingPartySettings {
    /// The domain: the origin's host, or a parent of it.
    pub id: String,
    /// The address of the pages that passkeys are used on, such as `https://bank.example`.
    pub origin: String,
}

impl FactorSettings {
    /// The usual settings of an installation at `public_url`: a second factor is asked of nobody.
    pub(crate) fn new(public_url: &str) -> Self {
        Self {
            institution: "Florin".to_owned(),
            totp_skew: 1,
            required_roles: Vec::new(),
            required_departments: Vec::new(),
            relying_party: RelyingPartySettings::of(public_url),
        }
    }

    /// Whether somebody with these roles, in this department, must have a second factor.
    pub(crate) fn asks_of(&self, roles: &[Role], department: Option<Department>) -> bool {
        roles.iter().any(|role| self.required_roles.contains(role))
            || department.is_some_and(|department| self.required_departments.contains(&department))
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.totp_skew > 1 {
            return Err(Error::Settings("a code may be one step early or late at most"));
        }
        Ok(())
    }
}

impl RelyingPartySettings {
    /// The relying party of an installation at `public_url`: its own host.
    pub fn of(public_url: &str) -> Self {
        let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(']') {
            Some((literal, _)) => literal.trim_start_matches('['),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let scheme = public_url.split_once("://").map_or("https", |(scheme, _)| scheme);
        Self { id: host.to_owned(), origin: format!("{scheme}://{authority}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relying_party_is_the_host_of_the_public_address() {
        for (url, id, origin) in [
            ("https://bank.example", "bank.example", "https://bank.example"),
            ("https://bank.example/florin", "bank.example", "https://bank.example"),
            ("http://localhost:8080", "localhost", "http://localhost:8080"),
            ("http://[::1]:8080", "::1", "http://[::1]:8080"),
        ] {
            assert_eq!(
                RelyingPartySettings::of(url),
                RelyingPartySettings { id: id.to_owned(), origin: origin.to_owned() }
            );
        }
    }

    #[test]
    fn a_code_is_never_good_for_more_than_a_step_before_and_after() {
        let usual = FactorSettings::new("https://bank.example");

        assert!(usual.check().is_ok());
        assert!(FactorSettings { totp_skew: 2, ..usual }.check().is_err());
    }
}
