//! What is done to every request and answer alike: an id, headers, one line in the log, and the numbers.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use florin_app::{Services, StartError};
use florin_identity::Network;
use florin_kernel::{Env, Timestamp};
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use tracing::Span;

use crate::client_ip::{ClientIp, client_ip};
use crate::cors::{cors, origins};
use crate::gate::{Gate, GateLimits};
use crate::legacy::{self, Notice};
use crate::metrics::RouteMetrics;
use crate::progress::Progress;
use crate::rates::{RateLimits, RouteClass};
use crate::{Metrics, Peer, Problem, RequestId, problem, request_id, traces};

/// What the route is called in the log and the metrics when the path matched none.
const NO_ROUTE: &str = "(none)";

/// What may be told apart between installations.
#[derive(Clone, Debug)]
pub struct EdgeOptions {
    /// How many requests are worked on at once; `None` for all that come.
    pub gate: Option<GateLimits>,
    /// How often somebody may ask; `None` for ever.
    pub rates: Option<RateLimits>,
    /// From when on the paths of the replaced systems need not be served any more, where that is settled.
    pub legacy_sunset: Option<Timestamp>,
    /// The origins whose pages may call the API from a browser.
    pub cors_origins: Vec<HeaderValue>,
    /// Whose word about where a request comes from is taken.
    pub trusted_proxies: Vec<Network>,
    /// Whether browsers are told to use TLS from now on: only where TLS serves.
    pub strict_transport: bool,
    /// Whether traces of requests are written.
    pub traces: bool,
    /// The value of `X-XSS-Protection`: `0`, or `1; mode=block` for the presets that ask for it.
    pub xss_protection: &'static str,
}

impl EdgeOptions {
    /// What the configuration says.
    ///
    /// # Errors
    /// [`StartError`], which names the setting.
    pub fn of(services: &Services) -> Result<Self, StartError> {
        let config = &services.config;
        let rates = if config.rate_limits.enabled {
            let mut windows = RouteClass::ALL.map(|_| Vec::new());
            for (class, windows) in RouteClass::ALL.into_iter().zip(&mut windows) {
                *windows = config.rate_limits.windows(class.code()).map_err(StartError::System)?;
            }
            Some(RateLimits::new(services.volatile.clone(), windows))
        } else {
            None
        };
        let server = &config.server;
        let gate = GateLimits {
            inside_max: usize::try_from(server.requests_max).unwrap_or(usize::MAX),
            waiting_max: usize::try_from(server.queue_max).unwrap_or(usize::MAX),
            patience: Duration::from_millis(server.queue_timeout_ms.into()),
        };
        Ok(Self {
            gate: (server.requests_max > 0).then_some(gate),
            rates,
            legacy_sunset: server.sunset().map_err(StartError::System)?,
            cors_origins: origins(&server.cors_origins).map_err(StartError::System)?,
            trusted_proxies: server.proxies().map_err(StartError::System)?,
            strict_transport: config.public_url().starts_with("https://"),
            traces: config.telemetry.traces_url().is_ok_and(|url| url.is_some()),
            xss_protection: "0",
        })
    }
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self {
            gate: None,
            rates: None,
            legacy_sunset: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            strict_transport: false,
            traces: false,
            xss_protection: "0",
        }
    }
}

/// The outermost layer of the program's routes.
#[derive(Clone)]
pub struct Edge(Arc<Shared>);

struct Shared {
    env: Env,
    metrics: Metrics,
    headers: Vec<(HeaderName, HeaderValue)>,
    gate: Option<Gate>,
    rates: Option<RateLimits>,
    trusted_proxies: Vec<Network>,
    legacy_sunset: Option<Timestamp>,
    cors_origins: Vec<HeaderValue>,
    traces: bool,
}

impl Edge {
    /// An edge that takes ids from `env` and counts in `metrics`.
    pub fn new(env: Env, metrics: Metrics, options: &EdgeOptions) -> Self {
        if let Some(rates) = &options.rates {
            metrics.count_refusals(rates.refusals());
        }
        Self(Arc::new(Shared {
            env,
            metrics,
            headers: security_headers(options),
            gate: options.gate.map(Gate::new),
            rates: options.rates.clone(),
            trusted_proxies: options.trusted_proxies.clone(),
            legacy_sunset: options.legacy_sunset,
            cors_origins: options.cors_origins.clone(),
            traces: options.traces,
        }))
    }

    /// `router` behind this edge, its fallbacks included; to be done last.
    pub fn wrap(&self, router: Router) -> Router {
        let origins = &self.0.cors_origins;
        let router = if origins.is_empty() { router } else { router.layer(cors(origins)) };
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
    /// The route that this service belongs to, known from its first request on.
    route: Arc<OnceLock<Arc<Route>>>,
}

/// What is the same for all requests to a route.
struct Route {
    metrics: RouteMetrics,
    class: RouteClass,
    /// Whoever watches over the program is answered however busy it is.
    passes_gate: bool,
    /// What is said of a path that will not stay.
    notice: Notice,
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
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
        let route = self.route_of(&request);
        let shared = Arc::clone(&self.shared);
        let gate = shared.gate.as_ref().filter(|_| !route.passes_gate);
        let place = gate.and_then(Gate::try_enter);
        let waits = gate.is_some() && place.is_none();
        let limits = shared.rates.clone().map(|rates| (rates, route.class));
        let progress = Arc::new(Progress::new(gate.cloned(), place, limits));

        let names = (route.metrics.method, route.metrics.route.as_ref());
        // Whoever watches over the program asks all the time, and nobody follows that.
        let traced = shared.traces && !route.passes_gate;
        let span = traced.then(|| traces::span_of(&request, names, id.as_str()));

        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let client = peer.map(|peer| client_ip(peer, request.headers(), &shared.trusted_proxies));
        let extensions = request.extensions_mut();
        extensions.insert(id.clone());
        extensions.insert(Arc::clone(&progress));
        if let Some(client) = client {
            extensions.insert(ClientIp(client));
        }
        let answer = if waits {
            // The clone that stays behind is called next time; this one has been found ready.
            let clone = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, clone);
            Answer::Waiting { answer: Box::pin(wait(inner, request, Arc::clone(&progress))) }
        } else {
            Answer::Running { answer: self.inner.call(request) }
        };
        EdgeFuture { answer, work: Work { started, id, route, shared, progress, span } }
    }
}

/// The answer of `inner` to whoever waits for a place inside the gate first.
async fn wait<S>(mut inner: S, request: Request, progress: Arc<Progress>) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    match progress.step_in().await {
        Ok(()) => inner.call(request).await,
        Err(problem) => Ok(problem.into_response()),
    }
}

impl<S> EdgeService<S> {
    fn route_of(&self, request: &Request) -> Arc<Route> {
        let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
        let method = method_name(request.method());
        let find = || {
            Arc::new(Route {
                metrics: self.shared.metrics.of_route(route, method),
                class: RouteClass::of(request.method(), route),
                passes_gate: route.starts_with("/health") || route == "/metrics",
                notice: legacy::notice(route, self.shared.legacy_sunset),
            })
        };
        let known = self.route.get_or_init(find);
        // A handler of several methods, and the fallback, serve more than one name.
        let same = known.metrics.method == method && known.metrics.route == route;
        if same { Arc::clone(known) } else { find() }
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
        answer: Answer<F>,
        work: Work,
    }
}

pin_project! {
    #[project = Progressing]
    enum Answer<F> {
        Running {
            #[pin]
            answer: F,
        },
        Waiting {
            #[pin]
            answer: Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>,
        },
    }
}

struct Work {
    started: Instant,
    id: RequestId,
    route: Arc<Route>,
    shared: Arc<Shared>,
    progress: Arc<Progress>,
    /// The span of the request, where traces are written.
    span: Option<Span>,
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for EdgeFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let entered = this.work.span.as_ref().map(Span::enter);
        // A broken invariant fails its request, not the connection with whatever else is on it.
        let answer = catch_unwind(AssertUnwindSafe(|| match this.answer.project() {
            Progressing::Running { answer } => answer.poll(context),
            Progressing::Waiting { answer } => answer.poll(context),
        }));
        let mut response = match answer {
            Ok(answer) => {
                let Ok(response) = ready!(answer);
                response
            }
            Err(panic) => Problem::internal(&Panicked::of(panic.as_ref())).into_response(),
        };
        drop(entered);
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
        headers.reserve(self.shared.headers.len() + 8);
        for (name, value) in &self.shared.headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        headers.insert(request_id::HEADER, self.id.header());
        for (name, value) in &self.route.notice {
            headers.insert(name, value.clone());
        }
        if let Some(standing) = self.progress.standing() {
            standing.tell(headers, self.shared.env.now());
        }
        self.progress.step_out();

        let status = response.status().as_u16();
        let elapsed = self.started.elapsed();
        let metrics = &self.route.metrics;
        metrics.observe(status, elapsed);
        if let Some(span) = &self.span {
            traces::note_answer(span, status);
        }
        tracing::info!(
            target: "florin_http::access",
            method = metrics.method,
            route = metrics.route,
            status,
            elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            request_id = self.id.as_str(),
            "request"
        );
    }
}
