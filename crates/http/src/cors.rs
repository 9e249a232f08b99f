//! Pages of other origins that may call the API from a browser.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what it was told.
const REMEMBERED: Duration = Duration::from_mins(10);
/// What such a page may send besides what every page may.
const REQUEST_HEADERS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("x-csrf-token"),
    HeaderName::from_static("x-device-fingerprint"),
    HeaderName::from_static("x-idempotency-key"),
    HeaderName::from_static("x-request-id"),
];
/// What such a page may read of an answer besides what every page may.
const ANSWER_HEADERS: [HeaderName; 8] = [
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("ratelimit"),
    header::RETRY_AFTER,
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("x-request-id"),
];

/// Tells browsers that pages of these origins may call, and no others.
pub(crate) fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(REQUEST_HEADERS)
        .expose_headers(ANSWER_HEADERS)
        .max_age(REMEMBERED)
}

/// The origins of a setting: scheme, host and port, as browsers write them.
///
/// # Errors
/// A sentence that names the setting and what is wrong with it.
pub(crate) fn origins(setting: &str) -> Result<Vec<HeaderValue>, String> {
    let one = |text: &str| {
        let uri: Option<Uri> = text.parse().ok();
        let plain = uri.is_some_and(|uri| {
            let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "https" | "http"));
            scheme.zip(uri.authority()).is_some_and(|(scheme, host)| text == format!("{scheme}://{host}"))
        });
        let value = plain.then(|| HeaderValue::from_str(text).ok()).flatten();
        value.ok_or_else(|| {
            format!("server.cors_origins: `{text}` is no origin, such as https://app.bank.example")
        })
    };
    setting.split_ascii_whitespace().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_no_more() {
        assert_eq!(origins("https://app.bank.example http://localhost:3000").unwrap().len(), 2);
        assert_eq!(origins("").unwrap().len(), 0);
        for wrong in [
            "*",
            "null",
            "app.bank.example",
            "https://app.bank.example/",
            "https://a.example/x",
            "ftp://a.example",
        ] {
            assert!(origins(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }
}
