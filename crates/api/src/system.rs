//! Health, keys, versions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use florin_db::{DbError, Engine};
use florin_http::{App, Json};
use florin_volatile::VolatileState;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(jwks))
        .routes(routes!(versions))
}

/// How the program does.
#[derive(Debug, Serialize, ToSchema)]
struct HealthView {
    /// `ok`, `degraded` (something that may be lost is) or `down`; of `/health/ready` also `stopping`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// Its parts.
    components: ComponentsView,
}

/// How its parts do.
#[derive(Debug, Serialize, ToSchema)]
struct ComponentsView {
    /// The database.
    database: DatabaseView,
    /// What instances share: `memory`, `redis`, or `redis_down`.
    shared_state: &'static str,
    /// Decisions about risk: `ok`, `risk_unavailable` (money out is held for review), `risk_rules_broken` (the last good rules
    /// decide) or `risk_model_missing` (rules alone decide).
    risk: &'static str,
    /// What is encrypted in the database.
    encryption: EncryptionView,
}

/// How much of what is encrypted is so with the active key.
#[derive(Debug, Serialize, ToSchema)]
struct EncryptionView {
    /// `current`, `renewing` (after a key was replaced; old keys still open), or `unknown` without a database.
    status: &'static str,
    /// How much is encrypted with the active key, in whole per cent.
    percent: u64,
}

/// How far encrypting anew came; how many fields there are is nobody's business here.
async fn encryption(app: &App, database_ok: bool) -> EncryptionView {
    const UNKNOWN: EncryptionView = EncryptionView { status: "unknown", percent: 0 };
    if !database_ok {
        return UNKNOWN;
    }
    let Ok(columns) = florin_app::keys::resealing(&app.config, &app.db).await else { return UNKNOWN };
    let (done, total) = columns.iter().fold((0_u64, 0_u64), |(done, total), one| {
        (done.saturating_add(one.done), total.saturating_add(one.total))
    });
    let status = if columns.iter().all(|one| one.finished_at.is_some()) { "current" } else { "renewing" };
    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    EncryptionView { status, percent }
}

/// How the database does.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseView {
    /// `sqlite` or `postgres`.
    engine: &'static str,
    /// `ok` or `down`.
    status: &'static str,
    /// How much work waits for its writer.
    waiting: usize,
}

async fn look(app: &App) -> (StatusCode, HealthView) {
    let answer: Result<i64, DbError> =
        app.db.read(|r| r.row("SELECT CAST(1 AS BIGINT)", &[])?.map_or(Ok(0), |row| row.get(0))).await;
    let database_ok = answer.is_ok();
    let (shared_state, shared_ok) = match app.volatile.state() {
        VolatileState::Memory => ("memory", true),
        VolatileState::Redis => ("redis", true),
        VolatileState::RedisDown { .. } => ("redis_down", false),
    };
    let risk = app.risk.troubles().first().map(|trouble| trouble.code);
    let status = match (database_ok, shared_ok && risk.is_none()) {
        (false, _) => "down",
        (true, false) => "degraded",
        (true, true) => "ok",
    };
    let engine = match app.db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let database =
        DatabaseView { engine, status: if database_ok { "ok" } else { "down" }, waiting: app.db.waiting() };
    let components = ComponentsView {
        database,
        shared_state,
        risk: risk.unwrap_or("ok"),
        encryption: encryption(app, database_ok).await,
    };
    let code = if database_ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, HealthView { status, version: env!("CARGO_PKG_VERSION"), components })
}

/// How the program and its parts do.
#[utoipa::path(get, path = "/health", tag = "System",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView)))]
async fn health(State(app): State<App>) -> (StatusCode, Json<HealthView>) {
    let (code, view) = look(&app).await;
    (code, Json(view))
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", tag = "System", responses((status = 200, body = String)))]
async fn live() -> &'static str {
    "alive\n"
}

/// Whether requests can be served.
#[utoipa::path(get, path = "/health/ready", tag = "System",
    responses((status = 200, body = HealthView), (status = 503, body = HealthView)))]
async fn ready(State(app): State<App>) -> (StatusCode, Json<HealthView>) {
    let (code, view) = look(&app).await;
    if app.readiness.is_leaving() {
        let view = HealthView { status: "stopping", ..view };
        return (StatusCode::SERVICE_UNAVAILABLE, Json(view));
    }
    (code, Json(view))
}

/// The public keys of access tokens, as a JSON Web Key Set.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "System", responses((status = 200, body = String)))]
async fn jwks(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], app.identity.jwks())
}

/// The versions of the API.
#[derive(Debug, Serialize, ToSchema)]
struct VersionsView {
    /// The one to use.
    current: &'static str,
    /// All that are served.
    supported: Vec<&'static str>,
}

/// The versions of the API.
#[utoipa::path(get, path = "/api/versions", tag = "System", responses((status = 200, body = VersionsView)))]
async fn versions() -> Json<VersionsView> {
    Json(VersionsView { current: "v1", supported: vec!["v1"] })
}
