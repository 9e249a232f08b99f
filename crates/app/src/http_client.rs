//! The client by which others are asked over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry_http::HeaderInjector;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::StartError;

/// How long an answer may take, connecting included, unless a request says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client of HTTP/1.1 that checks certificates against the authorities of `ca_file`, or the public ones. It follows no
/// redirect and uses no proxy: what is asked goes where it is meant to go.
///
/// # Errors
/// [`StartError::System`] when the file cannot be read.
pub fn http_client(ca_file: Option<&Path>) -> Result<Client, StartError> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls(ca_file)?)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(PATIENCE)
        .timeout(PATIENCE)
        .http1_only()
        .user_agent("florin")
        .build();
    client.map_err(|error| StartError::System(format!("a client of HTTP: {error}")))
}

/// The request, told which trace it belongs to, where one is written.
pub(crate) fn traced(request: RequestBuilder) -> RequestBuilder {
    let context = Span::current().context();
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeaderInjector(&mut headers));
    });
    request.headers(headers)
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, StartError> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let unreadable = |why: String| {
                StartError::System(format!("the file of authorities {}: {why}", path.display()))
            };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::System(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn asked() -> reqwest::Request {
        let client = http_client(None).unwrap();
        traced(client.get("https://processor.example/charges")).build().unwrap()
    }

    #[test]
    fn a_request_carries_the_trace_that_it_is_made_for_and_none_otherwise() {
        assert!(asked().headers().is_empty());
        global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = SdkTracerProvider::builder().build();
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));

        let request = tracing::subscriber::with_default(tracing_subscriber::registry().with(spans), || {
            tracing::info_span!("payment").in_scope(asked)
        });

        let told = request.headers()["traceparent"].to_str().unwrap();
        let parts: Vec<&str> = told.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2], "{told}");
        assert!(asked().headers().get("traceparent").is_none(), "outside of any trace");
    }
}
