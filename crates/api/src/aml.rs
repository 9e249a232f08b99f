//! Monitoring for laundering: what it found, and its runs.

use axum::extract::State;
use axum::http::StatusCode;
use florin_compliance::alerts::{Alert, AlertId, AlertQuery, AlertStatus, Run};
use florin_compliance::monitor::{Named, Role, Typology};
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cases::one_of;
use crate::money::MoneyView;
use crate::paging::{ListView, PageQuery};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(runs, run))
}

/// A suspected scheme.
#[derive(Debug, Serialize, ToSchema)]
struct AlertView {
    /// The identifier.
    id: String,
    /// The way to launder that it looks like, such as `structuring`.
    typology: &'static str,
    /// Other names that fit.
    also: Vec<&'static str>,
    /// `open`, `in_progress`, `reported` or `dismissed`, as its case says.
    status: &'static str,
    /// The case about it that was opened last.
    case_id: String,
    /// From 0 to 1,000: how far beyond the least of its typology it is. Not a probability.
    score: u16,
    /// How much was laundered, as far as it shows.
    amount: MoneyView,
    /// What was seen, in a sentence.
    explanation: String,
    /// Who is in it, whom it is about first.
    accounts: Vec<AlertAccountView>,
    /// The latest movements, as the identifiers of transfers, at most 200.
    movements: Vec<String>,
    /// How many movements there are, older ones included.
    movement_count: u32,
    /// When its first movement was.
    first_at: String,
    /// When its last movement was.
    last_at: String,
    /// When it was found.
    created_at: String,
    /// When it was last seen to go on.
    changed_at: String,
}

/// An account's part in a scheme.
#[derive(Debug, Serialize, ToSchema)]
struct AlertAccountView {
    /// The account.
    account_id: String,
    /// `main`, `source`, `middle` or `sink`.
    role: &'static str,
}

impl From<&Named> for AlertAccountView {
    fn from(named: &Named) -> Self {
        let role = match named.role {
            Role::Main => "main",
            Role::Source => "source",
            Role::Middle => "middle",
            Role::Sink => "sink",
        };
        Self { account_id: named.account.to_string(), role }
    }
}

impl From<&Alert> for AlertView {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            typology: alert.typology.name(),
            also: alert.also.iter().copied().map(Typology::name).collect(),
            status: alert.status.code(),
            case_id: alert.case.to_string(),
            score: alert.score,
            amount: alert.amount.into(),
            explanation: alert.explanation.clone(),
            accounts: alert.accounts.iter().map(AlertAccountView::from).collect(),
            movements: alert.movements.iter().map(ToString::to_string).collect(),
            movement_count: alert.movement_count,
            first_at: alert.first_at.to_string(),
            last_at: alert.last_at.to_string(),
            created_at: alert.created_at.to_string(),
            changed_at: alert.changed_at.to_string(),
        }
    }
}

/// Which alerts are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlertsQuery {
    /// Those that are so far: `open`, `in_progress`, `reported` or `dismissed`.
    status: Option<String>,
    /// Those of one typology.
    typology: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What monitoring for laundering found, the latest at the top.
#[utoipa::path(get, path = "/aml/alerts", tag = "Compliance", security(("bearer" = [])), params(AlertsQuery),
    responses((status = 200, body = ListView<AlertView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<AlertsQuery>,
) -> Result<Json<ListView<AlertView>>, Problem> {
    let typology = |name: &str| {
        let unknown = || {
            Problem::of(codes::VALIDATION_FAILED).field("typology", "unknown", "there is no such typology")
        };
        Typology::parse(name).ok_or_else(unknown)
    };
    let wanted = AlertQuery {
        status: query.status.as_deref().map(|status| one_of::<AlertStatus>(status, "status")).transpose()?,
        typology: query.typology.as_deref().map(typology).transpose()?,
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.monitoring.list(&actor, wanted, &page).await?;
    let data = found.rows.iter().map(AlertView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read an alert.
#[utoipa::path(get, path = "/aml/alerts/{id}", tag = "Compliance", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AlertView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn read(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AlertId>,
) -> Result<Json<AlertView>, Problem> {
    Ok(Json((&app.monitoring.find(&actor, id).await?).into()))
}

/// A pass over a range of the books.
#[derive(Debug, Serialize, ToSchema)]
struct RunView {
    /// The identifier.
    id: String,
    /// Where the range begins.
    from: String,
    /// Where it ends.
    to: String,
    /// How many movements were looked at.
    movements: u64,
    /// How many schemes were found, known ones included.
    findings: u32,
    /// How many of them were not known.
    opened: u32,
    /// How many were known and went on.
    went_on: u32,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// Who asked for it; nobody where the schedule did.
    by: Option<String>,
    /// When it was done.
    at: String,
}

impl From<&Run> for RunView {
    fn from(run: &Run) -> Self {
        Self {
            id: run.id.to_string(),
            from: run.from.to_string(),
            to: run.to.to_string(),
            movements: run.movements,
            findings: run.findings,
            opened: run.opened,
            went_on: run.went_on,
            took_ms: run.took_ms,
            by: run.by.map(|by| by.to_string()),
            at: run.at.to_string(),
        }
    }
}

/// The runs of monitoring, the latest at the top.
#[utoipa::path(get, path = "/aml/runs", tag = "Compliance", security(("bearer" = [])), params(PageQuery),
    responses((status = 200, body = ListView<RunView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn runs(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(page): Query<PageQuery>,
) -> Result<Json<ListView<RunView>>, Problem> {
    let found = app.monitoring.runs(&actor, &page.request()?).await?;
    let data = found.rows.iter().map(RunView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Look through the books of the last days now. What is known already is not found anew, however often this is asked for.
#[utoipa::path(post, path = "/aml/runs", tag = "Compliance", security(("bearer" = [])),
    responses((status = 201, body = RunView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn run(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<(StatusCode, Json<RunView>), Problem> {
    let run = app.monitoring.run(&actor).await?;
    Ok((StatusCode::CREATED, Json((&run).into())))
}
