//! The operations dashboard: how the program does, as it happens, and the alerts about it.

mod alerts;
mod board;
mod silences;
mod stream;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use maud::html;

use crate::ui;
use crate::visit::Visit;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/ops", get(show))
        .merge(stream::routes())
        .merge(alerts::routes())
        .merge(silences::routes())
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let board = app.operations.look(&visit.actor)?;
    let body = html! {
        (ui::heading("Operations", html! {
            span.badge #live role="status" { "As of now" }
            (ui::link_button("/ops/alerts", "Alerts", false))
            (ui::link_button("/metrics", "Metrics", false))
        }))
        noscript { p.muted { "Without scripts this page stands still: load it again to see what changed." } }
        div.board data-stream="/ops/stream" data-state="live" { (board::render(&board, &visit.zone)) }
    };
    Ok(visit.page("Operations", &body))
}
