//! What processors tell by themselves.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use florin_http::{App, Json, Path, Problem, webhook_problem};
use florin_payments::rail::Headers;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive))
}

/// The headers of a request, as receivers read them.
struct Sent(HeaderMap);

impl Headers for Sent {
    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.get_all(name).into_iter();
        match (values.next(), values.next()) {
            (Some(one), None) => one.to_str().ok(),
            _ => None,
        }
    }
}

/// That an event arrived. Whether it changed anything is not told.
#[derive(Debug, Serialize, ToSchema)]
struct ReceivedView {
    /// Always true.
    received: bool,
}

/// Take in an event of a payment processor, which signs it; see the processor's own documentation for what it sends.
#[utoipa::path(post, path = "/webhooks/{processor}", tag = "Payments", params(("processor" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/json"),
    responses((status = 200, body = ReceivedView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn receive(
    State(app): State<App>,
    Path(processor): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ReceivedView>, Problem> {
    let taken = app.payments.receive(&processor, &Sent(headers), &body).await?;
    taken.map(|_| Json(ReceivedView { received: true })).map_err(webhook_problem)
}
