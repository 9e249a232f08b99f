//! Paths of the systems that Florin replaces, which it goes on serving for a while.

use axum::http::{HeaderName, HeaderValue};
use florin_kernel::Timestamp;

/// The headers of answers on such a path.
pub(crate) type Notice = Vec<(HeaderName, HeaderValue)>;

/// Since when new clients should not use them: 2026-11-21 in UTC.
const DEPRECATED_AT: &str = "@1795219200";
/// Paths whose successor is not the same path below `/api/v1`.
const RENAMED: &[(&str, &str)] =
    &[("/api/accounts/transfer", "/api/v1/transfers"), ("/api/customers/create", "/api/v1/customers")];
/// Below `/api` and of no version.
const OF_EVERY_VERSION: &[&str] = &["/api/versions"];

/// What answers on this route are to say of it: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) where an end is set, and
/// links to the route that takes its place and to the reference. Nothing for a route that stays.
pub(crate) fn notice(route: &str, sunset: Option<Timestamp>) -> Notice {
    let path = route.strip_prefix("/api/").filter(|path| !path.starts_with("v1/"));
    let Some(path) = path.filter(|_| !OF_EVERY_VERSION.contains(&route)) else { return Vec::new() };
    let renamed = RENAMED.iter().find(|(old, _)| *old == route).map(|(_, new)| (*new).to_owned());
    let successor = renamed.unwrap_or_else(|| format!("/api/v1/{path}"));
    let mut link = "</api/v1/docs>; rel=\"deprecation\"".to_owned();
    // A link names one address, and what has a parameter is many.
    if !successor.contains('{') {
        link = format!("<{successor}>; rel=\"successor-version\", {link}");
    }
    let date = sunset.map(|at| ("sunset", http_date(at)));
    let told = [("deprecation", DEPRECATED_AT.to_owned()), ("link", link)].into_iter().chain(date);
    told.filter_map(|(name, value)| Some((HeaderName::from_static(name), value.parse().ok()?))).collect()
}

/// An instant as HTTP writes it (RFC 9110, 5.6.7).
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(route: &str) -> Vec<String> {
        let sunset = "2028-12-31T00:00:00Z".parse().unwrap();
        notice(route, Some(sunset))
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn old_paths_name_their_end_and_what_takes_their_place() {
        assert_eq!(
            told("/api/auth/login"),
            [
                "deprecation: @1795219200",
                "link: </api/v1/auth/login>; rel=\"successor-version\", </api/v1/docs>; rel=\"deprecation\"",
                "sunset: Sun, 31 Dec 2028 00:00:00 GMT"
            ]
        );
        assert!(told("/api/accounts/transfer")[1].contains("</api/v1/transfers>"));
        assert_eq!(told("/api/auth/sessions/{id}")[1], "link: </api/v1/docs>; rel=\"deprecation\"");
        assert_eq!(notice("/api/auth/login", None).len(), 2);
    }

    #[test]
    fn paths_that_stay_say_nothing() {
        for route in ["/api/v1/auth/login", "/health", "/api/versions", "/docs", "(none)", "/metrics"] {
            assert!(told(route).is_empty(), "{route}");
        }
    }
}
