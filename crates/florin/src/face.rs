//! The HTTP face of the services, ready to be bound.

use std::net::SocketAddr;
use std::time::Duration;

use florin_app::Services;
use florin_http::{Edge, EdgeOptions, Limits, Metrics, Server, Tls};
use serde_json::Value;

use crate::{Exit, Failure};

/// Binds everything that is served to `address`.
pub(crate) async fn bind(services: &Services, address: SocketAddr) -> Result<Server, Failure> {
    let config = &services.config;
    let metrics = Metrics::new(crate::VERSION);
    let edge = Edge::new(services.env.clone(), metrics.clone(), &EdgeOptions::of(services)?);
    let router =
        edge.wrap(florin_api::router(services.clone(), &metrics).merge(florin_web::router(services.clone())));
    let limits = Limits {
        connections_max: usize::try_from(config.server.connections_max).unwrap_or(usize::MAX),
        head_timeout: Duration::from_secs(config.server.head_timeout_seconds.into()),
        write_timeout: Duration::from_secs(config.server.write_timeout_seconds.into()),
        drain_timeout: Duration::from_secs(config.server.drain_timeout_seconds.into()),
        ..Limits::default()
    };
    let taken = |error: std::io::Error| {
        Failure::of(Exit::Unavailable, &error).during(format!("{address} cannot be had"))
    };
    let tls = match config.server.tls().map_err(|why| Failure::new(Exit::Usage, why))? {
        Some((certificate, key)) => {
            Some(Tls::open(certificate, key).map_err(|error| Failure::of(Exit::Usage, &error))?)
        }
        None => None,
    };
    let server = Server::bind(address, router, limits).await.map_err(taken)?;
    Ok(match tls {
        Some(tls) => server.with_tls(tls),
        None => server,
    })
}

/// The document of the API.
pub(crate) fn openapi() -> Value {
    florin_api::openapi()
}
