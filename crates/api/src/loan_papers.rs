//! Papers of loans and payments: as files, or as JSON.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use florin_documents::Format;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::{Date, LoanId, TransferId};
use florin_lending::ApplicationId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::documents::{answer, wanted};
use crate::loan_views::{DisclosureView, PayoffView, ScheduleView};
use crate::loans::{day, word};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(schedule))
        .routes(routes!(payoff))
        .routes(routes!(disclosure))
        .routes(routes!(statement))
        .routes(routes!(notice))
        .routes(routes!(receipt))
}

/// In which form it is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FormatQuery {
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, or `pdf`.
    format: Option<String>,
}

/// Read a loan's schedule: as agreed, and what is to come. As a file it is as agreed.
#[utoipa::path(get, path = "/loans/{id}/schedule", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), TableQuery),
    responses((status = 200, content((ScheduleView = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/csv"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn schedule(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Query(query): Query<TableQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match wanted(query.format.as_deref(), &headers)? {
        Format::Json => Ok(Json(ScheduleView::from(&app.loans.schedule(&actor, id).await?)).into_response()),
        format => Ok(answer(app.papers.schedule(&actor, id, format).await?)),
    }
}

/// In which form it is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TableQuery {
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, `pdf` or `csv`.
    format: Option<String>,
}

/// Which day's payoff is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayoffQuery {
    /// The day, a year ahead at most; today when left out.
    date: Option<String>,
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, or `pdf` for the letter.
    format: Option<String>,
}

/// Ask what it takes to be done with a loan on a day.
#[utoipa::path(get, path = "/loans/{id}/payoff", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), PayoffQuery),
    responses((status = 200, content((PayoffView = "application/json"), (Vec<u8> = "application/pdf"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn payoff(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Query(query): Query<PayoffQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    let on = day("date", query.date.as_deref())?;
    if format == Format::Json {
        let (loan, payoff) = app.loans.payoff(&actor, id, on).await?;
        return Ok(Json(PayoffView::of(loan.currency, &payoff)).into_response());
    }
    Ok(answer(app.papers.payoff(&actor, id, on, format).await?))
}

/// Which disclosure is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DisclosureQuery {
    /// `estimate` for the loan estimate of a mortgage in US dollars; what the credit costs when it is left out.
    kind: Option<String>,
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, `pdf`, or `csv` for the schedule.
    format: Option<String>,
}

/// Read what was disclosed of a loan.
#[utoipa::path(get, path = "/loans/{id}/disclosure", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), DisclosureQuery),
    responses((status = 200, content((DisclosureView = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/csv"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn disclosure(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Query(query): Query<DisclosureQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    if word(&[("estimate", ())], "kind", query.kind.as_deref())?.is_some() {
        return Ok(answer(app.papers.estimate(&actor, id, format).await?));
    }
    if format != Format::Json {
        return Ok(answer(app.papers.disclosure(&actor, id, format).await?));
    }
    let loan = app.loans.loan(&actor, id).await?;
    let papers = loan.papers.as_ref();
    let papers = papers.ok_or_else(|| Problem::of(codes::NOT_FOUND).detail("nothing was disclosed of it"))?;
    Ok(Json(DisclosureView::of(&loan, papers)).into_response())
}

/// Which statement is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// A month such as `2026-03`, a day, or the first and the last day such as `2026-03-01,2026-03-31`, at most 400 days and
    /// none after today; this month so far when left out. Of a card it is the last cycle that closed within them.
    period: Option<String>,
    /// `json`, which is meant when neither this nor an `Accept` header says otherwise, `pdf` or `csv`.
    format: Option<String>,
}

/// Draw up the statement of a loan: what fell due, what was paid and what happened within some days, as it was booked.
#[utoipa::path(get, path = "/loans/{id}/statement", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), StatementQuery),
    responses((status = 200, content((Object = "application/json"), (Vec<u8> = "application/pdf"), (String = "text/csv"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn statement(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<LoanId>,
    Query(query): Query<StatementQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    let days = period(query.period.as_deref(), app.loans.today())?;
    Ok(answer(app.papers.statement(&actor, id, days, format).await?))
}

/// The days of a period as it is written; a month that is not over ends today.
fn period(text: Option<&str>, today: Date) -> Result<(Option<Date>, Option<Date>), Problem> {
    let Some(text) = text else { return Ok((None, None)) };
    let malformed = || {
        let why = "a month such as 2026-03, a day, or two days such as 2026-03-01,2026-03-31, is wanted";
        Problem::of(codes::VALIDATION_FAILED).field("period", "malformed", why)
    };
    if let Some((from, to)) = text.split_once(',') {
        let read = |text: &str| text.trim().parse::<Date>().map_err(|_| malformed());
        return Ok((Some(read(from)?), Some(read(to)?)));
    }
    if let Ok(day) = text.parse::<Date>() {
        return Ok((Some(day), Some(day)));
    }
    let first: Date = format!("{text}-01").parse().map_err(|_| malformed())?;
    let last = first.last_of_month();
    let last = if first <= today { last.min(today) } else { last };
    Ok((Some(first), Some(last)))
}

/// Read the notice of a refusal.
#[utoipa::path(get, path = "/loans/applications/{id}/notice", tag = "Loans", security(("bearer" = [])), params(("id" = String, Path), FormatQuery),
    responses((status = 200, content((Object = "application/json"), (Vec<u8> = "application/pdf"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn notice(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<ApplicationId>,
    Query(query): Query<FormatQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    Ok(answer(app.papers.notice(&actor, id, format).await?))
}

/// Read the receipt of a payment that went through.
#[utoipa::path(get, path = "/payments/{id}/receipt", tag = "Payments", security(("bearer" = [])), params(("id" = String, Path), FormatQuery),
    responses((status = 200, content((Object = "application/json"), (Vec<u8> = "application/pdf"))), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn receipt(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<TransferId>,
    Query(query): Query<FormatQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = wanted(query.format.as_deref(), &headers)?;
    Ok(answer(app.papers.receipt(&actor, id, format).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_two_days() {
        let today = Date::constant(2026, 3, 10);
        let days = |text| period(Some(text), today).ok();
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        assert_eq!(days("2026-02"), Some((day("2026-02-01"), day("2026-02-28"))));
        assert_eq!(days("2026-03"), Some((day("2026-03-01"), Some(today))));
        assert_eq!(days("2026-04"), Some((day("2026-04-01"), day("2026-04-30"))), "refused as not over yet");
        assert_eq!(days("2026-01-05"), Some((day("2026-01-05"), day("2026-01-05"))));
        assert_eq!(days("2026-01-05,2026-01-20"), Some((day("2026-01-05"), day("2026-01-20"))));
        for malformed in ["2026", "2026-13", "2026-1", "march", "2026-01-05,", "2026-01-05,x", ""] {
            assert_eq!(days(malformed), None, "{malformed}");
        }
        assert_eq!(period(None, today).ok(), Some((None, None)));
    }
}
