//! Answers that are packed for those who ask.

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::predicate::{Predicate as _, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Smaller answers are not worth it.
const BYTES_MIN: u64 = 1_024;

/// `router`, whose answers are packed with gzip where the client takes that. It is for what is nobody's secret: where a
/// secret stands beside text that a stranger chooses, the packed length tells of both (BREACH).
pub fn compressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let text = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let kind =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        kind.starts_with("text/") || kind.contains("json") || kind.contains("openmetrics")
    };
    let layer = CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest);
    router.layer(layer.compress_when(SizeAbove::new(BYTES_MIN).and(text)))
}
