//! Traces: spans of requests and jobs, sent to a collector by OTLP over HTTP, where the configuration names one.
//!
//! Spans are gathered in memory and sent by a thread of their own; where the collector takes none, what does not fit is lost and
//! nobody waits. What is written in spans are names, identifiers and outcomes, as in the log.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use florin_app::config::{Config, Environment};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState, TracerProvider as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample,
};
use tokio::runtime::Handle;
use tracing::{Level, Metadata};

use crate::{Exit, Failure};

/// How long a collector may take for what it is sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Traces that are written.
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
}

impl Telemetry {
    /// Traces as the configuration has them; none where it names no collector. What is sent is sent on `runtime`.
    pub(crate) fn start(config: &Config, runtime: &Handle) -> Result<Option<Self>, Failure> {
        let settings = &config.telemetry;
        let wrong = |name: &str, why: String| Failure::new(Exit::Usage, format!("telemetry.{name}: {why}"));
        let Some(url) = settings.traces_url().map_err(|why| wrong("otlp_endpoint", why))? else {
            return Ok(None);
        };
        let headers = settings.headers().map_err(|why| wrong("otlp_headers", why))?;
        let ca_file = Some(settings.ca_file.as_path()).filter(|path| !path.as_os_str().is_empty());
        let client = Client { http: florin_app::http_client(ca_file)?, runtime: runtime.clone() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(client)
            .with_endpoint(url)
            .with_timeout(PATIENCE)
            .with_headers(headers.into_iter().collect::<HashMap<_, _>>())
            .build();
        let exporter = exporter.map_err(|error| wrong("otlp_endpoint", error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_sampler(Share::of_thousand(settings.sampling))
            .with_resource(resource(config))
            .with_batch_exporter(exporter)
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self { provider }))
    }

    /// What makes traces of spans.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("florin")
    }

    /// Sends what is left, as long as that takes a few seconds. The runtime must still run.
    pub(crate) fn stop(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Whether a span or an event is part of traces: the program's own spans, and what went wrong in them.
pub(crate) fn is_traced(about: &Metadata<'_>) -> bool {
    let most = if about.is_span() { Level::INFO } else { Level::WARN };
    about.target().starts_with("florin") && *about.level() <= most
}

/// Who writes the traces.
fn resource(config: &Config) -> Resource {
    let environment = match config.instance.environment {
        Environment::Development => "development",
        Environment::Production => "production",
    };
    Resource::builder()
        .with_service_name("florin")
        .with_attribute(KeyValue::new("service.version", crate::VERSION))
        .with_attribute(KeyValue::new("deployment.environment.name", environment))
        .build()
}

/// Decides of which requests there is a trace.
///
/// Within this program a span is as its parent is. What a client says of its own sampling is not followed, since everybody
/// on the internet could have everything of theirs traced; where it decides by the identifier too, as is usual, both
/// decide alike.
#[derive(Clone, Debug)]
struct Share {
    /// Traces are taken whose last 63 bits are below this.
    below: u64,
}

impl Share {
    fn of_thousand(share: u16) -> Self {
        let whole = 1_u64 << 63;
        let part = (whole / 1_000).saturating_mul(u64::from(share));
        Self { below: if share >= 1_000 { whole } else { part } }
    }

    fn has(&self, trace: TraceId) -> bool {
        let bits = u128::from_be_bytes(trace.to_bytes()) & u128::from(u64::MAX >> 1);
        bits < u128::from(self.below)
    }
}

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let parent = parent.filter(|context| context.has_active_span());
        let parent = parent.map(|context| context.span().span_context().clone());
        let sampled = match &parent {
            Some(span) if !span.is_remote() => span.is_sampled(),
            _ => self.has(trace),
        };
        SamplingResult {
            decision: if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: parent.map_or_else(TraceState::default, |span| span.trace_state().clone()),
        }
    }
}

/// The client by which the collector is told: it follows no redirect and uses no proxy.
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl HttpClient for Client {
    fn send_bytes<'a, 'f>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        let http = self.http.clone();
        // The thread that sends has no runtime of its own.
        let sending = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut told = Response::new(answer.bytes().await?);
            *told.status_mut() = status;
            *told.headers_mut() = headers;
            Ok::<_, reqwest::Error>(told)
        });
        Box::pin(async move { Ok(sending.await?.map_err(reqwest::Error::without_url)?) })
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    fn sampled(share: u16, trace: TraceId, parent: Option<(bool, bool)>) -> bool {
        let parent = parent.map(|(is_sampled, is_remote)| {
            let flags = TraceFlags::default().with_sampled(is_sampled);
            let span = SpanContext::new(trace, SpanId::from(7), flags, is_remote, TraceState::default());
            Context::new().with_remote_span_context(span)
        });
        let decided =
            Share::of_thousand(share).should_sample(parent.as_ref(), trace, "", &SpanKind::Server, &[], &[]);
        decided.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn as_many_are_traced_as_the_setting_says() {
        let traces = |share| {
            let step = u64::MAX / 10_000;
            let ids = (0..10_000_u64).map(|n| TraceId::from(u128::from(n * step)));
            ids.filter(|id| sampled(share, *id, None)).count()
        };
        assert_eq!((traces(0), traces(1_000)), (0, 10_000));
        assert!((95..=105).contains(&traces(10)), "{}", traces(10));
        assert!(sampled(1_000, TraceId::from(u128::MAX), None));
    }

    #[test]
    fn a_client_does_not_say_what_is_traced_and_a_parent_of_our_own_does() {
        let trace = TraceId::from(u128::MAX);
        let (remote, own) = (|is| Some((is, true)), |is| Some((is, false)));
        assert!(!sampled(10, trace, remote(true)) && sampled(1_000, trace, remote(false)));
        assert!(sampled(10, trace, own(true)) && !sampled(1_000, trace, own(false)));
    }
}
