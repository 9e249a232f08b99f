//! The span of a request, for whoever follows requests through several systems.
//!
//! Made only where traces are written, since every request would pay for it. It continues the trace that the client says
//! it belongs to (`traceparent`, as W3C Trace Context has it); of how many requests there is a trace is not for clients to
//! say.

use axum::extract::Request;
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of a request to this route.
pub(crate) fn span_of(request: &Request, (method, route): (&str, &str), id: &str) -> Span {
    let span = tracing::info_span!(
        target: "florin_http::trace",
        "http.request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request.id = id,
    );
    let parent =
        global::get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(request.headers())));
    // Where nobody writes this span, it has no parent either.
    let _ = span.set_parent(parent);
    span
}

/// Notes on the span how the request was answered.
pub(crate) fn note_answer(span: &Span, status: u16) {
    // Whole numbers of traces have a sign.
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}
