//! Whom passkeys are made for: WebAuthn, set up from the configuration and never from a request.

use std::net::IpAddr;

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

use super::RelyingPartySettings;
use crate::Error;

/// The ceremonies of WebAuthn for one domain.
pub(super) struct RelyingParty(pub(super) Webauthn);

impl RelyingParty {
    /// For these settings; `None` under an address without a domain, where browsers make no passkeys.
    ///
    /// # Errors
    /// [`Error::Settings`] when the domain is not that of the origin, nor a parent of it.
    pub(super) fn open(settings: &RelyingPartySettings, institution: &str) -> Result<Option<Self>, Error> {
        if settings.id.parse::<IpAddr>().is_ok() {
            return Ok(None);
        }
        let wrong =
            || Error::Settings("passkeys need an origin and, as their domain, its host or a parent of it");
        let origin = Url::parse(&settings.origin).map_err(|_| wrong())?;
        let builder = WebauthnBuilder::new(&settings.id, &origin).map_err(|_| wrong())?;
        builder.rp_name(institution).build().map(|built| Some(Self(built))).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_made_for_the_domain_of_the_origin_or_a_parent_of_it() {
        let open = |id: &str, origin: &str| {
            let settings = RelyingPartySettings { id: id.to_owned(), origin: origin.to_owned() };
            RelyingParty::open(&settings, "Florin Bank").map(|party| party.is_some())
        };

        assert_eq!(open("bank.example", "https://bank.example").ok(), Some(true));
        assert_eq!(open("bank.example", "https://app.bank.example").ok(), Some(true));
        assert_eq!(open("localhost", "http://localhost:8080").ok(), Some(true));
        assert_eq!(open("127.0.0.1", "http://127.0.0.1:8080").ok(), Some(false));
        assert_eq!(open("::1", "http://[::1]:8080").ok(), Some(false));
        assert!(open("evil.example", "https://bank.example").is_err());
        assert!(open("ank.example", "https://bank.example").is_err());
        assert!(open("bank.example", "nonsense").is_err());
    }
}
