//! Whether what is told to others goes where it should.

use secrecy::ExposeSecret as _;
use url::{Host, Url};

use super::{Config, Telemetry};

impl Telemetry {
    /// Where traces are posted to; none where none are written.
    ///
    /// # Errors
    /// Why it is no address.
    pub fn traces_url(&self) -> Result<Option<Url>, String> {
        let endpoint = self.otlp_endpoint.trim().trim_end_matches('/');
        if endpoint.is_empty() {
            return Ok(None);
        }
        let whole = if endpoint.ends_with("/v1/traces") {
            endpoint.to_owned()
        } else {
            format!("{endpoint}/v1/traces")
        };
        let url = Url::parse(&whole).map_err(|error| format!("it is no address: {error}"))?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() {
            Ok(Some(url))
        } else {
            Err("an address that begins with http:// or https:// is wanted".to_owned())
        }
    }

    /// The headers that go along, by their names.
    ///
    /// # Errors
    /// When one has no name or no value; what they are is not repeated.
    pub fn headers(&self) -> Result<Vec<(String, String)>, String> {
        let pairs =
            self.otlp_headers.expose_secret().split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let pair = |text: &str| {
            let (name, value) = text.split_once('=')?;
            let is_name =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let is_value = !value.is_empty() && value.bytes().all(|b| (b' '..=b'~').contains(&b));
            (is_name && is_value).then(|| (name.to_owned(), value.to_owned()))
        };
        pairs
            .map(|text| {
                pair(text).ok_or_else(|| "name=value is wanted, several divided by commas".to_owned())
            })
            .collect()
    }
}

/// What is wrong with the settings of traces, if something is: which, and why.
pub(super) fn of_telemetry(telemetry: &Telemetry) -> Result<(), (&'static str, String)> {
    telemetry.traces_url().map_err(|why| ("telemetry.otlp_endpoint", why))?;
    telemetry.headers().map_err(|why| ("telemetry.otlp_headers", why))?;
    if telemetry.sampling > 1_000 {
        return Err(("telemetry.sampling", "0 to 1000 in a thousand are possible".to_owned()));
    }
    Ok(())
}

/// Refuses what tells others of the installation in the clear over a network.
pub(super) fn of_channels(config: &Config) -> Result<(), String> {
    let monitoring = &config.monitoring;
    let has_sms = !monitoring.sms_account.is_empty();
    let has_headers = !config.telemetry.otlp_headers.expose_secret().is_empty();
    let channels = [
        ("monitoring.slack_url", monitoring.slack_url.expose_secret(), "the address is a secret"),
        ("monitoring.webhook_url", monitoring.webhook_url.expose_secret(), "alerts tell of the installation"),
        ("monitoring.sms_url", if has_sms { &monitoring.sms_url } else { "" }, "the token goes there"),
        (
            "telemetry.otlp_endpoint",
            if has_headers { &config.telemetry.otlp_endpoint } else { "" },
            "telemetry.otlp_headers go there",
        ),
    ];
    match channels.into_iter().find(|(_, address, _)| is_in_the_clear(address)) {
        Some((setting, _, why)) => Err(format!("{setting} must begin with https://: {why}")),
        None => Ok(()),
    }
}

/// Whether what goes to this address can be read on its way: it is not encrypted, and leaves the machine.
fn is_in_the_clear(address: &str) -> bool {
    let Ok(url) = Url::parse(address.trim()) else { return false };
    let stays = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() != "https" && !stays
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn telemetry(endpoint: &str, headers: &str) -> Telemetry {
        Telemetry {
            otlp_endpoint: endpoint.to_owned(),
            otlp_headers: headers.into(),
            sampling: 1_000,
            ca_file: PathBuf::new(),
        }
    }

    #[test]
    fn the_address_of_a_collector_is_made_whole() {
        let url = |endpoint| telemetry(endpoint, "").traces_url().map(|url| url.map(String::from));
        assert_eq!(url(""), Ok(None));
        for endpoint in ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"] {
            assert_eq!(url(endpoint), Ok(Some("http://c:4318/v1/traces".to_owned())), "{endpoint}");
        }
        assert!(url("collector:4318").is_err() && url("grpc://c:4317").is_err() && url("c").is_err());
    }

    #[test]
    fn headers_are_pairs_and_a_wrong_one_is_not_repeated() {
        let headers = |text| telemetry("", text).headers();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers(""), Ok(vec![]));
        assert_eq!(headers("a=b=c, x-token=t"), Ok(vec![pair("a", "b=c"), pair("x-token", "t")]));
        assert!(!headers("secret").unwrap_err().contains("secret") && headers("a b=c").is_err());
    }

    #[test]
    fn only_what_leaves_the_machine_must_be_encrypted() {
        for fine in
            ["", "https://hooks.example/x", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"]
        {
            assert!(!is_in_the_clear(fine), "{fine}");
        }
        for clear in ["http://hooks.example/x", "HTTP://10.0.0.1", "http://localhost.example"] {
            assert!(is_in_the_clear(clear), "{clear}");
        }
    }
}
