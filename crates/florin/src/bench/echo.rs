//! An echo of transfers: the same server, edge and reading of JSON, and nothing behind them.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::post;
use florin_http::{Edge, EdgeOptions, Json, Limits, Metrics, Server};
use florin_kernel::Env;
use serde::{Deserialize, Serialize};

use crate::Failure;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    from_account_id: String,
    to_account_id: String,
    amount: Money,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Money {
    amount: String,
    currency: String,
}

/// Serves the echo on a free port until the process is told to end.
///
/// # Errors
/// [`Failure`] when no port can be had.
pub async fn serve() -> Result<(), Failure> {
    let metrics = Metrics::new(crate::VERSION);
    let router = Router::new().route("/echo", post(async |Json(body): Json<Body>| Json(body)));
    let router = Edge::new(Env::system(), metrics, &EdgeOptions::default()).wrap(router);
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), router, Limits::default())
        .await
        .map_err(Failure::from)?;
    crate::output::line(&format!("listening on http://{}", server.local_addr()))?;
    let mut stop =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(Failure::from)?;
    server
        .serve(async move {
            stop.recv().await;
        })
        .await;
    Ok(())
}
