//! What is done to every request and answer alike: an id, headers, one line in the log, and the numbers.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use florin_kernel::Env;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::metrics::RouteMetrics;
use crate::{Metrics, Problem, RequestId, problem, request_id};

/// What the route is called in the log and the metrics when the path matched none.
const NO_ROUTE: &str = "(none)";

/// What may be told apart between installations.
#[derive(Clone, Debug)]
pub struct EdgeOptions {
    /// Whether browsers are told to use TLS from now on: only where TLS serves.
    pub strict_transport: bool,
    /// The value of `X-XSS-Protection`: `0`, or `1; mode=block` for the presets that ask for it.
    pub xss_protection: &'static str,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self { strict_transport: false, xss_protection: "0" }
    }
}

/// The outermost layer of the program's routes.
#[derive(Clone)]
pub struct Edge(Arc<Shared>);

struct Shared {
    env: Env,
    metrics: Metrics,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Edge {
    /// An edge that takes ids from `env` and counts in `metrics`.
    pub fn new(env: Env, metrics: Metrics, options: &EdgeOptions) -> Self {
        Self(Arc::new(Shared { env, metrics, headers: security_headers(options) }))
    }

    /// `router` behind this edge, its fallbacks included; to be done last.
    pub fn wrap(&self, router: Router) -> Router {
        router.layer(self.clone()).with_state(())
    }
}

/// The headers of every answer; where a handler has set one itself, its own stays.
fn security_headers(options: &EdgeOptions) -> Vec<(HeaderName, HeaderValue)> {
    let fixed = [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_XSS_PROTECTION, options.xss_protection),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let transport = (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    fixed
        .into_iter()
        .chain(options.strict_transport.then_some(transport))
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect()
}

impl<S> Layer<S> for Edge {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        EdgeService { inner, shared: Arc::clone(&self.0), route: Arc::default() }
    }
}

/// One route behind the edge.
#[derive(Clone)]
pub struct EdgeService<S> {
    inner: S,
    shared: Arc<Shared>,
    /// The metrics of the route that this service belongs to, known from its first request on.
    route: Arc<OnceLock<Arc<RouteMetrics>>>,
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = EdgeFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let started = Instant::now();
        let id = RequestId::of(request.headers().get(&request_id::HEADER), &self.shared.env);
        let metrics = self.metrics_of(&request);
        request.extensions_mut().insert(id.clone());
        let work = Work { started, id, metrics, shared: Arc::clone(&self.shared) };
        EdgeFuture { answer: self.inner.call(request), work }
    }
}

impl<S> EdgeService<S> {
    fn metrics_of(&self, request: &Request) -> Arc<RouteMetrics> {
        let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
        let method = method_name(request.method());
        let find = || Arc::new(self.shared.metrics.of_route(route, method));
        let known = self.route.get_or_init(find);
        // A handler of several methods, and the fallback, serve more than one name.
        if known.method == method && known.route == route { Arc::clone(known) } else { find() }
    }
}

/// The method as a label: one of a few names, whatever the client sends.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

pin_project! {
    /// The answer of a route on its way through the edge.
    pub struct EdgeFuture<F> {
        #[pin]
        answer: F,
        work: Work,
    }
}

struct Work {
    started: Instant,
    id: RequestId,
    metrics: Arc<RouteMetrics>,
    shared: Arc<Shared>,
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for EdgeFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // A broken invariant fails its request, not the connection with whatever else is on it.
        let answer = catch_unwind(AssertUnwindSafe(|| this.answer.poll(context)));
        let mut response = match answer {
            Ok(answer) => {
                let Ok(response) = ready!(answer);
                response
            }
            Err(panic) => Problem::internal(&Panicked::of(panic.as_ref())).into_response(),
        };
        this.work.finish(&mut response);
        Poll::Ready(Ok(response))
    }
}

/// A handler that broke off.
#[derive(Debug)]
struct Panicked(String);

impl Panicked {
    fn of(panic: &(dyn Any + Send)) -> Self {
        let said =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        Self(said.unwrap_or("for no known reason").to_owned())
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handler panicked: {}", self.0)
    }
}

impl Error for Panicked {}

impl Work {
    fn finish(&self, response: &mut Response) {
        problem::sign(response, &self.id);
        let headers = response.headers_mut();
        headers.reserve(self.shared.headers.len() + 3);
        for (name, value) in &self.shared.headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        headers.insert(request_id::HEADER, self.id.header());

        let status = response.status().as_u16();
        let elapsed = self.started.elapsed();
        self.metrics.observe(status, elapsed);
        tracing::info!(
            target: "florin_http::access",
            method = self.metrics.method,
            route = self.metrics.route,
            status,
            elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            request_id = self.id.as_str(),
            "request"
        );
    }
}
