//! How the program does: metrics, the dashboard, alerts, silences.

use axum::extract::State;
use axum::http::StatusCode;
use florin_http::{App, Json, Path, Problem, Query, SignedIn, codes};
use florin_kernel::Timestamp;
use florin_monitoring::alerts::{AlertId, AlertQuery, AlertStatus, NewSilence, SilenceId};
use florin_monitoring::rules::Severity;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cases::one_of;
use crate::operations_views::{
    AlertHistoryView, DashboardView, MetricsView, OperationsAlertView, SilenceView, SilencesView,
};
use crate::paging::{ListView, PageQuery};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(metrics))
        .routes(routes!(dashboard))
        .routes(routes!(alerts))
        .routes(routes!(alert))
        .routes(routes!(acknowledge))
        .routes(routes!(resolve))
        .routes(routes!(silences, silence))
        .routes(routes!(end_silence))
}

/// All metrics, as they are now.
#[utoipa::path(get, path = "/monitoring/metrics", tag = "Operations", security(("bearer" = [])),
    responses((status = 200, body = MetricsView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn metrics(State(app): State<App>, SignedIn(actor): SignedIn) -> Result<Json<MetricsView>, Problem> {
    let readings = app.operations.read(&actor)?;
    Ok(Json(MetricsView { data: readings.iter().map(Into::into).collect() }))
}

/// The numbers of the operations page; they are made every two seconds, for all who look.
#[utoipa::path(get, path = "/monitoring/dashboard", tag = "Operations", security(("bearer" = [])),
    responses((status = 200, body = DashboardView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn dashboard(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
) -> Result<Json<DashboardView>, Problem> {
    Ok(Json((&*app.operations.look(&actor)?).into()))
}

/// Which alerts are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OperationsAlertsQuery {
    /// Those that are so far: `firing`, `acknowledged` or `resolved`.
    status: Option<String>,
    /// Those that are so bad: `critical`, `warning` or `info`.
    severity: Option<String>,
    /// Those of one rule.
    rule: Option<String>,
    /// How many rows at most, from 1 to 100; 25 when left out.
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The alerts, the latest at the top.
#[utoipa::path(get, path = "/monitoring/alerts", tag = "Operations", security(("bearer" = [])), params(OperationsAlertsQuery),
    responses((status = 200, body = ListView<OperationsAlertView>), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn alerts(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Query(query): Query<OperationsAlertsQuery>,
) -> Result<Json<ListView<OperationsAlertView>>, Problem> {
    let wanted = AlertQuery {
        status: query.status.as_deref().map(|status| one_of::<AlertStatus>(status, "status")).transpose()?,
        severity: query.severity.as_deref().map(|text| one_of::<Severity>(text, "severity")).transpose()?,
        rule: query.rule,
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.request()?;
    let found = app.alerts.list(&actor, wanted, &page).await?;
    let data = found.rows.iter().map(OperationsAlertView::from).collect();
    Ok(Json(ListView { data, next_cursor: found.next_cursor }))
}

/// Read an alert and what happened to it.
#[utoipa::path(get, path = "/monitoring/alerts/{id}", tag = "Operations", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AlertHistoryView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn alert(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<AlertId>,
) -> Result<Json<AlertHistoryView>, Problem> {
    let (alert, history) = app.alerts.find(&actor, id).await?;
    Ok(Json(AlertHistoryView { alert: (&alert).into(), history: history.iter().map(Into::into).collect() }))
}

/// An alert that somebody does something about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertBody {
    /// The alert.
    alert_id: String,
    /// What there is to say about it, at most 2,000 bytes.
    #[serde(default)]
    note: String,
}

impl AlertBody {
    fn id(&self) -> Result<AlertId, Problem> {
        let wrong =
            |_| Problem::of(codes::VALIDATION_FAILED).field("alert_id", "invalid", "an identifier is wanted");
        self.alert_id.parse().map_err(wrong)
    }
}

/// Look after an alert: nobody is reminded of it any more.
#[utoipa::path(post, path = "/monitoring/alert/acknowledge", tag = "Operations", security(("bearer" = [])), request_body = AlertBody,
    responses((status = 200, body = OperationsAlertView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn acknowledge(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<AlertBody>,
) -> Result<Json<OperationsAlertView>, Problem> {
    Ok(Json((&app.alerts.acknowledge(&actor, body.id()?, &body.note).await?).into()))
}

/// End an alert. Where its rule is broken still, another one fires.
#[utoipa::path(post, path = "/monitoring/alert/resolve", tag = "Operations", security(("bearer" = [])), request_body = AlertBody,
    responses((status = 200, body = OperationsAlertView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn resolve(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<AlertBody>,
) -> Result<Json<OperationsAlertView>, Problem> {
    Ok(Json((&app.alerts.resolve(&actor, body.id()?, &body.note).await?).into()))
}

/// The silences that are not over.
#[utoipa::path(get, path = "/monitoring/silences", tag = "Operations", security(("bearer" = [])),
    responses((status = 200, body = SilencesView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn silences(State(app): State<App>, SignedIn(actor): SignedIn) -> Result<Json<SilencesView>, Problem> {
    let found = app.alerts.silences(&actor).await?;
    Ok(Json(SilencesView { data: found.iter().map(Into::into).collect() }))
}

/// A silence to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SilenceBody {
    /// The rule.
    rule: String,
    /// Of one instance; of all when left out.
    instance: Option<String>,
    /// Why.
    reason: String,
    /// Until when, at most thirty days from now.
    ends_at: String,
}

/// Tell nobody of alerts of a rule until a time. They fire and are shown all the same.
#[utoipa::path(post, path = "/monitoring/silences", tag = "Operations", security(("bearer" = [])), request_body = SilenceBody,
    responses((status = 201, body = SilenceView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn silence(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<SilenceBody>,
) -> Result<(StatusCode, Json<SilenceView>), Problem> {
    let wrong = |_| Problem::of(codes::VALIDATION_FAILED).field("ends_at", "invalid", "an instant is wanted");
    let ends_at: Timestamp = body.ends_at.parse().map_err(wrong)?;
    let wanted = NewSilence { rule: body.rule, instance: body.instance, reason: body.reason, ends_at };
    let silence = app.alerts.silence(&actor, wanted).await?;
    Ok((StatusCode::CREATED, Json((&silence).into())))
}

/// End a silence now.
#[utoipa::path(delete, path = "/monitoring/silences/{id}", tag = "Operations", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn end_silence(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(id): Path<SilenceId>,
) -> Result<StatusCode, Problem> {
    app.alerts.end_silence(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
