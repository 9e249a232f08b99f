//! That a request which signs in by cookie was sent by a page of one's own.
//!
//! Three things are asked, of everything but reading. `Sec-Fetch-Site`, where a browser tells it, is `same-origin`, or
//! `none` for what people typed themselves. `Origin`, where it is told, is that of the public address. And in any case
//! the CSRF token stands in its cookie and in `X-CSRF-Token`, the same in both, and is one that was signed for the
//! cookie of this sign-in.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::cookies::{Brought, brought};
use crate::{App, Problem, codes};

/// The header that repeats the token.
const HEADER: &str = "x-csrf-token";
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses a request that changes something, unless a page of one's own sent it; `cookie` is what it signs in by.
pub(crate) fn check(parts: &Parts, app: &App, cookie: &str) -> Result<(), Problem> {
    if is_reading(&parts.method) {
        return Ok(());
    }
    let refusal = if !is_own_site(&parts.headers, &app.browsers.origin, app.browsers.trusts_host) {
        "it comes from another site"
    } else if !has_token(&parts.headers, app, cookie) {
        "its token is missing or wrong"
    } else {
        return Ok(());
    };
    tracing::warn!(
        event = "malicious_csrf",
        path = parts.uri.path(),
        "a request by cookie is refused: {refusal}"
    );
    Err(Problem::of(codes::CSRF_FAILED))
}

/// Whether requests of this method change nothing.
fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether nothing that a browser tells speaks of another site; what it does not tell speaks of none.
pub(crate) fn is_own_site(headers: &HeaderMap, own: &str, trusts_host: bool) -> bool {
    let mut sites = headers.get_all(FETCH_SITE).into_iter();
    if !sites.all(|site| site == "same-origin" || site == "none") {
        return false;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|_| trusts_host);
    let is_own =
        |origin: &str| origin == own || host.is_some_and(|host| origin.strip_prefix("http://") == Some(host));
    headers.get_all(ORIGIN).into_iter().all(|origin| origin.to_str().is_ok_and(is_own))
}

fn has_token(headers: &HeaderMap, app: &App, cookie: &str) -> bool {
    let mut given = headers.get_all(HEADER).into_iter();
    let (Some(header), None) = (given.next(), given.next()) else { return false };
    let (Ok(token), Brought::One(kept)) = (header.to_str(), brought(headers, app.browsers.csrf_cookie))
    else {
        return false;
    };
    // Each half of the double submit is held against the signature, which takes as long whatever they are.
    app.identity.csrf_is_good(cookie, token) & app.identity.csrf_is_good(cookie, kept) && token == kept
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_request_is_of_ones_own_site_unless_a_browser_says_otherwise() {
        let own = "https://bank.example";
        for (pairs, is_own) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", own)][..], true),
            (&[("sec-fetch-site", "none")][..], true),
            (&[("sec-fetch-site", "same-site")][..], false),
            (&[("sec-fetch-site", "cross-site")][..], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")][..], false),
            (&[("origin", "null")][..], false),
            (&[("origin", "https://bank.example.evil.example")][..], false),
            (&[("origin", "http://bank.example")][..], false),
            (&[("origin", "https://bank.example:8443")][..], false),
            (&[("origin", own), ("origin", "https://evil.example")][..], false),
            (&[("origin", "http://localhost:1"), ("host", "localhost:1")][..], false),
        ] {
            assert_eq!(is_own_site(&headers(pairs), own, false), is_own, "{pairs:?}");
        }
    }

    #[test]
    fn while_trying_things_out_the_host_that_is_asked_is_ones_own_too() {
        let own = "http://127.0.0.1:8080";
        let asked =
            |origin| is_own_site(&headers(&[("origin", origin), ("host", "localhost:8080")]), own, true);

        assert!(asked("http://localhost:8080") && asked(own));
        assert!(!asked("http://localhost:9090") && !asked("https://localhost:8080") && !asked("null"));
    }

    #[test]
    fn reading_asks_for_nothing() {
        assert!([Method::GET, Method::HEAD, Method::OPTIONS].iter().all(is_reading));
        assert!(![Method::POST, Method::PUT, Method::PATCH, Method::DELETE].iter().any(is_reading));
    }
}
