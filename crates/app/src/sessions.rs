//! What the configuration says of browsers' sign-ins, their cookies, and where sign-ins are used from.

use std::net::IpAddr;

use florin_identity::{BrowserLimits, BrowserSettings, DriftSettings, Network};
use url::{Host, Url};

use crate::StartError;
use crate::config::{Config, Environment};

/// How browsers are met.
#[derive(Clone, Debug)]
pub struct Browsers {
    /// The name of the cookie that a sign-in is kept in.
    pub session_cookie: &'static str,
    /// The name of the cookie that a CSRF token is kept in.
    pub csrf_cookie: &'static str,
    /// What both cookies are set with, besides their values.
    pub cookie_terms: &'static str,
    /// The origin of the public address, as browsers write it.
    pub origin: String,
    /// Whether pages of whatever host the request names are taken for one's own, besides those of the public address:
    /// while trying things out, the same server is `localhost` and `127.0.0.1`.
    pub trusts_host: bool,
    country: Option<Country>,
}

/// Who tells from which country a request comes.
#[derive(Clone, Debug)]
struct Country {
    header: String,
    from: Vec<Network>,
}

impl Browsers {
    /// How the configuration has browsers met.
    ///
    /// A cookie with the prefix `__Host-` is set by this host alone, for all of it and over TLS alone; browsers drop it
    /// where there is no TLS. So where the installation is for trying things out and its public address is plain http on
    /// this very machine, the cookies have neither the prefix nor `Secure`. Nowhere else: at another plain http address
    /// no browser can sign in by cookie.
    ///
    /// # Errors
    /// [`StartError::System`], which names the setting.
    pub fn of(config: &Config) -> Result<Self, StartError> {
        let address = config.public_url();
        let url = Url::parse(&address)
            .map_err(|error| StartError::System(format!("instance.public_url: {address}: {error}")))?;
        let development = config.instance.environment == Environment::Development;
        let plain = development && url.scheme() == "http" && is_this_machine(&url);
        let (session_cookie, csrf_cookie, cookie_terms) = if plain {
            ("florin_session", "florin_csrf", "Path=/; HttpOnly; SameSite=Strict")
        } else {
            ("__Host-florin_session", "__Host-florin_csrf", "Path=/; Secure; HttpOnly; SameSite=Strict")
        };
        let origin = url.origin().ascii_serialization();
        let country = country(config)?;
        Ok(Self { session_cookie, csrf_cookie, cookie_terms, origin, trusts_host: plain, country })
    }

    /// The header that tells the country of a request from this peer, where the peer is believed about it.
    pub fn country_header(&self, peer: Option<IpAddr>) -> Option<&str> {
        let country = self.country.as_ref()?;
        let believed = peer.is_some_and(|peer| country.from.iter().any(|network| network.contains(peer)));
        believed.then_some(country.header.as_str())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn country(config: &Config) -> Result<Option<Country>, StartError> {
    let sessions = &config.sessions;
    let from = config.server.proxies().map_err(StartError::System)?;
    let header = sessions.country_header.to_ascii_lowercase();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match (header.is_empty(), from.is_empty()) {
        (true, _) => Ok(None),
        (false, _) if !header.chars().all(is_name) => {
            Err(StartError::System("sessions.country_header: this is no name of a header".to_owned()))
        }
        (false, true) => Err(StartError::System(
            "sessions.country_header: name the proxies that set it in server.trusted_proxies".to_owned(),
        )),
        (false, false) => Ok(Some(Country { header, from })),
    }
}

/// How long browsers' sign-ins last.
pub(crate) fn limits(config: &Config) -> BrowserSettings {
    let limits = |idle_minutes: u32, hours: u32| BrowserLimits {
        idle_seconds: idle_minutes.saturating_mul(60),
        lasts_seconds: hours.saturating_mul(3_600),
    };
    let sessions = &config.sessions;
    BrowserSettings {
        customers: limits(sessions.customer_idle_minutes, sessions.customer_hours),
        staff: limits(sessions.staff_idle_minutes, sessions.staff_hours),
    }
}

/// When a sign-in is used from too far away.
pub(crate) fn drift(config: &Config) -> DriftSettings {
    let sessions = &config.sessions;
    DriftSettings {
        threshold: sessions.drift_threshold,
        agent: sessions.drift_agent,
        network: sessions.drift_network,
        country: sessions.drift_country,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Loaded, Sources};

    fn config(flags: &[(&'static str, &str)]) -> Config {
        let flags = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Loaded::read(&Sources { flags, ..Sources::default() }).unwrap().config
    }

    #[test]
    fn cookies_are_for_tls_but_on_this_machine_in_development() {
        let of = |url, environment| {
            Browsers::of(&config(&[("instance.public_url", url), ("instance.environment", environment)]))
                .unwrap()
        };

        for plain in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080", ""] {
            let met = of(plain, "development");
            assert_eq!((met.session_cookie, met.trusts_host), ("florin_session", true), "{plain}");
            assert!(!met.cookie_terms.contains("Secure"));
        }
        for (url, environment) in [
            ("https://bank.example", "development"),
            ("https://localhost", "development"),
            ("http://bank.example", "development"),
            ("http://localhost.bank.example", "development"),
            ("http://127.0.0.1:8080", "production"),
        ] {
            let met = of(url, environment);
            assert_eq!((met.session_cookie, met.trusts_host), ("__Host-florin_session", false), "{url}");
            assert!(met.cookie_terms.contains("Path=/; Secure; HttpOnly; SameSite=Strict"));
        }
        assert_eq!(of("https://bank.example:443/", "production").origin, "https://bank.example");
    }

    #[test]
    fn a_country_is_believed_from_the_proxies_that_are_named_alone() {
        let met = Browsers::of(&config(&[
            ("sessions.country_header", "CF-IPCountry"),
            ("server.trusted_proxies", "192.0.2.1 2001:db8::/32"),
        ]))
        .unwrap();
        let header = |ip: &str| met.country_header(Some(ip.parse().unwrap()));

        assert_eq!(header("192.0.2.1"), Some("cf-ipcountry"));
        assert_eq!(header("2001:db8::9"), Some("cf-ipcountry"));
        assert_eq!(header("192.0.2.2"), None);
        assert_eq!(met.country_header(None), None);
        assert_eq!(Browsers::of(&config(&[])).unwrap().country_header("192.0.2.1".parse().ok()), None);
    }

    #[test]
    fn a_header_without_proxies_and_proxies_that_are_no_addresses_are_refused() {
        let refused = |flags| Browsers::of(&config(flags)).unwrap_err().to_string();

        assert!(refused(&[("sessions.country_header", "CF-IPCountry")]).contains("server.trusted_proxies"));
        assert!(
            refused(&[("sessions.country_header", "x: y"), ("server.trusted_proxies", "192.0.2.1")])
                .contains("sessions.country_header")
        );
        assert!(
            refused(&[("sessions.country_header", "x"), ("server.trusted_proxies", "everywhere")])
                .contains("server.trusted_proxies")
        );
    }
}
