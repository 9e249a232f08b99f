//! Whose address a request comes from, where proxies stand in between.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use florin_identity::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
/// Longer chains of proxies are not followed.
const HOPS_MAX: usize = 32;

/// The address of the client, as an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientIp(pub(crate) IpAddr);

/// The address of whoever sent a request to `peer`'s side of the connection: `peer`, or, where that is one of our own
/// proxies, the last address in what it forwards that is not. What a stranger writes into the header stands further to
/// the left and is never reached; what cannot be read ends the search.
pub(crate) fn client_ip(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    if !ours(nearest) {
        return nearest;
    }
    for hop in hops(headers) {
        let Some(address) = hop else { return nearest };
        nearest = address;
        if !ours(nearest) {
            return nearest;
        }
    }
    nearest
}

/// What was forwarded, the nearest hop first: by `Forwarded` (RFC 7239) where there is one, else by `X-Forwarded-For`.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let (name, read): (_, fn(&str) -> Option<IpAddr>) =
        if headers.contains_key(FORWARDED) { (FORWARDED, forwarded_for) } else { (X_FORWARDED_FOR, address) };
    let mut hops = Vec::new();
    for value in headers.get_all(name).into_iter().collect::<Vec<_>>().into_iter().rev() {
        // What is no text cannot be read, and ends the search as well.
        let text = value.to_str().unwrap_or("?");
        hops.extend(text.rsplit(',').take(HOPS_MAX.saturating_sub(hops.len())).map(|hop| read(hop.trim())));
    }
    hops
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let parameters = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = parameters.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    let (_, value) = named.next()?;
    address(value.trim_matches('"'))
}

/// An address with or without a port: `192.0.2.1:8080`, `[2001:db8::1]:443`, `2001:db8::1`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, headers: &[(HeaderName, &str)]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        client_ip(peer.parse().unwrap(), &map, &proxies).to_string()
    }

    #[test]
    fn a_stranger_is_believed_nothing() {
        for header in ["10.0.0.1", "198.51.100.7", "127.0.0.1, 198.51.100.7"] {
            assert_eq!(found("203.0.113.9", &[(X_FORWARDED_FOR, header)]), "203.0.113.9");
        }
        assert_eq!(found("::ffff:203.0.113.9", &[]), "203.0.113.9", "one client, however it is written");
    }

    #[test]
    fn behind_our_proxies_it_is_the_last_address_that_is_not_ours() {
        let forwarded = |header| found("10.0.0.1", &[(X_FORWARDED_FOR, header)]);
        assert_eq!(forwarded("198.51.100.7"), "198.51.100.7");
        assert_eq!(
            forwarded("1.1.1.1, 198.51.100.7, 10.2.3.4"),
            "198.51.100.7",
            "what is left of it is hearsay"
        );
        assert_eq!(forwarded("198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(forwarded("[2001:db8::7]:4711, fd00::1"), "2001:db8::7");
        assert_eq!(forwarded("10.9.9.9"), "10.9.9.9", "a client within");
        assert_eq!(found("10.0.0.1", &[]), "10.0.0.1");
        let split = [(X_FORWARDED_FOR, "1.1.1.1"), (X_FORWARDED_FOR, "198.51.100.7, 10.2.3.4")];
        assert_eq!(found("10.0.0.1", &split), "198.51.100.7", "two lines are one list");
    }

    #[test]
    fn the_standard_header_goes_before_the_other() {
        let both =
            [(FORWARDED, "for=1.1.1.1, for=\"[2001:db8::7]:80\";proto=https"), (X_FORWARDED_FOR, "2.2.2.2")];
        assert_eq!(found("10.0.0.1", &both), "2001:db8::7");
        assert_eq!(found("10.0.0.1", &[(FORWARDED, "by=10.0.0.2;For=198.51.100.7")]), "198.51.100.7");
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed_at() {
        for header in
            ["unknown", "_hidden", "", "198.51.100.7, not an address", "198.51.100.7, ", "1.1.1.1,\u{e9}"]
        {
            assert_eq!(found("10.0.0.1", &[(X_FORWARDED_FOR, header)]), "10.0.0.1", "{header:?}");
        }
        let long = vec!["10.0.0.3"; 100].join(",");
        assert_eq!(found("10.0.0.1", &[(X_FORWARDED_FOR, &format!("198.51.100.7,{long}"))]), "10.0.0.3");
    }
}
