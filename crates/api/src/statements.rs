//! Statements of accounts.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use florin_http::{App, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{AccountId, Date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::documents::{answer, wanted};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(statement))
}

/// Which statement is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// The first day, such as 2026-01-01; that of the last day's month when left out.
    from: Option<String>,
    /// The last day, at most 400 days on; today when left out.
    to: Option<String>,
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, `pdf`, `csv`, `ofx` or `camt053`.
    format: Option<String>,
}

/// Draw up the statement of an account: what was booked within some days, between the balances before and after.
#[utoipa::path(get, path = "/accounts/{id}/statement", tag = "Accounts", security(("bearer" = [])),
    params(("id" = String, Path), StatementQuery),
    responses((status = 200, content((Object = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/csv"),
            (String = "application/x-ofx"), (String = "application/xml"))),
        (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn statement(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AccountId>,
    Query(query): Query<StatementQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    let days = (day("from", query.from.as_deref())?, day("to", query.to.as_deref())?);
    Ok(answer(app.documents.account_statement(&actor, id, days, format).await?))
}

fn day(field: &str, given: Option<&str>) -> Result<Option<Date>, Problem> {
    given.map(str::parse).transpose().map_err(|_| {
        let why = "a date is wanted, such as 2026-01-31";
        Problem::of(codes::VALIDATION_FAILED).field(field, "malformed", why)
    })
}
