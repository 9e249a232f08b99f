//! Addresses that may be asked.

use url::{Host, Url};

/// An address of a provider: `https`, or `http` on this machine where `loopback` allows it; with neither a name nor a
/// password in it, and no fragment.
pub(super) fn parse(text: &str, loopback: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let secret = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => loopback && is_this_machine(&url),
        _ => false,
    };
    (plain && secret).then_some(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_in_clear_but_of_this_machine() {
        for (text, anywhere, in_development) in [
            ("https://id.example/token", true, true),
            ("http://127.0.0.1:8080/token", false, true),
            ("http://[::1]:8080/token", false, true),
            ("http://localhost/token", false, true),
            ("http://id.example/token", false, false),
            ("http://127.0.0.1.example/token", false, false),
            ("https://user:secret@id.example/token", false, false),
            ("https://id.example/token#part", false, false),
            ("file:///etc/passwd", false, false),
            ("/token", false, false),
        ] {
            assert_eq!(parse(text, false).is_some(), anywhere, "{text}");
            assert_eq!(parse(text, true).is_some(), in_development, "{text}");
        }
    }
}
